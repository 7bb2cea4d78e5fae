package handlers

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
)

func TestAStatusIsShownBesideItsPersonUntilItEnds(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	direct, _, err := w.chat.DirectChannel(t.Context(), ben.User, ada.ID)
	must(t, err)
	w.say(ben, direct.ID, "hello")
	w.post(ada, "/profile/status", "status", "busy", "status_emoji", "🌴", "status_message", "On <holiday>", "when", "in 1 hour", "pause", "yes").sends("/profile")
	u, err := w.accounts.User(t.Context(), ada.ID)
	must(t, err)
	if left := time.Until(u.StatusUntil); left < 59*time.Minute || left > time.Hour {
		t.Errorf("it ends in %v", left)
	}
	w.get(ada, "/profile").want(200, "Your status is saved", `value="busy" selected`, `value="at" checked`, `name="pause" value="yes" checked`, "Clear status").
		keeps("status_emoji", "🌴", "status_message", "On <holiday>", "at", u.StatusUntil.Format(localTime))
	w.get(ben, "/chat/"+direct.ID).want(200, `<span title="On &lt;holiday&gt;">🌴</span>`, `🌴 On &lt;holiday&gt;`)
	w.get(ben, "/users/"+ada.ID).want(200, "🌴 On &lt;holiday&gt;", "until")
	w.get(ben, "/users").want(200, "🌴 On &lt;holiday&gt;")
	p, err := w.chat.Preferences(t.Context(), ada.User)
	must(t, err)
	if !p.PausedUntil.Equal(u.StatusUntil) {
		t.Errorf("notifications are paused until %v", p.PausedUntil)
	}
	// Saved once more as it stands, it ends when it did.
	w.post(ada, "/profile/status", "status_emoji", "🌴", "status_message", "Still away", "when", "at", "at", u.StatusUntil.Format(localTime), "pause", "yes").sends("/profile")
	again, err := w.accounts.User(t.Context(), ada.ID)
	must(t, err)
	if !again.StatusUntil.Equal(u.StatusUntil) || again.StatusMessage != "Still away" {
		t.Errorf("it is %q until %v", again.StatusMessage, again.StatusUntil)
	}

	w.post(ada, "/profile/status", "clear", "yes").sends("/profile")
	page := w.get(ada, "/profile").want(200, "Your status is cleared", `value="never" checked`)
	if strings.Contains(page.Body.String(), "Clear status") || strings.Contains(page.Body.String(), "Still away") {
		t.Error("it is still there")
	}
	if p, err := w.chat.Preferences(t.Context(), ada.User); err != nil || !p.PausedUntil.IsZero() {
		t.Errorf("notifications stay paused: %v, %v", p.PausedUntil, err)
	}
}

func TestPagesHearWhatPeopleSayOfThemselves(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	stream := w.listen(w.server(), ada, "", "")
	w.broker.Publish("workspace", chat.PresenceChanged{Users: []chat.Presence{
		{UserID: "u1", Status: accounts.StatusAway, Emoji: "🌴", Text: "<b>"}, {UserID: "u2", Status: accounts.StatusBusy},
	}})
	var told struct {
		Users []struct{ UserID, Status, Line, Emoji string }
	}
	must(t, json.Unmarshal([]byte(stream.until("presence").data), &told))
	if len(told.Users) != 2 {
		t.Fatalf("told %+v", told)
	}
	if u := told.Users[0]; u.UserID != "u1" || u.Status != "away" || u.Line != "🌴 &lt;b&gt;" || u.Emoji != `<span title="&lt;b&gt;">🌴</span>` {
		t.Errorf("told %+v", u)
	}
	if u := told.Users[1]; u.Line != "Busy" || u.Emoji != "" {
		t.Errorf("told %+v", u)
	}
}

func TestAStatusIsChosenFromIdeas(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	for _, idea := range chat.Ideas {
		w.post(ada, "/profile/status", "idea", idea.Name, "zone", "Europe/Berlin").sends("/profile")
		u, err := w.accounts.User(t.Context(), ada.ID)
		must(t, err)
		if u.StatusEmoji != idea.Emoji || u.StatusMessage != idea.Text || u.StatusUntil.IsZero() != (idea.Ends == "never") {
			t.Errorf("%s sets %q %q until %v", idea.Name, u.StatusEmoji, u.StatusMessage, u.StatusUntil)
		}
		if emoji, ok := chat.CanonicalEmoji(idea.Emoji); !ok || emoji != idea.Emoji {
			t.Errorf("%s has %q", idea.Name, idea.Emoji)
		}
		ada.User = u
	}
}
