package handlers

import (
	"net/url"
	"strings"
	"testing"
)

// elsewhere are targets that some browser, proxy or parser takes for another site, a script or a second header.
var elsewhere = []string{
	"//e.test", "///e.test", "////e.test", `/\e.test`, `\/e.test`, `\\e.test`, `/\/e.test`, `//\e.test`, `\e.test`, `/chat/..\e.test`,
	"https:e.test", "https://e.test", "https:/e.test", "https:///e.test", "http:\\\\e.test", "HTTPS://e.test", "ftp://e.test",
	"%2f%2fe.test", "/%2fe.test", "/%2Fe.test", "/%2f%2fe.test", "/%5ce.test", "/%5Ce.test", "%5c%5ce.test", "/%2e%2e/%5ce.test", "/chat/%5c..",
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "mailto:a@e.test",
	"/\t/e.test", "/\n/e.test", "/\r/e.test", "\t//e.test", " //e.test", "/ /e.test", "/\x00/e.test", "/\x7f/e.test", "/chat\r\nSet-Cookie: a=b", "/chat\nLocation: //e.test",
	"/" + strings.Repeat("a", 8<<10), "e.test", "@e.test", "?x", "#x", "", ".", "..", "/chat\u0085//e.test\r",
}

// dots are local, however they look; they must not turn into something else on the way out.
var dots = []string{
	"/..//e.test", "/.//e.test", "/./\u2f2fe.test", "/chat/../..//e.test", "/;//e.test", "/@e.test", "/:80//e.test", "/chat//e.test?x=//f.test#//g.test",
	"/\u2215\u2215e.test", "/\uff0f\uff0fe.test", "/\u3002e.test", "/%zz//e.test", "/..//%zz", "/%09/e.test", "/%0d%0aX: y", "/\u00a0/e.test", "/\xff/e.test",
}

// ours reports whether a browser that follows location stays with us: a path with one slash at its start.
func ours(location string) bool {
	bad := !strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//") || len(location) > 9<<10 ||
		strings.ContainsFunc(location, func(c rune) bool { return c <= ' ' || c == '\\' || c >= 0x7f })
	if bad {
		return false
	}
	// As a browser joins it to the page's address, dots removed.
	joined, err := url.Parse("http://example.com/login")
	if err != nil {
		return false
	}
	if target, err := joined.Parse(location); err == nil {
		return target.Host == "example.com" && target.Scheme == "http"
	}
	return !strings.HasPrefix(strings.TrimLeft(location, "/."), "/")
}

func TestAfterSigningInEveryoneLandsOnOneOfOurOwnPages(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	if n := len(elsewhere) + len(dots); n < 40 {
		t.Fatalf("only %d targets are tried", n)
	}
	for _, name := range []string{"returnTo", "callbackUrl", "callbackURL"} {
		for i, target := range append(elsewhere, dots...) {
			query := "?" + url.Values{name: {target}}.Encode()
			answers := map[string]answered{
				"signing in":    w.post(nil, "/login", "email", ada.Email, "password", password, name, target),
				"signed in":     w.get(ada, "/login"+query),
				"signed in too": w.get(ada, "/signup"+query),
				"moved":         w.get(nil, "/auth/signin"+query),
			}
			for what, a := range answers {
				location := a.Header().Get("Location")
				if a.Code != 303 || !ours(location) {
					t.Errorf("%s with %s %.60q: %d to %.200q", what, name, target, a.Code, location)
				}
				if i < len(elsewhere) && what != "moved" && location != "/chat" {
					t.Errorf("%s with %s %.60q leads to %.200q", what, name, target, location)
				}
			}
		}
	}
}

func TestTheFormsCarryOnlyOurOwnTargets(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/login", "/signup"} {
		for _, target := range elsewhere {
			for _, field := range nodes(t, w.get(nil, path+"?"+url.Values{"returnTo": {target}}.Encode()).want(200), "input") {
				if attribute(field, "name") == "returnTo" && attribute(field, "value") != "/chat" {
					t.Errorf("%s with %.60q carries %.60q", path, target, attribute(field, "value"))
				}
			}
		}
		w.get(nil, path+"?returnTo=/chat/abc%3Fa%3Db").want(200, `value="/chat/abc?a=b"`)
	}
}

func TestAPageThatAsksForSigningInIsFoundAgainAfterwards(t *testing.T) {
	w := newWorld(t)
	w.join("ada")
	wanted := "/chat/" + w.general().ID + "?around=0123456789abcdef01234567"
	to := w.get(nil, wanted).Header().Get("Location")
	if to != "/login?returnTo="+url.QueryEscape(wanted) {
		t.Fatalf("sent to %q", to)
	}
	form := w.get(nil, to).want(200)
	var target string
	for _, field := range nodes(t, form, "input") {
		if attribute(field, "name") == "returnTo" {
			target = attribute(field, "value")
		}
	}
	w.post(nil, "/login", "email", "ADA@example.test", "password", password, "returnTo", target).sends(wanted)
}

func TestLeavingAChannelReturnsToOurOwnPagesAlone(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	for i, target := range []string{"//e.test", `/\e.test`, "https://e.test", "/channels"} {
		c := w.channel(w.join("owner"+string(rune('a'+i))), "c"+string(rune('a'+i)), "public", ada)
		want := "/chat"
		if target == "/channels" {
			want = target
		}
		w.post(ada, "/chat/"+c.ID+"/leave", "returnTo", target).sends(want)
	}
}
