package chat

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
)

// Missed is what a person may have missed since a time.
type Missed struct {
	// Messages mention the person or are in their conversations, the newest first: of mentions the newest of all, and of each
	// conversation the newest unread ones. Whether the person is told of one is not looked at.
	Messages []Message
	// Waiting is how many messages that are told to the person as mentions or as direct messages are unread in all, older ones
	// included.
	Waiting int64
}

// Missed gathers what came after a time: up to limit mentions, and up to MaxUnreadMessages of each conversation. It makes a
// fixed number of reads.
func (s *Service) Missed(ctx context.Context, actor accounts.User, since time.Time, limit int) (Missed, error) {
	wants, err := s.Preferences(ctx, actor)
	if err != nil {
		return Missed{}, err
	}
	named, err := s.Mentions(ctx, actor, "", limit)
	if err != nil {
		return Missed{}, err
	}
	places, err := s.store.UnreadPlaces(ctx, actor.ID, MaxReadAtOnce)
	if err == nil {
		err = s.countMentions(ctx, actor.ID, places)
	}
	if err != nil {
		return Missed{}, err
	}
	var found Missed
	after := map[string]int64{}
	for _, p := range places {
		found.Waiting += s.toldOf(p, wants)
		if p.IsDirect() && p.Activity().After(since) {
			after[p.Channel.ID] = max(p.LastReadSeq, p.LastSeq-unreadSpan)
		}
	}
	direct, err := s.newestUnread(ctx, actor.ID, after)
	if err != nil {
		return Missed{}, err
	}
	seen := map[string]bool{}
	for _, m := range append(named, direct...) {
		if !seen[m.ID] && m.CreatedAt.After(since) {
			found.Messages = append(found.Messages, m)
		}
		seen[m.ID] = true
	}
	slices.SortFunc(found.Messages, func(a, b Message) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(b.ID, a.ID))
	})
	return found, nil
}

// toldOf returns how many unread messages of a place are told to its member as mentions or as direct ones.
func (s *Service) toldOf(p Joined, wants Preferences) int64 {
	level := p.Level.or(wants.Level).or(s.level)
	if p.IsDirect() {
		level = p.Level.or(LevelAll)
	}
	switch {
	case level == LevelNothing:
		return 0
	case p.IsDirect() && level != LevelMentions:
		return p.Waiting()
	}
	return p.MentionCount
}

// newestUnread returns the newest messages of others after a number in each channel, MaxUnreadMessages at most, with one read.
func (s *Service) newestUnread(ctx context.Context, userID string, after map[string]int64) ([]Message, error) {
	messages, err := s.store.MessagesAfter(ctx, after, unreadSpan)
	if err != nil {
		return nil, err
	}
	slices.Reverse(messages)
	count := map[string]int{}
	return slices.DeleteFunc(messages, func(m Message) bool {
		if m.UserID == userID || count[m.ChannelID] == MaxUnreadMessages {
			return true
		}
		count[m.ChannelID]++
		return false
	}), nil
}
