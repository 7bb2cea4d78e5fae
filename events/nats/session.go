package nats

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	natsgo "github.com/nats-io/nats.go"
)

const (
	// maxIncoming and maxOutgoing are how many frames may wait to be taken and to be told. With more the server begins anew.
	maxIncoming = 16384
	maxOutgoing = 16384
	// markSubject is that of the marks of pulse, which no message has.
	markSubject = ""
	// byeWait is how long a server that stops takes for its last words.
	byeWait = 2 * time.Second
)

// session is one time of being joined. All that a server knows of others lives and ends with it.
type session struct {
	b      *Bridge
	id     string
	ctx    context.Context
	cancel context.CancelCauseFunc
	joined atomic.Bool
	began  time.Time
	held   atomic.Int64 // until when the line is known to hold, since began
	in     chan *natsgo.Msg
	out    chan outgoing

	mu     sync.Mutex
	over   bool                // it has said bye, and says nothing more
	n      uint64              // how many frames were told to everybody
	here   map[string]struct{} // people with a stream here, as others were told
	peers  map[string]*peer
	people map[string]int // on how many other servers a person holds streams
	asked  []*question    // what others have not done yet, by its number
}

// outgoing is a frame to be sent, to everybody or to one.
type outgoing struct {
	frame
	to      string
	payload any           // of an event, encoded when it is sent
	sent    chan struct{} // closed when everything before it was sent; nil where nobody waits
}

// peer is another server.
type peer struct {
	n      uint64 // the number of the last frame from it
	heard  time.Time
	people map[string]struct{}
}

// question is something that every server is to do.
type question struct {
	n    uint64
	left map[string]struct{} // who has not done it
	done chan struct{}
}

// join stays joined until something fails or ctx ends, and says why.
func (b *Bridge) join(ctx context.Context) error {
	s := &session{
		b: b, id: strings.ToLower(rand.Text()[:16]), began: time.Now(), in: make(chan *natsgo.Msg, maxIncoming), out: make(chan outgoing, maxOutgoing),
		here: map[string]struct{}{}, peers: map[string]*peer{}, people: map[string]int{},
	}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	s.held.Store(int64(leaseBeats * b.o.Beat))
	for _, subject := range []string{b.box.all(), b.box.one(s.id)} {
		subscription, err := b.conn.ChanSubscribe(subject, s.in)
		if err != nil {
			return err
		}
		defer subscription.Unsubscribe()
	}
	if err := b.conn.FlushTimeout(leaseBeats * b.o.Beat); err != nil {
		return err
	}
	s.open()
	var work sync.WaitGroup
	work.Go(s.send)
	work.Go(s.pulse)
	s.greet(true)
	err := s.listen(ctx)
	if ctx.Err() != nil {
		s.bye()
	}
	s.fail(err)
	b.session.Store(nil)
	b.was = s.id
	work.Wait()
	return context.Cause(s.ctx)
}

// open makes the session that of the bridge, with who holds a stream. Whoever comes or goes meanwhile waits in present.
func (s *session) open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.b.session.Store(s)
	for _, userID := range s.b.o.Broker.People() {
		s.here[userID] = struct{}{}
	}
}

// fail ends the session and all streams: from now on this server may miss something. Where another session has begun since, the
// streams are that one's.
func (s *session) fail(err error) {
	s.b.gate.Lock()
	defer s.b.gate.Unlock()
	s.cancel(err)
	if now := s.b.session.Load(); now == nil || now == s {
		s.b.o.Broker.Suspend()
	}
}

// takeStreams has the broker begin anew, and reports false where the session is over: then nobody would tell it what it misses.
func (s *session) takeStreams() bool {
	s.b.o.Renewed()
	s.b.gate.Lock()
	defer s.b.gate.Unlock()
	if s.ctx.Err() != nil {
		return false
	}
	s.b.o.Broker.Renew()
	return true
}

// holds reports whether NATS answered a short while ago.
func (s *session) holds() bool {
	return s.ctx.Err() == nil && time.Since(s.began) < time.Duration(s.held.Load())
}

// listen takes what comes. Once those who live have had time to say so, the server is joined.
func (s *session) listen(ctx context.Context) error {
	heard := time.NewTimer(s.b.o.Beat / 4)
	defer heard.Stop()
	look := time.NewTicker(s.b.o.Beat / 2)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		case m := <-s.in:
			if !s.holds() {
				return errSilent // what it stood still over is old
			}
			if m.Subject == markSubject {
				until, _ := strconv.ParseInt(string(m.Data), 10, 64) // pulse wrote it
				s.held.Store(until)
			} else {
				s.take(m)
			}
		case <-heard.C:
			s.begin()
		case <-look.C:
			s.forgetSilent()
		}
	}
}

// begin opens the server for streams.
func (s *session) begin() {
	if !s.takeStreams() {
		return
	}
	s.b.counts.joins.Add(1)
	s.joined.Store(true)
	s.b.o.Log.Info("joined the other servers", "servers", 1+s.others())
}

// renew begins anew where something may have been missed.
func (s *session) renew() {
	if !s.joined.Load() {
		return // begin comes after it
	}
	s.b.counts.renewals.Add(1)
	s.takeStreams()
}

// tell queues a frame for everybody, and reports whether it will be sent.
func (s *session) tell(o outgoing) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tellLocked(o)
}

func (s *session) tellLocked(o outgoing) bool {
	if s.over && o.sent == nil {
		return false
	}
	s.over = s.over || o.Kind == isBye
	if o.to == "" && o.Kind != isBeat {
		s.n++
	}
	if o.to == "" || o.Kind == isWelcome {
		o.N = s.n
	}
	o.From = s.id
	select {
	case s.out <- o:
		return true
	default:
		s.fail(errFull)
		return false
	}
}

// greet asks all others to say that they are there.
func (s *session) greet(first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := outgoing{frame: frame{Kind: isBeat, Hello: true, People: slices.Collect(maps.Keys(s.here))}}
	if first {
		o.Was, o.Missed = s.b.was, s.b.missed.Swap(false)
	}
	s.tellLocked(o)
}
