// Package web is the HTTP plumbing that both doors stand on: ids and logs of requests, headers, limits, the check for
// requests of other sites, errors and streams. It knows no route and no rule.
package web

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
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
	address *url.URL
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

// NoteUser lets the log say who made the request.
func NoteUser(ctx context.Context, userID string) { infoFrom(ctx).userID = userID }

// NoteError lets the log say why the request failed.
func NoteError(ctx context.Context, err error) { infoFrom(ctx).err = err }

// Request gives each request an id and a log line, and turns a panic into an answer by fail. The line holds neither
// query, header nor body: those carry secrets.
func Request(log *slog.Logger, now func() time.Time, fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			info := &requestInfo{id: rand.Text(), address: r.URL}
			r = r.WithContext(context.WithValue(r.Context(), keyRequest, info))
			rec := &recorder{ResponseWriter: w}
			rec.Header().Set("X-Request-Id", info.id)
			start := now()
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
				info.log(log, r, rec, now().Sub(start))
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
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
