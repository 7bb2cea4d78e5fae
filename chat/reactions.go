package chat

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

var errEmoji = fault.Field("emoji", "INVALID_EMOJI", "A reaction is one emoji of at most 10 characters, or one of the workspace's own.")

// React puts the actor's reaction under a message of a channel that they are in, and returns all reactions to it in the
// order of their first use, with the emoji in the form in which it is kept. A reaction that is there already changes nothing.
func (s *Service) React(
	ctx context.Context, actor accounts.User, channelID, messageID, text string,
) (emoji string, all []Reaction, err error) {
	m, err := s.within(ctx, actor, channelID, messageID)
	if err != nil {
		return "", nil, err
	}
	if emoji, err = s.reactionOf(ctx, text, false); err != nil {
		return "", nil, err
	}
	now := s.now()
	added, err := s.store.AddReaction(context.WithoutCancel(ctx), Reacted{
		ID: id.New(now), MessageID: m.ID, UserID: actor.ID, Emoji: emoji, CreatedAt: now,
	})
	if err != nil {
		return "", nil, orMessage(err)
	}
	all, err = s.tellReactions(ctx, m, func(all []Reaction) {
		if added {
			people := s.reactors(ctx, all)
			s.events.Publish(channelTopic(m.ChannelID), ReactionAdded{change(m, actor, emoji, all, people)})
		}
	})
	return emoji, all, err
}

// Unreact takes the actor's reaction with an emoji back, or with "" all of theirs under the message, and returns the
// reactions that are left. What is not there is as good as taken back.
func (s *Service) Unreact(ctx context.Context, actor accounts.User, channelID, messageID, text string) ([]Reaction, error) {
	m, err := s.within(ctx, actor, channelID, messageID)
	if err != nil {
		return nil, err
	}
	var emoji string
	if text != "" {
		if emoji, err = s.reactionOf(ctx, text, true); err != nil {
			return nil, err
		}
	}
	removed, err := s.store.RemoveReactions(context.WithoutCancel(ctx), m.ID, actor.ID, emoji)
	if err != nil {
		return nil, orMessage(err)
	}
	return s.tellReactions(ctx, m, func(all []Reaction) {
		if len(removed) == 0 {
			return
		}
		people := s.reactors(ctx, all)
		for _, emoji := range removed {
			s.events.Publish(channelTopic(m.ChannelID), ReactionRemoved{change(m, actor, emoji, all, people)})
		}
	})
}

func change(m Message, actor accounts.User, emoji string, all []Reaction, people map[string]accounts.User) ReactionChange {
	return ReactionChange{
		MessageID: m.ID, ChannelID: m.ChannelID, Seq: m.Seq, UserID: actor.ID, Emoji: emoji, Reactions: all, People: people,
	}
}

// Named returns the ids of those who are named of a reaction: the first MaxNamed to choose it.
func (r Reaction) Named() []string { return r.Users[:min(len(r.Users), MaxNamed)] }

// reactors reads who is named of reactions, all at once. Where that fails they are told of without names.
func (s *Service) reactors(ctx context.Context, all []Reaction) map[string]accounts.User {
	people := map[string]accounts.User{}
	var ids []string
	for _, r := range all {
		for _, userID := range r.Named() {
			if !slices.Contains(ids, userID) {
				ids = append(ids, userID)
			}
		}
	}
	if len(ids) == 0 {
		return people
	}
	found, _ := s.users(context.WithoutCancel(ctx), ids)
	for _, u := range found {
		people[u.ID] = u
	}
	return people
}

// turns hands out turns by message, so that of two changes of its reactions the later event carries the later state. Two
// messages may share one.
type turns [64]sync.Mutex

func (t *turns) of(messageID string) *sync.Mutex {
	sum := uint(0)
	for i := range len(messageID) {
		sum = sum*31 + uint(messageID[i])
	}
	return &t[sum%uint(len(t))]
}

// tellReactions reads a message's reactions after a change and tells of them before anybody else does.
func (s *Service) tellReactions(ctx context.Context, m Message, tell func([]Reaction)) ([]Reaction, error) {
	turn := s.turns.of(m.ID)
	turn.Lock()
	defer turn.Unlock()
	reacted, err := s.store.Reactions(context.WithoutCancel(ctx), []string{m.ID})
	if err != nil {
		return nil, err
	}
	all := byMessage(reacted)[m.ID]
	tell(all)
	if s.actedHere == nil {
		return all, nil
	}
	// Other servers take no turns with this one: the last to look tells what holds.
	for range maxLooks {
		reacted, err := s.store.Reactions(context.WithoutCancel(ctx), []string{m.ID})
		now := byMessage(reacted)[m.ID]
		if err != nil || slices.EqualFunc(all, now, Reaction.same) {
			break
		}
		all = now
		tell(all)
	}
	return all, nil
}

// maxLooks bounds how often a change of reactions is told anew because others changed them meanwhile.
const maxLooks = 3

func (r Reaction) same(o Reaction) bool { return r.Emoji == o.Emoji && slices.Equal(r.Users, o.Users) }

// within finds a message through the actor's place in the channel given: outside of a public one it is forbidden, and what
// is not in the channel is not there.
func (s *Service) within(ctx context.Context, actor accounts.User, channelID, messageID string) (Message, error) {
	c, _, err := s.member(ctx, actor, channelID)
	if err != nil {
		return Message{}, err
	}
	if !id.Valid(messageID) {
		return Message{}, errMessage
	}
	m, err := s.store.Message(ctx, messageID)
	if err == nil && (m.Deleted || m.ChannelID != c.ID) {
		err = errMessage
	}
	return m, orMessage(err)
}

// orMessage says of a message that has gone meanwhile what is said of one that never was.
func orMessage(err error) error {
	if fault.Is(err, fault.NotFound) {
		return errMessage
	}
	return err
}

// Marks returns what is on messages that the actor was shown, by message id, with two reads at once however many they are.
func (s *Service) Marks(ctx context.Context, actor accounts.User, messages []Message) (map[string]Marks, error) {
	if len(messages) == 0 {
		return nil, nil
	}
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	var (
		both       sync.WaitGroup
		bookmarked []string
		unread     error
	)
	both.Go(func() { bookmarked, unread = s.store.BookmarkedBy(ctx, actor.ID, ids) })
	reacted, err := s.store.Reactions(ctx, ids)
	both.Wait()
	if err := cmp.Or(err, unread); err != nil {
		return nil, err
	}
	all := make(map[string]Marks, len(reacted)+len(bookmarked))
	for messageID, reactions := range byMessage(reacted) {
		all[messageID] = Marks{Reactions: reactions}
	}
	for _, messageID := range bookmarked {
		marks := all[messageID]
		marks.Bookmarked = true
		all[messageID] = marks
	}
	return all, nil
}

// byMessage gathers choices by message and emoji, in the order in which they were made.
func byMessage(reacted []Reacted) map[string][]Reaction {
	slices.SortFunc(reacted, func(a, b Reacted) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	all := map[string][]Reaction{}
	for _, r := range reacted {
		kinds := all[r.MessageID]
		at := slices.IndexFunc(kinds, func(kind Reaction) bool { return kind.Emoji == r.Emoji })
		if at < 0 {
			kinds, at = append(kinds, Reaction{Emoji: r.Emoji}), len(kinds)
		}
		kinds[at].Users = append(kinds[at].Users, r.UserID)
		all[r.MessageID] = kinds
	}
	return all
}
