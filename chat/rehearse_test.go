package chat_test

import (
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func TestAPreviewPostsNothingAndIsForMembers(t *testing.T) {
	w := newWorld(t)
	ada, ben, eve := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "eve", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	html, err := w.Rehearse(t.Context(), ada, c.ID, "hello *@ben* and @eve")
	if err != nil || !strings.Contains(html, `data-mention="ben"`) || strings.Contains(html, `data-mention="eve"`) {
		t.Errorf("it shows %s: %v", html, err)
	}
	if _, err := w.Rehearse(t.Context(), eve, c.ID, "hello"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a stranger is shown one: %v", err)
	}
	for _, wrong := range []string{" ", strings.Repeat("x", accounts.DefaultMessage+1)} {
		if _, err := w.Rehearse(t.Context(), ada, c.ID, wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("a text of %d characters is shown: %v", len(wrong), err)
		}
	}
	h, err := w.History(t.Context(), ada, c.ID, chat.Cut{Limit: 10})
	must(t, err)
	if len(h.Messages) != 0 || len(w.told()) != 0 {
		t.Error("something was posted")
	}
}
