package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/web"
)

// pages are the addresses of every page that somebody in the channel can read.
func pages(channelID, messageID string) []string {
	c := "/chat/" + channelID
	m := c + "/messages/" + messageID
	return []string{
		"/ops", "/ops?range=30d", "/", "/login", "/signup", "/setup?token=x", "/auth/signin", "/auth/signup", "/auth/error?error=banned",
		"/two-factor", "/check-mail", "/forgot-password", "/reset-password?token=x", "/verify-email", "/verify-email?token=x", "/magic-link",
		"/magic-link?token=x", "/login?error=x&notice=x", "/signup?invitation=x", "/debug", "/debug/events", "/debug/jobs", "/debug/settings", "/test", "/chat", c, c + "?around=" + messageID,
		c + "?before=" + messageID, c + "?after=" + messageID, c + "?before=x", c + "/members", c + "/files", c + "/complete?kind=person", c + "/complete?kind=command", "/files/none", "/drafts", "/emoji", "/groups", "/groups/none", c + "/integrations", "/unsubscribe?token=x", c + "/edit", c + "/later", m + "/remind", "/scheduled", "/reminders", m + "/edit", m + "/delete",
		m + "/react", m + "/react?q=smile", m + "/react?q=nothing-like-it", m + "/history", m + "/report", c + "/about", "/channels?show=archived", "/sidebar?section=Work", "/admin/reports", c + "/pins", c + "/search", c + "/search?q=hello", "/saved",
		m + "/forward", m + "/forward?q=name", c + "/thread/" + messageID + "/later", "/quotes?ids=" + messageID, c + "?quote=" + messageID,
		"/channels", "/channels?q=e", "/channels/new", "/users", "/users?q=name", "/users?q=nobody-is-called-this", "/users?after=ffffffffffffffffffffffff", c + "/thread/" + messageID, c + "/thread/" + messageID + "?older=x", "/threads", "/threads?unread=yes", "/mentions", "/dm", "/dm/new", "/dm/new?q=name", "/profile",
		"/profile/security", "/profile/security/confirm", "/profile/sessions", "/profile/tokens", "/profile/notifications", "/profile/data",
		"/profile/delete?token=x", "/profile/log", "/admin/settings", "/admin/settings?q=mail", "/admin/channels", "/admin/channels?show=archived&q=x", "/admin/channels/none", "/admin/plugins", "/admin/plugins?show=waiting", "/admin/budgets", "/admin/budgets?after=66f2c0de4a1b2c3d4e5f60715", "/admin/audit", "/admin/audit?by=nobody&since=2020-01-01&until=x", "/admin", "/admin?q=mail", "/admin?q=nothing-like-it", "/admin/people", "/admin/people?which=bots&seen=week&sort=active", "/admin/people?q=e", "/admin/invitations", "/admin/security", "/admin/rules", "/admin/profile-fields", "/admin/data", "/admin/announcement", "/admin/branding", "/admin/retention", c + "/retention",
		"/search", "/search?q=hello", "/search?q=on:today&zone=Asia/Tokyo", "/search?q=in:@x,", "/search?q=from:", "/search?q=is:x", "/jump", "/jump?q=e", "/shortcuts", "/unreads", c + "/notifications", m + "/why", "/events?channel=" + channelID, "/nothing",
		"/docs", "/docs?q=nothing-like-it", "/docs/codes", "/docs/guides/recipes", "/docs/guides/none", "/docs/api/events", "/docs/types/Message",
	}
}

var policy = regexp.MustCompile(`^default-src 'none'; script-src 'self' 'nonce-([A-Z0-9]{26})'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; ` +
	`font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$`)

// guarded checks the headers that every answer carries, and returns the nonce.
func (a answered) guarded(what string) string {
	a.t.Helper()
	h := a.Header()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := h.Get(name); got != want {
			a.t.Errorf("%s: %s is %q, want %q", what, name, got, want)
		}
	}
	if referrer := h.Get("Referrer-Policy"); referrer != "no-referrer" && referrer != "strict-origin-when-cross-origin" {
		a.t.Errorf("%s: Referrer-Policy is %q", what, referrer)
	}
	if strings.Contains(h.Get("Content-Security-Policy"), "unsafe") || h.Get("X-Request-Id") == "" {
		a.t.Errorf("%s: headers %v", what, h)
	}
	if a.Body.Len() > 0 && a.Code != http.StatusSeeOther && !strings.HasPrefix(h.Get("Content-Type"), "text/html") && !strings.HasPrefix(h.Get("Content-Type"), "text/event-stream") {
		a.t.Errorf("%s: Content-Type is %q", what, h.Get("Content-Type"))
	}
	nonce := policy.FindStringSubmatch(h.Get("Content-Security-Policy"))
	if nonce == nil {
		a.t.Errorf("%s: Content-Security-Policy is %q", what, h.Get("Content-Security-Policy"))
		return ""
	}
	return nonce[1]
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.channel(ada, "work", chat.Private)
	m := w.say(ada, c.ID, "hello")
	nonces := map[string]bool{}
	check := func(what string, a answered) {
		t.Helper()
		nonce := a.guarded(what)
		if nonces[nonce] {
			t.Errorf("%s: the nonce was used before", what)
		}
		nonces[nonce] = true
		inert(t, what, a)
	}
	for _, path := range pages(c.ID, m.ID) {
		for name, who := range map[string]*actor{"anon ": nil, "ada ": ada} {
			check(name+path, w.get(who, path))
			check(name+"script "+path, w.script(who, "GET", path))
			check(name+"HEAD "+path, w.do(w.request(who, "HEAD", path, nil)))
			check(name+"DELETE "+path, w.do(w.request(who, "DELETE", path, nil)))
		}
	}
	check("too large", w.post(ada, "/profile", "name", strings.Repeat("a", web.MaxBody+1)).want(413, "too large"))
	check("no form", w.do(w.request(ada, "POST", "/profile?%zz", form("name", "x"))).want(400))
	check("nothing", w.script(ada, "POST", "/chat/"+c.ID+"/messages", "content", "x").want(204))
	check("sent on", w.post(ada, "/chat/"+c.ID+"/messages", "content", "x").want(303))
	w.breakStore()
	for _, path := range []string{"/chat", "/users", "/chat/" + c.ID} {
		a := w.get(ada, path).want(500, "Something broke", "tell your admin this number")
		check("broken "+path, a)
		if strings.Contains(a.Body.String(), "sql") {
			t.Errorf("%s says what broke: %s", path, a.Body)
		}
	}
}

func TestAPanicIsAPageThatSaysNothingOfItsCause(t *testing.T) {
	w := newWorld(t, func(d *Deps) { d.Now = func() time.Time { panic("canary-cause") } })
	ada := w.join("ada")
	a := w.get(ada, "/chat/"+w.general().ID).want(500, "Something broke")
	a.guarded("panic")
	if strings.Contains(a.Body.String(), "canary-cause") {
		t.Errorf("the page says %s", a.Body)
	}
}

func TestNoNonceComesTwiceInAThousandAnswers(t *testing.T) {
	w := newWorld(t)
	nonces := map[string]bool{}
	for range 1000 {
		nonces[w.get(nil, "/login").want(200).guarded("/login")] = true
	}
	if len(nonces) != 1000 {
		t.Errorf("%d nonces in 1000 answers", len(nonces))
	}
}

func TestAWrongMethodSaysWhichAreRight(t *testing.T) {
	w := newWorld(t)
	for path, allowed := range map[string]string{
		"/login": "GET, HEAD, POST", "/chat": "GET, HEAD", "/logout": "POST", "/events": "GET", "/chat/x/join": "POST", "/chat/x/edit": "GET, HEAD, POST",
	} {
		a := w.do(w.request(nil, "PUT", path, nil)).want(405, "This address does not take this method.", "<!doctype html>")
		if got := a.Header().Get("Allow"); got != allowed {
			t.Errorf("%s allows %q, want %q", path, got, allowed)
		}
	}
	w.get(w.join("ada"), "/logout").want(405)
	for header, value := range map[string]string{"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST"} {
		r := w.request(nil, "GET", "/logout?_method=POST", nil)
		r.Header.Set(header, value)
		w.do(r).want(405)
	}
}

func TestHeadAnswersAsGetDoes(t *testing.T) {
	s := newScene(t)
	s.set("work")
	for _, path := range pages(s.channel.ID, s.message.ID) {
		if strings.HasPrefix(path, "/events") {
			continue
		}
		for _, who := range s.actors() {
			get, head := s.get(who, path), s.do(s.request(who, "HEAD", path, nil))
			if head.Code != get.Code || head.Header().Get("Location") != get.Header().Get("Location") {
				t.Errorf("HEAD %s by %s is %d, GET %d", path, who.name, head.Code, get.Code)
			}
		}
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	s := newScene(t)
	s.set("work")
	sites := map[string]map[string]string{
		"cross-site": {"Sec-Fetch-Site": "cross-site"}, "a sibling": {"Sec-Fetch-Site": "same-site"},
		"another origin": {"Origin": "http://evil.test"}, "no origin": {"Origin": "null"}, "another port": {"Origin": "http://example.com:81"},
		"a name before ours": {"Origin": "http://evil@example.com"},
	}
	for pattern, c := range table {
		if !strings.HasPrefix(pattern, "POST ") {
			continue
		}
		fill := strings.NewReplacer("{P}", s.channel.ID, "{M}", s.message.ID, "{A}", s.member.ID, "{B}", s.outsider.ID, "{C}", s.keeper.ID, "{N}", "x")
		fields, err := url.ParseQuery(fill.Replace(c.form))
		must(t, err)
		for name, headers := range sites {
			r := s.request(s.keeper, "POST", fill.Replace(c.path), fields)
			for key, value := range headers {
				r.Header.Set(key, value)
			}
			if a := s.do(r); a.Code != 403 || a.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s from %s: %d", pattern, name, a.Code)
			}
		}
	}
}
