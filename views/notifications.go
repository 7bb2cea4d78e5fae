package views

import (
	"time"

	"pegasus/chat"
)

// MessageNotices is of which messages a person is told, as their form shows it.
type MessageNotices struct {
	Level       chat.Level
	Keywords    string
	Zone        string
	From, To    string // times of day
	Days        uint8
	PausedUntil time.Time
	Paused      bool
	HideContent bool
	Sound       bool
	Mail        bool // what is missed comes by mail
	Mails       bool // mail leaves this server
	Answers     bool // of answers of the workbench too
	Wrong       Wrong
}

// ChannelNotify is the page of what a person is told of one channel.
type ChannelNotify struct {
	Shell
	Channel Channel
	Level   chat.Level
	Muted   bool
}

// Why is the page that says why somebody was told of a message.
type Why struct {
	Shell
	Channel   Channel
	Message   Message
	Verdict   chat.Verdict
	OfChannel bool // what decided is chosen for the channel
}

type levelName struct {
	level       chat.Level
	name, about string
}

var levelNames = []levelName{
	{chat.LevelAll, "All messages", ""},
	{chat.LevelMentions, "Mentions", "Also replies in threads that you follow, your keywords, and direct messages."},
	{chat.LevelNothing, "Nothing", ""},
}

// days are the days of a week from Monday on, by their number in chat.Quiet.
var days = []struct {
	number int
	name   string
}{{1, "Mon"}, {2, "Tue"}, {3, "Wed"}, {4, "Thu"}, {5, "Fri"}, {6, "Sat"}, {0, "Sun"}}

// whyText says why somebody was told, or was not.
func whyText(v chat.Verdict) string {
	switch v.Reason {
	case chat.ReasonNamed:
		return "It mentions you by name."
	case chat.ReasonCrowd:
		return "It mentions everybody here, and so you."
	case chat.ReasonDirect:
		return "It is a direct message to you."
	case chat.ReasonThread:
		return "You follow the thread in which it is a reply."
	case chat.ReasonKeyword:
		return "It has your keyword “" + v.Keyword + "” in it."
	case chat.ReasonAll:
		return "You want to be told of all messages here."
	case chat.SilentOwn:
		return "It is your own message."
	case chat.SilentLevel:
		return "You want to be told of nothing here."
	case chat.SilentMuted:
		return "You have muted this channel."
	case chat.SilentQuiet:
		return "It came in your quiet hours."
	}
	return "Nothing in it is about you."
}
