// Package nats joins the brokers of several servers, so that their streams are as those of one.
//
// Each server gives its own events out at once and tells them to all others, in their order. What ends a right waits until every
// server that lives has ended it. A server that may have missed something renews its broker: every stream ends, and its client
// reads the truth again. One that lost NATS takes no streams until it is joined again. NATS keeps nothing and knows nothing.
package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"pegasus/events"
)

// Beat is how often a server shows that it lives.
const Beat = time.Second

// How long things take, in beats.
const (
	// leaseBeats is for how long a server counts itself as joined after the last time that NATS answered. It is shorter than
	// silentBeats: when others forget a server, its streams have ended.
	leaseBeats = 3
	// silentBeats is how long a server may be silent until others forget it.
	silentBeats = 4
	// answerBeats is how long a call waits at most for servers to end what it ends. It outlasts a server that falls silent.
	answerBeats = 5
)

// Options are the parts that a Bridge is made of. Received, Heard, Left and Renewed must not block.
type Options struct {
	URL       string // of NATS, one or several with commas between
	Name      string // of this server, for those who look at NATS
	Key       []byte // of the workspace: the servers of one have the same
	Workspace string // tells workspaces with the same key apart
	Broker    *events.Broker
	Payloads  []Payload
	// Received takes the payload of an event of another server, before the streams do.
	Received func(payload any)
	// Heard takes what another server told with Tell.
	Heard func(name, text string)
	// Left is told of a person who holds no stream any more, and held the last one on another server.
	Left func(userID string)
	// Untold is told of a person of whom some right ended while others could not be told: they are to learn of it in another way.
	// It may wait.
	Untold func(userID string)
	// Renewed says that something may have been missed: whatever is kept in memory of the store may be old.
	Renewed func()
	Log     *slog.Logger
	// Beat is for tests.
	Beat time.Duration
}

// Bridge joins a broker to those of other servers. It does for all servers what events.Broker does for one, and is safe for
// concurrent use.
type Bridge struct {
	o        Options
	payloads payloads
	box      box
	conn     *natsgo.Conn
	up       chan struct{} // holds a token when the connection has come

	order   sync.Mutex // held while an event is given out here and queued for others, so that it is the same order
	session atomic.Pointer[session]
	gate    sync.Mutex  // held while the broker is opened for streams or closed to them, so that a session does neither for another
	was     string      // the name of the last session; used by Run alone
	missed  atomic.Bool // something happened here while there was no session

	counts counts
}

type counts struct{ in, out, joins, renewals atomic.Int64 }

// Status is how a Bridge stands.
type Status struct {
	Joined   bool
	Servers  int   // that are joined, with this one; 0 where it is not
	In, Out  int64 // frames so far
	Joins    int64 // how often this server was joined
	Renewals int64 // how often it had to begin anew because something may have been missed
}

// New returns a bridge. Until Run has joined the others, which Connect makes way for, the broker takes no streams.
func New(o Options) (*Bridge, error) {
	if o.Beat == 0 {
		o.Beat = Beat
	}
	b := &Bridge{o: o, up: make(chan struct{}, 1)}
	var err error
	if b.payloads, err = known(o.Payloads); err != nil {
		return nil, err
	}
	if b.box, err = newBox(o.Key, o.Workspace); err != nil {
		return nil, err
	}
	o.Broker.Suspend()
	return b, nil
}

// Connect connects to NATS, and goes on trying where that does not answer. It fails where the address cannot be one.
func (b *Bridge) Connect() (err error) {
	o := b.o
	b.conn, err = natsgo.Connect(o.URL,
		natsgo.Name(o.Name), natsgo.NoEcho(), natsgo.Timeout(2*time.Second),
		natsgo.RetryOnFailedConnect(true), natsgo.IgnoreAuthErrorAbort(), natsgo.MaxReconnects(-1),
		natsgo.ReconnectWait(o.Beat/4), natsgo.ReconnectJitter(o.Beat/10, o.Beat/10),
		natsgo.ReconnectBufSize(-1), // what was not told while it was away is made good by reading the truth
		natsgo.ConnectHandler(func(*natsgo.Conn) { b.connected() }),
		natsgo.ReconnectHandler(func(*natsgo.Conn) { b.connected() }),
		natsgo.DisconnectErrHandler(func(_ *natsgo.Conn, err error) { b.fail(errors.Join(errLine, err)) }),
		natsgo.ErrorHandler(func(_ *natsgo.Conn, _ *natsgo.Subscription, err error) { b.fail(err) }),
	)
	return err
}

var (
	errLine   = errors.New("the line to NATS broke")
	errSilent = errors.New("NATS has been silent")
	errFull   = errors.New("NATS takes less than is to be told")
)

func (b *Bridge) connected() {
	select {
	case b.up <- struct{}{}:
	default:
	}
}

// fail ends the session, whatever it is.
func (b *Bridge) fail(err error) {
	if s := b.session.Load(); s != nil {
		s.fail(err)
	}
}

// Run keeps the server joined until ctx ends, and then takes leave of the others. Connect comes before it.
func (b *Bridge) Run(ctx context.Context) {
	defer b.conn.Close()
	for said := ""; ctx.Err() == nil; {
		if b.conn.IsConnected() {
			said = ""
			err := b.join(ctx)
			if ctx.Err() != nil {
				return
			}
			b.missed.Store(true) // of what happened lately
			b.o.Log.Warn("this server is not joined to the others", "error", err)
		} else if why := fmt.Sprint(b.conn.LastError()); why != said {
			said = why
			b.o.Log.Warn("NATS cannot be used: this server takes no streams until it can", "error", why)
		}
		select {
		case <-ctx.Done():
		case <-b.up:
		case <-time.After(b.o.Beat):
		}
	}
}

// current returns the session, nil where there is none. One that has lost its hold ends here: a process that stood still must not
// go on as if nothing had happened.
func (b *Bridge) current() *session {
	s := b.session.Load()
	if s != nil && !s.holds() {
		s.fail(errSilent)
		return nil
	}
	return s
}

// Joined reports whether the server is joined to the others.
func (b *Bridge) Joined() bool {
	s := b.current()
	return s != nil && s.joined.Load()
}

// Status returns how the bridge stands.
func (b *Bridge) Status() Status {
	st := Status{
		Joined: b.Joined(), In: b.counts.in.Load(), Out: b.counts.out.Load(), Joins: b.counts.joins.Load(), Renewals: b.counts.renewals.Load(),
	}
	if s := b.session.Load(); s != nil && st.Joined {
		st.Servers = 1 + s.others()
	}
	return st
}

// Publish gives an event to every stream of every server that holds its topic. It never blocks. The payload must be of a type that
// has a name; of another one the streams elsewhere are made to read the truth.
func (b *Bridge) Publish(topic string, payload any) {
	b.order.Lock()
	defer b.order.Unlock()
	s := b.current()
	b.o.Broker.Publish(topic, payload)
	b.tell(s, outgoing{frame: frame{Kind: isEvent, Topic: topic}, payload: payload})
}

// Tell passes a name and a text to Heard of every other server, after what was published before.
func (b *Bridge) Tell(name, text string) {
	b.tell(b.current(), outgoing{frame: frame{Kind: isTold, Name: name, Text: text}})
}

func (b *Bridge) tell(s *session, o outgoing) {
	if s == nil || !s.tell(o) {
		b.missed.Store(true)
	}
}

// Cut ends every open stream on every server as a line that breaks does.
func (b *Bridge) Cut() {
	b.tell(b.current(), outgoing{frame: frame{Kind: isCut}})
	b.o.Broker.Cut()
}

// Connected reports whether a person holds a stream on any server.
func (b *Bridge) Connected(userID string) bool {
	if b.o.Broker.Connected(userID) {
		return true
	}
	s := b.session.Load()
	return s != nil && s.elsewhere(userID)
}

// Present notes that a person's first stream here has opened, or their last one ended.
func (b *Bridge) Present(userID string) {
	if s := b.session.Load(); s != nil {
		s.present(userID)
	}
}
