package chat

import (
	"context"

	"pegasus/accounts"
	"pegasus/fault"
)

// What admins of the workspace do to channels without being in them. Of a private channel they see its name, how many are in
// it and when somebody wrote last, and they may archive it: neither who is in it nor what is written there.

// MaxOwners is how many of those who look after a channel are listed.
const MaxOwners = 100

// AnyChannel returns a channel, archived or not, for admins of the workspace. Conversations are none.
func (s *Service) AnyChannel(ctx context.Context, actor accounts.User, channelID string) (Channel, error) {
	if err := accounts.RequireAdmin(actor); err != nil {
		return Channel{}, err
	}
	c, err := s.store.Channel(ctx, channelID)
	if fault.Is(err, fault.NotFound) || err == nil && c.IsDirect() {
		return Channel{}, errChannel
	}
	return c, err
}

// SetArchived takes any channel but the general one out of use, or brings it back, for admins of the workspace. Done again it
// does the same.
func (s *Service) SetArchived(ctx context.Context, actor accounts.User, channelID string, archived bool) (Channel, error) {
	c, err := s.AnyChannel(ctx, actor, channelID)
	if err != nil || c.Archived == archived {
		return c, err
	}
	if c.IsGeneral() {
		return Channel{}, errGeneral
	}
	if c, err = s.applyChange(ctx, channelID, ChannelChange{Archived: &archived}); err != nil {
		return Channel{}, err
	}
	action := accounts.ActionChannelArchived
	if !archived {
		action = accounts.ActionChannelRestored
	}
	s.keptBy(ctx, actor, action, c, accounts.Event{})
	return c, nil
}

// Owners returns up to MaxOwners admins of a public channel, for admins of the workspace. Those of a private one are for its members:
// none are returned.
func (s *Service) Owners(ctx context.Context, actor accounts.User, channelID string) ([]accounts.User, error) {
	c, err := s.AnyChannel(ctx, actor, channelID)
	if err != nil || c.Type != Public {
		return nil, err
	}
	admins, err := s.store.ChannelAdmins(ctx, channelID, MaxOwners)
	if err != nil || len(admins) == 0 {
		return nil, err
	}
	ids := make([]string, len(admins))
	for i, m := range admins {
		ids[i] = m.UserID
	}
	return s.users(ctx, ids)
}

// SetOwner makes a member of a public channel one of its admins, or an ordinary member again, for admins of the workspace.
// Errors: NOT_A_MEMBER, PRIVATE_CHANNEL, LAST_ADMIN.
func (s *Service) SetOwner(ctx context.Context, actor accounts.User, channelID, userID string, owner bool) error {
	c, err := s.AnyChannel(ctx, actor, channelID)
	if err != nil {
		return err
	}
	if c.Type != Public {
		return fault.New(fault.Forbidden, "PRIVATE_CHANNEL", "Who looks after a private channel is for its members to say.")
	}
	role := RoleMember
	if owner {
		role = RoleAdmin
	}
	if err := s.setRole(ctx, channelID, userID, role); err != nil {
		return err
	}
	s.keptBy(ctx, actor, accounts.ActionChannelOwner, c, accounts.Event{UserID: userID, Details: map[string]string{"role": string(role)}})
	s.events.Publish(userTopic(userID), ChannelUpdated{Channel: c, UserID: userID})
	return nil
}

// keptBy writes to the audit log what an admin did to a channel.
func (s *Service) keptBy(ctx context.Context, actor accounts.User, action accounts.Action, c Channel, e accounts.Event) {
	e.Action, e.ActorID = action, actor.ID
	if e.Details == nil {
		e.Details = map[string]string{}
	}
	e.Details["channel"], e.Details["name"] = c.ID, c.Name
	s.record(ctx, e)
}
