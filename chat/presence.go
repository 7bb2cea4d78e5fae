package chat

import (
	"context"
	"sync"
	"time"

	"pegasus/accounts"
)

const (
	// presenceEvery is how often changes are passed on, all in one event.
	presenceEvery = time.Second
	// presenceGrace is how long a person without a stream still counts as here: a reload is not a departure.
	presenceGrace = 10 * time.Second
)

// presence gathers whose presence may have changed since the last event.
type presence struct {
	connected func(userID string) bool

	mu      sync.Mutex
	changed map[string]time.Time // when to look at each
}

func newPresence(connected func(string) bool) *presence {
	return &presence{connected: connected, changed: map[string]time.Time{}}
}

func (p *presence) note(userID string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if before, noted := p.changed[userID]; !noted || at.Before(before) {
		p.changed[userID] = at
	}
}

func (p *presence) due(now time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []string
	for userID, at := range p.changed {
		if !now.Before(at) {
			ids = append(ids, userID)
			delete(p.changed, userID)
		}
	}
	return ids
}

// StreamChanged notes that a person's first stream opened or their last one ended. It does not block.
func (s *Service) StreamChanged(userID string, connected bool) {
	at := s.now()
	if !connected {
		at = at.Add(presenceGrace)
	}
	s.presence.note(userID, at)
}

// ProfileChanged notes that what others see of a person may have changed.
func (s *Service) ProfileChanged(u accounts.User) { s.presence.note(u.ID, s.now()) }

// Presence returns what others see of where a person is: what they chose, while they are connected.
func (s *Service) Presence(u accounts.User) accounts.Status {
	if !s.presence.connected(u.ID) {
		return accounts.StatusOffline
	}
	return u.Status
}

// TellPresence passes presence on until ctx ends.
func (s *Service) TellPresence(ctx context.Context) {
	tick := time.NewTicker(presenceEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.tellPresence(ctx)
		}
	}
}

func (s *Service) tellPresence(ctx context.Context) {
	var changed PresenceChanged
	for _, userID := range s.presence.due(s.now()) {
		u, err := s.user(ctx, userID)
		if err != nil {
			continue // the next change of this person tells it
		}
		changed.Users = append(changed.Users, Presence{UserID: userID, Status: s.Presence(u)})
	}
	if len(changed.Users) > 0 {
		s.events.Publish(workspaceTopic, changed)
	}
}
