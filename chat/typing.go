package chat

import (
	"context"
	"slices"
	"sync"
	"time"

	"pegasus/accounts"
)

// How long a typing notice stands without a new one, and how often it is passed on.
const (
	typingLife  = 6 * time.Second
	typingEvery = time.Second
)

// typing remembers who types where. It is never stored: after a restart nobody types.
type typing struct {
	mu       sync.Mutex
	channels map[string]map[string]typist
}

type typist struct {
	name     string
	until    time.Time
	lastTold time.Time
}

func newTyping() typing {
	return typing{channels: map[string]map[string]typist{}}
}

// set notes that a person types, and reports whether others should be told.
func (t *typing) set(channelID string, u accounts.User, now time.Time) bool {
	return t.note(channelID, u.ID, u.Shown(), now)
}

func (t *typing) note(channelID, userID, name string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(channelID, now)
	people := t.channels[channelID]
	if people == nil {
		people = map[string]typist{}
		t.channels[channelID] = people
	}
	p := people[userID]
	tell := now.Sub(p.lastTold) >= typingEvery
	if tell {
		p.lastTold = now
	}
	p.name, p.until = name, now.Add(typingLife)
	people[userID] = p
	return tell
}

// clear notes that a person stopped, and reports whether they had been typing.
func (t *typing) clear(channelID, userID string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(channelID, now)
	_, was := t.channels[channelID][userID]
	delete(t.channels[channelID], userID)
	if len(t.channels[channelID]) == 0 {
		delete(t.channels, channelID)
	}
	return was
}

func (t *typing) names(channelID string, now time.Time) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(channelID, now)
	names := make([]string, 0, len(t.channels[channelID]))
	for _, p := range t.channels[channelID] {
		names = append(names, p.name)
	}
	slices.Sort(names)
	return names
}

func (t *typing) expire(channelID string, now time.Time) {
	for userID, p := range t.channels[channelID] {
		if !now.Before(p.until) {
			delete(t.channels[channelID], userID)
		}
	}
}

// SetTyping notes whether the actor is writing in a channel that they are in.
func (s *Service) SetTyping(ctx context.Context, actor accounts.User, channelID string, active bool) error {
	if _, _, err := s.member(ctx, actor, channelID); err != nil {
		return err
	}
	if !active {
		s.stopTyping(channelID, actor)
		return nil
	}
	s.Acted(actor.ID, true)
	if s.typing.set(channelID, actor, s.now()) {
		s.events.Publish(channelTopic(channelID), TypingChanged{ChannelID: channelID, UserID: actor.ID, Name: actor.Shown(), Typing: true})
	}
	return nil
}

func (s *Service) stopTyping(channelID string, actor accounts.User) {
	if s.typing.clear(channelID, actor.ID, s.now()) {
		s.events.Publish(channelTopic(channelID), TypingChanged{ChannelID: channelID, UserID: actor.ID, Name: actor.Shown()})
	}
}

// Typing returns the names of those who are writing in a channel that the actor is in.
func (s *Service) Typing(ctx context.Context, actor accounts.User, channelID string) ([]string, error) {
	_, place, err := s.member(ctx, actor, channelID)
	if err != nil {
		return nil, err
	}
	return s.TypingAt(place), nil
}

// TypingAt is Typing for who has just found their place in the channel.
func (s *Service) TypingAt(place Member) []string { return s.typing.names(place.ChannelID, s.now()) }

// heard notes who types at another server.
func (t *typing) heard(p TypingChanged, now time.Time) {
	if !p.Typing {
		t.clear(p.ChannelID, p.UserID, now)
		return
	}
	t.note(p.ChannelID, p.UserID, p.Name, now)
}
