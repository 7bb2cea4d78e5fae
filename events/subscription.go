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
	queue  []*Event
	limit  int // how long queue may grow; a resumed stream may first take all that it missed
	ended  error
}

// Subscribe opens a stream that holds no topic yet. The caller closes it.
func (b *Broker) Subscribe(userID, sessionID string) *Subscription {
	s := &Subscription{
		UserID: userID, SessionID: sessionID, broker: b,
		ready: make(chan struct{}, 1), gone: make(chan struct{}),
		topics: map[string]struct{}{}, limit: MaxQueued,
	}
	b.mu.Lock()
	first := len(b.users[userID]) == 0
	if !b.unlimited && len(b.users[userID]) >= MaxStreams {
		b.users[userID][0].end(ErrReplaced)
	}
	b.users[userID] = append(b.users[userID], s)
	if b.closed {
		s.end(ErrStopping)
	}
	b.mu.Unlock()
	if first {
		b.presence(userID, true)
	}
	return s
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
		live := s.queue
		s.queue = nil
		for _, e := range missed {
			if _, held := s.topics[e.Topic]; held {
				s.queue = append(s.queue, e)
			}
		}
		if !ok {
			s.queue = live
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
	for s.ended == nil && len(s.queue) > 0 {
		e := s.queue[0]
		s.queue[0] = nil
		s.queue = s.queue[1:]
		if _, held := s.topics[e.Topic]; held {
			return e, nil
		}
	}
	if len(s.queue) == 0 {
		s.queue, s.limit = nil, MaxQueued
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
	s.queue = nil
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
	full := len(s.queue) >= s.limit
	switch {
	case s.ended != nil:
	case full:
		s.ended, s.queue = ErrSlow, nil
	default:
		s.queue = append(s.queue, e)
	}
	s.mu.Unlock()
	s.wake()
}

func (s *Subscription) end(reason error) {
	s.mu.Lock()
	if s.ended == nil {
		s.ended, s.queue = reason, nil
	}
	s.mu.Unlock()
	s.wake()
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
