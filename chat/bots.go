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
// conversation everybody.
func MayInstall(actor accounts.User, c Channel, m Member) bool {
	return c.IsDirect() && m.Role == RolePeer || KeepsOrder(actor, m)
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
	s.events.Publish(channelTopic(channelID), MemberLeft{ChannelID: channelID, UserID: botID})
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
