package api

import (
	"context"

	"pegasus/chat"
	"pegasus/web"
)

// retention is how long messages are kept.
type retention struct {
	Days       int  `json:"days" minimum:"0" maximum:"36500" doc:"In channels; 0 for ever"`
	DirectDays int  `json:"direct_days" minimum:"0" maximum:"36500" doc:"In direct conversations; 0 for ever"`
	Overrides  bool `json:"overrides" doc:"Owners of channels may choose for theirs"`
}

// retentionSweep is one going through all channels for what is too old.
type retentionSweep struct {
	BeganAt  string  `json:"began_at" format:"date-time"`
	EndedAt  *string `json:"ended_at" format:"date-time" doc:"null while it is under way"`
	Channels int     `json:"channels" doc:"From which something was removed"`
	Messages int     `json:"messages"`
	Files    int     `json:"files"`
}

func newRetentionSweep(s chat.Sweep) *retentionSweep {
	if s.Began.IsZero() {
		return nil
	}
	return &retentionSweep{BeganAt: web.Time(s.Began), EndedAt: atOrNull(s.Ended), Channels: s.Channels, Messages: s.Messages, Files: s.Files}
}

type retentionReply struct {
	Retention retention       `json:"retention"`
	Last      *retentionSweep `json:"last,omitempty" doc:"The last time that all channels were gone through; left out before the first"`
	Now       *retentionSweep `json:"now,omitempty" doc:"The one under way; left out where there is none"`
}

func (d *door) getRetention(ctx context.Context, _ *none) (*reply[retentionReply], error) {
	last, now, _, err := d.Chat.Sweeps(ctx, me(ctx))
	if err != nil {
		return nil, err
	}
	rule, err := d.Chat.Retention(ctx)
	return &reply[retentionReply]{Body: retentionReply{Retention: retention(rule), Last: newRetentionSweep(last), Now: newRetentionSweep(now)}}, err
}

type setRetentionRequest struct{ Body retention }

func (d *door) setRetention(ctx context.Context, in *setRetentionRequest) (*reply[retentionReply], error) {
	if err := d.Chat.SetRetention(ctx, me(ctx), chat.Retention(in.Body)); err != nil {
		return nil, err
	}
	return d.getRetention(ctx, nil)
}

type retentionLoss struct {
	Channels int  `json:"channels" doc:"Conversations too"`
	Messages int  `json:"messages"`
	Files    int  `json:"files"`
	More     bool `json:"more" doc:"There is more: the count ends at 50,000 messages"`
}

func (d *door) previewRetention(ctx context.Context, in *setRetentionRequest) (*reply[retentionLoss], error) {
	loss, err := d.Chat.PreviewRetention(ctx, me(ctx), chat.Retention(in.Body))
	return &reply[retentionLoss]{Body: retentionLoss(loss)}, err
}

type channelRetentionRequest struct {
	ChannelPath
	Body struct {
		KeepDays int `json:"keep_days" minimum:"-1" maximum:"36500" doc:"0 as the workspace says, -1 for ever"`
	}
}

type channelRetention struct {
	KeepDays int `json:"keep_days" doc:"As it was chosen: 0 as the workspace says, -1 for ever"`
	Days     int `json:"days" doc:"For how many days messages are kept now; 0 for ever"`
}

func (d *door) setChannelRetention(ctx context.Context, in *channelRetentionRequest) (*reply[channelRetention], error) {
	c, err := d.Chat.SetChannelRetention(ctx, me(ctx), known(in.ID), in.Body.KeepDays)
	if err != nil {
		return nil, err
	}
	kept, err := d.retentionOf(ctx, c)
	return &reply[channelRetention]{Body: kept}, err
}

func (d *door) retentionOf(ctx context.Context, c chat.Channel) (channelRetention, error) {
	days, err := d.Chat.KeptFor(ctx, c)
	return channelRetention{KeepDays: c.KeepDays, Days: days}, err
}

// messagesGone names messages that were removed because of their age.
type messagesGone struct {
	ChannelID  string   `json:"channelId"`
	MessageIDs []string `json:"messageIds" nullable:"false"`
}
