package guard

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pegasus/fault"
)

// canary counts the connections to a port of this machine, on both families where there are two.
type canary struct {
	port uint16
	hits atomic.Int64
}

func newCanary(t *testing.T) *canary {
	t.Helper()
	c := &canary{}
	four, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.port = four.Addr().(*net.TCPAddr).AddrPort().Port()
	listeners := []net.Listener{four}
	if six, err := net.Listen("tcp6", fmt.Sprintf("[::1]:%d", c.port)); err == nil {
		listeners = append(listeners, six)
	}
	for _, l := range listeners {
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				c.hits.Add(1)
				conn.Close()
			}
		}()
	}
	return c
}

// site is a web server on this machine and a client that is let through to its address alone.
type site struct {
	*httptest.Server
	at   netip.AddrPort
	hits atomic.Int64
}

func newSite(t *testing.T, handle http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		handle(w, r)
	}))
	// Another address of this machine than the canary's stands for the public internet.
	l, err := net.Listen("tcp4", "127.0.0.2:0")
	if err != nil {
		t.Skip("this machine has one loopback address only")
	}
	s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	s.at = l.Addr().(*net.TCPAddr).AddrPort()
	return s
}

func (s *site) options() Options {
	return Options{Ports: []uint16{s.at.Port()}, Allow: func(a netip.Addr) bool { return a == s.at.Addr() }}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func TestNoSpellingReachesThisMachine(t *testing.T) {
	c := newCanary(t)
	client := NewClient(Options{Ports: []uint16{c.port}, Timeout: 2 * time.Second})
	hosts := []string{
		"127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "127.255.255.254", "0", "0.0.0.0", "0x7f.1", "0x7f.0.0.1", "0x7f000001", "2130706433",
		"017700000001", "0177.0.0.1", "0177.1", "127.0.0.1.", "localhost", "localhost.", "LOCALHOST", "LocalHost", "ip6-localhost", "[::1]", "[::]",
		"[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]",
		"[::ffff:0:7f00:1]", "[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
		"[2002:7f00:1::1]", "[2001:0:7f00:1::1]", "[fe80::1%25lo]", "[::1%25lo]", "[fe80::1%25eth0]", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1",
		"ⓛocalhost", "127.0.0.1%00.example.com", "127.0.0.1%2eexample.com", "169.254.169.254", "[::ffff:169.254.169.254]",
		"[::ffff:0:a9fe:a9fe]", "metadata.google.internal", "10.0.0.1", "192.168.0.1", "172.16.0.1", "100.64.0.1", "[fd00:ec2::254]",
		"255.255.255.255", "224.0.0.1", "%31%32%37.0.0.1", "127.0.0.1 ", " 127.0.0.1", "127.0.0.1\t", "user@127.0.0.1", "example.com@127.0.0.1",
		"127.0.0.1#@example.com", "127.0.0.1?@example.com", "127.0.0.1\\@example.com",
	}
	for _, host := range hosts {
		address := fmt.Sprintf("http://%s:%d/", host, c.port)
		if body, _, err := Fetch(t.Context(), client, address, 100); err == nil {
			t.Errorf("%q brought %q", address, body)
		}
	}
	if n := c.hits.Load(); n != 0 {
		t.Errorf("%d connections reached this machine", n)
	}
	// The canary itself works, so the count means something.
	open := NewClient(Options{Ports: []uint16{c.port}, Allow: func(netip.Addr) bool { return true }})
	_, _, _ = Fetch(t.Context(), open, fmt.Sprintf("http://127.0.0.1:%d/", c.port), 100)
	if c.hits.Load() == 0 {
		t.Error("the canary hears nothing")
	}
}

func TestWhatIsNoWebAddressIsInvalid(t *testing.T) {
	client := NewClient(Options{Lookup: func(context.Context, string) ([]netip.Addr, error) {
		t.Error("a name was looked up")
		return nil, errors.New("no")
	}})
	for _, address := range []string{
		"", " ", "example.com", "//example.com/a", "/a", "file:///etc/passwd", "gopher://example.com/", "ftp://example.com/", "javascript:alert(1)",
		"data:image/png;base64,AAAA", "http:", "http://", "http:///a", "http:example.com", "https://:443/", "http://user@example.com/",
		"http://user:pass@example.com/", "http://exa mple.com/", "http://[::1", "http://example.com:port/", "http://example.com/\x00", "ws://example.com/",
		"http://example.com/" + strings.Repeat("a", maxURL),
	} {
		_, _, err := Fetch(t.Context(), client, address, 100)
		wantCode(t, err, "URL_INVALID")
	}
}

func TestOnlyThePortsOfTheWebAreDialled(t *testing.T) {
	client := NewClient(Options{Timeout: time.Second, Lookup: func(context.Context, string) ([]netip.Addr, error) {
		t.Error("a name was looked up")
		return nil, errors.New("no")
	}})
	for _, port := range []string{"0", "1", "22", "25", "81", "444", "6379", "8080", "27017", "65535", "65616", "99999999999"} {
		_, _, err := Fetch(t.Context(), client, "http://example.com:"+port+"/", 100)
		wantCode(t, err, "URL_NOT_FETCHED")
	}
}

func TestAPublicPageIsFetchedWithItsTypeAndNothingOfOurs(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	var seen http.Header
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Clone()
		w.Header().Set("Content-Type", "Image/PNG; charset=x")
		io.WriteString(w, "hello")
	})
	body, mediaType, err := Fetch(t.Context(), NewClient(s.options()), s.URL+"/a?b=c#d", 5)
	if err != nil || string(body) != "hello" || mediaType != "image/png" {
		t.Fatalf("got %q, %q, %v", body, mediaType, err)
	}
	for _, name := range []string{"Cookie", "Authorization", "Referer", "Accept-Encoding", "Proxy-Authorization"} {
		if seen.Get(name) != "" {
			t.Errorf("%s: %s was sent", name, seen.Get(name))
		}
	}
}

func TestEveryRedirectIsCheckedAgain(t *testing.T) {
	c := newCanary(t)
	var target string
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", target)
		w.WriteHeader(http.StatusFound)
	})
	o := s.options()
	o.Ports = append(o.Ports, c.port)
	for _, target = range []string{
		fmt.Sprintf("http://127.0.0.1:%d/", c.port), fmt.Sprintf("http://[::1]:%d/", c.port), fmt.Sprintf("//127.0.0.1:%d/", c.port),
		fmt.Sprintf("https://localhost:%d/", c.port), fmt.Sprintf("http://[::ffff:127.0.0.1]:%d/", c.port), "file:///etc/passwd", "gopher://127.0.0.1/",
		s.URL[:7] + "user:pass@" + s.URL[7:], "http://127.0.0.2:25/",
	} {
		before := s.hits.Load()
		_, _, err := Fetch(t.Context(), NewClient(o), s.URL, 100)
		wantCode(t, err, "URL_NOT_FETCHED")
		if s.hits.Load() != before+1 {
			t.Errorf("%s: %d requests to the first site", target, s.hits.Load()-before)
		}
	}
	if n := c.hits.Load(); n != 0 {
		t.Errorf("%d connections reached this machine", n)
	}
}

func TestThreeRedirectsAreFollowedAndNoMore(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Referer") != "" {
			t.Error("the redirect carries a referrer")
		}
		if r.URL.Path == "/0" {
			io.WriteString(w, "there")
			return
		}
		http.Redirect(w, r, fmt.Sprintf("/%d", r.URL.Path[1]-'1'), http.StatusFound)
	})
	if body, _, err := Fetch(t.Context(), NewClient(s.options()), s.URL+"/3", 100); err != nil || string(body) != "there" {
		t.Fatalf("got %q, %v", body, err)
	}
	s.hits.Store(0)
	_, _, err := Fetch(t.Context(), NewClient(s.options()), s.URL+"/4", 100)
	wantCode(t, err, "URL_NOT_FETCHED")
	if s.hits.Load() != 4 {
		t.Errorf("%d requests, not 4", s.hits.Load())
	}
}

func TestANameIsResolvedOnceAndAllItsAddressesCount(t *testing.T) {
	c := newCanary(t)
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "public") })
	private, public := netip.MustParseAddr("127.0.0.1"), s.at.Addr()
	lookups := 0
	var answers [][]netip.Addr
	o := s.options()
	o.Ports = append(o.Ports, c.port)
	o.Lookup = func(_ context.Context, name string) ([]netip.Addr, error) {
		if name != "rebind.example" {
			t.Errorf("looked up %s", name)
		}
		lookups++
		return answers[min(lookups, len(answers))-1], nil
	}
	fetch := func(port uint16, a ...[]netip.Addr) (string, error) {
		lookups, answers = 0, a
		body, _, err := Fetch(t.Context(), NewClient(o), fmt.Sprintf("http://rebind.example:%d/", port), 100)
		if lookups != 1 {
			t.Errorf("%d lookups", lookups)
		}
		return string(body), err
	}
	if body, err := fetch(s.at.Port(), []netip.Addr{public}, []netip.Addr{private}); err != nil || body != "public" {
		t.Errorf("public first: %q, %v", body, err)
	}
	mapped := netip.AddrFrom16(public.As16())
	if body, err := fetch(s.at.Port(), []netip.Addr{mapped}); err != nil || body != "public" {
		t.Errorf("mapped: %q, %v", body, err)
	}
	for _, mixed := range [][]netip.Addr{
		{private}, {public, private}, {private, public}, {public, netip.MustParseAddr("::1")}, {netip.AddrFrom16(private.As16())}, {}, {{}},
	} {
		if _, err := fetch(c.port, mixed); err == nil {
			t.Errorf("%v was fetched", mixed)
		} else {
			wantCode(t, err, "URL_NOT_FETCHED")
		}
	}
	if n := c.hits.Load(); n != 0 {
		t.Errorf("%d connections reached this machine", n)
	}
}

func TestAnAddressThatDoesNotAnswerLeavesTheNext(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "second") })
	o := s.options()
	dead := netip.MustParseAddr("127.0.0.9")
	o.Allow = func(a netip.Addr) bool { return a == s.at.Addr() || a == dead }
	o.Lookup = func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{dead, s.at.Addr()}, nil }
	body, _, err := Fetch(t.Context(), NewClient(o), fmt.Sprintf("http://two.example:%d/", s.at.Port()), 100)
	if err != nil || string(body) != "second" {
		t.Fatalf("got %q, %v", body, err)
	}
}

func TestAnAnswerThatIsTooLargeIsCutOff(t *testing.T) {
	const limit = 1000
	var sent atomic.Int64
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/exact":
			w.Write(make([]byte, limit))
		case "/declared":
			w.Write(make([]byte, limit+1))
		case "/endless":
			w.(http.Flusher).Flush()
			for {
				n, err := w.Write(make([]byte, 4096))
				if err != nil {
					return
				}
				sent.Add(int64(n))
			}
		}
	})
	if body, _, err := Fetch(t.Context(), NewClient(s.options()), s.URL+"/exact", limit); err != nil || len(body) != limit {
		t.Errorf("a page of the limit: %d bytes, %v", len(body), err)
	}
	for _, path := range []string{"/declared", "/endless"} {
		_, _, err := Fetch(t.Context(), NewClient(s.options()), s.URL+path, limit)
		wantCode(t, err, "RESPONSE_TOO_LARGE")
	}
	s.Close()
	if sent.Load() > 64<<20 {
		t.Errorf("%d bytes were sent", sent.Load())
	}
}

func TestSlowCompressedAndFailedAnswersAreNotFetched(t *testing.T) {
	end := make(chan struct{})
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/silent":
			<-end
		case "/dripping":
			for {
				if _, err := io.WriteString(w, "a"); err != nil || r.Context().Err() != nil {
					return
				}
				w.(http.Flusher).Flush()
				select {
				case <-end:
					return
				case <-r.Context().Done():
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		case "/gzip":
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			z.Write(make([]byte, 1<<20))
			z.Close()
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(packed.Bytes())
		case "/headers":
			w.Header().Set("X-Large", strings.Repeat("a", maxHeaderBytes+1))
		case "/broken":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "short")
		default:
			http.Error(w, "no", http.StatusNotFound)
		}
	})
	t.Cleanup(func() { close(end) })
	o := s.options()
	o.Timeout = 300 * time.Millisecond
	for _, path := range []string{"/silent", "/dripping", "/gzip", "/headers", "/broken", "/missing"} {
		_, _, err := Fetch(t.Context(), NewClient(o), s.URL+path, 10<<20) // returns at all only where its time is bounded
		wantCode(t, err, "URL_NOT_FETCHED")
	}
}

func TestARefusedAddressAndADeadOneLookAlikeAndHideTheURL(t *testing.T) {
	o := Options{Timeout: time.Second, Ports: []uint16{1}, Allow: func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.1") }}
	_, _, dead := Fetch(t.Context(), NewClient(o), "http://127.0.0.1:1/?token=secret", 10)
	_, _, refused := Fetch(t.Context(), NewClient(o), "http://127.0.0.2:1/?token=secret", 10)
	a, b := fault.From(dead), fault.From(refused)
	if a.Kind != b.Kind || a.Code != b.Code || a.Message != b.Message {
		t.Errorf("%+v and %+v differ", a, b)
	}
	if !errors.Is(refused, errRefused) || errors.Is(dead, errRefused) {
		t.Errorf("the log cannot tell %v from %v", refused, dead)
	}
	for _, err := range []error{dead, refused} {
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%v holds the URL", err)
		}
	}
}

func TestTheProductsClientVerifiesCertificates(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	s.Config.ErrorLog = nil
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(u.Host)
	client := NewClient(Options{Ports: []uint16{at.Port()}, Allow: func(netip.Addr) bool { return true }})
	if _, _, err := Fetch(t.Context(), client, s.URL, 10); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Fatalf("got %v", err)
	}
}
