package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pegasus/events"
	"pegasus/fault"
)

func TestAFrameIsOneEventWhateverIsInIt(t *testing.T) {
	for name, data := range map[string]string{
		"plain": `{"a":1}`, "empty": "", "line feed": "a\nb", "carriage return": "a\rb", "both": "a\r\nb",
		"an event of its own": "a\n\nevent: evil\ndata: x", "the same with returns": "a\r\revent: evil\rid: 1\rdata: x",
		"an id": "a\nid: 7\nretry: 1", "U+2028": "a\u2028b\u2029c\u0085d", "ends with breaks": "a\n\n\r\n", "leading space": " a", "colon": ":a",
	} {
		frames := parse(t, string(Frame("new_message", data)))
		want := strings.ReplaceAll(strings.ReplaceAll(data, "\r\n", "\n"), "\r", "\n")
		if len(frames) != 1 || frames[0].name != "new_message" || frames[0].data != want || frames[0].id != "" {
			t.Errorf("%s: got %+v", name, frames)
		}
	}
}

type frame struct{ id, name, data string }

// parse reads a stream as the standard says: lines end with \n, \r\n or \r.
func parse(t *testing.T, stream string) (frames []frame) {
	t.Helper()
	stream = strings.ReplaceAll(strings.ReplaceAll(stream, "\r\n", "\n"), "\r", "\n")
	for block := range strings.SplitSeq(stream, "\n\n") {
		if f, any := parseBlock(t, strings.Split(block, "\n")); any {
			frames = append(frames, f)
		}
	}
	return frames
}

func parseBlock(t *testing.T, lines []string) (f frame, any bool) {
	t.Helper()
	var data []string
	for _, line := range lines {
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			f.id = value
		case "event":
			f.name, any = value, true
		case "data":
			data, any = append(data, value), true
		case "", "retry":
		default:
			t.Errorf("unknown line %q", line)
		}
	}
	f.data = strings.Join(data, "\n")
	return f, any
}

func stream(b *events.Broker) Stream {
	return Stream{
		Broker: b, UserID: "ada", SessionID: "s1", Ends: time.Now().Add(time.Hour), Hello: `{"hello":1}`,
		Topics: func(context.Context) ([]string, error) { return []string{"a"}, nil },
		Encode: func(e *events.Event) []byte {
			return e.Bytes(events.JSON, func() []byte {
				text, _ := e.Payload.(string)
				if text == "" {
					return nil
				}
				return Frame("new_message", text)
			})
		},
	}
}

// reader is a client of a stream.
type reader struct {
	t    *testing.T
	resp *http.Response
	scan *bufio.Scanner
}

func connect(t *testing.T, server *httptest.Server, path, lastID string) *reader {
	t.Helper()
	req, _ := http.NewRequestWithContext(t.Context(), "GET", server.URL+path, nil)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return &reader{t: t, resp: resp, scan: bufio.NewScanner(resp.Body)}
}

// next returns the next event, false at the end of the stream.
func (r *reader) next() (frame, bool) {
	r.t.Helper()
	var lines []string
	for r.scan.Scan() {
		if line := r.scan.Text(); line != "" {
			lines = append(lines, line)
			continue
		}
		if f, any := parseBlock(r.t, lines); any {
			return f, true
		}
		lines = nil
	}
	return frame{}, false
}

func (r *reader) want(name, data string) frame {
	r.t.Helper()
	f, ok := r.next()
	if !ok || f.name != name || data != "" && f.data != data {
		r.t.Fatalf("got %+v, %v; want %s %s", f, ok, name, data)
	}
	return f
}

func (r *reader) wantEnd() {
	r.t.Helper()
	if f, ok := r.next(); ok {
		r.t.Fatalf("got %+v, want the end", f)
	}
}

func serving(t *testing.T, s Stream) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.Serve(w, r); err != nil {
			WriteJSONError(w, r, err)
		}
	}))
	t.Cleanup(func() { s.Broker.Close(t.Context()); server.Close() })
	return server
}

func TestAStreamSaysHelloAndThenWhatHappens(t *testing.T) {
	b := events.NewBroker(events.Options{})
	server := serving(t, stream(b))
	b.Publish("a", "before")
	r := connect(t, server, "/", "")
	for name, want := range map[string]string{"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
		if got := r.resp.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if hello := r.want("connected", `{"hello":1}`); hello.id != b.Cursor() {
		t.Errorf("hello has the id %q", hello.id)
	}
	b.Publish("other", "not for us")
	b.Publish("a", "") // nothing to send in this form
	b.Publish("a", "one\n\nevent: evil\ndata: x")
	if f := r.want("new_message", "one\n\nevent: evil\ndata: x"); f.id != b.Cursor() {
		t.Errorf("the event has the id %q, want %q", f.id, b.Cursor())
	}
}

func TestAStreamResumesByHeaderOrQueryWithoutLossOrRepeats(t *testing.T) {
	b := events.NewBroker(events.Options{})
	server := serving(t, stream(b))
	b.Publish("a", "one")
	after := b.Cursor()
	b.Publish("a", "two")
	b.Publish("a", "three")
	for name, r := range map[string]*reader{
		"header": connect(t, server, "/", after), "query": connect(t, server, "/?after="+after, ""),
		"header before query": connect(t, server, "/?after=nonsense", after),
	} {
		if hello := r.want("connected", ""); hello.id != after {
			t.Errorf("%s: hello has the id %q", name, hello.id)
		}
		r.want("new_message", "two")
		r.want("new_message", "three")
	}
}

func TestAnIdThatCannotBeResumedAfterSaysReset(t *testing.T) {
	b := events.NewBroker(events.Options{})
	server := serving(t, stream(b))
	b.Publish("a", "before")
	for _, after := range []string{"0", "-1", "9223372036854775808", "text", "x-1", strings.Repeat("9", 5000), events.NewBroker(events.Options{}).Cursor()} {
		r := connect(t, server, "/", after)
		r.want("connected", "")
		if reset := r.want("reset", ""); reset.id != b.Cursor() {
			t.Errorf("reset after %.20q has the id %q", after, reset.id)
		}
		r.resp.Body.Close()
	}
	r := connect(t, server, "/?after=%0D%0Aid:%207%0D%0A%0D%0Aevent:%20evil", "")
	r.want("connected", "")
	r.want("reset", "")
}

func TestAStreamOfAnotherSitesPageIsRefused(t *testing.T) {
	b := events.NewBroker(events.Options{})
	s := stream(b)
	for _, site := range []string{"cross-site", "same-site"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		if err := s.Serve(httptest.NewRecorder(), r); !fault.Is(err, fault.Forbidden) || b.Streams() != 0 {
			t.Errorf("%s: %v", site, err)
		}
	}
}

func TestSignOutRevocationAndStopEndAStream(t *testing.T) {
	for name, c := range map[string]struct {
		end    func(*events.Broker)
		reason string
	}{
		"sign-out":  {func(b *events.Broker) { b.EndSession(t.Context(), "ada", "s1") }, "signed_out"},
		"user gone": {func(b *events.Broker) { b.EndUser(t.Context(), "ada", "") }, "signed_out"},
		"stop":      {func(b *events.Broker) { b.Close(t.Context()) }, ""},
		"too many": {func(b *events.Broker) {
			for range events.MaxStreams {
				b.Subscribe("ada", "s2")
			}
		}, "replaced"},
	} {
		t.Run(name, func(t *testing.T) {
			b := events.NewBroker(events.Options{})
			r := connect(t, serving(t, stream(b)), "/", "")
			r.want("connected", "")
			b.Publish("a", "seen")
			r.want("new_message", "seen")
			c.end(b)
			b.Publish("a", "too late")
			if c.reason != "" {
				r.want(c.reason, "")
			}
			r.wantEnd()
		})
	}
}

func TestASessionThatEndedWhileItsStreamOpenedGetsNone(t *testing.T) {
	b := events.NewBroker(events.Options{})
	s := stream(b)
	s.Live = func(context.Context) error {
		if b.Streams() != 1 {
			t.Error("asked before the broker knows the stream")
		}
		return fault.New(fault.Unauthenticated, "UNAUTHORIZED", "Please sign in.")
	}
	w := httptest.NewRecorder()
	if err := s.Serve(w, httptest.NewRequest("GET", "/", nil)); !fault.Is(err, fault.Unauthenticated) || w.Body.Len() != 0 {
		t.Fatalf("%v, %s", err, w.Body)
	}
	if b.Streams() != 0 {
		t.Fatal("the stream is left open")
	}
}

func TestAStreamWhoseTopicsCannotBeReadIsAnError(t *testing.T) {
	b := events.NewBroker(events.Options{})
	s := stream(b)
	s.Topics = func(context.Context) ([]string, error) { return nil, fault.Away("AWAY", "Later.", errors.New("x")) }
	if err := s.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)); !fault.Is(err, fault.Unavailable) || b.Streams() != 0 {
		t.Fatal(err)
	}
}

// wire is a connection that keeps what is written to it.
type wire struct {
	mu      sync.Mutex
	body    bytes.Buffer
	flushed int
	header  http.Header
	fail    error
}

func (w *wire) Header() http.Header              { return w.header }
func (w *wire) WriteHeader(int)                  {}
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }
func (w *wire) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushed = w.body.Len()
	return w.fail
}
func (w *wire) Write(b []byte) (int, error) { w.mu.Lock(); defer w.mu.Unlock(); return w.body.Write(b) }
func (w *wire) read() string                { w.mu.Lock(); defer w.mu.Unlock(); return w.body.String()[:w.flushed] }
func (w *wire) breaks(err error)            { w.mu.Lock(); defer w.mu.Unlock(); w.fail = err }

func TestAQuietStreamSendsACommentEveryTwentySecondsAndEndsWithItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := events.NewBroker(events.Options{})
		s := stream(b)
		s.Ends = time.Now().Add(70 * time.Second)
		w := &wire{header: http.Header{}}
		done := make(chan error)
		go func() { done <- s.Serve(w, httptest.NewRequest("GET", "/", nil)) }()
		for i := range 3 {
			time.Sleep(20*time.Second - time.Millisecond)
			synctest.Wait()
			if n := strings.Count(w.read(), ":\n\n"); n != i {
				t.Fatalf("%d comments after %d times 20 s", n, i)
			}
			time.Sleep(time.Millisecond)
			synctest.Wait()
		}
		if n := strings.Count(w.read(), ":\n\n"); n != 3 {
			t.Fatalf("%d comments", n)
		}
		began := time.Now()
		if err := <-done; err != nil || time.Since(began) != 10*time.Second {
			t.Fatalf("%v after %s", err, time.Since(began))
		}
		frames := parse(t, w.read())
		if last := frames[len(frames)-1]; last.name != "signed_out" {
			t.Fatalf("the last event is %+v", last)
		}
		if b.Streams() != 0 {
			t.Fatal("the stream is left open")
		}
	})
}

func TestAStreamGoesWhenItsClientDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := events.NewBroker(events.Options{})
		broken := &wire{header: http.Header{}}
		ctx, cancel := context.WithCancel(t.Context())
		var open sync.WaitGroup
		open.Go(func() {
			stream(b).Serve(&wire{header: http.Header{}}, httptest.NewRequestWithContext(ctx, "GET", "/", nil))
		})
		open.Go(func() { stream(b).Serve(broken, httptest.NewRequest("GET", "/", nil)) })
		synctest.Wait()
		if b.Streams() != 2 {
			t.Fatalf("%d streams", b.Streams())
		}
		cancel()
		broken.breaks(io.ErrClosedPipe)
		b.Publish("a", "x")
		open.Wait()
		if b.Streams() != 0 {
			t.Fatalf("%d streams are left", b.Streams())
		}
	})
}

func TestManyStreamsLeaveNoGoroutineBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	b := events.NewBroker(events.Options{Unlimited: true})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { stream(b).Serve(w, r) }))
	var readers []*reader
	for range 50 {
		r := connect(t, server, "/", "")
		r.want("connected", "")
		readers = append(readers, r)
	}
	b.Close(t.Context())
	for _, r := range readers {
		r.wantEnd()
		r.resp.Body.Close()
	}
	server.CloseClientConnections()
	server.Close()
	for range 1000 {
		if runtime.NumGoroutine() <= before+2 {
			return
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, before %d", runtime.NumGoroutine(), before)
}

func TestAStreamThatCannotBeOpenedNowSaysWhenToComeBack(t *testing.T) {
	// Any status but 200 makes a browser's event source give up for good.
	w := httptest.NewRecorder()
	if !Later(w, httptest.NewRequest("GET", "/events", nil), fault.Away("DATABASE_UNAVAILABLE", "away", nil)) {
		t.Fatal("an outage is not answered")
	}
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream") || !strings.HasPrefix(w.Body.String(), "retry: ") {
		t.Errorf("the answer is %d %v %q", w.Code, w.Header(), w.Body)
	}
	if Later(httptest.NewRecorder(), httptest.NewRequest("GET", "/events", nil), fault.New(fault.Forbidden, "NO", "no")) {
		t.Error("a refusal is taken for an outage")
	}
}
