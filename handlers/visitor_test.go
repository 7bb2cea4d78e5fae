package handlers

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/net/html"

	"pegasus/accounts"
)

// visitor is a browser with scripts off: it keeps cookies, follows links and sends the forms that a page holds.
type visitor struct {
	*world
	jar  http.CookieJar
	page answered
}

func (w *world) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	must(w.t, err)
	return &visitor{world: w, jar: jar}
}

var home = &url.URL{Scheme: "http", Host: "example.com", Path: "/"}

func (v *visitor) send(method, path string, fields url.Values) *visitor {
	v.t.Helper()
	r := v.request(nil, method, path, fields)
	for _, c := range v.jar.Cookies(home) {
		r.AddCookie(c)
	}
	v.page = v.do(r)
	v.jar.SetCookies(home, v.page.Result().Cookies())
	return v
}

// open reads a page, and where it sends a browser on, the next one.
func (v *visitor) open(path string) *visitor {
	v.t.Helper()
	return v.send("GET", path, nil).follow()
}

func (v *visitor) follow() *visitor {
	v.t.Helper()
	for range 5 {
		if v.page.Code != http.StatusSeeOther {
			return v
		}
		v.send("GET", v.page.Header().Get("Location"), nil)
	}
	v.t.Fatal("the pages send a browser round and round")
	return v
}

// submit sends the form of the page whose action is given, with what stands in its fields and what pairs put there.
func (v *visitor) submit(action string, pairs ...string) *visitor {
	v.t.Helper()
	for _, f := range nodes(v.t, v.page, "form") {
		if attribute(f, "action") != action {
			continue
		}
		fields := url.Values{}
		for n := range f.Descendants() {
			if n.Type == html.ElementNode && n.Data == "input" && (attribute(n, "type") != "checkbox" || has(n, "checked")) {
				fields.Set(attribute(n, "name"), attribute(n, "value"))
			}
		}
		for i := 0; i < len(pairs); i += 2 {
			if fields.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
				fields.Del(pairs[i])
			}
		}
		return v.send("POST", action, fields)
	}
	v.t.Fatalf("no form for %s in %.3000s", action, v.page.Body)
	return v
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// says checks that the page holds texts.
func (v *visitor) says(parts ...string) *visitor {
	v.t.Helper()
	for _, part := range parts {
		if !strings.Contains(v.page.Body.String(), part) {
			v.t.Fatalf("%q is missing in %d %.3000s", part, v.page.Code, v.page.Body)
		}
	}
	return v
}

// at checks that the browser was sent to path, or stands there.
func (v *visitor) at(path string) *visitor {
	v.t.Helper()
	v.page.sends(path)
	return v
}

// in checks that the visitor is signed in as somebody, or with "" that they are not.
func (v *visitor) in(name string) *visitor {
	v.t.Helper()
	r := v.request(nil, "GET", "/users", nil)
	for _, c := range v.jar.Cookies(home) {
		r.AddCookie(c)
	}
	a := v.do(r)
	if name == "" && a.Code != 303 {
		v.t.Fatalf("somebody is signed in: %d", a.Code)
	}
	if name != "" {
		a.want(200, name)
	}
	return v
}

// mailed returns the path and query of the link in the newest letter of a kind.
func (w *world) mailed(to string, kind accounts.LetterKind) string {
	w.t.Helper()
	l, ok := w.letters.Last(to, kind)
	if !ok {
		w.t.Fatalf("no letter of kind %s to %s: %v", kind, to, w.letters.Letters(""))
	}
	link, err := url.Parse(l.URL)
	must(w.t, err)
	return link.RequestURI()
}

// app is the authenticator app of somebody.
type app struct {
	t      testing.TB
	secret string
	step   int
}

// secondFactor gives somebody a second factor, and returns their app and backup codes.
func (w *world) secondFactor(a *actor) (*app, []string) {
	w.t.Helper()
	sessions, err := w.accounts.Sessions(w.t.Context(), a.ID)
	must(w.t, err)
	setup, err := w.accounts.StartTwoFactor(w.t.Context(), a.User, sessions[0], password, "")
	must(w.t, err)
	phone := &app{w.t, setup.Secret, -1}
	a.User, _, err = w.accounts.ConfirmTwoFactor(w.t.Context(), a.User, sessions[0], phone.code(), false)
	must(w.t, err)
	return phone, setup.BackupCodes
}

// code returns a code that was not used yet: there are three at any time.
func (p *app) code() string {
	p.t.Helper()
	c, err := totp.GenerateCode(p.secret, time.Now().Add(time.Duration(p.step)*30*time.Second))
	must(p.t, err)
	p.step++
	return c
}
