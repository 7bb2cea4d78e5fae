package chat

import (
	"context"
	"slices"
	"time"

	"pegasus/accounts"
)

// Conversation is one of a person's direct conversations.
type Conversation struct {
	Joined
	People []string // the ids of the others in ascending order, none in notes to oneself
}

// Cursor names the place of a conversation in its owner's list, for the page after it.
func (c Conversation) Cursor() string { return placeCursor(c.Activity(), c.Channel.ID) }

// Conversations lists up to limit of the actor's conversations, the latest activity first, after the one whose cursor is
// given. One without a message is listed for who opened it, a hidden one from its next message on.
func (s *Service) Conversations(ctx context.Context, actor accounts.User, cursor string, limit int) ([]Conversation, error) {
	before, beforeID, err := parsePlace(cursor)
	if err != nil {
		return nil, err
	}
	joined, err := s.store.Conversations(ctx, actor.ID, before, beforeID, limit)
	if err != nil {
		return nil, err
	}
	return s.withPeople(ctx, actor, joined)
}

// GroupConversations lists all of the actor's conversations with several people, hidden ones included, in no particular order and
// without their times and messages. It makes a fixed number of reads.
func (s *Service) GroupConversations(ctx context.Context, actor accounts.User) ([]Conversation, error) {
	places, err := s.store.Places(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	var groups []Joined
	for _, c := range places {
		if c.Type == Group {
			groups = append(groups, Joined{Channel: c})
		}
	}
	return s.withPeople(ctx, actor, groups)
}

// MaxRecent is among how many conversations RecentConversations looks for unread ones.
const MaxRecent = 500

// RecentConversations lists the conversations of the actor with the latest activity, as many as recent says, and of those
// before them the unread ones. It makes a fixed number of reads.
func (s *Service) RecentConversations(ctx context.Context, actor accounts.User, recent int) ([]Conversation, error) {
	joined, err := s.store.Conversations(ctx, actor.ID, time.Time{}, "", MaxRecent)
	if err != nil {
		return nil, err
	}
	shown := joined[:0]
	for i, j := range joined {
		if i < recent || j.Unread(j.LastSeq) > 0 {
			shown = append(shown, j)
		}
	}
	return s.withPeople(ctx, actor, shown)
}

// withPeople adds who else is in some conversations, with one read, and with another what of muted ones calls the actor.
func (s *Service) withPeople(ctx context.Context, actor accounts.User, joined []Joined) ([]Conversation, error) {
	if len(joined) == 0 {
		return nil, nil
	}
	ids := make([]string, len(joined))
	for i, j := range joined {
		ids[i] = j.Channel.ID
	}
	members, err := s.store.MembersOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(joined, func(j Joined) bool { return j.Muted && j.Unread(j.LastSeq) > 0 }) { // of others all that is unread counts
		if err := s.countMentions(ctx, actor.ID, joined); err != nil {
			return nil, err
		}
	}
	others := map[string][]string{}
	for _, m := range members {
		if m.UserID != actor.ID && m.Role != RoleBot {
			others[m.ChannelID] = append(others[m.ChannelID], m.UserID)
		}
	}
	out := make([]Conversation, len(joined))
	for i, j := range joined {
		people := others[j.Channel.ID]
		slices.Sort(people)
		out[i] = Conversation{Joined: j, People: people}
	}
	return out, nil
}

// Shared lists the channels that the actor and another person are both in, by name, without conversations. It makes a
// fixed number of reads.
func (s *Service) Shared(ctx context.Context, actor accounts.User, userID string) ([]Channel, error) {
	joined, err := s.store.JoinedPlaces(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	theirs, err := s.store.JoinedChannelIDs(ctx, userID)
	if err != nil {
		return nil, err
	}
	in := make(map[string]bool, len(theirs))
	for _, channelID := range theirs {
		in[channelID] = true
	}
	var shared []Channel
	for _, j := range joined {
		if in[j.Channel.ID] {
			shared = append(shared, j.Channel)
		}
	}
	return shared, nil
}

// Conversation returns a conversation of the actor, without its newest message. What is no conversation of theirs is not
// there, a public channel neither.
func (s *Service) Conversation(ctx context.Context, actor accounts.User, channelID string) (Conversation, error) {
	c, m, err := s.conversation(ctx, actor, channelID)
	if err != nil {
		return Conversation{}, err
	}
	return s.ConversationAt(ctx, c, m)
}

// ConversationAt is Conversation for who has just found their place in one.
func (s *Service) ConversationAt(ctx context.Context, c Channel, place Member) (Conversation, error) {
	people, err := s.people(ctx, c)
	others := slices.DeleteFunc(people, func(userID string) bool { return userID == place.UserID })
	return Conversation{Joined: Joined{Channel: c, Member: place}, People: others}, err
}

func (s *Service) conversation(ctx context.Context, actor accounts.User, channelID string) (Channel, Member, error) {
	c, m, err := s.member(ctx, actor, channelID)
	if err == errOutside || err == nil && !c.IsDirect() {
		err = errChannel
	}
	return c, m, err
}

// HideConversation takes a conversation out of the actor's list until its next message, or until they open it again.
func (s *Service) HideConversation(ctx context.Context, actor accounts.User, channelID string) error {
	c, _, err := s.conversation(ctx, actor, channelID)
	if err != nil {
		return err
	}
	if err := s.store.HideConversation(context.WithoutCancel(ctx), c.ID, actor.ID); err != nil {
		return err
	}
	s.events.Publish(userTopic(actor.ID), ConversationHidden{ChannelID: c.ID, UserID: actor.ID})
	return nil
}

// ConversationStore keeps what direct conversations have beside what every channel has.
type ConversationStore interface {
	// ChannelByKey returns the conversation of a key.
	ChannelByKey(ctx context.Context, key string) (Channel, error)
	// Conversations returns up to limit conversations that are listed for a person, the latest activity first and by
	// descending id where that is the same, after the place given; the zero time is the beginning. It makes a fixed number
	// of reads.
	Conversations(ctx context.Context, userID string, before time.Time, beforeID string, limit int) ([]Joined, error)
	// MembersOf returns the members of some conversations, in no particular order.
	MembersOf(ctx context.Context, channelIDs []string) ([]Member, error)
	// ListConversation puts a conversation into a member's list, with or without messages.
	ListConversation(ctx context.Context, channelID, userID string) error
	// HideConversation takes it out until a message comes after the newest one at the time of the call.
	HideConversation(ctx context.Context, channelID, userID string) error
}
