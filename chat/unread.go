package chat

import (
	"context"
	"slices"

	"pegasus/accounts"
	"pegasus/fault"
)

// Limits of what is shown and done about unread messages at once.
const (
	MaxUnreadPlaces   = 20   // channels and conversations on the page of all unread messages
	MaxUnreadMessages = 10   // messages of one of them there
	MaxReadAtOnce     = 1000 // channels and conversations that "mark all as read" takes in one go

	// unreadSpan is how many numbers after a read mark are looked at for the messages to show: own and deleted ones are
	// among them.
	unreadSpan = 3 * MaxUnreadMessages
)

// UnreadStore keeps read marks, and what is found through them.
type UnreadStore interface {
	// MarkUnread moves a member's read mark back to before the message number seq, never on, and returns the member and the
	// channel after it.
	MarkUnread(ctx context.Context, channelID, userID string, seq int64) (Channel, Member, error)
	// UnreadPlaces returns up to limit of a person's channels and listed conversations in which messages of others are
	// unread and that are not archived, the latest activity first, without their newest text, with a fixed number of reads.
	UnreadPlaces(ctx context.Context, userID string, limit int) ([]Joined, error)
	// MessagesAfter returns the messages that are not deleted and whose number is over the one that is given for their
	// channel, by no more than span, by channel and in ascending order, with one read.
	MessagesAfter(ctx context.Context, after map[string]int64, span int64) ([]Message, error)
	// RecountUnread compares what is kept about the unread messages of up to limit members, in the order of channel and
	// person after the place given, with the messages themselves, and mends what differs.
	RecountUnread(ctx context.Context, afterChannel, afterUser string, limit int) (Recount, error)
}

// Recount is one step of the check of unread counts.
type Recount struct {
	ChannelID, UserID string // the last member of the step, "" where it was the last of all
	Checked           int    // members
	Counts            int    // members whose own messages were counted wrong
	Mentions          int    // unread mentions in messages that are deleted or gone
}

// MarkUnread makes a message that the actor may see, and all after it, unread for them.
func (s *Service) MarkUnread(ctx context.Context, actor accounts.User, messageID string) (Member, error) {
	m, _, err := s.visible(ctx, actor, messageID)
	if err != nil {
		return Member{}, err
	}
	c, place, err := s.store.MarkUnread(context.WithoutCancel(ctx), m.ChannelID, actor.ID, m.Seq)
	if fault.Is(err, fault.NotFound) {
		return Member{}, errMessage
	}
	if err != nil {
		return Member{}, err
	}
	s.tellRead(c, place, true)
	return place, nil
}

func (s *Service) tellRead(c Channel, m Member, back bool) {
	s.events.Publish(userTopic(m.UserID), Read{
		ChannelID: c.ID, UserID: m.UserID, LastReadSeq: m.LastReadSeq, Unread: m.Unread(c.LastSeq), At: m.LastReadAt, Back: back,
	})
}

// MarkAllRead marks everything that the actor has not read as read, at most MaxReadAtOnce channels and conversations, with one
// write for each, and returns how many there were.
func (s *Service) MarkAllRead(ctx context.Context, actor accounts.User) (int, error) {
	places, err := s.store.UnreadPlaces(ctx, actor.ID, MaxReadAtOnce)
	if err != nil {
		return 0, err
	}
	for i, p := range places {
		c, m, err := s.store.MarkRead(ctx, p.Channel.ID, actor.ID, p.LastSeq, s.now())
		if fault.Is(err, fault.NotFound) {
			continue // left or removed meanwhile
		}
		if err != nil {
			return i, err
		}
		s.tellRead(c, m, false)
	}
	return len(places), nil
}

// Unread is a channel or conversation with its first unread messages.
type Unread struct {
	Joined
	People   []string  // the ids of the others in a conversation, in ascending order
	Messages []Message // of others, at most MaxUnreadMessages, in ascending order
}

// Unreads lists what the actor has not read: up to MaxUnreadPlaces channels and conversations, the latest activity first. more
// says that there are others.
func (s *Service) Unreads(ctx context.Context, actor accounts.User) (found []Unread, more bool, err error) {
	places, err := s.store.UnreadPlaces(ctx, actor.ID, MaxUnreadPlaces+1)
	if err != nil || len(places) == 0 {
		return nil, false, err
	}
	if more = len(places) > MaxUnreadPlaces; more {
		places = places[:MaxUnreadPlaces]
	}
	if err := s.countMentions(ctx, actor.ID, places); err != nil {
		return nil, false, err
	}
	after := make(map[string]int64, len(places))
	for _, p := range places {
		after[p.Channel.ID] = p.LastReadSeq
	}
	messages, err := s.store.MessagesAfter(ctx, after, unreadSpan)
	if err != nil {
		return nil, false, err
	}
	byChannel := map[string][]Message{}
	for _, m := range messages {
		if m.UserID != actor.ID && len(byChannel[m.ChannelID]) < MaxUnreadMessages {
			s.refresh(&m)
			byChannel[m.ChannelID] = append(byChannel[m.ChannelID], m)
		}
	}
	people, err := s.others(ctx, actor, places)
	for _, p := range places {
		found = append(found, Unread{Joined: p, People: people[p.Channel.ID], Messages: byChannel[p.Channel.ID]})
	}
	return found, more, err
}

// others returns the ids of those with whom the actor has conversations, by conversation, with one read.
func (s *Service) others(ctx context.Context, actor accounts.User, places []Joined) (map[string][]string, error) {
	var direct []string
	for _, p := range places {
		if p.IsDirect() {
			direct = append(direct, p.Channel.ID)
		}
	}
	if len(direct) == 0 {
		return nil, nil
	}
	members, err := s.store.MembersOf(ctx, direct)
	people := map[string][]string{}
	for _, m := range members {
		if m.UserID != actor.ID && m.Role != RoleBot {
			people[m.ChannelID] = append(people[m.ChannelID], m.UserID)
		}
	}
	for _, ids := range people {
		slices.Sort(ids)
	}
	return people, err
}
