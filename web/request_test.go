package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// watched serves one request by h, on a clock that goes on by 5 ms each time that it is looked at.
func watched(h http.HandlerFunc, path string) (*httptest.ResponseRecorder, []Served) {
	var all []Served
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { now = now.Add(5 * time.Millisecond); return now }
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	rec := httptest.NewRecorder()
	Request(quiet, clock, WriteJSONError, func(s Served) { all = append(all, s) })(h).ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
	return rec, all
}

func TestAnAnswerIsSeenWithItsStatusAndTime(t *testing.T) {
	for want, h := range map[int]http.HandlerFunc{
		200: func(http.ResponseWriter, *http.Request) {},
		418: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(418) },
		500: func(http.ResponseWriter, *http.Request) { panic("broken") },
	} {
		rec, all := watched(h, "/hooks/secret")
		if len(all) != 1 || all[0].Status != want || all[0].Took != 5*time.Millisecond || all[0].Path != "/hooks/…" || all[0].ID != rec.Header().Get("X-Request-Id") {
			t.Errorf("of %d it saw %+v", want, all)
		}
	}
}

func TestAStreamIsNotTimed(t *testing.T) {
	_, all := watched(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		w.WriteHeader(200)
	}, "/events")
	if len(all) != 0 {
		t.Errorf("it saw %+v", all)
	}
}

func TestOnlyWhoMayKnowIsToldTheTime(t *testing.T) {
	rec, _ := watched(func(w http.ResponseWriter, r *http.Request) {
		ShowTiming(r.Context())
		io.WriteString(w, "hello")
	}, "/")
	if got := rec.Header().Get("Server-Timing"); got != "app;dur=5" {
		t.Errorf("Server-Timing is %q", got)
	}
	rec, _ = watched(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }, "/")
	if got := rec.Header().Get("Server-Timing"); got != "" {
		t.Errorf("Server-Timing of anybody is %q", got)
	}
}

func BenchmarkRequest(b *testing.B) {
	quiet := slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError}))
	for name, seen := range map[string]func(Served){"unseen": nil, "seen": func(Served) {}} {
		b.Run(name, func(b *testing.B) {
			h := Request(quiet, time.Now, WriteJSONError, seen)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			r := httptest.NewRequest("GET", "/", nil)
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
