package api

import (
	"context"
	"math"
	"slices"
	"time"

	"pegasus/chat"
	"pegasus/web"
)

func (d *door) joinChannel(ctx context.Context, in *ChannelPath) (*reply[notice], error) {
	err := d.Chat.Join(ctx, me(ctx), known(in.ID))
	return &reply[notice]{Body: notice{Message: "Joined channel successfully"}}, err
}

type addMemberRequest struct {
	ChannelPath
	Body struct {
		UserID string `json:"user_id"`
	}
}

func (d *door) addMember(ctx context.Context, in *addMemberRequest) (*reply[notice], error) {
	err := d.Chat.AddMember(ctx, me(ctx), known(in.ID), known(in.Body.UserID))
	return &reply[notice]{Body: notice{Message: "Member added successfully"}}, err
}

// MemberPath names somebody in a channel.
type MemberPath struct {
	ChannelPath
	UserID string `path:"userId" doc:"The member's id"`
}

func (d *door) removeMember(ctx context.Context, in *MemberPath) (*reply[notice], error) {
	err := d.Chat.RemoveMember(ctx, me(ctx), known(in.ID), known(in.UserID))
	return &reply[notice]{Body: notice{Message: "Member removed successfully"}}, err
}

type setMemberRoleRequest struct {
	MemberPath
	Body struct {
		Role string `json:"role" doc:"member or admin"`
	}
}

func (d *door) setMemberRole(ctx context.Context, in *setMemberRoleRequest) (*reply[notice], error) {
	err := d.Chat.SetMemberRole(ctx, me(ctx), known(in.ID), known(in.UserID), chat.MemberRole(in.Body.Role))
	return &reply[notice]{Body: notice{Message: "Member role updated successfully"}}, err
}

type muteRequest struct {
	MemberPath
	Body struct {
		Minutes int `json:"minutes" minimum:"0" doc:"For how long, at most 43200; 0 ends it"`
	}
}

type muteReply struct {
	MutedUntil *string `json:"muted_until" format:"date-time"`
}

func (d *door) muteMember(ctx context.Context, in *muteRequest) (*reply[muteReply], error) {
	m, err := d.Chat.Mute(ctx, me(ctx), known(in.ID), known(in.UserID), time.Duration(min(in.Body.Minutes, math.MaxInt32))*time.Minute)
	return &reply[muteReply]{Body: muteReply{MutedUntil: atOrNull(m.MutedUntil)}}, err
}

type readReply struct {
	Message string   `json:"message"`
	Data    readMark `json:"data"`
}

type readMark struct {
	UserID     string `json:"user_id"`
	ChannelID  string `json:"channel_id"`
	LastReadAt string `json:"last_read_at" format:"date-time"`
}

func (d *door) markRead(ctx context.Context, in *ChannelPath) (*reply[readReply], error) {
	m, err := d.Chat.MarkRead(ctx, me(ctx), known(in.ID), 0)
	if m.LastReadAt.IsZero() {
		m.LastReadAt = d.Now() // there was nothing to mark
	}
	return &reply[readReply]{Body: readReply{
		Message: "Marked as read",
		Data:    readMark{UserID: m.UserID, ChannelID: m.ChannelID, LastReadAt: web.Time(m.LastReadAt)},
	}}, err
}

type typingReply struct {
	TypingUsers []string `json:"typing_users" nullable:"false" doc:"Their names"`
}

func (d *door) getTyping(ctx context.Context, in *ChannelPath) (*reply[typingReply], error) {
	names, err := d.Chat.Typing(ctx, me(ctx), known(in.ID))
	slices.Sort(names)
	return &reply[typingReply]{Body: typingReply{TypingUsers: names}}, err
}

type setTypingRequest struct {
	ChannelPath
	Body struct {
		Typing bool `json:"typing"`
	}
}

func (d *door) setTyping(ctx context.Context, in *setTypingRequest) (*reply[notice], error) {
	err := d.Chat.SetTyping(ctx, me(ctx), known(in.ID), in.Body.Typing)
	return &reply[notice]{Body: notice{Message: "Typing status updated"}}, err
}
