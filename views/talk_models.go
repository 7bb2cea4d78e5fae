package views

import (
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/excerpt"
)

// Talk is a direct conversation in a list.
type Talk struct {
	ID      string
	Name    string   // of the others, or one's own with notes to oneself
	People  []Person // the others, oneself in notes to oneself
	Here    bool
	Unread  int64 // of a muted one those that mention the viewer
	Muted   bool
	LastSeq int64
	Draft   bool   // something is written there that was not sent
	Last    string // the newest message's text, "" for none
	At      time.Time
}

// TalkList is the page of all conversations.
type TalkList struct {
	Shell
	Talks []Talk
	More  string // where the list goes on, "" at its end
	Now   time.Time
}

// NewTalk picks the people of a new conversation.
type NewTalk struct {
	Shell
	Query  string
	Picked []Person
	Found  []Person
	Wrong  Wrong
	// Unsought says that nobody was looked for, because too much was.
	Unsought bool
}

// PersonCard is what everybody may know of a person.
type PersonCard struct {
	Person
	Role   accounts.Role
	Self   bool
	Since  time.Time
	Shared []Channel
	Groups []UserGroup
	Said   []accounts.ProfileValue
}

func personPath(userID string) string { return "/users/" + userID }

// when is a moment in few characters, as seen at now: the time today, else the day.
func when(t, now time.Time) string {
	switch label := DayLabel(t, now); label {
	case "Today":
		return clock(t)
	case "Yesterday":
		return label
	}
	if t.UTC().Year() == now.UTC().Year() {
		return t.UTC().Format("2 Jan")
	}
	return t.UTC().Format("2 Jan 2006")
}

// OneLine is the beginning of a text, for a list. Spoilers stay covered.
func OneLine(text string) string {
	const longest = 140 // characters
	return excerpt.Line(chat.Covered(text), longest)
}

func unreadTalks(talks []Talk) []Talk {
	var unread []Talk
	for _, t := range talks {
		if t.Unread > 0 {
			unread = append(unread, t)
		}
	}
	return unread
}
