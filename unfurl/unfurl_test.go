package unfurl

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/guard"
	"pegasus/markdown"
)

// site is a web server on this machine and a reader that is let through to it.
type site struct {
	*Reader
	url   string
	asked atomic.Int64
	now   time.Time
}

func newSite(t *testing.T, handle http.HandlerFunc) *site {
	t.Helper()
	s := &site{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	port := server.Listener.Addr().(*net.TCPAddr).AddrPort()
	client := guard.NewClient(guard.Options{
		Timeout: 2 * time.Second, Ports: []uint16{port.Port()}, Allow: func(a netip.Addr) bool { return a == port.Addr() },
	})
	s.Reader = New(client, func() time.Time { return s.now })
	return s
}

func page(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, text)
	}
}

func TestAPageSaysItsTitleWordsAndSite(t *testing.T) {
	long := strings.Repeat("word ", 100)
	for _, c := range []struct{ name, text, site, title, description string }{
		{"a title alone", "<title> A \n page </title>", "127.0.0.1", "A page", ""},
		{"what is for cards goes first", `<title>t</title><meta name=description content=d><meta property="og:title" content="T"><meta property="og:description" content="D"><meta property="og:site_name" content="S">`, "S", "T", "D"},
		{"the first of two", `<meta property="og:title" content="one"><meta property="og:title" content="two">`, "127.0.0.1", "one", ""},
		{"entities", `<title>Q &amp; A &lt;b&gt;</title><meta name="description" content="&quot;x&quot; &amp;amp;">`, "127.0.0.1", "Q & A <b>", `"x" &amp;`},
		{"what stands in the body is not its head", "<head><title>t</title></head><body><meta name=description content=d><title>u</title>", "127.0.0.1", "t", ""},
		{"what cannot be seen", "<title>a\u202eb\u200b\x01c\u2066</title>", "127.0.0.1", "abc", ""},
		{"too long", "<title>" + long + "</title><meta name=description content='" + long + "'>", "127.0.0.1", long[:139] + "…", strings.TrimSpace(long[:259]) + "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, page(c.text))
			p, err := s.Fetch(t.Context(), s.url+"/a")
			if err != nil || p.URL != s.url+"/a" || p.Site != c.site || p.Title != c.title || p.Description != c.description || p.Hidden {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
}

func TestAnOldPageIsReadInItsOwnLetters(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<meta charset=iso-8859-1><title>caf\xe9</title>")
	})
	if p, err := s.Fetch(t.Context(), s.url); err != nil || p.Title != "café" {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestWhatIsNoPageOrSaysNothingHasNoPreview(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"nothing said": page("<p>hello"), "an empty title": page("<title> </title>"), "missing": http.NotFound,
		"too large": page(strings.Repeat(" ", maxPage+1) + "<title>t</title>"),
		"a picture": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/svg+xml")
			io.WriteString(w, "<svg><title>t</title></svg>")
		},
		"text": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, "<title>t</title>")
		},
	} {
		s := newSite(t, handle)
		if p, err := s.Fetch(t.Context(), s.url); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestPrivateAddressesAreNeverAsked(t *testing.T) {
	s := newSite(t, page("<title>secret</title>"))
	port := s.url[strings.LastIndex(s.url, ":"):]
	closed := New(guard.NewClient(guard.Options{Timeout: time.Second}), time.Now)
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433", "0", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "192.168.1.1", "[fd00::1]",
	} {
		if p, err := closed.Fetch(t.Context(), "http://"+host+port+"/"); err == nil {
			t.Errorf("%s: %+v", host, p)
		}
		if p, err := closed.Fetch(t.Context(), "http://"+host+"/"); err == nil {
			t.Errorf("%s: %+v", host, p)
		}
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("a private server was asked %d times", n)
	}
	sent := newSite(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, s.url, http.StatusFound) })
	if p, err := sent.Fetch(t.Context(), sent.url); err == nil || s.asked.Load() != 0 {
		t.Errorf("a redirect leads to %+v", p)
	}
}

func TestAPageIsReadOnceAnHour(t *testing.T) {
	s := newSite(t, page("<title>t</title>"))
	ask := func(path string) {
		t.Helper()
		if _, err := s.Fetch(t.Context(), s.url+path); err != nil {
			t.Fatal(err)
		}
	}
	ask("/")
	ask("/")
	if n := s.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	s.now = s.now.Add(keptFor)
	ask("/")
	if n := s.asked.Load(); n != 2 {
		t.Errorf("after an hour asked %d times", n)
	}
	for i := range maxKept + 10 {
		s.pages.kept[fmt.Sprint(i)] = kept[chat.Preview]{until: s.now.Add(keptFor)}
	}
	ask("/other")
	if len(s.pages.kept) > maxKept {
		t.Errorf("%d pages are remembered", len(s.pages.kept))
	}
}

func TestAnEndedRequestIsNotRemembered(t *testing.T) {
	s := newSite(t, page("<title>t</title>"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Fetch(ctx, s.url); err == nil {
		t.Error("an ended request brings a page")
	}
	if p, err := s.Fetch(t.Context(), s.url); err != nil || p.Title != "t" {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestTheLinksOfAMessageAreThoseThatOneFollows(t *testing.T) {
	r := markdown.New()
	for source, want := range map[string]string{
		"hello": "", "see https://a.example/x?a=1&b=2 and https://a.example/x?a=1&b=2": "https://a.example/x?a=1&b=2",
		"[x](https://b.example) http://c.example": "https://b.example http://c.example", "mail a@b.example": "", "`https://a.example`": "",
		"```\nhttps://a.example\n```": "", "||https://a.example|| https://b.example": "https://b.example", "> https://a.example\n\nhttps://b.example": "https://b.example",
		"||a||\n\n> b\n\nhttps://c.example": "https://c.example", "[x](javascript:alert(1))": "", "![x](https://p.example/x.png)": "https://p.example/x.png",
	} {
		if got := strings.Join(Links(r.Render(source)), " "); got != want {
			t.Errorf("%q leads to %q, want %q", source, got, want)
		}
	}
}
