package api

import (
	"context"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/web"
)

// scheduledMessage is a message that waits for its time.
type scheduledMessage struct {
	ID        string  `json:"id"`
	ChannelID string  `json:"channel_id"`
	ParentID  *string `json:"parent_message_id"`
	Content   string  `json:"content"`
	SendAt    string  `json:"send_at" format:"date-time"`
	Problem   *string `json:"problem" doc:"Why it could not be sent; null while it waits"`

	AlsoChannel bool         `json:"also_channel,omitempty" doc:"It is a reply that will stand in the channel in full, too"`
	Attachments []attachment `json:"attachments" nullable:"false"`
}

func newScheduled(s chat.Scheduled) scheduledMessage {
	return scheduledMessage{
		ID: s.ID, ChannelID: s.ChannelID, ParentID: orNull(s.ParentID), Content: s.Content, SendAt: web.Time(s.At), Problem: orNull(s.Problem),
		Attachments: newAttachments(s.Attachments), AlsoChannel: s.AlsoChannel,
	}
}

type scheduledList struct {
	Scheduled []scheduledMessage `json:"scheduled" nullable:"false" doc:"In the order of their times"`
}

func (d *door) listScheduled(ctx context.Context, _ *none) (*reply[scheduledList], error) {
	found, err := d.Chat.Scheduled(ctx, me(ctx))
	out := scheduledList{Scheduled: make([]scheduledMessage, len(found))}
	for i, s := range found {
		out.Scheduled[i] = newScheduled(s)
	}
	return &reply[scheduledList]{Body: out}, err
}

// timeOf reads a moment that a client names.
func timeOf(field, text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fault.Field(field, "INVALID_TIME", "Write a time such as 2030-12-31T12:00:00Z.")
	}
	return at.UTC().Truncate(time.Millisecond), nil
}

type scheduleRequest struct {
	Key  string `header:"Idempotency-Key" doc:"Makes a retry safe: at most 128 visible ASCII characters"`
	Body struct {
		ChannelID string `json:"channel_id"`
		ParentID  string `json:"parent_message_id,omitempty" nullable:"true" doc:"The message that this one replies to"`
		Content   string `json:"content" doc:"1 character to as many as admins allow, 2000 unless they chose otherwise; with attachments none too"`
		SendAt    string `json:"send_at" doc:"A moment of the next two years, with its zone"`

		AlsoChannel bool            `json:"also_channel,omitempty" doc:"A reply stands in the channel in full, too"`
		Attachments []attachmentRef `json:"attachments,omitempty" nullable:"true" doc:"Up to 10 uploads of one's own that no message has yet"`
	}
}

type scheduledReply struct {
	Scheduled scheduledMessage `json:"scheduled"`
}

func (d *door) schedule(ctx context.Context, in *scheduleRequest) (*reply[scheduledReply], error) {
	at, err := timeOf("send_at", in.Body.SendAt)
	if err != nil {
		return nil, err
	}
	s, err := d.Chat.Schedule(ctx, me(ctx), known(in.Body.ChannelID), chat.Draft{
		Content: in.Body.Content, ParentID: in.Body.ParentID, AlsoChannel: in.Body.AlsoChannel, Key: in.Key, Attachments: newAttachmentRefs(in.Body.Attachments),
	}, at)
	return &reply[scheduledReply]{Body: scheduledReply{newScheduled(s)}}, err
}

// ScheduledPath names a message that waits.
type ScheduledPath struct {
	ID string `path:"id" doc:"The scheduled message's id"`
}

type rescheduleRequest struct {
	ScheduledPath
	Body struct {
		Content string `json:"content" doc:"1 character to as many as admins allow, 2000 unless they chose otherwise; with attachments none too"`
		SendAt  string `json:"send_at" doc:"A moment of the next two years, with its zone"`

		Attachments []attachmentRef `json:"attachments,omitempty" nullable:"true" doc:"Its files from now on; left out they stay, and those that the list leaves out are removed"`
	}
}

func (d *door) reschedule(ctx context.Context, in *rescheduleRequest) (*reply[scheduledReply], error) {
	at, err := timeOf("send_at", in.Body.SendAt)
	if err != nil {
		return nil, err
	}
	draft := chat.Draft{Content: in.Body.Content}
	if in.Body.Attachments != nil {
		draft.Attachments = newAttachmentRefs(in.Body.Attachments)
	}
	s, err := d.Chat.Reschedule(ctx, me(ctx), known(in.ID), draft, at)
	return &reply[scheduledReply]{Body: scheduledReply{newScheduled(s)}}, err
}

func (d *door) unschedule(ctx context.Context, in *ScheduledPath) (*reply[notice], error) {
	if err := d.Chat.Unschedule(ctx, me(ctx), known(in.ID)); err != nil {
		return nil, err
	}
	return ok(notice{Message: "The message will not be sent"})
}

func (d *door) sendScheduled(ctx context.Context, in *ScheduledPath) (*reply[notice], error) {
	if _, err := d.Chat.SendScheduled(ctx, me(ctx), known(in.ID)); err != nil {
		return nil, err
	}
	return ok(notice{Message: "The message was sent"})
}

// reminder is what somebody wants to be told at a time.
type reminder struct {
	ID        string  `json:"id"`
	Text      string  `json:"text"`
	ChannelID *string `json:"channel_id"`
	MessageID *string `json:"message_id" doc:"The message that it is about"`
	RemindAt  string  `json:"remind_at" format:"date-time"`
	Due       bool    `json:"due" doc:"Its time has come"`
}

func newReminder(r chat.Reminder) reminder {
	return reminder{
		ID: r.ID, Text: r.Text, ChannelID: orNull(r.ChannelID), MessageID: orNull(r.MessageID), RemindAt: web.Time(r.At), Due: r.Rung,
	}
}

type reminderList struct {
	Reminders []reminder `json:"reminders" nullable:"false" doc:"Those whose time has come, then the others, in the order of their times"`
}

func (d *door) listReminders(ctx context.Context, _ *none) (*reply[reminderList], error) {
	found, err := d.Chat.Reminders(ctx, me(ctx))
	out := reminderList{Reminders: make([]reminder, len(found))}
	for i, r := range found {
		out.Reminders[i] = newReminder(r)
	}
	return &reply[reminderList]{Body: out}, err
}

type remindRequest struct {
	Key  string `header:"Idempotency-Key" doc:"Makes a retry safe: at most 128 visible ASCII characters"`
	Body struct {
		Text      string `json:"text,omitempty" doc:"At most 500 characters; none where it is about a message"`
		MessageID string `json:"message_id,omitempty" nullable:"true" doc:"A message to be reminded of"`
		RemindAt  string `json:"remind_at" doc:"A moment of the next two years, with its zone"`
	}
}

type reminderReply struct {
	Reminder reminder `json:"reminder"`
}

func (d *door) remind(ctx context.Context, in *remindRequest) (*reply[reminderReply], error) {
	at, err := timeOf("remind_at", in.Body.RemindAt)
	if err != nil {
		return nil, err
	}
	r, err := d.Chat.AddReminder(ctx, me(ctx), chat.NewReminder{Text: in.Body.Text, MessageID: in.Body.MessageID, At: at, Key: in.Key})
	return &reply[reminderReply]{Body: reminderReply{newReminder(r)}}, err
}

// ReminderPath names a reminder.
type ReminderPath struct {
	ID string `path:"id" doc:"The reminder's id"`
}

type snoozeRequest struct {
	ReminderPath
	Body struct {
		RemindAt string `json:"remind_at" doc:"A moment of the next two years, with its zone"`
	}
}

func (d *door) snooze(ctx context.Context, in *snoozeRequest) (*reply[reminderReply], error) {
	at, err := timeOf("remind_at", in.Body.RemindAt)
	if err != nil {
		return nil, err
	}
	r, err := d.Chat.Snooze(ctx, me(ctx), known(in.ID), at)
	return &reply[reminderReply]{Body: reminderReply{newReminder(r)}}, err
}

func (d *door) endReminder(ctx context.Context, in *ReminderPath) (*reply[notice], error) {
	if err := d.Chat.EndReminder(ctx, me(ctx), known(in.ID)); err != nil {
		return nil, err
	}
	return ok(notice{Message: "Reminder put away"})
}
