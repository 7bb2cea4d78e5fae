package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"pegasus/events/nats/natstest"
)

// joined starts two servers of one workspace: one MongoDB database, one bucket, one NATS.
func joined(t *testing.T) (bus *natstest.Server, a, b *server) {
	t.Helper()
	var shared []string
	for _, one := range backends(t) {
		shared = one.env
	}
	if shared == nil {
		t.Skip("SKIPPED: several servers share a MongoDB database; set TEST_MONGODB_URI")
	}
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	s3 := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(s3.Close)
	bus = natstest.Start(t)
	shared = append(shared, "NATS_URL="+bus.URL, "APP_SECRET=the secret of both servers, and long", "S3_BUCKET_NAME=files", "S3_ENDPOINT="+s3.URL,
		"AWS_ACCESS_KEY_ID=key", "AWS_SECRET_ACCESS_KEY=secret")
	return bus, start(t, shared...), start(t, shared...)
}

// at is the same person at another server, with the same cookies.
func (p *person) at(s *server) *person {
	other := *p
	other.server = s
	return &other
}

// line is an open stream.
type line struct {
	body io.ReadCloser
	mu   sync.Mutex
	text strings.Builder
	over chan struct{}
}

// listen opens a stream and waits until it is connected.
func (p *person) listen(path string) *line {
	p.t.Helper()
	r, err := http.NewRequest("GET", p.server.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := (&http.Client{Jar: p.client.Jar}).Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	l := &line{body: answer.Body, over: make(chan struct{})}
	p.t.Cleanup(func() { answer.Body.Close() })
	go func() {
		defer close(l.over)
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			l.mu.Lock()
			l.text.WriteString(lines.Text() + "\n")
			l.mu.Unlock()
		}
	}()
	l.wants(p.t, "event: connected")
	return l
}

func (l *line) has() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *line) wants(t *testing.T, text string) {
	t.Helper()
	eventually(t, "the stream says "+text, func() bool { return strings.Contains(l.has(), text) })
}

// eventually waits for something that happens by itself.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	if err := until(ctx, holds); err != nil {
		t.Fatalf("not after 20 seconds: %s", what)
	}
}

func (l *line) ends(t *testing.T) {
	t.Helper()
	select {
	case <-l.over:
	case <-time.After(20 * time.Second):
		t.Fatalf("the stream goes on:\n%s", l.has())
	}
}

func TestTwoServersAreOneWorkspace(t *testing.T) {
	t.Parallel()
	bus, a, b := joined(t)
	ben := b.boss(t)
	ada := a.signUp(t, "Ada")
	general := ada.channel("general")
	part := func(what string, do func()) {
		t.Log(what)
		do()
	}

	part("what is said at one is live at the other", func() {
		json, page := ben.listen("/api/events"), ben.listen("/events?channel="+general)
		ada.say(general, "hello from the first")
		json.wants(t, "hello from the first")
		page.wants(t, "hello from the first")
		page.wants(t, "data-seq")
	})

	part("who is removed at one gets nothing more at the other", func() {
		fay := b.signUp(t, "Fay")
		secret := ada.create("secret-plans", "private", fay)
		live := fay.listen("/api/events")
		ada.say(secret, "for both")
		live.wants(t, "for both")
		ada.must("DELETE", "/api/chat/channels/"+secret+"/members/"+fay.id, nil, nil)
		ada.at(b).say(secret, "not for fay")
		ada.at(b).say(general, "for everybody")
		live.wants(t, "for everybody")
		if strings.Contains(live.has(), "not for fay") {
			t.Error("it came to who was removed")
		}
	})

	part("who signs out at one has no stream at the other", func() {
		cem := a.signUp(t, "Cem")
		live := cem.at(b).listen("/api/events")
		cem.must("POST", "/api/auth/sign-out", map[string]string{}, nil)
		live.ends(t)
		if !strings.Contains(live.has(), "signed_out") {
			t.Errorf("it ended with\n%s", live.has())
		}
		if status, _, _ := cem.at(b).call("GET", "/api/chat/channels", nil, nil); status != 401 {
			t.Errorf("signed out, the other server answers %d", status)
		}
	})

	part("what admins set at one holds at the other", func() {
		ada.must("GET", "/api/announcement", nil, nil) // is kept from now on
		ben.must("PUT", "/api/announcement", map[string]string{"text": "Tea is ready", "kind": "info"}, nil)
		eventually(t, "the announcement is at the other", func() bool { return strings.Contains(reads(t, a, ada, "/chat"), "Tea is ready") })
		ben.must("PUT", "/api/branding", map[string]string{"name": "Two of us"}, nil)
		eventually(t, "the name is at the other", func() bool { return strings.Contains(reads(t, a, ada, "/chat"), "Two of us") })
	})

	part("who is at one is there for the other", func() {
		dan := a.signUp(t, "Dan")
		watching := ben.listen("/api/events")
		dan.listen("/api/events")
		watching.wants(t, "event: presence")
		watching.wants(t, dan.id)
		var list struct{ Users []struct{ ID, Status string } }
		ben.must("GET", "/api/users", nil, &list)
		at := slices.IndexFunc(list.Users, func(u struct{ ID, Status string }) bool { return u.ID == dan.id })
		if at < 0 || list.Users[at].Status != "online" {
			t.Errorf("at the other server they are %+v", list.Users)
		}
	})

	part("without NATS no server takes streams, and with it they begin anew", func() {
		live := ben.listen("/api/events")
		ada.say(general, "before")
		live.wants(t, "before")
		bus.Away()
		live.ends(t)
		eventually(t, "neither is ready", func() bool { return !a.ready() && !b.ready() })
		ada.say(general, "while it is away") // posting goes on
		bus.Back(t)
		eventually(t, "both are ready", func() bool { return a.ready() && b.ready() })
		after := lastID(live.has())
		again := ben.listen("/api/events?after=" + after)
		again.wants(t, "event: reset")
		ada.say(general, "after")
		again.wants(t, "after")
		if all := ben.history(general); !strings.Contains(fmt.Sprint(all), "while it is away") {
			t.Errorf("the other server has %v", all)
		}
	})

	part("a server that is killed holds nobody up", func() {
		live := ada.listen("/api/events")
		b.signal(syscall.SIGKILL)
		ada.must("POST", "/api/auth/sign-out", map[string]string{}, nil)
		live.ends(t)
		if !a.ready() {
			t.Error("the other server is not ready")
		}
		b.run(t)
		eva := b.signUp(t, "Eva")
		live = eva.listen("/api/events")
		eva.at(a).say(general, "both again")
		live.wants(t, "both again")
	})
}

// A proxy that sends each request to the other server gives a page of one server the stream of another.
func TestAPageWithTheStreamOfAnotherServerIsReadOnceMoreAndLive(t *testing.T) {
	t.Parallel()
	_, a, b := joined(t)
	ada := a.signUp(t, "Ada")
	general := ada.channel("general")
	var mu sync.Mutex
	var pages, streams int
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		to := a
		switch {
		case r.URL.Path == "/events":
			streams++
			to = b
		case strings.HasPrefix(r.URL.Path, "/chat"):
			pages++
		}
		mu.Unlock()
		address, _ := url.Parse(to.url)
		httputil.NewSingleHostReverseProxy(address).ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	ctx := ada.browse(wide, high)
	at := strings.Replace(proxy.URL, "127.0.0.1", "localhost", 1)
	do(t, ctx, open(at+"/chat/"+general), seen("#log"), waitFor(`document.querySelector("#log").dataset.cursor`))
	eventually(t, "the page is read once more", func() bool { mu.Lock(); defer mu.Unlock(); return pages >= 2 })
	for i := range 20 {
		ada.at([]*server{a, b}[i%2]).say(general, fmt.Sprint("number ", i, " of twenty"))
	}
	do(t, ctx, waitFor(`document.querySelector("#log").innerText.includes("number 19 of twenty")`))
	if got := get(t, ctx, chromedp.Evaluate[int](`document.querySelector("#log").innerText.match(/of twenty/g).length`)); got != 20 {
		t.Errorf("the page shows %d of the messages", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if pages > 4 || streams > 2 {
		t.Errorf("the page was read %d times, and its stream opened %d times", pages, streams)
	}
}

func lastID(text string) string {
	at := strings.LastIndex(text, "\nid: ")
	id, _, _ := strings.Cut(text[at+5:], "\n")
	return id
}
