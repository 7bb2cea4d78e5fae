package api

import (
	"context"

	"pegasus/chat"
)

// What admins do to channels that they are not in: what they do to their own goes by /api/chat/channels.

type channelOwner struct {
	UserID string `json:"user_id"`
	Name   string `json:"name"`
}

type anyChannelReply struct {
	Channel Channel        `json:"channel"`
	Owners  []channelOwner `json:"owners" nullable:"false" doc:"Who looks after it; none of a private one, which is for its members to know"`
}

// anyChannel answers with a channel and who looks after it, after a change that err is what came of.
func (d *door) anyChannel(ctx context.Context, channelID string, err error) (*reply[anyChannelReply], error) {
	var c chat.Channel
	if err == nil {
		c, err = d.Chat.AnyChannel(ctx, me(ctx), channelID)
	}
	if err != nil {
		return nil, err
	}
	owners, err := d.Chat.Owners(ctx, me(ctx), channelID)
	out := anyChannelReply{Channel: newChannel(c), Owners: make([]channelOwner, len(owners))}
	for i, u := range owners {
		out.Owners[i] = channelOwner{UserID: u.ID, Name: u.Shown()}
	}
	return &reply[anyChannelReply]{Body: out}, err
}

func (d *door) getAnyChannel(ctx context.Context, in *ChannelPath) (*reply[anyChannelReply], error) {
	return d.anyChannel(ctx, known(in.ID), nil)
}

func (d *door) archiveAnyChannel(ctx context.Context, in *ChannelPath) (*reply[anyChannelReply], error) {
	_, err := d.Chat.SetArchived(ctx, me(ctx), known(in.ID), true)
	return d.anyChannel(ctx, known(in.ID), err)
}

func (d *door) unarchiveAnyChannel(ctx context.Context, in *ChannelPath) (*reply[anyChannelReply], error) {
	_, err := d.Chat.SetArchived(ctx, me(ctx), known(in.ID), false)
	return d.anyChannel(ctx, known(in.ID), err)
}

// OwnerPath names somebody in a channel who looks after it, or is to.
type OwnerPath struct {
	ChannelPath
	UserID string `path:"userId" doc:"The member's id"`
}

func (d *door) addOwner(ctx context.Context, in *OwnerPath) (*reply[anyChannelReply], error) {
	return d.anyChannel(ctx, known(in.ID), d.Chat.SetOwner(ctx, me(ctx), known(in.ID), known(in.UserID), true))
}

func (d *door) removeOwner(ctx context.Context, in *OwnerPath) (*reply[anyChannelReply], error) {
	return d.anyChannel(ctx, known(in.ID), d.Chat.SetOwner(ctx, me(ctx), known(in.ID), known(in.UserID), false))
}
