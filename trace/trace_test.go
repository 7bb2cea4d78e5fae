package trace

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// collector keeps what it is sent.
type collector struct {
	*httptest.Server
	mu     sync.Mutex
	got    []request
	header http.Header
	answer int
}

func newCollector(t *testing.T) *collector {
	c := &collector{answer: 200}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		var body request
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.URL.Path != "/v1/traces" || r.Method != "POST" {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		c.got, c.header = append(c.got, body), r.Header
		w.WriteHeader(c.answer)
	}))
	t.Cleanup(c.Close)
	return c
}

// run sends what add queues, and returns once all is sent.
func run(t *testing.T, o Options, add func(*Tracer)) (failures []error) {
	t.Helper()
	o.Failed = func(err error) { failures = append(failures, err) }
	tracer := New(o)
	add(tracer)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	tracer.Run(ctx)
	return failures
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestARequestBecomesASpan(t *testing.T) {
	c := newCollector(t)
	failures := run(t, Options{Endpoint: c.URL + "/", Headers: map[string]string{"X-Key": "secret"}, Service: "pegasus", Version: "1", Ratio: 1}, func(tracer *Tracer) {
		tracer.Add(Request{
			Method: "GET", Path: "/chat/1", Route: "/chat/{channel}", ID: "R", Status: 503, Start: start, Took: time.Millisecond,
			Parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		})
	})
	if failures != nil || len(c.got) != 1 || c.header.Get("X-Key") != "secret" {
		t.Fatalf("%d requests, %v, %v", len(c.got), c.header, failures)
	}
	text, err := json.Marshal(c.got[0])
	if err != nil {
		t.Fatal(err)
	}
	span := c.got[0].Resources[0].Scopes[0].Spans[0]
	want := `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"pegasus"}},{"key":"service.version","value":{"stringValue":"1"}}]},` +
		`"scopeSpans":[{"scope":{"name":"pegasus"},"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"SPAN","parentSpanId":"00f067aa0ba902b7",` +
		`"name":"GET /chat/{channel}","kind":2,"startTimeUnixNano":"1772366400000000000","endTimeUnixNano":"1772366400001000000",` +
		`"attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"url.path","value":{"stringValue":"/chat/1"}},` +
		`{"key":"http.response.status_code","value":{"intValue":"503"}},{"key":"http.request.id","value":{"stringValue":"R"}},` +
		`{"key":"http.route","value":{"stringValue":"/chat/{channel}"}}],"status":{"code":2}}]}]}]}`
	if got := strings.Replace(string(text), span.Span, "SPAN", 1); got != want || !isID(span.Span, 16) {
		t.Errorf("it sent\n%s\nwant\n%s", got, want)
	}
}

func TestWhoBeganATraceDecidesOnIt(t *testing.T) {
	for header, want := range map[string]int{
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": 1,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00": 0,
		"": 0, "nonsense": 0, "00-00000000000000000000000000000000-00f067aa0ba902b7-01": 0, "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": 0,
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01": 0, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more": 0,
		"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more": 1, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-zz": 0,
	} {
		c := newCollector(t)
		run(t, Options{Endpoint: c.URL, Ratio: 0}, func(tracer *Tracer) { tracer.Add(Request{Parent: header}) })
		if len(c.got) != want {
			t.Errorf("%q sends %d times, want %d", header, len(c.got), want)
		}
	}
}

func TestAFullQueueHoldsNobodyUp(t *testing.T) {
	tracer := New(Options{Endpoint: "http://127.0.0.1:1", Ratio: 1})
	for range maxQueued + 10 {
		tracer.Add(Request{Method: "GET"})
	}
	if len(tracer.queue) != maxQueued {
		t.Errorf("%d spans wait", len(tracer.queue))
	}
}

func TestAFailureIsToldOnce(t *testing.T) {
	c := newCollector(t)
	c.answer = 500
	failures := run(t, Options{Endpoint: c.URL, Ratio: 1}, func(tracer *Tracer) { tracer.Add(Request{Method: "GET"}) })
	if len(failures) != 1 || errors.Unwrap(failures[0]) != nil || !strings.Contains(failures[0].Error(), "500") {
		t.Errorf("it told %v", failures)
	}
}
