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
	// atItFor is how long somebody who has done something counts as sitting in front of it.
	atItFor = 3 * time.Minute
	// actedEvery is how often other servers are told of somebody who goes on doing something.
	actedEvery = 30 * time.Second
)

// presence gathers whose presence may have changed since the last event.
type presence struct {
	connected func(userID string) bool

	mu      sync.Mutex
	changed map[string]time.Time // when to look at each
	left    map[string]time.Time // when the last stream of each ended, while that may be a reload
	acted   map[string]doing     // what each who is connected did last
}

// doing is when somebody did something last, and when other servers were told of it last.
type doing struct{ at, told time.Time }

func newPresence(connected func(string) bool) *presence {
	return &presence{connected: connected, changed: map[string]time.Time{}, left: map[string]time.Time{}, acted: map[string]doing{}}
}

func (p *presence) note(userID string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if before, noted := p.changed[userID]; !noted || at.Before(before) {
		p.changed[userID] = at
	}
}

// due returns who is to be looked at. Somebody who may only be reloading is looked at again when that time is over.
func (p *presence) due(now time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []string
	for userID, at := range p.changed {
		if now.Before(at) {
			continue
		}
		ids = append(ids, userID)
		delete(p.changed, userID)
		if left, gone := p.left[userID]; gone && now.Before(left.Add(presenceGrace)) {
			p.changed[userID] = left.Add(presenceGrace)
		} else {
			delete(p.left, userID)
		}
	}
	return ids
}

// here reports whether a person is connected, or was a moment ago.
func (p *presence) here(userID string, now time.Time) bool {
	if p.connected(userID) {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	left, gone := p.left[userID]
	return gone && now.Before(left.Add(presenceGrace))
}

// StreamChanged notes that a person's first stream opened or their last one ended. It does not block.
func (s *Service) StreamChanged(userID string, connected bool) {
	now := s.now()
	if connected {
		s.presence.note(userID, now)
		return
	}
	if s.presence.connected(userID) {
		return // on another server, or again
	}
	s.presence.leave(userID, now)
}

func (p *presence) leave(userID string, now time.Time) {
	p.mu.Lock()
	p.left[userID] = now
	delete(p.acted, userID)
	p.mu.Unlock()
	p.note(userID, now.Add(presenceGrace))
}

// Acted notes that a person does something, or with here false that they turned away from the last page that they looked at.
// It does not block.
func (s *Service) Acted(userID string, here bool) {
	if s.presence.act(userID, here, s.now()) && s.actedHere != nil {
		s.actedHere(userID, here)
	}
}

// ActedElsewhere is Acted for what a person did at another server.
func (s *Service) ActedElsewhere(userID string, here bool) { s.presence.act(userID, here, s.now()) }

// act notes what a person did, and reports whether that is news: whoever goes on is told again before others take them for away.
func (p *presence) act(userID string, here bool, now time.Time) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	did, acted := p.acted[userID]
	if !here {
		delete(p.acted, userID)
		return acted
	}
	if news = !acted || now.Sub(did.told) >= actedEvery; news {
		did.told = now
	}
	did.at = now
	p.acted[userID] = did
	return news
}

// AtIt reports whether a person sits in front of an open page: they are connected, and did something a short while ago.
func (s *Service) AtIt(userID string) bool {
	if !s.presence.connected(userID) {
		return false
	}
	s.presence.mu.Lock()
	defer s.presence.mu.Unlock()
	did, acted := s.presence.acted[userID]
	return acted && s.now().Before(did.at.Add(atItFor))
}

// ProfileChanged notes that what others see of a person may have changed.
func (s *Service) ProfileChanged(u accounts.User) { s.presence.note(u.ID, s.now()) }

// Presence returns what others see of where a person is: what they chose, while they are here.
func (s *Service) Presence(u accounts.User) accounts.Status {
	if !s.presence.here(u.ID, s.now()) {
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
		changed.Users = append(changed.Users, Presence{UserID: userID, Status: s.Presence(u), Emoji: u.StatusEmoji, Text: u.StatusMessage})
	}
	if len(changed.Users) > 0 {
		s.events.Publish(workspaceTopic, changed)
	}
}
