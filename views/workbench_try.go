package views

import (
	"slices"

	"pegasus/plugins"
)

// TryWay is what calls a plugin that is tried out.
type TryWay string

// The ways in which a plugin is called.
const (
	TryText     TryWay = "text" // a command or a message
	TrySchedule TryWay = "schedule"
	TryWebhook  TryWay = "webhook"
)

// PluginTry is a plugin tried out.
type PluginTry struct {
	Ways      []TryWay // that the plugin answers to
	Way       TryWay
	Text      string
	MaxText   int    // characters of a message
	Hint      string // a text that the plugin would take
	Schedule  string
	Schedules []string // the names of its times
	Body      string   // of a delivery to its webhook
	Settings  []PluginSetting
	Typed     map[string]string // what was filled in for its settings
	Tuned     bool              // which is not their defaults
	Tried     bool
	Replies   []TriedReply
	Log       []string
	Problem   *plugins.Problem
	Took      string
	Wrong     Wrong
}

// has reports whether the plugin answers to a way of calling it.
func (t PluginTry) has(way TryWay) bool { return slices.Contains(t.Ways, way) }

func (w TryWay) label() string {
	switch w {
	case TrySchedule:
		return "A time that has come"
	case TryWebhook:
		return "A webhook delivery"
	}
	return "Something written"
}

// TriedReply is something that a channel would have seen.
type TriedReply struct {
	HTML    string
	Private bool // seen by the caller alone
}
