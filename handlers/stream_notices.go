package handlers

import (
	"pegasus/chat"
	"pegasus/notify"
	"pegasus/views"
)

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
	return notice{
		Kind: p.Kind, ChannelID: p.ChannelID, MessageID: p.MessageID, Seq: p.Seq, UserID: p.AuthorID, Title: chat.NoticeTitle(p.Author, p.Channel),
		Body: chat.Excerpt(p.Content), URL: views.MessageLink(p.ChannelID, p.MessageID), Sound: p.Sound,
	}
}

// newAnswerNotice is what a page shows outside of itself of an answer of the workbench. Notices about one plugin take each other's place.
func newAnswerNotice(p notify.AnswerEnded) notice {
	return notice{Kind: "answer", ChannelID: p.PluginID, MessageID: p.ExchangeID, UserID: p.UserID, Title: p.Title, Body: p.Body, URL: p.URL, Sound: p.Sound}
}
