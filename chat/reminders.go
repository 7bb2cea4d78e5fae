package chat

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

// Reminder is what a person wants to be told at a time.
type Reminder struct {
	ID        string
	Text      string
	ChannelID string // where the message is that it is about, "" for none
	MessageID string // the message that it is about, "" for none
	At        time.Time
	Rung      bool // its time has come, and the person has not put it away
}

// NewReminder is what a person says of a reminder that they want.
type NewReminder struct {
	Text      string // may be empty where it is about a message
	MessageID string // a message that the person may see, "" for none
	At        time.Time
	Key       string // an idempotency key, "" for none
}

type reminderBody struct {
	Text      string `json:"text"`
	ChannelID string `json:"channel_id,omitempty"`
	MessageID string `json:"message_id,omitempty"`
}

var errManyReminders = fault.New(fault.Conflict, "TOO_MANY_REMINDERS", "You have 200 reminders already. Put some away first.")

func reminder(j queue.Job) Reminder {
	var body reminderBody
	_ = json.Unmarshal([]byte(j.Body), &body) // written by us
	return Reminder{
		ID: j.ID, Text: body.Text, ChannelID: body.ChannelID, MessageID: body.MessageID, At: j.Due, Rung: j.State == queue.Done,
	}
}

// AddReminder keeps a reminder. Asked again with the same key it changes nothing and returns the first one. Of a message the
// place alone is kept: its text is read, with the rights of then, when the person goes there.
func (s *Service) AddReminder(ctx context.Context, actor accounts.User, n NewReminder) (Reminder, error) {
	body := reminderBody{Text: strings.TrimSpace(n.Text)}
	switch {
	case !utf8.ValidString(body.Text) || strings.ContainsRune(body.Text, 0):
		return Reminder{}, fault.Field("text", "INVALID_TEXT", "A reminder must be valid text.")
	case utf8.RuneCountInString(body.Text) > MaxReminder:
		return Reminder{}, fault.Field("text", "TEXT_TOO_LONG", "A reminder has at most 500 characters.")
	case body.Text == "" && n.MessageID == "":
		return Reminder{}, fault.Field("text", "TEXT_REQUIRED", "Please say what you want to be reminded of.")
	}
	if err := errors.Join(s.checkTime(n.At), checkKey(n.Key)); err != nil {
		return Reminder{}, err
	}
	if n.MessageID != "" {
		m, _, err := s.visible(ctx, actor, n.MessageID)
		if err != nil {
			return Reminder{}, err
		}
		body.ChannelID, body.MessageID = m.ChannelID, m.ID
	}
	have, err := s.jobs.Jobs(ctx, actor.ID, jobReminder, MaxReminders)
	if err != nil {
		return Reminder{}, err
	}
	if len(have) == MaxReminders && !slices.ContainsFunc(have, func(j queue.Job) bool { return j.Key == n.Key }) {
		return Reminder{}, errManyReminders
	}
	now := s.now()
	j, _, err := s.jobs.AddJob(context.WithoutCancel(ctx), queue.Job{
		ID: id.New(now), Kind: jobReminder, Owner: actor.ID, Key: n.Key, State: queue.Waiting, Due: n.At, NextTry: n.At, CreatedAt: now,
		Body: encode(body),
	})
	return reminder(j), err
}

// Reminders lists the actor's reminders: those whose time has come, then the others, each in the order of their times.
func (s *Service) Reminders(ctx context.Context, actor accounts.User) ([]Reminder, error) {
	jobs, err := s.jobs.Jobs(ctx, actor.ID, jobReminder, MaxReminders)
	list := make([]Reminder, len(jobs))
	for i, j := range jobs {
		list[i] = reminder(j)
	}
	slices.SortStableFunc(list, func(a, b Reminder) int {
		if a.Rung != b.Rung {
			if a.Rung {
				return -1
			}
			return 1
		}
		return a.At.Compare(b.At)
	})
	return list, err
}

// Snooze moves a reminder to another time.
func (s *Service) Snooze(ctx context.Context, actor accounts.User, reminderID string, at time.Time) (Reminder, error) {
	j, err := s.task(ctx, actor, jobReminder, reminderID)
	if err == nil {
		err = s.checkTime(at)
	}
	if err != nil {
		return Reminder{}, err
	}
	j.State, j.Due, j.NextTry, j.DoneAt = queue.Waiting, at, at, time.Time{}
	return reminder(j), s.jobs.SaveJob(ctx, j)
}

// EndReminder puts a reminder away, before its time or after.
func (s *Service) EndReminder(ctx context.Context, actor accounts.User, reminderID string) error {
	j, err := s.task(ctx, actor, jobReminder, reminderID)
	if err != nil {
		return err
	}
	return s.jobs.DeleteJob(ctx, actor.ID, j.ID, j.Version)
}

// remind tells a person what they wanted to be told. The reminder stays in their list until they put it away.
func (s *Service) remind(_ context.Context, j queue.Job) queue.Job {
	r := reminder(j)
	s.events.Publish(userTopic(j.Owner), Reminded{
		UserID: j.Owner, ReminderID: r.ID, Text: r.Text, ChannelID: r.ChannelID, MessageID: r.MessageID,
	})
	j.State, j.NextTry, j.DoneAt = queue.Done, time.Time{}, s.now()
	return j
}

// runRemind is /remind: "[me] in 20 minutes to stretch".
func (s *Service) runRemind(ctx context.Context, c Call) (Outcome, error) {
	text := c.Text
	if first, rest, _ := strings.Cut(text, " "); strings.EqualFold(first, "me") {
		text = strings.TrimSpace(rest)
	}
	at, what, ok := ParseWhen(text, s.now().In(Zone(c.Draft.Zone)))
	if !ok || what == "" {
		return Outcome{}, usage("remind", "me in 20 minutes to stretch, or tomorrow at 9 …")
	}
	r, err := s.AddReminder(ctx, c.Actor, NewReminder{Text: what, At: at.UTC(), Key: c.Draft.Key})
	return Outcome{Reply: "I will remind you on " + r.At.In(at.Location()).Format("Monday, 2 January 2006, 15:04 MST") + ": " + what}, err
}

// Zone returns the time zone of a name of the IANA database, UTC for a name that is none.
func Zone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil || zone == time.Local {
		return time.UTC
	}
	return zone
}

// ParseZone is Zone for a field, which the fault names where it holds what is none. It may be empty.
func ParseZone(field, name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || zone == time.Local {
		return nil, fault.Field(field, "INVALID_ZONE", "This time zone is not known. Write one such as Europe/Berlin.")
	}
	return zone, nil
}
