package chat_test

import (
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func TestAReplyStandsInItsChannelTooForWhoMayPostThere(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	root, err := w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "root", AlsoChannel: true})
	must(t, err)
	if root.AlsoChannel {
		t.Error("a message that is no reply is marked")
	}
	m, err := w.Reply(t.Context(), ben, root.ID, chat.Draft{Content: "both", AlsoChannel: true, Key: "k"})
	must(t, err)
	again, err := w.Reply(t.Context(), ben, root.ID, chat.Draft{Content: "both", AlsoChannel: true, Key: "k"})
	must(t, err)
	if !m.AlsoChannel || again.ID != m.ID {
		t.Errorf("the reply is %+v, sent again %+v", m, again)
	}
	// It is one message with one number, so it is unread once.
	_, place, err := w.Channel(t.Context(), ada, c.ID)
	must(t, err)
	if n := place.Unread(m.Seq); n != 1 {
		t.Errorf("%d messages are unread", n)
	}
	m, err = w.EditMessage(t.Context(), ben, m.ID, "both, edited")
	if err != nil || !m.AlsoChannel {
		t.Errorf("edited it stands in the channel: %v, %v", m.AlsoChannel, err)
	}
	admins := chat.Admins
	_, err = w.UpdateChannel(t.Context(), ada, c.ID, chat.ChannelChange{Posting: &admins})
	must(t, err)
	if _, err := w.Reply(t.Context(), ben, root.ID, chat.Draft{Content: "loud", AlsoChannel: true}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("who may not post there does: %v", err)
	}
	_, err = w.Reply(t.Context(), ben, root.ID, chat.Draft{Content: "quiet"})
	must(t, err)
}
