package events

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Why a stream ended.
var (
	ErrSlow      = errors.New("events: too slow")
	ErrSignedOut = errors.New("events: signed out")
	ErrReplaced  = errors.New("events: too many streams")
	ErrStopping  = errors.New("events: stopping")
)

// Subscription is one open stream. One goroutine takes its events.
type Subscription struct {
	UserID    string
	SessionID string

	broker  *Broker
	changes int // grants and revocations so far, guarded by broker.mu
	ready   chan struct{}
	gone    chan struct{}

	mu     sync.Mutex
	topics map[string]struct{}
	queue  []*Event // what waits begins at head
	head   int
	limit  int // how much may wait; a resumed stream may first take all that it missed
	ended  error
}

// keptQueue is how many places for events an idle stream keeps, so that a lone event costs no allocation.
const keptQueue = 8

// Subscribe opens a stream that holds no topic yet. The caller closes it.
func (b *Broker) Subscribe(userID, sessionID string) *Subscription {
	s := &Subscription{
		UserID: userID, SessionID: sessionID, broker: b,
		ready: make(chan struct{}, 1), gone: make(chan struct{}),
		topics: map[string]struct{}{}, limit: MaxQueued,
	}
	b.mu.Lock()
	first := len(b.users[userID]) == 0
	if !b.unlimited {
		b.makeRoom(userID)
	}
	b.users[userID] = append(b.users[userID], s)
	if b.closed {
		s.end(ErrStopping)
	} else if b.away {
		s.end(ErrSlow)
	}
	b.mu.Unlock()
	if first {
		b.presence(userID, true)
	}
	return s
}

// makeRoom ends the oldest streams of a person until one more is within MaxStreams. Those that have ended and are not
// closed yet do not count. The caller holds b.mu.
func (b *Broker) makeRoom(userID string) {
	live := 0
	for _, s := range slices.Backward(b.users[userID]) {
		if s.live() {
			if live++; live >= MaxStreams {
				s.end(ErrReplaced)
			}
		}
	}
}

// Start gives the stream its topics, as load reads them, and the events after the id that it missed. It reports false
// where the id cannot be resumed after; the stream then gets events from now on. load is called again where a grant or
// a revocation came between, so that neither is lost.
func (s *Subscription) Start(ctx context.Context, after string, load func(context.Context) ([]string, error)) (resumed bool, err error) {
	b := s.broker
	for {
		b.mu.Lock()
		seen := s.changes
		b.mu.Unlock()
		topics, err := load(ctx)
		if err != nil {
			return false, err
		}
		b.mu.Lock()
		if s.changes != seen {
			b.mu.Unlock()
			continue
		}
		for _, topic := range topics {
			b.attach(s, topic)
		}
		missed, ok := b.since(after)
		s.mu.Lock()
		if ok { // what was missed holds what came in the meantime
			s.queue = nil
			for _, e := range missed {
				if _, held := s.topics[e.Topic]; held {
					s.queue = append(s.queue, e)
				}
			}
		}
		s.limit = MaxQueued + len(s.queue)
		waiting := len(s.queue) > 0
		s.mu.Unlock()
		b.mu.Unlock()
		if waiting {
			s.wake()
		}
		return ok || after == "", nil
	}
}

// Ready receives when there may be something to take, or when the stream has ended.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Take returns the next event that the stream may have at this moment, nil where there is none, or why it ended.
func (s *Subscription) Take() (*Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.ended == nil && s.head < len(s.queue) {
		e := s.queue[s.head]
		s.queue[s.head] = nil
		s.head++
		if _, held := s.topics[e.Topic]; held {
			return e, nil
		}
	}
	s.queue, s.head, s.limit = s.queue[:0], 0, MaxQueued
	if cap(s.queue) > keptQueue {
		s.queue = nil
	}
	return nil, s.ended
}

// Close gives the stream up. It must be called once, by whoever subscribed.
func (s *Subscription) Close() {
	b := s.broker
	b.mu.Lock()
	s.mu.Lock()
	topics := s.topics
	s.topics = nil
	if s.ended == nil {
		s.ended = ErrReplaced
	}
	s.drop(s.ended)
	s.mu.Unlock()
	for topic := range topics {
		b.detach(s, topic)
	}
	rest := slices.DeleteFunc(b.users[s.UserID], func(o *Subscription) bool { return o == s })
	last := len(rest) == 0
	if last {
		delete(b.users, s.UserID)
	} else {
		b.users[s.UserID] = rest
	}
	b.mu.Unlock()
	close(s.gone)
	if last {
		b.presence(s.UserID, false)
	}
}

func (s *Subscription) push(e *Event) {
	s.mu.Lock()
	switch {
	case s.ended != nil:
	case len(s.queue)-s.head >= s.limit:
		s.drop(ErrSlow)
	default:
		if len(s.queue) == cap(s.queue) {
			s.makePlace()
		}
		s.queue = append(s.queue, e)
	}
	s.mu.Unlock()
	s.wake()
}

func (s *Subscription) end(reason error) {
	s.mu.Lock()
	if s.ended == nil {
		s.drop(reason)
	}
	s.mu.Unlock()
	s.wake()
}

// drop ends the stream and forgets what waits. The caller holds s.mu.
func (s *Subscription) drop(reason error) {
	s.ended, s.queue, s.head = reason, nil, 0
}

// makePlace moves what waits to the front of a queue whose first half has been taken. The caller holds s.mu.
func (s *Subscription) makePlace() {
	if s.queue == nil {
		s.queue = make([]*Event, 0, keptQueue)
	}
	if s.head > len(s.queue)/2 {
		n := copy(s.queue, s.queue[s.head:])
		clear(s.queue[n:])
		s.queue, s.head = s.queue[:n], 0
	}
}

func (s *Subscription) live() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended == nil
}

func (s *Subscription) wake() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// grant reports whether the topic is new to a stream that is still open.
func (s *Subscription) grant(topic string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.topics == nil {
		return false
	}
	if _, held := s.topics[topic]; held {
		return false
	}
	s.topics[topic] = struct{}{}
	return true
}

func (s *Subscription) revoke(topic string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.topics, topic)
}
