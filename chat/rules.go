package chat

import (
	"context"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// Who says which members of a channel may do something.
type Who string

// The values of the wire format, but for Everyone, which it calls "everyone".
const (
	Everyone Who = ""
	Admins   Who = "admins" // admins of the channel, and admins of the workspace who are in it
)

// ParseWho reads the form of the wire.
func ParseWho(field, text string) (Who, error) {
	switch text {
	case "everyone", "":
		return Everyone, nil
	case string(Admins):
		return Admins, nil
	}
	return "", fault.Field(field, "INVALID_RIGHT", "This must be everyone or admins.")
}

// String returns the form of the wire.
func (w Who) String() string {
	if w == Everyone {
		return "everyone"
	}
	return string(w)
}

// allows reports whether a member is among those meant.
func (w Who) allows(actor accounts.User, m Member) bool { return w == Everyone || MayManage(actor, m) }

// Rules are what the admins of a channel leave to its members.
type Rules struct {
	Posting  Who // who posts; replies in threads stay open to every member, so that an announcement can be answered
	Crowds   Who // who mentions everyone at once
	Inviting Who // who adds people
}

// MaxMute is the longest time for which somebody can be muted in a channel.
const MaxMute = 30 * 24 * time.Hour

// MayPost returns nil, or why a member may not write in their channel now. reply is for a message in a thread.
func MayPost(actor accounts.User, c Channel, m Member, reply bool, now time.Time) error {
	switch {
	case now.Before(m.MutedUntil):
		return fault.New(fault.Forbidden, "MUTED",
			"You are muted in this channel until "+m.MutedUntil.UTC().Format("2 January, 15:04")+" UTC. You can read meanwhile.")
	case !reply && !c.Rules.Posting.allows(actor, m):
		return errPosting
	}
	return nil
}

var (
	errPosting = fault.New(fault.Forbidden, "POSTING_RESTRICTED",
		"Only admins post in this channel. You can answer in threads.")
	errInviting = fault.New(fault.Forbidden, "FORBIDDEN", "Only admins of the channel may add people.")
	errKeeping  = fault.New(fault.Forbidden, "FORBIDDEN", "You may not do this to this person here.")
)

// MayCall reports whether a member may mention everyone in their channel at once.
func MayCall(actor accounts.User, c Channel, m Member) bool {
	return c.Rules.Crowds.allows(actor, m) && (c.MemberCount <= MaxCrowd || actor.IsAdmin())
}

// MayInvite reports whether a member may add people to their channel.
func MayInvite(actor accounts.User, c Channel, m Member) bool {
	return !c.IsDirect() && c.Rules.Inviting.allows(actor, m)
}

// MayRestrain reports whether a member may mute another or remove them from the channel: who manages it anybody but admins of
// the workspace, whom only such may; moderators of the workspace those members who keep no order themselves.
func MayRestrain(actor accounts.User, m Member, target accounts.User, place Member) bool {
	switch {
	case actor.ID == target.ID || !KeepsOrder(actor, m):
		return false
	case actor.IsAdmin():
		return true
	case target.IsAdmin():
		return false
	}
	return MayManage(actor, m) || !KeepsOrder(target, place)
}

// SetTopic says what a channel talks of. Whoever may post in it may.
func (s *Service) SetTopic(ctx context.Context, actor accounts.User, channelID, topic string) (Channel, error) {
	c, m, err := s.member(ctx, actor, channelID)
	if err == nil && c.IsDirect() {
		err = errDirect
	}
	if err == nil && c.Archived {
		err = errChannel
	}
	if err == nil {
		err = MayPost(actor, c, m, false, s.now())
	}
	if err == nil {
		err = checkTopic(&topic)
	}
	if err != nil || c.Topic == topic {
		return c, err
	}
	c, err = s.store.UpdateChannel(context.WithoutCancel(ctx), channelID, ChannelChange{Topic: &topic})
	if err == nil {
		s.events.Publish(channelTopic(channelID), ChannelUpdated{Channel: c})
	}
	return c, err
}

// Mute keeps a member from writing in a channel for a while, at most MaxMute; 0 or less lets them write again. They can read,
// react and leave meanwhile, and coming back does not end it.
func (s *Service) Mute(ctx context.Context, actor accounts.User, channelID, userID string, length time.Duration) (Member, error) {
	c, m, err := s.member(ctx, actor, channelID)
	if err == nil && c.IsDirect() {
		err = errDirect
	}
	if err == nil && !KeepsOrder(actor, m) {
		err = errKeeping
	}
	if err == nil && length > MaxMute {
		err = fault.Field("minutes", "INVALID_TIME", "Somebody can be muted for 30 days at most.")
	}
	if err != nil {
		return Member{}, err
	}
	target, place, err := s.target(ctx, c, userID)
	if err != nil {
		return Member{}, err
	}
	if !MayRestrain(actor, m, target, place) {
		return Member{}, errKeeping
	}
	until := time.Time{}
	if length > 0 {
		until = s.now().Add(length)
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.store.MuteMember(ctx, channelID, userID, until); err != nil {
		return Member{}, err
	}
	s.stopTyping(channelID, target)
	s.events.Publish(userTopic(userID), ChannelUpdated{Channel: c, UserID: userID})
	place.MutedUntil = until
	action, details := accounts.ActionUnmuted, map[string]string{"channel": channelID}
	if length > 0 {
		action, details["until"] = accounts.ActionMuted, until.UTC().Format(time.RFC3339)
	}
	s.record(ctx, accounts.Event{Action: action, ActorID: actor.ID, UserID: userID, Details: details})
	return place, nil
}

// target returns somebody in a channel, with their place.
func (s *Service) target(ctx context.Context, c Channel, userID string) (accounts.User, Member, error) {
	_, place, err := s.store.Membership(ctx, c.ID, userID)
	if fault.Is(err, fault.NotFound) {
		return accounts.User{}, Member{}, fault.Field("user_id", "NOT_A_MEMBER", "This person is not a member of the channel.")
	}
	if err != nil {
		return accounts.User{}, Member{}, err
	}
	u, err := s.user(ctx, userID)
	return u, place, err
}
