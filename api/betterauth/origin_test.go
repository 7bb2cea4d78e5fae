package betterauth

import (
	"net/url"
	"strings"
	"testing"
)

var here = New(Options{Origins: []string{"https://chat.example.test", "http://localhost:3000"}})

func TestWhereAClientMayGoOnTo(t *testing.T) {
	for _, good := range []string{
		"", "/", "/chat", "/chat/general?x=1&y=%2F", "/@ada", "/a.b-c_d+e", "https://chat.example.test", "https://chat.example.test/a//b?c=//d#e",
		"http://localhost:3000/x", "HTTPS://chat.example.test",
	} {
		if err := here.checkTarget(good, errCallback); err != nil {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{
		"//evil.test", "///evil.test", `/\evil.test`, `/\/evil.test`, `\\evil.test`, "/%2fevil.test", "/%2Fevil.test", "/%5cevil.test", "/a\nb", "/a\tb", "/a b", "/ä",
		"evil.test", "chat", "?x", "#x", "https:evil.test", "https:/evil.test", "https:chat.example.test", "https://evil.test", "https://chat.example.test.evil.test",
		"https://chat.example.test@evil.test", "https://evil.test@chat.example.test", "https://chat.example.test:444", `https://chat.example.test\@evil.test`,
		"https://chat.example.test /", "http://chat.example.test", "https://CHAT.example.test", "http://localhost:3001/", "http://localhost",
		"javascript:alert(1)", "data:text/html,x", "ftp://chat.example.test", "https://chat.example.test\r\nX: y", " /chat", "/chat ", strings.Repeat("x", 8<<10),
	} {
		if err := here.checkTarget(bad, errCallback); err != errCallback {
			t.Errorf("%q is let through: %v", bad, err)
		}
	}
}

// Whatever is let through leads a browser to one of our pages or to a trusted origin.
func FuzzATargetStaysHere(f *testing.F) {
	for _, seed := range []string{"/chat", "//evil.test", "https://chat.example.test/x", `/\e`, "https:e", "/a?b=c"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://chat.example.test/api/auth/x")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target string) {
		if here.checkTarget(target, errCallback) != nil {
			return
		}
		to, err := base.Parse(withQuery(target, "error", "x y"))
		if err != nil || to.User != nil || to.Host != "chat.example.test" && to.Scheme+"://"+to.Host != "http://localhost:3000" {
			t.Fatalf("%q leads to %v, %v", target, to, err)
		}
	})
}
