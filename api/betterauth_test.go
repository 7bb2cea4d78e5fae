package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pegasus/web"
)

const (
	signUpBody = `{"name":"Ada","email":"Ada@Example.Test","password":"` + password + `"`
	signInBody = `{"email":"member@example.test","password":"` + password + `"`
	userTail   = `"twoFactorEnabled":false,"banned":false,"banReason":null,"banExpires":null`
	authUser   = `{"id":"ID","name":"Name member","email":"member@example.test","emailVerified":false,"image":null,"createdAt":"TIME","updatedAt":"TIME",` +
		`"role":"user","displayName":"","username":"member","phone":"phone of member","preferences":"{}",` + userTail + `}`
)

func cookies(a answered) map[string]*http.Cookie {
	found := map[string]*http.Cookie{}
	for _, c := range a.Result().Cookies() {
		found[c.Name] = c
	}
	return found
}

func TestBetterAuthSignUp(t *testing.T) {
	w := newWorld(t)
	for i, path := range []string{"/api/auth/sign-up/email", "/api/auth/sign-up"} {
		body := strings.Replace(signUpBody, "Ada@", strings.Repeat("a", i)+"Ada@", 1)
		got := w.call(nil, "POST", path, body+`,"displayName":"A","phone":"+1","role":"admin","image":"http://x","callbackURL":"/chat"}`).want(200)
		name := strings.Repeat("a", i) + "ada"
		got.exactly(200, `{"token":"TOKEN","user":{"id":"ID","name":"Ada","email":"`+name+`@example.test","emailVerified":false,"image":null,"createdAt":"TIME",`+
			`"updatedAt":"TIME","role":"user","displayName":"A","username":"`+name+`","phone":"+1","preferences":"{}",`+userTail+`}}`)
		c := cookies(got)["better-auth.session_token"]
		if c == nil || c.MaxAge != 604800 || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || len(cookies(got)) != 2 || cookies(got)["better-auth.known_device"] == nil {
			t.Errorf("cookies are %v", got.Header()["Set-Cookie"])
		}
		if got.Header().Get("Set-Auth-Token") == "" {
			t.Error("no set-auth-token")
		}
		w.call(nil, "POST", path, body+`}`).want(422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
	}
	for body, code := range map[string]string{
		`{"name":"x","email":"a","password":"` + password + `"}`:                          "INVALID_EMAIL",
		`{"name":"x","email":"a@b.test","password":"short"}`:                              "PASSWORD_TOO_SHORT",
		`{"name":"x","email":"a@b.test","password":"` + strings.Repeat("x", 129) + `"}`:   "PASSWORD_TOO_LONG",
		`{"name":"x","email":"a@b.test","password":"password123"}`:                        "PASSWORD_TOO_COMMON",
		`{"name":"x","email":"zaphod@b.test","password":"Zaphod2026"}`:                    "PASSWORD_TOO_COMMON",
		`{"name":"x","email":{"$gt":""},"password":"` + password + `"}`:                   "VALIDATION_ERROR",
		`{"name":"x","email":"a@b.test"}`:                                                 "VALIDATION_ERROR",
		`{"name":"x","email":"a@b.test","password":"` + password + `","rememberMe":"no"}`: "VALIDATION_ERROR",
		`{"name":"x","email":"a@b.test","password":"` + password + `","callbackURL":7}`:   "VALIDATION_ERROR",
		`[]`: "BODY_MUST_BE_AN_OBJECT", `{`: "INVALID_JSON", ``: "INVALID_JSON", `null`: "BODY_MUST_BE_AN_OBJECT",
	} {
		w.call(nil, "POST", "/api/auth/sign-up/email", body).want(400, code)
	}
	missing := w.call(nil, "POST", "/api/auth/sign-up/email", `{"email":1}`)
	if want := "[body.name] Invalid input: expected string, received undefined; [body.email] Invalid input: expected string; " +
		"[body.password] Invalid input: expected string, received undefined"; missing.field("message") != want {
		t.Errorf("message is %s", missing.field("message"))
	}
}

func TestBetterAuthSignIn(t *testing.T) {
	s := newScene(t)
	for _, path := range []string{"/api/auth/sign-in/email", "/api/auth/sign-in"} {
		s.call(nil, "POST", path, signInBody+`}`).exactly(200, `{"redirect":false,"token":"TOKEN","user":`+authUser+`}`)
		got := s.call(nil, "POST", path, signInBody+`,"callbackURL":"/chat?x=1"}`)
		got.exactly(200, `{"redirect":true,"token":"TOKEN","url":"/chat?x=1","user":`+authUser+`}`)
		if got.Header().Get("Location") != "/chat?x=1" {
			t.Errorf("Location is %s", got.Header().Get("Location"))
		}
		brief := s.call(nil, "POST", path, signInBody+`,"rememberMe":false}`).want(200)
		c := cookies(brief)
		if c["better-auth.session_token"].MaxAge != 0 || c["better-auth.dont_remember"] == nil {
			t.Errorf("cookies are %v", brief.Header()["Set-Cookie"])
		}
		wrong := s.call(nil, "POST", path, `{"email":"member@example.test","password":"wrong wrong"}`).want(401, "INVALID_EMAIL_OR_PASSWORD")
		unknown := s.call(nil, "POST", path, `{"email":"nobody@example.test","password":"wrong wrong"}`).want(401, "INVALID_EMAIL_OR_PASSWORD")
		if masked(wrong.Body.String()) != masked(unknown.Body.String()) || len(cookies(wrong)) != 0 || wrong.field("message") != "Invalid email or password" {
			t.Errorf("wrong %s\nunknown %s", wrong.Body, unknown.Body)
		}
		s.call(nil, "POST", path, `{"email":"x","password":"y"}`).want(400, "INVALID_EMAIL")
		s.call(nil, "POST", path, `{"email":{"$gt":""},"password":{"$gt":""}}`).want(400, "VALIDATION_ERROR")
	}
	for _, target := range []string{"//evil.test", "/\\evil.test", "https://evil.test", "javascript:alert(1)", "/%2fevil", "/%5cevil", "evil", "/a\nb", "http://example.com/x"} {
		got := s.call(nil, "POST", "/api/auth/sign-in/email", map[string]string{"email": "member@example.test", "password": password, "callbackURL": target})
		got.want(403, "INVALID_CALLBACK_URL")
		if len(cookies(got)) != 0 {
			t.Errorf("%q signs in", target)
		}
	}
}

func TestBetterAuthSession(t *testing.T) {
	s := newScene(t)
	none := s.call(nil, "GET", "/api/auth/get-session", nil).exactly(200, `null`)
	if none.Header().Get("Cache-Control") != "no-store" || !strings.HasPrefix(none.Header().Get("Content-Type"), "application/json") {
		t.Errorf("headers are %v", none.Header())
	}
	in := cookies(s.call(nil, "POST", "/api/auth/sign-in/email", signInBody+`}`).want(200))["better-auth.session_token"]
	with := func(method, path string) answered {
		r := request(nil, method, path, nil)
		r.AddCookie(in)
		r.Header.Set("Origin", "http://"+r.Host)
		return s.do(r)
	}
	with("GET", "/api/auth/get-session?disableCookieCache=true").exactly(200, `{"session":{"id":"ID","userId":"ID","token":"TOKEN","expiresAt":"TIME",`+
		`"createdAt":"TIME","updatedAt":"TIME","ipAddress":"192.0.2.1","userAgent":""},"user":`+authUser+`}`)
	with("GET", "/api/users/me").want(200)
	out := with("POST", "/api/auth/sign-out").exactly(200, `{"success":true}`)
	if c := cookies(out)["better-auth.session_token"]; c == nil || c.MaxAge >= 0 {
		t.Errorf("cookies are %v", out.Header()["Set-Cookie"])
	}
	dead := with("GET", "/api/auth/get-session").exactly(200, `null`)
	if c := cookies(dead)["better-auth.session_token"]; c == nil || c.MaxAge >= 0 {
		t.Error("a dead cookie stays")
	}
	with("POST", "/api/auth/sign-out").exactly(200, `{"success":true}`)
	s.call(nil, "POST", "/api/auth/sign-out", `{}`).exactly(200, `{"success":true}`)
	s.call(nil, "GET", "/api/auth/ok", nil).exactly(200, `{"ok":true}`)
}

// What another site's page can make a browser send changes nothing, with a cookie or without.
func TestCrossSiteRequests(t *testing.T) {
	s := newScene(t)
	in := cookies(s.call(nil, "POST", "/api/auth/sign-in/email", signInBody+`}`).want(200))["better-auth.session_token"]
	type header map[string]string
	cases := []struct {
		name   string
		cookie bool
		header header
		auth   string // the code of Better Auth's paths, "" where they answer
		other  int
	}{
		{"plain client", false, nil, "", 200},
		{"own page", true, header{"Origin": "http://example.com", "Sec-Fetch-Site": "same-origin"}, "", 200},
		{"listed page", true, header{"Origin": "https://trusted.example", "Sec-Fetch-Site": "cross-site"}, "", 200},
		{"own page by Referer", true, header{"Referer": "http://example.com/login"}, "", 200},
		{"no origin", true, nil, "MISSING_OR_NULL_ORIGIN", 200},
		{"null origin", true, header{"Origin": "null"}, "MISSING_OR_NULL_ORIGIN", 403},
		{"null origin without cookie", false, header{"Origin": "null"}, "MISSING_OR_NULL_ORIGIN", 403},
		{"foreign page", true, header{"Origin": "https://evil.test"}, "INVALID_ORIGIN", 403},
		{"foreign page without cookie", false, header{"Origin": "https://evil.test"}, "INVALID_ORIGIN", 403},
		{"foreign Referer", true, header{"Referer": "https://evil.test/"}, "INVALID_ORIGIN", 200},
		{"foreign form", false, header{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": "https://evil.test"}, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED", 403},
		{"foreign script", false, header{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, "MISSING_OR_NULL_ORIGIN", 403},
		{"user in origin", true, header{"Origin": "http://evil@example.com"}, "INVALID_ORIGIN", 403},
		{"lying origin", true, header{"Origin": "http://example.com", "Sec-Fetch-Site": "cross-site"}, "INVALID_ORIGIN", 403},
	}
	send := func(path, body string, cookie bool, h header) answered {
		r := request(nil, "POST", path, body)
		if cookie {
			r.AddCookie(in)
		}
		for name, value := range h {
			r.Header.Set(name, value)
		}
		return s.do(r)
	}
	for i, c := range cases {
		got := send("/api/auth/sign-in/email", signInBody+`}`, c.cookie, c.header)
		if c.auth == "" {
			got.want(200)
			if c.cookie { // signing in ended the session of the cookie
				in = cookies(got)["better-auth.session_token"]
			}
		} else if got.want(403, c.auth); len(got.Header()["Set-Cookie"]) > 0 {
			t.Errorf("%s: a cookie is set", c.name)
		}
		body := strings.ReplaceAll(`{"name":"x","email":"N@example.test","password":"`+password+`"}`, "N", "n"+strings.Repeat("x", i))
		want := c.other
		if want == 200 {
			want = 201
		}
		if got := send("/api/auth/register", body, c.cookie, c.header); got.Code != want {
			t.Errorf("%s: register is %d %s, want %d", c.name, got.Code, got.Body, want)
		}
	}
	bearer := request(s.member, "POST", "/api/auth/sign-out", nil)
	bearer.Header.Set("Cookie", "theme=dark")
	s.do(bearer).want(200)
}

func TestLimitsByRate(t *testing.T) {
	w := newWorld(t, func(d *Deps) { d.Limits = web.NewLimits(false) })
	a := w.join("member")
	from := func(address, path, body string) answered {
		r := request(nil, "POST", path, body)
		r.RemoteAddr = address + ":1"
		r.Header.Set("X-Forwarded-For", address+"9")
		return w.do(r)
	}
	wrong := `{"email":"member@example.test","password":"wrong wrong"}`
	for range 3 {
		from("198.51.100.1", "/api/auth/sign-in/email", wrong).want(401)
	}
	for _, path := range []string{"/api/auth/sign-in/email", "/api/auth/sign-in"} {
		over := from("198.51.100.1", path, signInBody+`}`).want(429, "TOO_MANY_REQUESTS")
		if over.Header().Get("X-Retry-After") == "" || over.Header().Get("Retry-After") == "" || over.field("message") != "Too many requests. Please try again later." {
			t.Errorf("answer is %v %s", over.Header(), over.Body)
		}
	}
	from("198.51.100.2", "/api/auth/sign-in/email", signInBody+`}`).want(200)
	for i := range 7 {
		from("198.51.100.1"+string(rune('0'+i)), "/api/auth/sign-in/email", wrong).want(401)
	}
	from("198.51.100.3", "/api/auth/sign-in/email", signInBody+`}`).want(200) // the owner is not locked out
	for i := range 4 {
		got := from("198.51.100.4", "/api/auth/register", `{}`)
		if limited := got.Code == 429; limited != (i == 3) {
			t.Errorf("sign-up %d is %d", i, got.Code)
		}
	}
	general := must1(w.store.ChannelByName(t.Context(), "general"))
	for i := range 31 {
		got := w.call(a, "POST", "/api/chat/channels/"+general.ID+"/messages/send", `{"content":"x"}`)
		if want := map[bool]int{true: 429, false: 201}[i == 30]; got.Code != want {
			t.Errorf("message %d is %d", i, got.Code)
		}
	}
	for i := range 11 {
		got := w.call(a, "POST", "/api/chat/channels", map[string]string{"name": "c" + strings.Repeat("x", i)})
		if want := map[bool]int{true: 429, false: 201}[i == 10]; got.Code != want {
			t.Errorf("channel %d is %d", i, got.Code)
		}
	}
}

// A session that was ended elsewhere is ended for requests that are under way, too.
func TestSignInReplacesSession(t *testing.T) {
	s := newScene(t)
	before := *s.member
	r := request(&before, "POST", "/api/auth/sign-in/email", signInBody+`}`)
	s.do(r).want(200)
	s.call(&before, "GET", "/api/users/me", nil).want(401, "INVALID_TOKEN")
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, request(&before, "GET", "/api/auth/session", nil))
	if rec.Code != 200 || strings.TrimSpace(rec.Body.String()) != "{}" {
		t.Errorf("session is %d %s", rec.Code, rec.Body)
	}
}
