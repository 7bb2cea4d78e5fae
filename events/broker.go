package events

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds of one broker.
const (
	// Kept is how many events can be resumed after.
	Kept = 16384
	// MaxQueued is how many events may wait for one stream before it is ended.
	MaxQueued = 256
	// MaxStreams is how many streams one person may hold; one more ends the oldest.
	MaxStreams = 20
	// endWait is how long a call that ends streams waits for them to be gone.
	endWait = time.Second
)

// Broker connects publishers and streams of one process.
type Broker struct {
	unlimited bool
	presence  func(userID string, connected bool)

	mu     sync.Mutex
	epoch  string
	away   bool // streams are ended, and none is taken
	last   uint64
	ring   []*Event // the newest events; event n lies at n % Kept
	topics map[string]map[*Subscription]struct{}
	users  map[string][]*Subscription // oldest first
	closed bool
}

// Options are the choices of a broker.
type Options struct {
	// Unlimited lifts MaxStreams, for load tests.
	Unlimited bool
	// Presence is told when a person's first stream opens and when the last one has ended. It must not block.
	Presence func(userID string, connected bool)
}

// NewBroker returns a broker whose ids no earlier broker has used.
func NewBroker(o Options) *Broker {
	if o.Presence == nil {
		o.Presence = func(string, bool) {}
	}
	return &Broker{
		epoch:     newEpoch(),
		unlimited: o.Unlimited,
		presence:  o.Presence,
		ring:      make([]*Event, Kept),
		topics:    map[string]map[*Subscription]struct{}{},
		users:     map[string][]*Subscription{},
	}
}

func newEpoch() string { return strings.ToLower(rand.Text()[:10]) }

// Publish gives an event to every subscription that holds its topic now. It never blocks.
func (b *Broker) Publish(topic string, payload any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	e := &Event{ID: b.last, Topic: topic, Payload: payload, At: time.Now(), Streams: len(b.topics[topic]), epoch: b.epoch}
	b.ring[e.ID%Kept] = e
	for s := range b.topics[topic] {
		s.push(e)
	}
}

// Recent returns up to n of the newest events, the newest first.
func (b *Broker) Recent(n int) []*Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	n = int(min(uint64(max(0, n)), b.last, Kept))
	recent := make([]*Event, n)
	for i := range recent {
		recent[i] = b.ring[(b.last-uint64(i))%Kept]
	}
	return recent
}

// Cursor returns the id of the newest event. A page that reads the cursor before its data and opens its stream after
// that cursor has no hole.
func (b *Broker) Cursor() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return eventID(b.epoch, b.last)
}

func eventID(epoch string, n uint64) string { return epoch + "-" + strconv.FormatUint(n, 10) }

// Connected reports whether a person holds a stream.
func (b *Broker) Connected(userID string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.users[userID]) > 0
}

// Streams returns how many streams are open.
func (b *Broker) Streams() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, subs := range b.users {
		n += len(subs)
	}
	return n
}

// Grant lets every open stream of a person receive a topic from now on.
func (b *Broker) Grant(userID, topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.users[userID] {
		s.changes++
		b.attach(s, topic)
	}
}

// Revoke takes a topic away: once it has returned no stream of the person takes another event of it, queued ones
// included.
func (b *Broker) Revoke(userID, topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.users[userID] {
		s.changes++
		b.detach(s, topic)
	}
}

// EndSession ends the streams of one signed-in device and returns when they are gone.
func (b *Broker) EndSession(ctx context.Context, userID, sessionID string) {
	await(ctx, b.end(userID, ErrSignedOut, func(s *Subscription) bool { return s.SessionID == sessionID }))
}

// EndUser ends all streams of a person but those of the device excepted, and returns when they are gone.
func (b *Broker) EndUser(ctx context.Context, userID, exceptSession string) {
	await(ctx, b.end(userID, ErrSignedOut, func(s *Subscription) bool { return exceptSession == "" || s.SessionID != exceptSession }))
}

// Close ends every stream, and every one that is opened from now on, with ErrStopping, and returns when they are gone.
func (b *Broker) Close(ctx context.Context) {
	b.mu.Lock()
	b.closed = true
	ended := b.endAll(ErrStopping)
	b.mu.Unlock()
	await(ctx, ended)
}

// Cut ends every open stream as a line that breaks does: who held one resumes by its id.
func (b *Broker) Cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.endAll(ErrSlow)
}

// Break ends the streams of a person as Cut does, so that what they may receive is read again. It does not wait for them to be gone.
func (b *Broker) Break(userID string) {
	b.end(userID, ErrSlow, func(*Subscription) bool { return true })
}

// Suspend ends every stream, and every one that is opened from now on, until Renew: what this broker is told may not be all
// there is.
func (b *Broker) Suspend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = true
	b.endAll(ErrSlow)
}

// Renew ends every stream and forgets every event, and then takes streams: nobody resumes after what came before.
func (b *Broker) Renew() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.endAll(ErrSlow)
	b.epoch, b.last, b.away = newEpoch(), 0, false
	clear(b.ring)
}

// Away reports whether the broker takes no streams for now.
func (b *Broker) Away() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.away
}

// People returns the ids of all who hold a stream.
func (b *Broker) People() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Keys(b.users))
}

// endAll ends all streams and returns them. The caller holds b.mu.
func (b *Broker) endAll(reason error) (ended []*Subscription) {
	for _, subs := range b.users {
		for _, s := range subs {
			s.end(reason)
			ended = append(ended, s)
		}
	}
	return ended
}

// end ends the streams of a person that match, and returns them.
func (b *Broker) end(userID string, reason error, match func(*Subscription) bool) (ended []*Subscription) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.users[userID] {
		if match(s) {
			s.end(reason)
			ended = append(ended, s)
		}
	}
	return ended
}

// await returns when streams that have ended are gone, or soon after where one hangs in a write.
func await(ctx context.Context, ended []*Subscription) {
	ctx, cancel := context.WithTimeout(ctx, endWait)
	defer cancel()
	for _, s := range ended {
		select {
		case <-s.gone:
		case <-ctx.Done():
			return
		}
	}
}

func (b *Broker) attach(s *Subscription, topic string) {
	if s.grant(topic) {
		subs := b.topics[topic]
		if subs == nil {
			subs = map[*Subscription]struct{}{}
			b.topics[topic] = subs
		}
		subs[s] = struct{}{}
	}
}

func (b *Broker) detach(s *Subscription, topic string) {
	s.revoke(topic)
	if subs := b.topics[topic]; subs != nil {
		delete(subs, s)
		if len(subs) == 0 {
			delete(b.topics, topic)
		}
	}
}

// since returns the kept events after the id, oldest first, and false where the id is not of this broker's or is too
// old to resume after. The caller holds b.mu.
func (b *Broker) since(after string) ([]*Event, bool) {
	epoch, number, found := strings.Cut(after, "-")
	n, err := strconv.ParseUint(number, 10, 64)
	if !found || err != nil || epoch != b.epoch || n > b.last {
		return nil, false
	}
	if b.last-n >= Kept {
		return nil, false
	}
	missed := make([]*Event, 0, b.last-n)
	for i := n + 1; i <= b.last; i++ {
		missed = append(missed, b.ring[i%Kept])
	}
	return missed, true
}
