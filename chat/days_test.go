package chat_test

import (
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func TestADayLeadsToItsFirstMessage(t *testing.T) {
	w := newWorld(t)
	ada, eve := w.person(t, "ada", accounts.RoleUser), w.person(t, "eve", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada)
	if _, err := w.MessageFrom(t.Context(), ada, c.ID, w.now()); !fault.Is(err, fault.NotFound) {
		t.Errorf("an empty channel has a message: %v", err)
	}
	start := w.now()
	var all []chat.Message
	for range 9 {
		m, err := w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "hello"})
		must(t, err)
		all = append(all, m)
		w.later(24 * time.Hour)
	}
	must(t, w.DeleteMessage(t.Context(), ada, all[0].ID))
	must(t, w.DeleteMessage(t.Context(), ada, all[4].ID))
	for _, row := range []struct {
		after time.Duration
		want  int
	}{{-time.Hour, 1}, {0, 1}, {24 * time.Hour, 1}, {24*time.Hour + 1, 2}, {4 * 24 * time.Hour, 5}, {8 * 24 * time.Hour, 8}, {900 * time.Hour, 8}} {
		m, err := w.MessageFrom(t.Context(), ada, c.ID, start.Add(row.after))
		if err != nil || m.ID != all[row.want].ID {
			t.Errorf("%v leads to number %d, want %d: %v", row.after, m.Seq, row.want+1, err)
		}
	}
	if _, err := w.MessageFrom(t.Context(), eve, c.ID, start); !fault.Is(err, fault.NotFound) {
		t.Errorf("a stranger is led there: %v", err)
	}
}
