package views

import (
	"net/url"
	"strings"
	"time"

	"pegasus/chat"
)

// Search is what finds messages: a page of its own, or a panel beside a conversation.
type Search struct {
	Shell
	Base      string // its path
	Beside    bool   // it is a panel
	Query     string
	Zone      string         // of the reader's browser, "" where the address does not name it
	Wrong     Wrong          // with Field "q" where it is about the text
	Asking    string         // the operator at the end that has no known name yet, from or in; "" for none
	Choices   []SearchChoice // what it could name
	Tokens    []SearchToken
	ByMeaning bool // it is about the meaning of the words too
	Away      bool // the server of meanings did not answer
	Narrowed  bool // one of them is on
	Channels  []Channel
	People    []Person
	Hits      []SearchHit
	More      string // where older results are, "" at the end
}

// At is where a text is searched for in the same way.
func (s Search) At(query string) string {
	asked := url.Values{"q": {query}}
	if s.Zone != "" {
		asked.Set("zone", s.Zone)
	}
	return s.Base + "?" + asked.Encode()
}

// SearchHit is a message that was found.
type SearchHit struct {
	Path    string // of the message at its place
	Beside  string // of the same with the panel still open, "" outside of one
	Here    bool   // the conversation beside the panel stands at it
	Author  Person
	Place   string // the channel's name, or who is in the conversation
	Icon    string
	At      time.Time
	Similar bool   // it is near to the meaning of the words, and does not have them
	Snippet string // safe HTML
	Code    string // the whole message as safe HTML, in place of the snippet where it has code
	Files   int
}

// SearchToken is an operator that a click adds to the text, or takes away.
type SearchToken struct {
	Label string
	Path  string
	On    bool
}

// SearchChoice completes an operator with the name of a person, or with an icon of a channel.
type SearchChoice struct {
	Label  string
	Path   string
	Icon   string
	Person Person
}

var searchLegend = []struct{ operator, example, means string }{
	{"two words", "two words", "Both, anywhere in a message, in whatever form: plan finds planning"},
	{"“in a row”", `"in a row"`, "These words one after the other, exactly"},
	{"-word", "-word", "Not with this word. A minus works before every line here"},
	{"from:", "from:", "Written by somebody: from:@ada, or from:me"},
	{"in:", "in:", "In a channel: in:general; in the conversation with somebody: in:@ada; or with several: in:@ada,@ben"},
	{"has:", "has:link", "With a link, file, image, code, reaction or pin"},
	{"is:", "is:saved", "Saved, edited, a thread, a reply or a dm"},
	{"before: after: on:", "after:2026-01-01", "A day such as 2026-03-14, a month such as 2026-03, or a year"},
	{"during:", "during:this-week", "today, yesterday, this-week, last-month, this-year…"},
}

// InTalk is what in: names a conversation by: the usernames of the others, or its id where one of them has left.
func InTalk(channelID string, others []Person) string {
	names := make([]string, len(others))
	for i, p := range others {
		if p.Username == "" {
			return channelID
		}
		names[i] = "@" + p.Username
	}
	return strings.Join(names, ",")
}

func searchPath(query string) string { return "/search?" + url.Values{"q": {query}}.Encode() }

func directPath(userID string) string { return "/dm/" + userID }

// stamp is a day and time in UTC; the script shows it in the reader's zone.
func stamp(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04") }

// PlaceOf is where a message is read: in its channel, or in its thread where it is a reply.
func PlaceOf(m chat.Message) string {
	if m.ParentID != "" {
		return ReplyLink(m.ChannelID, m.ParentID, m.ID)
	}
	return MessageLink(m.ChannelID, m.ID)
}
