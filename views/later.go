package views

import (
	"time"

	"pegasus/chat"
)

// When is the choice of a time in a form.
type When struct {
	Choice string // one of the presets, or "at"
	At     string // as the browser sends a date and a time
	Zone   string // the IANA name of the zone of At and of the presets
}

// Schedule is the form for a message that waits.
type Schedule struct {
	Shell
	ID      string // of one that waits already, "" for a new one
	Channel string // the name of where it goes
	To      string // the id of the channel
	Root    string // the message whose thread it is for, "" for the channel itself
	Also    bool   // a reply goes to its channel too
	Text    string
	Key     string
	When    When
	Wrong   Wrong

	Attachments []chat.Attachment
}

// Scheduled is a message in the list of those that wait.
type Scheduled struct {
	ID, Channel, To, Text string
	Root                  string // the message whose thread it is for, "" for the channel itself
	Attachments           []chat.Attachment
	At                    time.Time
	Problem               string
	Sending               bool
}

// ReminderForm is the form for a reminder. With a message it is about that one.
type ReminderForm struct {
	Text, Key          string
	Message, ChannelID string
	When               When
	Wrong              Wrong
}

// Reminder is one in the list.
type Reminder struct {
	ID, Text string
	Link     string // the message that it is about, "" for none
	At       time.Time
	Rung     bool
}

// name tells a reminder from others.
func (r Reminder) name() string {
	if r.Text == "" {
		return "a message"
	}
	return r.Text
}

// preset is a time that a form offers.
type preset struct{ value, label string }

var presets = []preset{
	{"in 20 minutes", "In 20 minutes"}, {"in 1 hour", "In 1 hour"}, {"in 3 hours", "In 3 hours"},
	{"tomorrow at 9", "Tomorrow at 9"}, {"monday at 9", "On Monday at 9"},
}

// chosen is the preset that is ticked.
func (w When) chosen(value string) bool {
	return w.Choice == value || w.Choice == "" && value == presets[1].value
}

func (w When) zone() string {
	if w.Zone == "" {
		return "UTC"
	}
	return w.Zone
}
