package api

import (
	"context"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/web"
)

type quietHours struct {
	Days []int `json:"days" nullable:"false" doc:"On which they begin: 0 is Sunday; none for no quiet hours"`
	From int   `json:"from" doc:"Minutes of the day"`
	To   int   `json:"to" doc:"Minutes of the day; at or before from, of the next one"`
}

type preferences struct {
	Level       string     `json:"level" doc:"all, mentions or nothing; empty for what the workspace does"`
	Keywords    []string   `json:"keywords" nullable:"false" doc:"Up to 25 words"`
	Zone        string     `json:"zone" doc:"A time zone such as Europe/Berlin; empty for UTC"`
	Quiet       quietHours `json:"quiet_hours"`
	PausedUntil *string    `json:"paused_until,omitempty" format:"date-time" nullable:"true" doc:"Up to a week from now"`
	HideContent bool       `json:"hide_content" doc:"Notifications say from whom, and not what"`
	Sound       bool       `json:"sound"`
	Mail        *bool      `json:"missed_mail,omitempty" doc:"Whether mentions and direct messages that one has missed come by mail; true where it is left out"`
	Answers     *bool      `json:"answers,omitempty" doc:"Whether one is told when an answer of the workbench ends that one does not watch; true where it is left out"`
}

func newPreferences(p chat.Preferences) preferences {
	out := preferences{
		Level: string(p.Level), Keywords: append([]string{}, p.Keywords...), Zone: p.Zone, Quiet: quietHours{Days: []int{}, From: p.Quiet.From, To: p.Quiet.To},
		HideContent: p.HideContent, Sound: p.Sound,
	}
	mail, answers := !p.NoMail, !p.NoAnswers
	out.Mail, out.Answers = &mail, &answers
	for day := range 7 {
		if p.Quiet.Days>>day&1 == 1 {
			out.Quiet.Days = append(out.Quiet.Days, day)
		}
	}
	if !p.PausedUntil.IsZero() {
		at := web.Time(p.PausedUntil)
		out.PausedUntil = &at
	}
	return out
}

func (d *door) getPreferences(ctx context.Context, _ *none) (*reply[preferences], error) {
	p, err := d.Chat.Preferences(ctx, me(ctx))
	return &reply[preferences]{Body: newPreferences(p)}, err
}

type setPreferencesRequest struct{ Body preferences }

func (d *door) setPreferences(ctx context.Context, in *setPreferencesRequest) (*reply[preferences], error) {
	b := in.Body
	p := chat.Preferences{
		Level: chat.Level(b.Level), Keywords: b.Keywords, Zone: b.Zone, Quiet: chat.Quiet{From: b.Quiet.From, To: b.Quiet.To},
		HideContent: b.HideContent, Sound: b.Sound,
		NoMail: b.Mail != nil && !*b.Mail, NoAnswers: b.Answers != nil && !*b.Answers,
	}
	for _, day := range b.Quiet.Days {
		if day < 0 || day > 6 {
			return nil, fault.Field("quiet_hours", "INVALID_QUIET_HOURS", "A day is 0 to 6.")
		}
		p.Quiet.Days |= 1 << day
	}
	if b.PausedUntil != nil {
		at, err := time.Parse(time.RFC3339, *b.PausedUntil)
		if err != nil {
			return nil, fault.Field("paused_until", "INVALID_PAUSE", "This is not a time.")
		}
		p.PausedUntil = at
	}
	p, err := d.Chat.SetPreferences(ctx, me(ctx), p)
	return &reply[preferences]{Body: newPreferences(p)}, err
}

type channelNotify struct {
	Level string `json:"level" doc:"all, mentions or nothing; empty for one's own"`
	Muted bool   `json:"muted"`
}

type setChannelNotifyRequest struct {
	ChannelPath
	Body channelNotify
}

func (d *door) setChannelNotify(ctx context.Context, in *setChannelNotifyRequest) (*reply[channelNotify], error) {
	err := d.Chat.SetChannelNotify(ctx, me(ctx), known(in.ID), chat.Level(in.Body.Level), in.Body.Muted)
	return &reply[channelNotify]{Body: in.Body}, err
}

func (d *door) getChannelNotify(ctx context.Context, in *ChannelPath) (*reply[channelNotify], error) {
	_, place, err := d.Chat.Channel(ctx, me(ctx), known(in.ID))
	return &reply[channelNotify]{Body: channelNotify{Level: string(place.Level), Muted: place.Muted}}, err
}

type whyReply struct {
	Notified bool   `json:"notified" doc:"Whether one is told of it, by what one has chosen now"`
	Reason   string `json:"reason" doc:"mention, crowd, direct, thread_reply, keyword, all_messages; or own, unrelated, level, muted, quiet_hours"`
	Keyword  string `json:"keyword,omitempty"`
}

func (d *door) why(ctx context.Context, in *MessagePath) (*reply[whyReply], error) {
	_, v, err := d.Chat.Why(ctx, me(ctx), in.ID)
	return &reply[whyReply]{Body: whyReply{Notified: v.Tell, Reason: string(v.Reason), Keyword: v.Keyword}}, err
}
