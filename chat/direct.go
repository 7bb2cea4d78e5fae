package chat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// The types of conversations between people who were chosen. Such a channel has no name and no settings, its people stay
// the same, nobody manages it, and to everybody else, admins of the workspace included, it is not there.
const (
	Direct ChannelType = "dm"    // two people, or one alone with notes to themselves
	Group  ChannelType = "group" // MinGroup to MaxGroup people
)

// How many people a group has, whoever asks for it included.
const (
	MinGroup = 3
	MaxGroup = 9
)

// RolePeer is a place in a conversation: it gives no power over what others say, not even to admins of the workspace.
const RolePeer MemberRole = "peer"

// IsDirect reports whether this is a conversation between people who were chosen.
func (c Channel) IsDirect() bool { return c.Type == Direct || c.Type == Group }

// Activity is the time by which conversations are ordered.
func (c Channel) Activity() time.Time {
	if c.LastMessageAt.IsZero() {
		return c.CreatedAt
	}
	return c.LastMessageAt
}

// IsListed reports whether a conversation is in the list of the member whose place this is.
func (m Member) IsListed(lastSeq int64) bool { return m.ListedFrom <= lastSeq }

const directPrefix = "dm_"

// DirectKey returns the key of what two people have in common, or one person alone: dm_<smaller id>_<larger id>. It is
// also how ConnectBest names such a conversation.
func DirectKey(a, b string) string { return directPrefix + min(a, b) + "_" + max(a, b) }

// DirectPeople returns the two people whom a DirectKey names, in ascending order.
func DirectPeople(key string) (a, b string, ok bool) {
	pair, found := strings.CutPrefix(key, directPrefix)
	a, b, split := strings.Cut(pair, "_")
	return a, b, found && split && id.Valid(a) && id.Valid(b) && a <= b
}

// talkKey returns the key of the conversation that people have in common, each of whom may be named more than once.
func talkKey(userIDs []string) string {
	people := slices.Compact(slices.Sorted(slices.Values(userIDs)))
	if len(people) < MinGroup {
		return DirectKey(people[0], people[len(people)-1])
	}
	return GroupKey(people)
}

// GroupKey returns the key of a group: the SHA-256 of its people's ids in ascending order.
func GroupKey(userIDs []string) string {
	sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(userIDs)), " ")))
	return "group_" + hex.EncodeToString(sum[:])
}

var (
	errDirect    = fault.New(fault.Forbidden, "DIRECT_CONVERSATION", "A direct conversation has no settings, and its people stay the same.")
	errPerson    = fault.New(fault.NotFound, "USER_NOT_FOUND", "This person does not exist.")
	errRecipient = fault.New(fault.Forbidden, "RECIPIENT_UNAVAILABLE", "Nobody is there to receive messages here any more.")
	errGroup     = fault.Field("user_ids", "INVALID_GROUP", "A group has 3 to 9 people, yourself included.")
)

// ChannelID returns the id of the channel that a client names: by its id, or as dm_<id>_<id>, which stands for a
// conversation to those two people alone. It does not say that the actor may see a channel that is named by its id.
func (s *Service) ChannelID(ctx context.Context, actor accounts.User, name string) (string, error) {
	a, b, direct := DirectPeople(name)
	if !direct {
		return name, nil
	}
	if actor.ID != a && actor.ID != b {
		return "", errChannel
	}
	c, err := s.store.ChannelByKey(ctx, name)
	if fault.Is(err, fault.NotFound) {
		return "", errChannel
	}
	return c.ID, err
}

// DirectChannel returns the conversation of the actor with another person, or with themselves, and makes it where it is
// missing. It is in the actor's list from then on; the other one finds it there with the first message. With somebody who
// is kept out a conversation that stands can be read, and none is begun.
func (s *Service) DirectChannel(ctx context.Context, actor accounts.User, userID string) (Channel, Member, error) {
	if !id.Valid(userID) {
		return Channel{}, Member{}, errPerson
	}
	people := slices.Compact(slices.Sorted(slices.Values([]string{actor.ID, userID})))
	return s.open(ctx, actor, Channel{Type: Direct, Key: DirectKey(actor.ID, userID)}, people)
}

// GroupChannel is DirectChannel for the actor and several others: the same people have one conversation.
func (s *Service) GroupChannel(ctx context.Context, actor accounts.User, userIDs []string) (Channel, Member, error) {
	if len(userIDs) > 2*MaxGroup {
		return Channel{}, Member{}, errGroup
	}
	people := slices.Compact(slices.Sorted(slices.Values(append([]string{actor.ID}, userIDs...))))
	for _, userID := range people {
		if !id.Valid(userID) {
			return Channel{}, Member{}, errPerson
		}
	}
	if len(people) < MinGroup || len(people) > MaxGroup {
		return Channel{}, Member{}, errGroup
	}
	return s.open(ctx, actor, Channel{Type: Group, Key: GroupKey(people)}, people)
}

// open finds a conversation by its key, or makes it, and sees to it that the actor has it in their list.
func (s *Service) open(ctx context.Context, actor accounts.User, c Channel, people []string) (Channel, Member, error) {
	found, err := s.store.ChannelByKey(ctx, c.Key)
	if fault.Is(err, fault.NotFound) {
		found, err = s.begin(ctx, actor, c, people)
	}
	if err != nil {
		return Channel{}, Member{}, err
	}
	c, m, err := s.store.Membership(ctx, found.ID, actor.ID)
	if err != nil || m.IsListed(c.LastSeq) {
		return c, m, err
	}
	if err := s.store.ListConversation(context.WithoutCancel(ctx), c.ID, actor.ID); err != nil {
		return Channel{}, Member{}, err
	}
	m.ListedFrom = 0
	return c, m, s.tellOpened(ctx, c, people, []string{actor.ID})
}

// begin makes a conversation. Of several who begin it at once one makes it, and the others have that one.
func (s *Service) begin(ctx context.Context, actor accounts.User, c Channel, people []string) (Channel, error) {
	for _, userID := range people {
		if userID == actor.ID {
			continue
		}
		u, err := s.user(ctx, userID)
		switch {
		case fault.Is(err, fault.NotFound) || err == nil && u.Deactivated:
			return Channel{}, errPerson
		case err != nil:
			return Channel{}, err
		case u.KeptOut(s.now()) != nil:
			return Channel{}, errRecipient
		}
	}
	now := s.now()
	c.ID, c.CreatedBy, c.CreatedAt, c.MemberCount = id.New(now), actor.ID, now, len(people)
	members := make([]Member, len(people))
	for i, userID := range people {
		members[i] = Member{ChannelID: c.ID, UserID: userID, Role: RolePeer, JoinedAt: now, ListedFrom: 1}
		if userID == actor.ID {
			members[i].ListedFrom = 0
		}
	}
	ctx = context.WithoutCancel(ctx)
	err := s.store.CreateChannel(ctx, c, members)
	made := err == nil
	if fault.Is(err, fault.Conflict) {
		c, err = s.store.ChannelByKey(ctx, c.Key)
	}
	if err != nil {
		return Channel{}, err
	}
	for _, userID := range people { // not left to whoever made it: they may not have come to it yet
		s.settle(ctx, c.ID, userID, true)
	}
	if made {
		err = s.tellOpened(ctx, c, people, []string{actor.ID})
	}
	return c, err
}

// available refuses to post where nobody is left to read it.
func (s *Service) available(ctx context.Context, actor accounts.User, c Channel) error {
	people, err := s.people(ctx, c)
	if err != nil {
		return err
	}
	if len(people) == 1 {
		return nil
	}
	for _, userID := range people {
		if userID == actor.ID {
			continue
		}
		u, err := s.user(ctx, userID)
		if err == nil && u.KeptOut(s.now()) == nil {
			return nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return errRecipient
}

// people returns the ids of everybody in a conversation, in ascending order.
func (s *Service) people(ctx context.Context, c Channel) ([]string, error) {
	members, err := s.store.Members(ctx, c.ID, "", maxSeats)
	return userIDs(members), err
}

// userIDs returns whose places these are, without bots.
func userIDs(members []Member) []string {
	ids := make([]string, 0, len(members))
	for _, m := range members {
		if m.Role != RoleBot {
			ids = append(ids, m.UserID)
		}
	}
	return ids
}

// reveal tells those for whom a message has brought a conversation into their list.
func (s *Service) reveal(ctx context.Context, c Channel, seq int64) error {
	members, err := s.store.Members(ctx, c.ID, "", maxSeats)
	if err != nil {
		return err
	}
	var to []string
	for _, m := range members {
		if m.ListedFrom == seq {
			to = append(to, m.UserID)
		}
	}
	if to == nil {
		return nil
	}
	return s.tellOpened(ctx, c, userIDs(members), to)
}

// tellOpened tells people that a conversation is in their list.
func (s *Service) tellOpened(ctx context.Context, c Channel, people, to []string) error {
	opened := ConversationOpened{Channel: c, People: make([]accounts.User, 0, len(people))}
	for _, userID := range people {
		u, err := s.user(ctx, userID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil {
			opened.People = append(opened.People, u)
		}
	}
	for _, userID := range to {
		opened.UserID = userID
		s.events.Publish(userTopic(userID), opened)
	}
	return nil
}
