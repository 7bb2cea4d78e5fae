package chat

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// maxMissedTalks is how many conversations, the latest activity first, are looked at for what somebody missed.
const maxMissedTalks = 100

// Missed is what a person has missed since a time.
type Missed struct {
	// Messages are told to the person as mentions or as direct messages, and they have not read them; the newest first. Of
	// mentions the newest of all are looked at, and of each conversation the newest unread messages.
	Messages []MissedMessage
	// More is how many others of the kind are unread, older ones included. Of what they have muted it knows nothing.
	More int64
}

// MissedMessage is a message with its channel.
type MissedMessage struct {
	Message
	Channel Channel
}

// Personal reports whether what is told for this reason was meant for the person: it calls them, alone or among many, or is in
// a conversation of theirs.
func (r Reason) Personal() bool {
	return r == ReasonNamed || r == ReasonCrowd || r == ReasonDirect
}

// Missed gathers up to limit messages that came after a time, for somebody who wants to be told as said. It makes a fixed number
// of reads, and up to three for each message that it looks at more closely: as many mentions as limit, and of direct messages
// hardly more than it returns.
func (s *Service) Missed(ctx context.Context, actor accounts.User, wants Preferences, since time.Time, limit int) (Missed, error) {
	unread, err := s.store.UnreadPlaces(ctx, actor.ID, MaxReadAtOnce)
	if err == nil {
		err = s.countMentions(ctx, actor.ID, unread)
	}
	if err != nil {
		return Missed{}, err
	}
	places, waiting := map[string]Joined{}, map[string]int64{}
	for _, p := range unread {
		places[p.Channel.ID], waiting[p.Channel.ID] = p, s.toldOf(p, wants)
	}
	candidates, err := s.missable(ctx, actor, unread, waiting, since, limit)
	if err != nil {
		return Missed{}, err
	}
	var found Missed
	for _, m := range candidates {
		if len(found.Messages) == limit {
			break
		}
		p, known := places[m.ChannelID]
		if !known {
			p.Channel, p.Member, err = s.store.Membership(ctx, m.ChannelID, actor.ID)
			if fault.Is(err, fault.NotFound) {
				continue // left meanwhile
			} else if err != nil {
				return Missed{}, err
			}
			places[m.ChannelID] = p
		}
		if told, err := s.missed(ctx, m, p, wants); err != nil {
			return Missed{}, err
		} else if !told {
			continue
		}
		found.Messages = append(found.Messages, MissedMessage{Message: m, Channel: p.Channel})
		if m.Seq > p.LastReadSeq && waiting[m.ChannelID] > 0 {
			waiting[m.ChannelID]--
		}
	}
	for _, n := range waiting {
		found.More += n
	}
	return found, nil
}

// missable returns what a person may have missed after a time, the newest first: mentions, and direct messages of those places
// in which something waits that is told to them.
func (s *Service) missable(
	ctx context.Context, actor accounts.User, places []Joined, waiting map[string]int64, since time.Time, limit int,
) ([]Message, error) {
	messages, err := s.Mentions(ctx, actor, "", limit)
	if err != nil {
		return nil, err
	}
	after := map[string]int64{}
	for _, p := range places {
		if p.IsDirect() && waiting[p.Channel.ID] > 0 && p.Activity().After(since) && len(after) < maxMissedTalks {
			after[p.Channel.ID] = max(p.LastReadSeq, p.LastSeq-unreadSpan)
		}
	}
	direct, err := s.newestUnread(ctx, actor.ID, after)
	if err != nil {
		return nil, err
	}
	messages = slices.DeleteFunc(append(messages, direct...), func(m Message) bool { return !m.CreatedAt.After(since) })
	slices.SortFunc(messages, func(a, b Message) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(b.ID, a.ID))
	})
	return slices.CompactFunc(messages, func(a, b Message) bool { return a.ID == b.ID }), nil
}

// missed reports whether a message is told to a member as one that was meant for them, and they have not read it.
func (s *Service) missed(ctx context.Context, m Message, p Joined, wants Preferences) (bool, error) {
	if wants.quiet(m.CreatedAt) {
		return false, nil // whatever it is
	}
	thread, err := s.threadPlace(ctx, m, p.UserID)
	if err != nil || m.readBy(p.Member, thread) {
		return false, err
	}
	v, err := s.judge(ctx, m, p.Channel, p.Member, thread, wants)
	return v.Tell && v.Reason.Personal(), err
}

// HasRead reports whether a member of its channel has read a message: where they read it, in the channel or in its thread.
func (s *Service) HasRead(ctx context.Context, m Message, place Member) (bool, error) {
	thread, err := s.threadPlace(ctx, m, place.UserID)
	return err == nil && m.readBy(place, thread), err
}

func (m Message) readBy(place Member, thread Following) bool {
	if (m.ParentID == "" || m.AlsoChannel) && place.LastReadSeq >= m.Seq {
		return true
	}
	return m.ParentID != "" && thread.LastReadSeq >= m.Seq
}

// threadPlace is a person's place in the thread of a reply, and none for other messages.
func (s *Service) threadPlace(ctx context.Context, m Message, userID string) (Following, error) {
	if m.ParentID == "" {
		return Following{}, nil
	}
	return s.store.Place(ctx, m.ParentID, userID)
}

// toldOf returns how many unread messages of a place are told to its member as mentions or as direct ones. Of a muted one they
// are told where it names them, which nothing counts.
func (s *Service) toldOf(p Joined, wants Preferences) int64 {
	level := p.Level.or(wants.Level).or(s.level)
	if p.IsDirect() {
		level = p.Level.or(LevelAll)
	}
	switch {
	case level == LevelNothing || p.Muted:
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
