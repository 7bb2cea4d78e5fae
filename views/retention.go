package views

import "pegasus/chat"

// Keeping is the choice of how long the messages of one channel are kept.
type Keeping struct {
	Path   string // where the form goes
	Choice string // KeepAsAll, KeepEver or KeepDays
	Days   string // as it was filled in
	All    int    // what holds for the workspace, 0 for ever
	Loss   *chat.Loss
	Wrong  Wrong
}

// The choices of a channel.
const (
	KeepAsAll = "workspace"
	KeepEver  = "ever"
	KeepDays  = "days"
)

// KeepingOf is the choice that a channel has.
func KeepingOf(path string, days, all int) Keeping {
	k := Keeping{Path: path, Choice: KeepAsAll, All: all}
	switch {
	case days < 0:
		k.Choice = KeepEver
	case days > 0:
		k.Choice, k.Days = KeepDays, number(int64(days))
	}
	return k
}

// KeepingPage is the page of the choice for who looks after a channel.
type KeepingPage struct {
	Shell
	Channel Channel
	Keeping Keeping
}

// AdminRetention is the page of how long messages are kept.
type AdminRetention struct {
	Own
	Days, DirectDays string // as they were filled in, "" for ever
	Overrides        bool
	Loss             *chat.Loss // what the choice would remove, nil before it was asked
	Last, Under      chat.Sweep
	Problem          string
}

// Counted names the choice that was counted, so that no other one is confirmed by it.
func Counted(choice, days string) string { return choice + "/" + days }

// keptFor says how long something is kept.
func keptFor(days int) string {
	if days <= 0 {
		return "for ever"
	}
	return "for " + count(days, "day", "days")
}

// lossText says what would go.
func lossText(l chat.Loss) string {
	if l.Messages == 0 {
		return "Nothing is older than that by now."
	}
	text := count(l.Messages, "message", "messages") + " with " + count(l.Files, "file", "files") + " in " + count(l.Channels, "channel or conversation", "channels and conversations")
	if l.More {
		text = "More than " + text
	}
	return text + " would be removed, for good."
}
