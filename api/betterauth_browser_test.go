package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pegasus/accounts"
)

// browser calls the server as a page of it does: with its cookies and its origin.
type browser struct {
	w       *world
	cookies map[string]*http.Cookie
}

func (w *world) browser() *browser { return &browser{w: w, cookies: map[string]*http.Cookie{}} }

// open signs somebody in, in a browser of their own.
func (w *world) open(name string) *browser {
	w.t.Helper()
	b := w.browser()
	b.post("sign-in/email", map[string]string{"email": name + "@example.test", "password": password}).want(200)
	return b
}

func (b *browser) call(method, path string, body any) answered {
	b.w.t.Helper()
	r := request(nil, method, "/api/auth/"+path, body)
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	r.Header.Set("Origin", "http://"+r.Host)
	got := b.w.do(r)
	for name, c := range cookies(got) {
		if c.MaxAge < 0 {
			delete(b.cookies, name)
		} else {
			b.cookies[name] = c
		}
	}
	return got
}

func (b *browser) get(path string) answered {
	b.w.t.Helper()
	return b.call("GET", path, nil)
}

func (b *browser) post(path string, body any) answered {
	b.w.t.Helper()
	return b.call("POST", path, body)
}

// in reports whether somebody is signed in here.
func (b *browser) in() bool {
	b.w.t.Helper()
	return strings.TrimSpace(b.get("get-session").want(200).Body.String()) != "null"
}

// goesTo checks that a browser is sent on.
func (a answered) goesTo(target string) answered {
	a.t.Helper()
	if got := a.Header().Get("Location"); a.Code != 302 || got != target {
		a.t.Fatalf("answer is %d to %q, want 302 to %q", a.Code, got, target)
	}
	return a
}

// mailed returns the newest letter of a kind, and the token in its link.
func (w *world) mailed(to string, kind accounts.LetterKind) (accounts.Letter, string) {
	w.t.Helper()
	l, found := w.letters.Last(to, kind)
	if !found {
		w.t.Fatalf("no %s to %s", kind, to)
	}
	u, err := url.Parse(l.URL)
	must(w.t, err)
	if token := u.Query().Get("token"); token != "" {
		return l, token
	}
	return l, u.Path[strings.LastIndexByte(u.Path, '/')+1:]
}

// Whoever came by anything but a session changes no way in and no session, whatever their token may do elsewhere.
func TestATokenReachesNothingOfTheProtocol(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	device, err := w.accounts.Sessions(t.Context(), boss.ID)
	must(t, err)
	_, token, err := w.accounts.CreateToken(t.Context(), boss.User, device[0], "all", []accounts.Scope{"read", "write", "admin"}, 0)
	must(t, err)
	bearer := &actor{token: token}
	w.call(bearer, "GET", "/api/users/me", nil).want(200)
	open := map[string]bool{"GET /api/auth/get-session": true, "GET /api/auth/ok": true, "GET /api/auth/error": true}
	for pattern, c := range protocolTable {
		method, _, _ := strings.Cut(pattern, " ")
		var body any
		if c.body != "" {
			body = strings.ReplaceAll(c.body, "{A}", boss.ID)
		}
		got := w.call(bearer, method, strings.ReplaceAll(c.path, "{A}", boss.ID), body)
		switch {
		case open[pattern]:
			got.want(200)
		case got.Code != 403 || got.field("code") != "SESSION_REQUIRED" || len(got.Header()["Set-Cookie"]) > 0:
			t.Errorf("%s: %d %s %v", pattern, got.Code, got.Body, got.Header())
		}
	}
	w.call(bearer, "GET", "/api/auth/get-session", nil).exactly(200, "null")
}
