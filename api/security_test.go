package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
)

// Nothing in a sign-up makes anyone more than a user.
func TestSignUpGivesNoRole(t *testing.T) {
	w := newWorld(t)
	n := 0
	for _, path := range []string{"/api/auth/register", "/api/auth/sign-up", "/api/auth/sign-up/email"} {
		for _, extra := range []string{
			`"role":"admin"`, `"Role":"admin"`, `"ROLE":"admin"`, `"is_admin":true`, `"isAdmin":true`, `"email_verified":true`, `"emailVerified":true`,
			`"_id":"000000000000000000000001"`, `"id":"000000000000000000000001"`, `"two_factor_enabled":true`, `"created_at":"1999-01-01T00:00:00.000Z"`,
			`"role":"user","role":"admin"`,
		} {
			n++
			email := fmt.Sprintf("n%d@example.test", n)
			w.call(nil, "POST", path+"?role=admin&is_admin=true", fmt.Sprintf(`{"name":"New","email":%q,"password":%q,%s}`, email, password, extra))
			u, err := w.store.UserByEmail(t.Context(), email)
			must(t, err)
			if u.Role != accounts.RoleUser || u.EmailVerified || u.CreatedAt.Year() < 2020 || u.ID == "000000000000000000000001" {
				t.Errorf("%s with %s makes %+v", path, extra, u)
			}
			who := w.signIn(&actor{User: u})
			if got := w.call(who, "GET", "/api/auth/me", nil); got.field("user.role") != "user" {
				t.Errorf("%s", got.Body)
			}
			w.call(who, "GET", "/api/users/statistics", nil).want(403, "FORBIDDEN")
		}
	}
}

func TestManySignUpsAtOnceMakeNoAdmin(t *testing.T) {
	w := newWorld(t)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			rec := httptest.NewRecorder()
			w.handler.ServeHTTP(rec, request(nil, "POST", "/api/auth/register", fmt.Sprintf(`{"name":"New","email":"n%d@example.test","password":%q}`, i, password)))
		})
	}
	all.Wait()
	if admin, err := w.store.HasAdmin(t.Context()); err != nil || admin {
		t.Errorf("there is an admin: %v %v", admin, err)
	}
}

// Passwords are compared byte by byte, to the end.
func TestPasswordsAreExact(t *testing.T) {
	w := newWorld(t)
	long, emoji := strings.Repeat("a", 100), strings.Repeat("🔑", 128)
	for i, c := range []struct {
		password string
		wrong    []string
	}{
		{long + "1", []string{long + "2", long, long[:72]}},
		{emoji, []string{strings.TrimSuffix(emoji, "🔑")}},
		{" Pass Word ✓ ", []string{"Pass Word ✓", " pass word ✓ ", " PASS WORD ✓ ", " Pass Word ✓"}},
		{"caf\u00e9 cr\u00e8me", []string{"cafe\u0301 cre\u0300me"}},
	} {
		email := fmt.Sprintf("p%d@example.test", i)
		w.call(nil, "POST", "/api/auth/register", map[string]string{"name": "New", "email": email, "password": c.password}).want(201)
		for _, wrong := range c.wrong {
			w.call(nil, "POST", "/api/auth/sign-in/email", map[string]string{"email": email, "password": wrong}).want(401)
		}
		w.call(nil, "POST", "/api/auth/sign-in/email", map[string]string{"email": email, "password": c.password}).want(200)
	}
	w.call(nil, "POST", "/api/auth/register", map[string]string{"name": "N", "email": "x@example.test", "password": strings.Repeat("🔑", 129)}).want(400, "PASSWORD_TOO_LONG")
	for _, weak := range []string{"password123", "Pegasus2026", "12345678", "qwertyuiop"} {
		w.call(nil, "POST", "/api/auth/register", map[string]string{"name": "N", "email": "x@example.test", "password": weak}).want(400, "PASSWORD_TOO_COMMON")
	}
}

func TestBearerTokens(t *testing.T) {
	s := newScene(t)
	values := []string{
		"Bearer", "Bearer ", "Bearer  ", "x", "1-", "Bearer 1-", "Bearer x.", "Bearer .", "Basic " + s.member.token, s.member.token, "Bearer " + s.member.token + ".x",
		"Bearer " + s.member.token + "x", "Bearer " + strings.ToLower(s.member.token) + "0", "Bearer %", "Bearer %00", "Bearer null", "Bearer undefined",
		"Bearer " + strings.Repeat("A", 10<<10), "Bearer " + s.member.token + " x", "Bearer\t" + s.member.token, "Bearer " + strings.Repeat("0", 43),
	}
	for i := len(values); i < 200; i++ {
		values = append(values, "Bearer "+s.member.token[:i%len(s.member.token)]+string(rune(33+i%90)))
	}
	for _, value := range values {
		r := request(nil, "GET", "/api/users/me", nil)
		r.Header.Set("Authorization", value)
		s.do(r).want(401)
	}
}

// The headers by which the old back end was told who calls are worth nothing.
func TestForgedIdentity(t *testing.T) {
	s := newScene(t)
	forge := func(r *http.Request) *http.Request {
		r.Header.Set("X-User-ID", s.admin.ID)
		r.Header.Set("X-User-Email", s.admin.Email)
		r.Header.Set("X-User-Role", "admin")
		return r
	}
	for pattern, c := range table {
		method, _, _ := strings.Cut(pattern, " ")
		if c.want[0] == 401 {
			s.do(forge(request(nil, method, c.path, nil))).want(401)
		}
	}
	got := s.do(forge(request(s.outsider, "GET", "/api/users/me?userId="+s.admin.ID+"&user_id="+s.admin.ID, nil))).want(200)
	if got.field("user.id") != s.outsider.ID || got.field("user.role") != "user" {
		t.Errorf("answer is %s", got.Body)
	}
	s.do(forge(request(s.outsider, "GET", "/api/users/statistics", nil))).want(403)
}

// No spelling of a path gets past the check of the route.
func TestPathSpellings(t *testing.T) {
	s := newScene(t)
	s.set("work")
	for _, path := range []string{
		"/api/users", "/api/users/me", "/api/users/statistics", "/api/chat/channels", "/api/chat/channels/all", "/api/chat/channels/browse",
		"/api/chat/channels/" + s.channel.ID, "/api/chat/channels/" + s.channel.ID + "/messages", "/api/chat/messages/" + s.message.ID, "/api/events",
	} {
		head, tail := path[:strings.LastIndex(path, "/")], path[strings.LastIndex(path, "/")+1:]
		for _, spelled := range []string{
			path + "/", path + "//", path + ".", path + ".json", path + ";", path + "/..;/", path + "%20", path + "%00", path + "%2f", path + "/.", "/" + path,
			head + "//" + tail, head + "/./" + tail, head + "/x/../" + tail, head + "/%2e/" + tail, head + "%2f" + tail, head + "/..;/" + tail,
			strings.ToUpper(path), strings.Replace(path, "/api/", "/API/", 1), strings.Replace(path, "/api/", "/api/health/../", 1),
			strings.Replace(path, "/api/", "/api%2f", 1), strings.Replace(path, "/api/", "/%61pi/", 1), strings.Replace(path, "/api/", "/api/./", 1), path + "?.css", path + "#",
			"/api/health" + path, "/api/auth" + path, "/livez" + path, "/livez/.." + path, strings.Replace(path, "s", "%73", 1), path + "\\", path + "/favicon.ico",
		} {
			r := request(nil, "GET", "/", nil)
			if err := r.URL.UnmarshalBinary([]byte(strings.TrimSuffix(spelled, "#"))); err != nil {
				continue
			}
			rec := httptest.NewRecorder()
			s.handler.ServeHTTP(rec, r)
			if rec.Code != 401 && rec.Code != 404 && rec.Code != 405 || strings.Contains(rec.Body.String(), "canary") {
				t.Errorf("%s is %d %s", spelled, rec.Code, rec.Body)
			}
		}
	}
}

// No answer to anybody holds what is secret, or the phone and address of others.
func TestNoSecretsInAnswers(t *testing.T) {
	s := newScene(t)
	s.set("work")
	fill := strings.NewReplacer("{P}", s.channel.ID, "{M}", s.message.ID, "{A}", s.member.ID, "{B}", s.outsider.ID, "{N}", "n", "{F}", s.file)
	for _, pattern := range slices.Sorted(maps.Keys(table)) { // in order: what one call changes decides what a later one may
		c := table[pattern]
		method, path, _ := strings.Cut(pattern, " ")
		if strings.Contains(path, "sign-") || strings.HasSuffix(path, "logout") || strings.HasSuffix(path, "archive") || method == "DELETE" || path == "/api/openapi.json" {
			continue
		}
		var body any
		if c.body != "" {
			body = fill.Replace(c.body)
		}
		if showsASecretOnce[pattern] {
			continue
		}
		text := s.call(s.keeper, method, fill.Replace(c.path), body).Body.String()
		for _, secret := range []string{"phone of member", "member@example.test", "$2a$", "hash", "secret", "backup", `"password":`, "session_data"} {
			if strings.Contains(text, secret) && !strings.Contains(path, "status") {
				t.Errorf("%s shows %s: %s", pattern, secret, text)
			}
		}
	}
	if text := s.log.String(); strings.Contains(text, s.keeper.token) || strings.Contains(text, "canary") || strings.Contains(text, password) {
		t.Error("the log holds secrets")
	}
}

// showsASecretOnce lists the routes whose purpose is to show their caller a secret of theirs, once.
var showsASecretOnce = map[string]bool{
	"POST /api/users/me/tokens": true, "POST /api/2fa/setup": true, "POST /api/auth/two-factor/enable": true,
	"POST /api/auth/two-factor/generate-backup-codes": true, "POST /api/chat/channels/{id}/hooks": true, "POST /api/hooks/{id}/secret": true,
}

// Once a removal has returned, nothing of the removed person is accepted.
func TestSendingWhileRemoved(t *testing.T) {
	s := newScene(t)
	s.set("work")
	path := "/api/chat/channels/" + s.channel.ID
	var all sync.WaitGroup
	begin := make(chan struct{})
	for range 100 {
		all.Go(func() {
			<-begin
			s.handler.ServeHTTP(httptest.NewRecorder(), request(s.member, "POST", path+"/messages/send", `{"content":"x"}`))
		})
	}
	close(begin)
	s.call(s.keeper, "DELETE", path+"/members/"+s.member.ID, nil).want(200)
	mark := s.post(s.keeper, s.channel.ID, "after the removal")
	all.Wait()
	history, err := s.chat.History(t.Context(), s.keeper.User, s.channel.ID, chat.Cut{Limit: 100})
	must(t, err)
	for _, m := range history.Messages {
		if m.Seq > mark.Seq {
			text, _ := json.Marshal(m)
			t.Errorf("accepted after the removal: %s", text)
		}
	}
}
