package api

import (
	"regexp"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/hooks"
)

// withToken makes a personal access token and returns its bearer.
func (w *world) withToken(a *actor, scopes string) *actor {
	w.t.Helper()
	made := w.call(a, "POST", "/api/users/me/tokens", `{"name":"script","scopes":[`+scopes+`]}`).want(201)
	return &actor{User: a.User, name: a.name + "'s token", token: made.field("secret")}
}

func TestATokenDoesWhatItsScopesAndItsPersonMay(t *testing.T) {
	w := newWorld(t)
	ada, boss := w.join("ada"), w.admin("boss")
	reader, writer := w.withToken(ada, `"read"`), w.withToken(ada, `"read","write"`)
	steward := w.withToken(boss, `"read","write","admin"`)
	clerk := w.withToken(boss, `"read","write"`)
	for _, c := range []struct {
		who          *actor
		method, path string
		body         any
		status       int
		code         string
	}{
		{reader, "GET", "/api/users/me", nil, 200, ""},
		{reader, "PUT", "/api/users/me", `{"status":"busy"}`, 403, "INSUFFICIENT_SCOPE"},
		{writer, "PUT", "/api/users/me", `{"status":"busy"}`, 200, ""},
		{writer, "GET", "/api/users/statistics", nil, 403, "INSUFFICIENT_SCOPE"},
		{clerk, "GET", "/api/users/statistics", nil, 403, "INSUFFICIENT_SCOPE"},
		{steward, "GET", "/api/users/statistics", nil, 200, ""},
	} {
		answer := w.call(c.who, c.method, c.path, c.body).want(c.status)
		if c.code != "" && answer.field("code") != c.code {
			t.Errorf("%s: %s %s answers %s", c.who.name, c.method, c.path, answer.Body)
		}
	}
}

// Routes of members take admin rights too: what an admin's token without that scope gets is what an outsider gets.
func TestAnAdminsTokenWithoutThatScopeIsAMembersOnEveryRoute(t *testing.T) {
	s := newScene(t)
	clerk, n := s.withToken(s.admin, `"read","write"`), 0
	for pattern, c := range table {
		n++
		if got := s.try(clerk, pattern, c, n); got.Code != c.want[1] && !strings.Contains(got.Body.String(), `"SESSION_REQUIRED"`) {
			t.Errorf("%s: %d %s, want %d as an outsider", pattern, got.Code, got.Body, c.want[1])
		}
	}
}

func TestAnAdminsTokenWithoutThatScopeKeepsNothingForItsAdmin(t *testing.T) {
	s := newScene(t)
	clerk, steward := s.withToken(s.admin, `"read","write"`), s.withToken(s.admin, `"read","write","admin"`)
	command, err := s.Hooks.Create(t.Context(), s.admin.User, "", hooks.Draft{Kind: hooks.SlashCommand, Name: "Weather", Command: "weather", URL: "https://x.test"})
	must(t, err)
	s.set("rules")
	must(t, s.chat.AddMember(t.Context(), s.keeper.User, s.channel.ID, s.admin.ID))
	_, err = s.chat.UpdateChannel(t.Context(), s.keeper.User, s.channel.ID, chat.ChannelChange{Posting: new(chat.Admins)})
	must(t, err)
	hook, room := "/api/hooks/"+command.Hook.ID, "/api/chat/channels/"+s.channel.ID
	for _, c := range []struct{ method, path, body string }{
		{"PUT", hook, `{"url":"https://elsewhere.test"}`},
		{"POST", hook + "/secret", `{}`},
		{"POST", room + "/hooks", `{"kind":"command","name":"Own","command":"own","url":"https://x.test"}`},
		{"PUT", room, `{"description":"x"}`},
		{"POST", room + "/messages/send", `{"content":"hi"}`},
		{"DELETE", "/api/chat/messages/" + s.message.ID, ""},
		{"POST", "/api/groups", `{"handle":"crew"}`},
		{"GET", "/api/chat/reports", ""},
		{"DELETE", hook, ""},
	} {
		var body any
		if c.body != "" {
			body = c.body
		}
		if got := s.call(clerk, c.method, c.path, body); got.Code != 403 && got.Code != 404 {
			t.Errorf("%s %s: %d %s", c.method, c.path, got.Code, got.Body)
		}
		if got := s.call(steward, c.method, c.path, body); got.Code > 201 {
			t.Errorf("with the scope: %s %s: %d %s", c.method, c.path, got.Code, got.Body)
		}
	}
	if got := s.call(clerk, "GET", "/api/users/me", nil).want(200).field("user.role"); got != "admin" {
		t.Errorf("the role reads %q", got)
	}
	if seen := s.call(clerk, "GET", "/api/users/search?query=outsider", nil).want(200).Body.String(); strings.Contains(seen, s.outsider.Email) {
		t.Errorf("it sees addresses: %s", seen)
	}
}

func TestAMessageThatWaitsMayDoNoMoreThanTheTokenThatScheduledIt(t *testing.T) {
	s := newScene(t)
	clerk := s.withToken(s.admin, `"read","write"`)
	s.set("later")
	must(t, s.chat.AddMember(t.Context(), s.keeper.User, s.channel.ID, s.admin.ID))
	_, err := s.chat.UpdateChannel(t.Context(), s.keeper.User, s.channel.ID, chat.ChannelChange{Posting: new(chat.Admins)})
	must(t, err)
	later := `{"channel_id":"` + s.channel.ID + `","content":"hi","send_at":"` + soon + `"}`
	schedule := func(who *actor) string {
		return "/api/chat/scheduled/" + s.call(who, "POST", "/api/chat/scheduled", later).want(201).field("scheduled.id")
	}
	s.call(s.admin, "POST", schedule(clerk)+"/send", nil).want(403)
	s.call(clerk, "POST", schedule(s.admin)+"/send", nil).want(403)
	changed := schedule(s.admin)
	s.call(clerk, "PUT", changed, later).want(200)
	s.call(s.admin, "POST", changed+"/send", nil).want(403)
	s.call(s.admin, "POST", schedule(s.admin)+"/send", nil).want(200)
}

func TestAModeratorsTokenKeepsOrderWithoutTheScopeForAdmins(t *testing.T) {
	s := newScene(t)
	_, err := s.accounts.SetRole(t.Context(), s.admin.User, s.outsider.ID, accounts.RoleModerator)
	must(t, err)
	s.call(s.withToken(s.outsider, `"read"`), "GET", "/api/chat/reports", nil).want(200)
}

func TestNoTokenReachesWhatGuardsTheAccount(t *testing.T) {
	w := newWorld(t)
	all := w.withToken(w.admin("boss"), `"read","write","admin"`)
	for _, call := range [][3]string{
		{"POST", "/api/2fa/setup", `{"password":"` + password + `"}`}, {"POST", "/api/2fa/disable", `{"password":"x","code":"1"}`},
		{"GET", "/api/users/me/tokens", ""}, {"POST", "/api/users/me/tokens", `{"name":"more","scopes":["read"]}`},
		{"GET", "/api/users/me/sessions", ""}, {"DELETE", "/api/users/me/sessions", ""}, {"GET", "/api/users/me/events", ""},
		{"POST", "/api/users/me/export", ""}, {"PUT", "/api/admin/policy", `{"require_two_factor":true}`},
		{"POST", "/api/admin/users/" + all.ID + "/reset-link", ""},
	} {
		var body any
		if call[2] != "" {
			body = call[2]
		}
		w.call(all, call[0], call[1], body).want(403, "SESSION_REQUIRED")
	}
}

func TestATokenIsShownOnceAndDeadWhenItIsDeleted(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	made := w.call(ada, "POST", "/api/users/me/tokens", `{"name":"script","scopes":["read"],"expires_in":3600}`).want(201)
	secret := made.field("secret")
	if !strings.HasPrefix(secret, "pgs_") || made.field("token.expires_at") == "" || !strings.HasSuffix(secret, made.field("token.hint")) {
		t.Errorf("answer is %s", made.Body)
	}
	bearer := &actor{User: ada.User, name: "bearer", token: secret}
	w.call(bearer, "GET", "/api/users/me", nil).want(200)
	listed := w.call(ada, "GET", "/api/users/me/tokens", nil).want(200)
	if strings.Contains(listed.Body.String(), secret) {
		t.Error("the list shows the token")
	}
	w.call(ada, "DELETE", "/api/users/me/tokens/"+made.field("token.id"), nil).want(200)
	w.call(bearer, "GET", "/api/users/me", nil).want(401, "INVALID_TOKEN")
}

func TestNobodyEndsATokenOfSomebodyElse(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	bearer := w.withToken(ada, `"read"`)
	id := regexp.MustCompile(`"id":"([0-9a-f]{24})"`).FindStringSubmatch(w.call(ada, "GET", "/api/users/me/tokens", nil).Body.String())[1]
	w.call(w.join("eve"), "DELETE", "/api/users/me/tokens/"+id, nil).want(404, "TOKEN_NOT_FOUND")
	w.call(bearer, "GET", "/api/users/me", nil).want(200)
}

func TestABadTokenRequestNamesTheField(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	for _, body := range []string{
		`{"name":"","scopes":["read"]}`, `{"name":"x","scopes":[]}`, `{"name":"x","scopes":["everything"]}`,
		`{"name":"x","scopes":["read"],"expires_in":5}`, `{"name":"x","scopes":["read"],"expires_in":99999999999}`,
	} {
		answer := w.call(ada, "POST", "/api/users/me/tokens", body)
		if answer.Code != 400 || !strings.Contains(answer.Body.String(), `"details"`) {
			t.Errorf("%s answers %d %s", body, answer.Code, answer.Body)
		}
	}
}
