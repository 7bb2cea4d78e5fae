package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"pegasus/chat"
	"pegasus/events"
	"pegasus/notify"
	"pegasus/plugins"
	"pegasus/sessions"
	"pegasus/views"
	"pegasus/web"
)

// stream keeps a page live. ?channel= names the channel on screen; of the others only counts come.
func (d *door) stream(w http.ResponseWriter, r *http.Request) error {
	s, err := d.openStream(r)
	if err == nil {
		err = s.Serve(w, r)
	}
	if err != nil && web.Later(w, r, err) {
		return nil
	}
	return err
}

func (d *door) openStream(r *http.Request) (web.Stream, error) {
	me, err := entered(r)
	if err != nil {
		return web.Stream{}, err
	}
	current, _ := sessions.From(r.Context())
	onScreen := r.URL.Query().Get("channel")
	if onScreen != "" {
		if _, _, err := d.Chat.Channel(r.Context(), me, onScreen); err != nil {
			return web.Stream{}, err
		}
	}
	return web.Stream{
		Broker: d.Broker, UserID: me.ID, SessionID: current.Session.ID, Ends: current.Session.ExpiresAt,
		Topics: d.topics(me.ID),
		Encode: func(e *events.Event) []byte { return d.frame(e, onScreen) },
		Live:   d.Sessions.Live,
		// Who comes back after a restart reads the page again: how many are here says over how long to spread that.
		Hello: fmt.Sprintf(`{"message":"Connected","streams":%d}`, d.Broker.Streams()),
	}, nil
}

// topics keeps the id alone alive for as long as the stream is open.
func (d *door) topics(userID string) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) { return d.Chat.Topics(ctx, userID) }
}

// frame returns an event as a page gets it. It is the same for every viewer, so it is made once.
func (d *door) frame(e *events.Event, onScreen string) []byte {
	switch p := e.Payload.(type) {
	case chat.MessagePosted:
		if p.Message.ChannelID != onScreen {
			return e.Bytes(events.HTMLBrief, func() []byte {
				return data("channel_updated", news{ChannelID: p.Message.ChannelID, Seq: p.Message.Seq, UserID: p.Message.UserID})
			})
		}
		return e.Bytes(events.HTML, func() []byte {
			m := message(p.Message, p.Author)
			m.Key = p.Message.ClientKey
			return d.item("new_message", m)
		})
	case chat.MessageUpdated:
		if p.Message.ChannelID != onScreen {
			return e.Bytes(events.HTMLBrief, func() []byte { return data("card_changed", changedMessage{p.Message.ID}) })
		}
		return e.Bytes(events.HTML, func() []byte {
			return d.item("message_updated", pinned(message(p.Message, p.Author), p.Message, p.Pinner))
		})
	case chat.ReactionAdded:
		return d.reacted(e, "reaction_added", p.ReactionChange, onScreen)
	case chat.ReactionRemoved:
		return d.reacted(e, "reaction_removed", p.ReactionChange, onScreen)
	case chat.MessageDeleted:
		if p.ChannelID != onScreen {
			return e.Bytes(events.HTMLBrief, func() []byte { return data("card_changed", changedMessage{p.MessageID}) })
		}
		return e.Bytes(events.HTML, func() []byte {
			return data("message_deleted", removal{MessageID: p.MessageID, ChannelID: p.ChannelID, Seq: p.Seq})
		})
	case chat.PresenceChanged:
		return e.Bytes(events.HTML, func() []byte { return d.presence(p) })
	case chat.BannerChanged:
		return e.Bytes(events.HTML, func() []byte { return data("announcement_changed", d.newBannerNews(p)) })
	case chat.TypingChanged:
		if p.ChannelID != onScreen {
			return nil
		}
	case chat.ThreadUpdated:
		if p.UserID == "" && p.ChannelID != onScreen {
			return nil
		}
	}
	return e.Bytes(events.HTML, func() []byte { return plain(e.Payload) })
}

// plain returns the events that carry no message.
func plain(payload any) []byte {
	switch p := payload.(type) {
	case chat.ChannelUpdated:
		told := news{ChannelID: p.Channel.ID}
		if p.UserID == "" {
			told.Among = p.Channel.MemberCount
		}
		return data("channel_updated", told)
	case chat.MessagesRemoved:
		return data("messages_removed", removals(p))
	case chat.MemberJoined:
		return data("joined_channel", membership{ChannelID: p.ChannelID, UserID: p.UserID, Members: p.Members})
	case chat.MemberLeft:
		return data("left_channel", membership{ChannelID: p.ChannelID, UserID: p.UserID, Members: p.Members})
	case chat.ConversationOpened:
		return data("conversation_opened", membership{ChannelID: p.Channel.ID, UserID: p.UserID})
	case chat.ConversationHidden:
		return data("conversation_hidden", membership{ChannelID: p.ChannelID, UserID: p.UserID})
	case chat.ThreadUpdated:
		return data("thread_updated", threadNews(p))
	case chat.EmojiChanged:
		return data("emoji_changed", newEmojiNews(p))
	case plugins.Updated:
		return data("plugin_updated", pluginNews{PluginID: p.Plugin.ID, Status: p.Plugin.Status, Deleted: p.Deleted})
	case chat.ReportsChanged:
		return data("reports_changed", struct{}{})
	case chat.Read:
		return data("read", read{ChannelID: p.ChannelID, LastReadSeq: p.LastReadSeq, Unread: p.Unread, Back: p.Back})
	case chat.Reminded:
		return data("reminder", reminded{ReminderID: p.ReminderID, Text: p.Text})
	case chat.SendingFailed:
		return data("sending_failed", sendingFailed{ScheduledID: p.ScheduledID, Problem: p.Problem})
	case chat.TypingChanged:
		return data("typing", typing{ChannelID: p.ChannelID, UserID: p.UserID, Name: p.Name, Typing: p.Typing})
	case chat.Notification:
		return data("notification", newNotice(p))
	case notify.AnswerEnded:
		return data("answer_ended", newAnswerNotice(p))
	}
	return nil
}

type (
	news struct {
		ChannelID string `json:"channelId"`
		Seq       int64  `json:"seq,omitempty"` // of the new message, where there is one
		UserID    string `json:"userId,omitempty"`
		Among     int    `json:"among,omitempty"` // how many may read the same again because of it
	}
	// changedMessage names one that is not on screen, where a card may show it.
	changedMessage struct {
		MessageID string `json:"messageId"`
	}
	removal struct {
		MessageID string `json:"messageId"`
		ChannelID string `json:"channelId"`
		Seq       int64  `json:"seq"`
	}
	removals struct {
		ChannelID  string   `json:"channelId"`
		MessageIDs []string `json:"messageIds"`
	}
	membership struct {
		ChannelID string `json:"channelId"`
		UserID    string `json:"userId"`
		Members   int    `json:"members,omitempty"` // after it
	}
	read struct {
		ChannelID   string `json:"channelId"`
		LastReadSeq int64  `json:"last_read_seq"`
		Unread      int64  `json:"unreadCount"`
		Back        bool   `json:"back,omitempty"`
	}
	pluginNews struct {
		PluginID string         `json:"pluginId"`
		Status   plugins.Status `json:"status"`
		Deleted  bool           `json:"deleted,omitempty"`
	}
	reminded struct {
		ReminderID string `json:"reminderId"`
		Text       string `json:"text"`
	}
	sendingFailed struct {
		ScheduledID string `json:"scheduledId"`
		Problem     string `json:"problem"`
	}
	typing struct {
		ChannelID string `json:"channelId"`
		UserID    string `json:"userId"`
		Name      string `json:"name"`
		Typing    bool   `json:"typing"`
	}
)

func data(name string, payload any) []byte {
	text, err := json.Marshal(payload)
	if err != nil {
		return nil // these types always encode
	}
	return web.Frame(name, string(text))
}

// live is the context of what streams render. It must not wait for the store.
func (d *door) live() context.Context { return showing(context.Background(), d.Chat.KeptEmoji()) }

func (d *door) item(name string, m views.Message) []byte {
	var html bytes.Buffer
	ctx := d.live()
	_ = views.MessageItem(m).Render(ctx, &html) // a buffer takes everything
	if m.Also {
		_ = views.AlsoItem(m).Render(context.Background(), &html)
	} else if m.Root != "" {
		_ = views.ReplyNote(m).Render(ctx, &html)
	}
	return web.Frame(name, html.String())
}
