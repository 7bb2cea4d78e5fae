package chat

import (
	"context"

	"pegasus/accounts"
	"pegasus/fault"
)

// A bot speaks in a channel as a member of it, under the rules that hold for every member.

// RoleBot is the place of a bot in a direct conversation: it is none of the people whose conversation it is.
const RoleBot MemberRole = "bot"

// maxSeats is how many places are read of a direct conversation: more than its people and its bots have.
const maxSeats = 100

// Posted is a message that was just stored for the first time.
type Posted struct {
	Channel Channel
	Message Message
	Author  accounts.User
}

// MayInstall reports whether a member may bring bots and plugins into their channel: who keeps order in it, and in a direct
// conversation everybody. A bot may not, whatever its place: somebody has to answer for it.
func MayInstall(actor accounts.User, c Channel, m Member) bool {
	return !actor.Bot && (c.IsDirect() && m.Role == RolePeer || KeepsOrder(actor, m))
}

// Seat puts a bot into a channel, where it stays if it is there. Whoever calls this decides who may.
func (s *Service) Seat(ctx context.Context, channelID string, bot accounts.User) error {
	c, err := s.store.Channel(ctx, channelID)
	if err != nil {
		return err
	}
	m := Member{ChannelID: c.ID, UserID: bot.ID, Role: RoleMember, JoinedAt: s.now(), LastReadSeq: c.LastSeq}
	if c.IsDirect() {
		m.Role = RoleBot
	}
	err = s.store.AddMember(context.WithoutCancel(ctx), m)
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	if err == nil {
		s.announceJoin(ctx, c.ID, bot.ID)
	}
	return err
}

// Unseat takes a bot out of a channel. One that is gone is no error. Whoever calls this decides who may.
func (s *Service) Unseat(ctx context.Context, channelID, botID string) error {
	err := s.store.RemoveMember(context.WithoutCancel(ctx), channelID, botID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.settle(ctx, channelID, botID, false)
	s.tellLeft(ctx, channelID, botID)
	return nil
}

// Place returns a channel and somebody's place in it, for who acts on their behalf. To who is not in it, it is not there.
func (s *Service) Place(ctx context.Context, channelID, userID string) (Channel, Member, error) {
	c, m, err := s.store.Membership(ctx, channelID, userID)
	if fault.Is(err, fault.NotFound) {
		err = errChannel
	}
	return c, m, err
}

// ChannelTopic returns the topic that the streams of a channel's members hold.
func ChannelTopic(channelID string) string { return channelTopic(channelID) }

// MembersOf returns up to limit members of a channel after a user id, for who acts on nobody's behalf.
func (s *Service) MembersOf(ctx context.Context, channelID, after string, limit int) ([]Member, error) {
	return s.store.Members(ctx, channelID, after, limit)
}

// Joins is a channel or conversation with the place of one of its members.
type Joins struct {
	Channel Channel
	Member  Member
}

// Places returns every channel and conversation in use that the actor is in, by id, with a fixed number of reads. Of a
// conversation it tells no more than its type.
func (s *Service) Places(ctx context.Context, actor accounts.User) (map[string]Joins, error) {
	joined, err := s.store.JoinedChannels(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	in := make(map[string]Joins, len(joined))
	for _, j := range joined {
		in[j.Channel.ID] = Joins{j.Channel, j.Member}
	}
	all, err := s.store.Places(ctx, actor.ID)
	for _, c := range all {
		if c.IsDirect() {
			in[c.ID] = Joins{c, Member{ChannelID: c.ID, UserID: actor.ID, Role: RolePeer}}
		}
	}
	return in, err
}
