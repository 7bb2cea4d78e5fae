package handlers

import (
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
)

func TestAnAdminAnnouncesAndEveryoneCanPutItAway(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	const line = `aria-label="Warning"`
	w.post(boss, "/admin/announcement", "action", "show", "text", "**Friday** <b> [we move](https://example.org/)", "kind", "warning", "when", "never").sends("/admin/announcement")
	for _, path := range []string{"/chat", "/users", "/profile"} {
		w.get(ada, path).want(200, line, `<strong>Friday</strong> &lt;b&gt; <a href="https://example.org/"`)
	}
	w.get(boss, "/admin/announcement").want(200, "Take it down", `value="**Friday** &lt;b&gt; [we move](https://example.org/)"`)

	b, _, err := w.chat.Banner(t.Context(), ada.User)
	must(t, err)
	w.post(ada, "/announcement/away", "id", b.ID, "returnTo", "/users").sends("/users")
	if page := w.get(ada, "/chat").want(200, `data-away="`+b.ID+`"`).Body.String(); strings.Contains(page, line) {
		t.Error("ada still sees it")
	}
	w.get(boss, "/chat").want(200, line)
	w.post(boss, "/admin/announcement", "action", "remove").sends("/admin/announcement")
	if strings.Contains(w.get(boss, "/chat").want(200).Body.String(), line) {
		t.Error("it still stands")
	}
	log, err := w.accounts.AuditLog(t.Context(), boss.User, accounts.EventQuery{ActorID: boss.ID, Limit: 2})
	must(t, err)
	if log[0].Action != "announcement.removed" || log[1].Action != "announcement.set" || log[1].Details["kind"] != "warning" {
		t.Errorf("the log says %+v", log[:2])
	}
}

func TestAnAnnouncementThatCannotBeIsExplained(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.post(boss, "/admin/announcement", "action", "show", "text", "", "kind", "info", "when", "never").want(400, `id="text-wrong"`)
	w.post(boss, "/admin/announcement", "action", "show", "text", "Soon", "kind", "info", "when", "at", "at", "2001-01-01T10:00").want(400, `id="at-wrong"`, `value="Soon"`, "still to come")
	w.post(boss, "/admin/announcement", "action", "nothing").want(400)
	w.post(ada, "/admin/announcement", "action", "show", "text", "Mine", "kind", "info", "when", "never").want(403)
}

func TestAPageLearnsOfAnnouncements(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	sub := w.viewers(1, ada)[0]
	until := now().Add(time.Hour)
	b, err := w.chat.SetBanner(t.Context(), boss.User, "We move", chat.BannerInfo, until)
	must(t, err)
	must(t, w.chat.RemoveBanner(t.Context(), boss.User))
	for _, want := range []string{`{"id":"` + b.ID + `","html":"\u003csection class=\"banner info\"`, `{"id":"","html":""}`} {
		got, err := sub.Take()
		must(t, err)
		if frame := string((&door{w.deps}).frame(got, "")); !strings.Contains(frame, "event: announcement_changed\n") || !strings.Contains(frame, want) {
			t.Errorf("%s, want %s", frame, want)
		}
	}
}
