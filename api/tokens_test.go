package api

import (
	"regexp"
	"strings"
	"testing"
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
