package chat

import (
	"context"

	"pegasus/accounts"
	"pegasus/fault"
)

// Join puts the actor into a public channel.
func (s *Service) Join(ctx context.Context, actor accounts.User, channelID string) error {
	_, _, err := s.member(ctx, actor, channelID)
	if err == nil {
		return errMember
	}
	if err != errOutside {
		return err
	}
	c, err := s.store.Channel(ctx, channelID)
	if err != nil {
		return err
	}
	err = s.addMember(ctx, c, actor.ID, s.store.JoinMember)
	if fault.Is(err, fault.NotFound) {
		return errChannel // made private or archived since the look above
	}
	return err
}

var errMember = fault.New(fault.Invalid, "ALREADY_MEMBER", "This person is already a member of the channel.")

// Members lists up to limit members of a channel that the actor is in, after the user id given.
func (s *Service) Members(ctx context.Context, actor accounts.User, channelID, after string, limit int) ([]Member, error) {
	if _, _, err := s.member(ctx, actor, channelID); err != nil {
		return nil, err
	}
	return s.store.Members(ctx, channelID, after, limit)
}

// MembersAmong returns the members of a channel that the actor is in who have one of these ids, in no order.
func (s *Service) MembersAmong(ctx context.Context, actor accounts.User, channelID string, userIDs []string) ([]Member, error) {
	if _, _, err := s.member(ctx, actor, channelID); err != nil {
		return nil, err
	}
	return s.store.MembersAmong(ctx, channelID, userIDs)
}

// AddMember puts another person into a channel that the actor is in.
func (s *Service) AddMember(ctx context.Context, actor accounts.User, channelID, userID string) error {
	c, m, err := s.member(ctx, actor, channelID)
	if err == nil && c.IsDirect() {
		err = errDirect
	}
	if err == nil && !MayInvite(actor, c, m) {
		err = errInviting
	}
	if err != nil {
		return err
	}
	u, err := s.user(ctx, userID)
	if err != nil {
		return err
	}
	if u.Deactivated {
		return errPerson
	}
	return s.addMember(ctx, c, userID, s.store.AddMember)
}

// addMember starts the membership at the newest message: what was said before is history, not news.
func (s *Service) addMember(ctx context.Context, c Channel, userID string, add func(context.Context, Member) error) error {
	err := add(context.WithoutCancel(ctx), Member{
		ChannelID: c.ID, UserID: userID, Role: RoleMember, JoinedAt: s.now(), LastReadSeq: c.LastSeq,
	})
	if fault.Is(err, fault.Conflict) {
		return errMember
	}
	if err != nil {
		return err
	}
	s.announceJoin(ctx, c.ID, userID)
	return nil
}

func (s *Service) announceJoin(ctx context.Context, channelID, userID string) {
	s.settle(ctx, channelID, userID, true)
	s.tellMembers(ctx, channelID, func(members int) any {
		return MemberJoined{ChannelID: channelID, UserID: userID, Members: members}
	})
}

// tellMembers publishes who came or went with how many are in the channel after it. Two changes at the same moment may be told
// in another order than they were counted in; the last to look tells what holds.
func (s *Service) tellMembers(ctx context.Context, channelID string, event func(members int) any) {
	ctx = context.WithoutCancel(ctx)
	told, _ := s.store.Channel(ctx, channelID) // without an answer the number is 0, which says nothing
	s.events.Publish(channelTopic(channelID), event(told.MemberCount))
	if c, err := s.store.Channel(ctx, channelID); err == nil && c.MemberCount != told.MemberCount {
		s.events.Publish(channelTopic(channelID), ChannelUpdated{Channel: c})
	}
}

func (s *Service) tellLeft(ctx context.Context, channelID, userID string) {
	s.tellMembers(ctx, channelID, func(members int) any {
		return MemberLeft{ChannelID: channelID, UserID: userID, Members: members}
	})
}

// settle brings a person's streams in line with a membership that was just stored or ended. A join and a removal at the
// same time may come here in another order than to the store; the last to look finds what holds.
func (s *Service) settle(ctx context.Context, channelID, userID string, member bool) {
	ctx = context.WithoutCancel(ctx)
	for {
		if member {
			s.events.Grant(userID, channelTopic(channelID))
		} else {
			s.events.Revoke(userID, channelTopic(channelID))
		}
		_, _, err := s.store.Membership(ctx, channelID, userID)
		if err != nil && !fault.Is(err, fault.NotFound) || (err == nil) == member {
			return // a database that does not answer gives no reason to doubt what it has just stored
		}
		member = err == nil
	}
}

var errLastAdmin = fault.New(fault.Conflict, "LAST_ADMIN", "A channel with members needs an admin. Make somebody else one first.")

// RemoveMember takes a person out of a channel: anyone themselves, others whoever MayRestrain. When it returns
// the person's streams receive nothing of the channel any more.
func (s *Service) RemoveMember(ctx context.Context, actor accounts.User, channelID, userID string) error {
	c, m, err := s.member(ctx, actor, channelID)
	if err == nil && c.IsDirect() {
		err = errDirect
	}
	if err != nil {
		return err
	}
	if userID != actor.ID && !KeepsOrder(actor, m) {
		return fault.New(fault.Forbidden, "FORBIDDEN", "Only those who keep order in the channel may remove others.")
	}
	if c.IsGeneral() {
		return errGeneral
	}
	person, target, err := s.target(ctx, c, userID)
	if err == nil && userID != actor.ID && !MayRestrain(actor, m, person, target) {
		err = errKeeping
	}
	if err != nil {
		return err
	}
	if target.Role == RoleAdmin && c.MemberCount > 1 {
		// Stepping down first makes the store refuse where nobody else is admin.
		if err := s.setRole(ctx, channelID, userID, RoleMember); err != nil {
			return err
		}
	}
	if err := s.store.RemoveMember(context.WithoutCancel(ctx), channelID, userID); err != nil {
		return err
	}
	s.settle(ctx, channelID, userID, false)
	s.tellLeft(ctx, channelID, userID)
	s.events.Publish(userTopic(userID), MemberLeft{ChannelID: channelID, UserID: userID})
	if userID != actor.ID {
		s.record(ctx, accounts.Event{Action: accounts.ActionRemoved, ActorID: actor.ID, UserID: userID, Details: map[string]string{"channel": channelID}})
	}
	return nil
}

// SetMemberRole changes a member's role in a channel that the actor manages.
func (s *Service) SetMemberRole(ctx context.Context, actor accounts.User, channelID, userID string, role MemberRole) error {
	c, _, err := s.manager(ctx, actor, channelID)
	if err != nil {
		return err
	}
	if role != RoleMember && role != RoleAdmin {
		return fault.Field("role", "INVALID_ROLE", "Role must be member or admin.")
	}
	if err := s.setRole(ctx, channelID, userID, role); err != nil {
		return err
	}
	s.events.Publish(userTopic(userID), ChannelUpdated{Channel: c, UserID: userID})
	return nil
}

func (s *Service) setRole(ctx context.Context, channelID, userID string, role MemberRole) error {
	err := s.store.SetMemberRole(ctx, channelID, userID, role)
	if fault.Is(err, fault.Conflict) {
		return errLastAdmin
	}
	return err
}

// eachMember calls visit with the members of a channel in the order of their ids, page by page, until it returns false.
func (s *Service) eachMember(ctx context.Context, channelID string, visit func(Member) bool) error {
	const page = 1000
	for after := ""; ; {
		members, err := s.store.Members(ctx, channelID, after, page)
		if err != nil {
			return err
		}
		for _, m := range members {
			if after = m.UserID; !visit(m) {
				return nil
			}
		}
		if len(members) < page {
			return nil
		}
	}
}

// MarkRead moves the actor's read mark in a channel to the message number seq, or to the newest where seq is 0.
func (s *Service) MarkRead(ctx context.Context, actor accounts.User, channelID string, seq int64) (Member, error) {
	c, m, err := s.member(ctx, actor, channelID)
	if err != nil {
		return Member{}, err
	}
	if seq <= 0 {
		seq = c.LastSeq
	}
	if seq <= m.LastReadSeq && m.Unread(c.LastSeq) == 0 && !m.LastReadAt.IsZero() {
		return m, nil
	}
	s.Acted(actor.ID, true)
	c, m, err = s.store.MarkRead(ctx, channelID, actor.ID, seq, s.now())
	if err != nil {
		return Member{}, err
	}
	s.tellRead(c, m, false)
	return m, nil
}

// LeaveAll takes a person who is going for good out of every channel that is in use, general included. A channel may be
// left without an admin of its own: admins of the workspace can still reach it. Conversations keep the place, and with it
// whose they were, for those who stay.
func (s *Service) LeaveAll(ctx context.Context, userID string) error {
	self := accounts.User{ID: userID}
	waiting, err := s.Scheduled(ctx, self)
	if err != nil {
		return err
	}
	for _, m := range waiting {
		s.release(ctx, self, m.Attachments)
	}
	joined, err := s.store.JoinedPlaces(ctx, userID)
	if err != nil {
		return err
	}
	for _, j := range joined {
		channelID := j.Channel.ID
		err := s.store.RemoveMember(ctx, channelID, userID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		s.settle(ctx, channelID, userID, false)
		s.tellLeft(ctx, channelID, userID)
	}
	return nil
}
