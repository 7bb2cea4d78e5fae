package trouble

import (
	"net/http"
	"strings"
	"time"

	"pegasus/fault"
)

// spared are the ways to end a failure, to get in, and to ask how the server is.
var spared = []string{"/test", "/debug", "/login", "/two-factor", "/logout", "/livez", "/readyz", "/api/health", "/api/metrics/health"}

// Requests lets requests meet the failures that are on, and answers with fail.
func (s *Switches) Requests(fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if s == nil {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			meets := func(t Target) bool { return of(t, r) }
			switch path := r.URL.Path; {
			case isSpared(path):
			case path == "/events" || path == "/api/events":
				if s.Take(Cut, Any) {
					fail(w, r, Failure(fault.Unavailable))
					return
				}
			case s.Take(Unavailable, meets):
				fail(w, r, Failure(fault.Unavailable))
				return
			case s.Take(Limited, meets):
				fail(w, r, Failure(fault.Limited))
				return
			case s.Take(Slow, meets):
				select {
				case <-time.After(SlowFor):
				case <-r.Context().Done():
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

func isSpared(path string) bool {
	for _, prefix := range spared {
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return true
		}
	}
	return false
}

// of reports whether a request is one of a target.
func of(t Target, r *http.Request) bool {
	writes := r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
	switch path := r.URL.Path; t {
	case Sends:
		return writes && (strings.Contains(path, "/messages") || strings.Contains(path, "/thread/"))
	case Writes:
		return writes
	}
	return true
}
