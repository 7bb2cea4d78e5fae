package views

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"pegasus/emoji"
)

// Reaction is an emoji under a message.
type Reaction struct {
	Emoji string
	Count int
	Names []string // of those who chose it first
	Mine  bool     // the viewer chose it
}

// by names who chose a reaction, in a few words.
func (r Reaction) by() string {
	if len(r.Names) == 0 {
		return count(r.Count, "person", "people")
	}
	rest := r.Count - len(r.Names)
	if rest > 0 {
		return strings.Join(r.Names, ", ") + " and " + count(rest, "other", "others")
	}
	last := len(r.Names) - 1
	if last == 0 {
		return r.Names[0]
	}
	return strings.Join(r.Names[:last], ", ") + " and " + r.Names[last]
}

// press names the button that takes a reaction back, or joins in. A name such as remove would hide what the form itself can do
// from scripts.
func (r Reaction) press() string {
	if r.Mine {
		return "unreact"
	}
	return "react"
}

// EmojiForm is the page that puts a reaction under a message.
type EmojiForm struct {
	MessageForm
	Query  string
	Group  int // of emoji.Groups, their number for the workspace's own
	Found  []emoji.Emoji
	Custom bool // the workspace has some of its own
}

func (f EmojiForm) path() string { return messagePath(f.Channel.ID, f.Message.ID) + "/react" }

func (f EmojiForm) group(i int) templ.SafeURL {
	return templ.SafeURL(f.path() + "?group=" + strconv.Itoa(i))
}

// panelLink lets htmx open a page's panel at the side of the page on screen.
func panelLink(path string) templ.Attributes {
	return templ.Attributes{
		"hx-get": path, "hx-target": "#panel", "hx-select": "#panel", "hx-swap": "outerHTML", "hx-push-url": "true", "data-panel-link": true,
	}
}

// Card is a message outside of its conversation.
type Card struct {
	Message
	Place string    // the name of its channel, "" where that is plain
	When  time.Time // when it was put on the list that it is in
}

// Pins is the panel of what is pinned in a channel.
type Pins struct {
	Cards []Card
}

// Saved is the page of what somebody saved.
type Saved struct {
	Shell
	Cards []Card
	More  string // where the list goes on, "" at its end
}

// Versions is the panel with the texts that a message has had.
type Versions struct {
	Message Message
	Texts   []Version // the newest first
}

// Version is a text of a message beside the one before it.
type Version struct {
	At     time.Time
	Text   string
	Before string
	First  bool // there is none before it
}

func (v Version) changes() []change {
	if v.First {
		return []change{{same, v.Text}}
	}
	return compare(v.Before, v.Text)
}

// Forward is the page that posts a link to a message elsewhere.
type Forward struct {
	MessageForm
	Query   string // the name that is looked for, "" for the latest places
	Targets []Target
	More    bool   // there are more of them
	To      string // the one that was chosen
	Key     string // names the new message, so that sending twice posts once
	// Unsought says that nothing was looked for, because too much was.
	Unsought bool
}

// Target is a place to forward a message to.
type Target struct {
	JumpItem
	ID string // of the channel, or the key of a conversation that may be yet to begin
}

func (f Forward) path() string { return messagePath(f.Channel.ID, f.Message.ID) + "/forward" }

// quoteLink opens a conversation with the link to a message in its composer.
func quoteLink(channelID, messageID string) string {
	return channelPath(channelID) + "?quote=" + messageID + "#content"
}
