package api

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"pegasus/chat"
	"pegasus/plugins"
)

func TestDevicesAreListedAndSignedOutOneOrAll(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	here := *ada
	there, elsewhere := *w.signIn(ada), *w.signIn(ada)
	listed := w.call(&here, "GET", "/api/users/me/sessions", nil).want(200)
	if n := strings.Count(listed.Body.String(), `"id"`); n != 3 || strings.Count(listed.Body.String(), `"current":true`) != 1 {
		t.Fatalf("the list is %s", listed.Body)
	}
	for _, secret := range []string{here.token, there.token} {
		if strings.Contains(listed.Body.String(), secret) {
			t.Error("the list shows a token")
		}
	}
	w.call(&here, "DELETE", "/api/users/me/sessions", nil).want(200)
	for _, gone := range []*actor{&there, &elsewhere} {
		w.call(gone, "GET", "/api/users/me", nil).want(401)
	}
	w.call(&here, "GET", "/api/users/me", nil).want(200)
}

func TestNobodyEndsASessionOfSomebodyElse(t *testing.T) {
	w := newWorld(t)
	ada, eve := w.join("ada"), w.join("eve")
	id := regexp.MustCompile(`"id":"([0-9a-f]{24})"`).FindStringSubmatch(w.call(ada, "GET", "/api/users/me/sessions", nil).Body.String())[1]
	w.call(eve, "DELETE", "/api/users/me/sessions/"+id, nil).want(404, "SESSION_NOT_FOUND")
	w.call(ada, "GET", "/api/users/me", nil).want(200)
	w.call(ada, "DELETE", "/api/users/me/sessions/"+id, nil).want(200)
	w.call(ada, "GET", "/api/users/me", nil).want(401)
}

func TestTheSecurityLogIsOnesOwn(t *testing.T) {
	w := newWorld(t)
	ada, eve := w.join("ada"), w.join("eve")
	w.withToken(ada, `"read"`)
	mine := w.call(ada, "GET", "/api/users/me/events?limit=100", nil).want(200)
	for _, action := range []string{"session.sign_in", "token.created", "user.sign_up"} {
		if !strings.Contains(mine.Body.String(), action) {
			t.Errorf("%s is not in the log: %s", action, mine.Body)
		}
	}
	if strings.Contains(mine.Body.String(), eve.ID) {
		t.Error("the log tells of somebody else")
	}
	page := w.call(ada, "GET", "/api/users/me/events?limit=1", nil).want(200)
	rest := w.call(ada, "GET", "/api/users/me/events?limit=100&cursor="+page.field("next_cursor"), nil).want(200)
	if strings.Count(page.Body.String(), `"action"`)+strings.Count(rest.Body.String(), `"action"`) != strings.Count(mine.Body.String(), `"action"`) {
		t.Error("pages are not the whole")
	}
}

func TestAnExportHoldsEverythingOfOnesOwnAndNoSecret(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c, err := w.chat.CreateChannel(t.Context(), ada.User, chat.NewChannel{Name: "ours", Type: chat.Public})
	must(t, err)
	must(t, w.chat.AddMember(t.Context(), ada.User, c.ID, ben.ID))
	for range 3 {
		_, err = w.chat.PostMessage(t.Context(), ada.User, c.ID, chat.Draft{Content: "ada-wrote-this"})
		must(t, err)
	}
	_, err = w.chat.PostMessage(t.Context(), ben.User, c.ID, chat.Draft{Content: "ben-wrote-that"})
	must(t, err)
	bearer := w.withToken(ada, `"read"`)
	w.sendFile(ada, "adas-file.txt", []byte("content-of-ada")).want(200)
	w.sendFile(ben, "bens-file.txt", []byte("b")).want(200)
	w.call(ada, "PUT", "/api/users/me", `{"phone":"+1 555"}`).want(200)
	w.call(ada, "PUT", "/api/users/me/profile", `{"values":{"title":"counts-the-stars"}}`).want(200)
	for who, name := range map[*actor]string{ada: "Adas plugin", ben: "Bens plugin"} {
		made, err := w.Plugins.CreatePlugin(t.Context(), who.User, plugins.NewPlugin{Name: name})
		must(t, err)
		_, err = w.Plugins.WriteFiles(t.Context(), who.User, made.ID, plugins.Write{Changes: []plugins.Change{{Type: plugins.Create, File: "main.ts", Content: "// of " + name}}})
		must(t, err)
	}

	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, request(ada, "POST", "/api/users/me/export", nil))
	if rec.Code != 200 || rec.Header().Get("Content-Type") != "application/zip" || !strings.Contains(rec.Header().Get("Content-Disposition"), "attachment") {
		t.Fatalf("answer is %d %v", rec.Code, rec.Header())
	}
	archive, err := zip.NewReader(bytes.NewReader(rec.Body.Bytes()), int64(rec.Body.Len()))
	must(t, err)
	text := ""
	for _, f := range archive.File {
		r, err := f.Open()
		must(t, err)
		content, err := io.ReadAll(r)
		must(t, err)
		text += f.Name + "\n" + string(content)
	}
	for _, there := range []string{"account.json", "messages.ndjson", ada.Email, "+1 555", "counts-the-stars", "security_log", "script", "files.ndjson", "adas-file.txt", "/api/files/", "conversations.ndjson", "plugins/Adas plugin/main.ts\n// of Adas plugin"} {
		if !strings.Contains(text, there) {
			t.Errorf("%q is missing", there)
		}
	}
	if n := strings.Count(text, "ada-wrote-this"); n != 3 {
		t.Errorf("%d of 3 messages", n)
	}
	for _, absent := range []string{"ben-wrote-that", "bens-file", "Bens plugin", ben.Email, bearer.token, ada.token, "$2a$"} {
		if strings.Contains(text, absent) {
			t.Errorf("%q is in the export", absent)
		}
	}
}

func TestInvitationsAreMadeListedAndRevokedByAdmins(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	made := w.call(boss, "POST", "/api/admin/invitations", `{"max_uses":5,"role":"moderator"}`).want(201)
	token := made.field("url")[strings.Index(made.field("url"), "=")+1:]
	joined := w.call(nil, "POST", "/api/auth/register", map[string]string{
		"email": "new@example.test", "password": password, "name": "New One", "invitation": token,
	}).want(201)
	if joined.field("user.role") != "moderator" {
		t.Errorf("joined as %s", joined.Body)
	}
	listed := w.call(boss, "GET", "/api/admin/invitations", nil).want(200)
	if !strings.Contains(listed.Body.String(), `"uses":1`) || strings.Contains(listed.Body.String(), token) {
		t.Errorf("the list is %s", listed.Body)
	}
	w.call(boss, "DELETE", "/api/admin/invitations/"+made.field("invitation.id"), nil).want(200)
	w.call(nil, "POST", "/api/auth/register", map[string]string{
		"email": "late@example.test", "password": password, "name": "Late One", "invitation": token,
	}).want(404, "INVITATION_NOT_FOUND")
	w.call(boss, "POST", "/api/admin/invitations", `{"role":"admin"}`).want(400)
}

func TestTheAuditLogIsForAdminsAndTellsWhoDidWhat(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.call(boss, "POST", "/api/admin/users/"+ada.ID+"/reset-link", nil).want(201)
	about := w.call(boss, "GET", "/api/admin/events?user_id="+ada.ID+"&action=password.reset_requested", nil).want(200)
	if !strings.Contains(about.Body.String(), `"actor_id":"`+boss.ID+`"`) {
		t.Errorf("the log is %s", about.Body)
	}
	w.call(ada, "GET", "/api/admin/events", nil).want(403)
}
