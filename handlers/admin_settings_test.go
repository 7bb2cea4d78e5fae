package handlers

import (
	"strings"
	"testing"
)

func TestSettingsTellTheirSourceAndNoSecret(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	w.get(boss, "/admin/settings").want(200, "MAIL_SERVER", "mail.example.test", "environment", "MAIL_PASSWORD", "not set")
	if found := w.get(boss, "/admin/settings?q=letters").want(200, "MAIL_SERVER").Body.String(); strings.Contains(found, "MAIL_PASSWORD") {
		t.Error("a setting that was not asked for is found")
	}
	w.get(boss, "/admin/settings?q=nothing-like-it").want(200, "No setting matches")
	w.get(boss, "/admin?q=letters").want(200, "/admin/settings#MAIL_SERVER")
	if seen := w.get(w.moderator("mod", boss), "/admin?q=letters").want(200).Body.String(); strings.Contains(seen, "MAIL_SERVER") {
		t.Error("a moderator finds settings")
	}
}

func TestTheServerIsTriedOutAndTheResultIsShownAndLogged(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.post(boss, "/admin/settings/test", "what", "mail").want(200, "It went to boss@example.test.", "It took")
	broken := w.post(boss, "/admin/settings/test", "what", "storage").want(200, `role="alert"`).Body.String()
	if strings.Contains(broken, "/secret/path") {
		t.Error("what broke inside is shown")
	}
	w.get(boss, "/admin/audit?action=server.tested").want(200, "what: mail", "result: ok", "what: storage")
	w.post(ada, "/admin/settings/test", "what", "mail").want(403)
}
