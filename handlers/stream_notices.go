package handlers

import (
	"strings"
	"unicode/utf8"

	"pegasus/chat"
	"pegasus/views"
)

// maxNotice is how much of a message a notification shows, in characters.
const maxNotice = 200

// notice is what a page shows outside of itself of a message.
type notice struct {
	Kind      chat.NotificationKind `json:"kind"`
	ChannelID string                `json:"channelId"`
	MessageID string                `json:"messageId"`
	Seq       int64                 `json:"seq"`
	UserID    string                `json:"userId"`
	Title     string                `json:"title"`
	Body      string                `json:"body"`
	URL       string                `json:"url"`
	Sound     bool                  `json:"sound,omitempty"`
}

func newNotice(p chat.Notification) notice {
	title := p.Author.Shown()
	if p.Channel.Name != "" {
		title += " in " + p.Channel.Name
	}
	return notice{
		Kind: p.Kind, ChannelID: p.ChannelID, MessageID: p.MessageID, Seq: p.Seq, UserID: p.AuthorID, Title: title, Body: shortened(p.Content),
		URL: views.MessageLink(p.ChannelID, p.MessageID), Sound: p.Sound,
	}
}

// shortened returns the beginning of a text, on one line. Spoilers stay covered.
func shortened(text string) string {
	text = strings.Join(strings.Fields(chat.Covered(text)), " ")
	if utf8.RuneCountInString(text) <= maxNotice {
		return text
	}
	return string([]rune(text)[:maxNotice-1]) + "…"
}
