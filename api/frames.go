package api

import (
	"context"
	"encoding/json"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/notify"
	"pegasus/plugins"
	"pegasus/web"
)

// topics reads what a person's stream may receive.
func (d *door) topics(userID string) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) { return d.Chat.Topics(ctx, userID) }
}

// encoder returns what a stream sends of an event. With a channel, others' messages come without what was written.
func encoder(channel string) func(*events.Event) []byte {
	return func(e *events.Event) []byte {
		if at := writtenIn(e.Payload); channel != "" && at != "" && at != channel {
			return e.Bytes(events.JSONBrief, func() []byte { return brief(e.Payload) })
		}
		return e.Bytes(events.JSON, func() []byte { return full(e.Payload) })
	}
}

// writtenIn returns the channel of an event that a stream narrowed to another channel does not get in full.
func writtenIn(payload any) string {
	switch p := payload.(type) {
	case chat.MessagePosted:
		return p.Message.ChannelID
	case chat.MessageUpdated:
		return p.Message.ChannelID
	case chat.MessageDeleted:
		return p.ChannelID
	case chat.ReactionAdded:
		return p.ChannelID
	case chat.ReactionRemoved:
		return p.ChannelID
	case chat.TypingChanged:
		return p.ChannelID
	}
	return ""
}

type (
	messageEvent struct {
		MessageID   string       `json:"messageId"`
		ChannelID   string       `json:"channelId"`
		UserID      string       `json:"userId"`
		Seq         int64        `json:"seq"`
		Content     string       `json:"content"`
		User        eventAuthor  `json:"user"`
		ParentID    *string      `json:"parent_message_id"`
		AlsoChannel bool         `json:"also_channel,omitempty"`
		CreatedAt   string       `json:"created_at"`
		EditedAt    *string      `json:"edited_at,omitempty"`
		Attachments []attachment `json:"attachments"`
		Pinned      *bool        `json:"pinned,omitempty"` // not of a new message
	}
	eventAuthor struct {
		ID     string  `json:"id"`
		Name   string  `json:"name"`
		Avatar *string `json:"avatar"`
		IsBot  bool    `json:"is_bot,omitempty"`
	}
	messageGone struct {
		MessageID string `json:"messageId"`
		ChannelID string `json:"channelId"`
		Seq       int64  `json:"seq"`
	}
	channelNews struct {
		ChannelID     string `json:"channelId"`
		Seq           int64  `json:"seq"`
		UserID        string `json:"userId"`
		LastMessageAt string `json:"last_message_at"`
	}
	answerEndedEvent struct {
		MessageID  string `json:"messageId"`
		PluginID   string `json:"pluginId"`
		PluginName string `json:"pluginName"`
		Text       string `json:"text" doc:"How it ended; empty where one wants no contents in notifications"`
		URL        string `json:"url"`
		Sound      bool   `json:"sound"`
	}
	channelChanged struct {
		ChannelID   string `json:"channelId"`
		Name        string `json:"name"`
		Description string `json:"description"`
		Type        string `json:"type"`
		Archived    bool   `json:"archived"`
		Seq         int64  `json:"seq"`
	}
	membership struct {
		ChannelID   string `json:"channelId"`
		UserID      string `json:"userId"`
		MemberCount int    `json:"memberCount,omitempty"` // after it
	}
	conversationEvent struct {
		ChannelID string        `json:"channelId"`
		UserID    string        `json:"userId"`
		Type      string        `json:"type"`
		DirectID  string        `json:"dm_channel_id"`
		Users     []eventAuthor `json:"users"` // everybody, oneself included
	}
	typingEvent struct {
		ChannelID string `json:"channelId"`
		UserID    string `json:"userId"`
		Name      string `json:"name"`
		Typing    bool   `json:"typing"`
	}
	presenceEvent struct {
		Users []presence `json:"users"`
	}
	presence struct {
		UserID string `json:"userId"`
		Status string `json:"status"`
		Said
	}
	pluginEvent struct {
		PluginID     string `json:"pluginId"`
		PluginName   string `json:"pluginName"`
		Status       string `json:"status"`
		Version      int    `json:"version"`
		BuiltVersion int    `json:"builtVersion"`
		Answering    string `json:"answering"` // the message that is being answered, "" for none
		Deleted      bool   `json:"deleted"`
	}
	readEvent struct {
		ChannelID   string `json:"channelId"`
		LastReadSeq int64  `json:"last_read_seq"`
		UnreadCount int64  `json:"unreadCount"`
	}
)

// full returns the frame of an event, nil for one that this door does not know.
func full(payload any) []byte {
	switch p := payload.(type) {
	case chat.MessagePosted:
		return frame("new_message", newMessageEvent(p.Message, p.Author))
	case chat.MessageUpdated:
		changed, pinned := newMessageEvent(p.Message, p.Author), !p.Message.PinnedAt.IsZero()
		changed.Pinned = &pinned
		return frame("message_updated", changed)
	case chat.ReactionAdded:
		return frame("reaction_added", newReactionEvent(p.ReactionChange))
	case chat.ReactionRemoved:
		return frame("reaction_removed", newReactionEvent(p.ReactionChange))
	case chat.ThreadUpdated:
		return frame("thread_updated", newThreadEvent(p))
	case chat.EmojiChanged:
		return frame("emoji_changed", newEmojiEvent(p))
	case chat.MessagesRemoved:
		return frame("messages_removed", messagesGone(p))
	case chat.BannerChanged:
		return frame("announcement_changed", announcementEvent{announcementOf(p.Banner)})
	case chat.Notification:
		return frame("notification", newNotificationEvent(p))
	case chat.MessageDeleted:
		return frame("message_deleted", messageGone{MessageID: p.MessageID, ChannelID: p.ChannelID, Seq: p.Seq})
	case chat.ChannelUpdated:
		c := p.Channel
		return frame("channel_updated", channelChanged{
			ChannelID: c.ID, Name: c.Name, Description: c.Description, Type: string(c.Type), Archived: c.Archived, Seq: c.LastSeq,
		})
	case chat.MemberJoined:
		return frame("joined_channel", membership{ChannelID: p.ChannelID, UserID: p.UserID, MemberCount: p.Members})
	case chat.MemberLeft:
		return frame("left_channel", membership{ChannelID: p.ChannelID, UserID: p.UserID, MemberCount: p.Members})
	case chat.ConversationOpened:
		return frame("joined_channel", newConversationEvent(p))
	case chat.ConversationHidden:
		return frame("conversation_hidden", membership{ChannelID: p.ChannelID, UserID: p.UserID})
	case chat.TypingChanged:
		return frame("typing", typingEvent{ChannelID: p.ChannelID, UserID: p.UserID, Name: p.Name, Typing: p.Typing})
	case chat.PresenceChanged:
		users := make([]presence, len(p.Users))
		for i, u := range p.Users {
			users[i] = presence{UserID: u.UserID, Status: string(u.Status), Said: Said{StatusMessage: u.Text, StatusEmoji: u.Emoji}}
		}
		return frame("presence", presenceEvent{Users: users})
	case notify.AnswerEnded:
		return frame("answer_ended", answerEndedEvent{MessageID: p.ExchangeID, PluginID: p.PluginID, PluginName: p.Title, Text: p.Body, URL: p.URL, Sound: p.Sound})
	case plugins.InstallChanged:
		return frame("plugin_updated", newInstallEvent(p))
	case plugins.Updated:
		return frame("plugin_updated", newPluginEvent(p))
	case chat.Read:
		return frame("read", readEvent{ChannelID: p.ChannelID, LastReadSeq: p.LastReadSeq, UnreadCount: p.Unread})
	}
	return nil
}

func newPluginEvent(u plugins.Updated) pluginEvent {
	return pluginEvent{
		PluginID: u.Plugin.ID, PluginName: u.Plugin.Name, Status: string(u.Plugin.Status), Version: u.Plugin.Head, BuiltVersion: u.Plugin.Built,
		Answering: u.Plugin.Asking, Deleted: u.Deleted,
	}
}

// brief returns the frame of an event in a channel that the stream does not look at: that there is something new, and
// nothing for changes of what is old.
func brief(payload any) []byte {
	p, posted := payload.(chat.MessagePosted)
	if !posted {
		return nil
	}
	m := p.Message
	return frame("channel_updated", channelNews{ChannelID: m.ChannelID, Seq: m.Seq, UserID: m.UserID, LastMessageAt: web.Time(m.CreatedAt)})
}

func newMessageEvent(m chat.Message, by accounts.User) messageEvent {
	return messageEvent{
		MessageID: m.ID, ChannelID: m.ChannelID, UserID: m.UserID, Seq: m.Seq, Content: m.Content,
		User:     eventAuthor{ID: by.ID, Name: by.Shown(), Avatar: orNull(by.Avatar), IsBot: by.Bot},
		ParentID: orNull(m.ParentID), AlsoChannel: m.AlsoChannel, CreatedAt: web.Time(m.CreatedAt), EditedAt: atOrNull(m.EditedAt),
		Attachments: newAttachments(m.Attachments),
	}
}

func newConversationEvent(p chat.ConversationOpened) conversationEvent {
	e := conversationEvent{
		ChannelID: p.Channel.ID, UserID: p.UserID, Type: string(p.Channel.Type), DirectID: directName(p.Channel),
		Users: make([]eventAuthor, len(p.People)),
	}
	for i, u := range p.People {
		e.Users[i] = eventAuthor{ID: u.ID, Name: u.Shown(), Avatar: orNull(u.Avatar), IsBot: u.Bot}
	}
	return e
}

// frame returns nil for what cannot be encoded, which no payload is.
func frame(name string, data any) []byte {
	body, err := json.Marshal(data)
	if err != nil {
		return nil
	}
	return web.Frame(name, string(body))
}
