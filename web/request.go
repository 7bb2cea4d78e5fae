// Package web is the HTTP plumbing that both doors stand on: ids and logs of requests, headers, limits, the check for
// requests of other sites, errors and streams. It knows no route and no rule.
package web

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5/middleware"

	"pegasus/fault"
)

type contextKey int

const (
	keyRequest contextKey = iota
	keyNonce
)

// requestInfo gathers what the log says about a request while it is served.
type requestInfo struct {
	id      string
	userID  string
	err     error
	timed   bool // who asks may know how long it took
	address *url.URL
	route   string
}

func infoFrom(ctx context.Context) *requestInfo {
	info, _ := ctx.Value(keyRequest).(*requestInfo)
	if info == nil {
		return &requestInfo{}
	}
	return info
}

// RequestID returns the id of the request that ctx belongs to.
func RequestID(ctx context.Context) string { return infoFrom(ctx).id }

// Address returns the address that was asked for, nil where unknown. It must not be changed.
func Address(ctx context.Context) *url.URL { return infoFrom(ctx).address }

// ClientAddress returns the address that the request came from, through trusted proxies only, "" where unknown.
func ClientAddress(ctx context.Context) string { return middleware.GetClientIP(ctx) }

// UnknownProxy returns the address of a proxy near by that hands a request on and is not trusted, "" where there is none: all who come
// through it look like one. It is meant for requests of admins; anybody can look like such a proxy.
func UnknownProxy(r *http.Request) string {
	client := middleware.GetClientIPAddr(r.Context())
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || r.Header.Get("X-Forwarded-For") == "" || client != peer.Addr().Unmap() || !client.IsLoopback() && !client.IsPrivate() && !client.IsLinkLocalUnicast() {
		return ""
	}
	return client.String()
}

// NoteRoute says which route answers a request, where the outer router does not know it.
func NoteRoute(ctx context.Context, pattern string) { infoFrom(ctx).route = pattern }

// NoteUser lets the log say who made the request.
func NoteUser(ctx context.Context, userID string) { infoFrom(ctx).userID = userID }

// NoteError lets the log say why the request failed.
func NoteError(ctx context.Context, err error) { infoFrom(ctx).err = err }

// ShowTiming lets the answer say how long it took, in Server-Timing. It is for admins: to anybody else the time of an answer could
// tell what is there.
func ShowTiming(ctx context.Context) { infoFrom(ctx).timed = true }

// Served is a request that was answered.
type Served struct {
	Request *http.Request
	Path    string // without a secret that follows it
	Route   string // what NoteRoute said, "" for nothing
	ID      string
	Status  int
	Start   time.Time
	Took    time.Duration
}

// Request gives each request an id and a log line, and turns a panic into an answer by fail. The line holds neither
// query, header nor body: those carry secrets. seen is told of each answer but streams; nil for nobody.
func Request(
	log *slog.Logger, now func() time.Time, fail func(http.ResponseWriter, *http.Request, error), seen func(Served),
) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			info := &requestInfo{id: rand.Text(), address: r.URL}
			r = r.WithContext(context.WithValue(r.Context(), keyRequest, info))
			start := now()
			rec := &recorder{ResponseWriter: w, info: info, start: start, now: now}
			rec.Header().Set("X-Request-Id", info.id)
			defer func() {
				p := recover()
				if p != nil && p != http.ErrAbortHandler {
					log.Error("panic", "request_id", info.id, "panic", p, "stack", string(debug.Stack()))
				}
				begun := rec.status != 0
				switch {
				case p == nil && !begun:
					rec.status = http.StatusOK // as net/http answers
				case p != nil && p != http.ErrAbortHandler && !begun:
					fail(rec, r, fault.New(fault.Internal, "INTERNAL", "Something went wrong on our side. Please try again."))
				}
				took := now().Sub(start)
				if seen != nil && !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/event-stream") {
					seen(Served{Request: r, Path: shownPath(r.URL.Path), Route: info.route, ID: info.id, Status: rec.status, Start: start, Took: took})
				}
				info.log(log, r, rec, took)
				if p == http.ErrAbortHandler || p != nil && begun {
					panic(http.ErrAbortHandler) // half an answer must not look like a whole one
				}
			}()
			next.ServeHTTP(rec, r)
		})
	}
}

// secretPaths are followed by a secret, which does not go into the log.
var secretPaths = []string{"/hooks/", "/api/auth/reset-password/"}

func shownPath(path string) string {
	for _, prefix := range secretPaths {
		if strings.HasPrefix(path, prefix) {
			return prefix + "…"
		}
	}
	return path
}

func (i *requestInfo) log(log *slog.Logger, r *http.Request, rec *recorder, took time.Duration) {
	level := slog.LevelInfo
	if rec.status >= 500 {
		level = slog.LevelError
	}
	if !log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", i.id), slog.String("method", r.Method), slog.String("path", shownPath(r.URL.Path)),
		slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("address", ClientAddress(r.Context())),
	}
	if i.userID != "" {
		attrs = append(attrs, slog.String("user_id", i.userID))
	}
	if i.err != nil {
		attrs = append(attrs, slog.String("error", i.err.Error()))
	}
	log.LogAttrs(r.Context(), level, "request", attrs...)
}

// recorder notes status and size. It unwraps, so that a ResponseController reaches the connection.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	info   *requestInfo
	start  time.Time
	now    func() time.Time
}

func (r *recorder) WriteHeader(status int) {
	r.begin(status)
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.begin(http.StatusOK)
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// begin notes the first status, before the head goes out.
func (r *recorder) begin(status int) {
	if r.status != 0 {
		return
	}
	r.status = status
	if r.info.timed {
		ms := float64(r.now().Sub(r.start).Microseconds()) / 1000
		r.Header().Set("Server-Timing", "app;dur="+strconv.FormatFloat(ms, 'f', -1, 64))
	}
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
