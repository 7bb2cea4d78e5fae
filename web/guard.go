package web

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"pegasus/fault"
)

// MaxBody is the largest JSON or form body, in bytes: the longest message that admins may allow fits however it is written. Uploads
// have a limit of their own.
const MaxBody = 256 << 10

// Headers sets what every answer carries. hsts is for servers reached by https.
func Headers(hsts bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("X-Frame-Options", "DENY")
			h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
			h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
			h.Set("Cache-Control", "no-store")
			if hsts {
				h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Page gives an HTML answer a policy under which only our own files and scripts with this answer's nonce run.
func Page(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nonce := rand.Text()
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'nonce-"+nonce+"'; style-src 'self'; "+
			"img-src 'self' data: blob:; media-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; object-src 'none'; "+
			"base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), keyNonce, nonce)))
	})
}

// FrameOwn lets the page that is answered with frame what this server serves.
func FrameOwn(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", h.Get("Content-Security-Policy")+"; frame-src 'self'")
}

// FramedByOwn lets this server's own pages, and no others, frame the answer.
func FramedByOwn(w http.ResponseWriter) { w.Header().Set("X-Frame-Options", "SAMEORIGIN") }

// Nonce returns the nonce of the page that ctx belongs to.
func Nonce(ctx context.Context) string {
	nonce, _ := ctx.Value(keyNonce).(string)
	return nonce
}

// Body caps what is read of a request.
func Body(limit int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, limit)
			next.ServeHTTP(w, r)
		})
	}
}

var (
	errCrossSite = fault.New(fault.Forbidden, "INVALID_ORIGIN", "This request comes from another site.")
	errHost      = fault.New(fault.NotFound, "UNKNOWN_HOST", "There is nothing at this address.")
)

// SameSite refuses what another site's page makes a browser send: changes from an origin that is neither ours nor one
// of trusted, and streams. A client that is no browser sends neither Origin nor Sec-Fetch-Site and passes; it cannot be
// made to send somebody else's cookie.
func SameSite(trusted []string, fail func(http.ResponseWriter, *http.Request, error)) (func(http.Handler) http.Handler, error) {
	check := http.NewCrossOriginProtection()
	for _, origin := range trusted {
		if err := check.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			origin := r.Header.Get("Origin")
			userinfo := strings.Contains(origin, "@") // url.Parse would take http://evil@ours for ours
			if userinfo && !safe(r.Method) || check.Check(r) != nil {
				fail(w, r, errCrossSite)
				return
			}
			next.ServeHTTP(w, r)
		})
	}, nil
}

// CrossSite reports whether a browser says that another site's page made the request.
func CrossSite(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// exposed names the headers of answers that scripts of other origins may read.
const exposed = "ETag, Ignored-Parameters, Link, RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, Retry-After, " +
	"X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, set-auth-token"

// CORS lets the scripts of listed origins call the API with the person's cookie.
func CORS(origins []string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			origin := r.Header.Get("Origin")
			if origin == "" || !slices.Contains(origins, origin) {
				next.ServeHTTP(w, r)
				return
			}
			h := w.Header()
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Add("Vary", "Origin")
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
				h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Last-Event-ID")
				h.Set("Access-Control-Max-Age", "600")
				w.WriteHeader(http.StatusNoContent)
				return
			}
			h.Set("Access-Control-Expose-Headers", exposed)
			next.ServeHTTP(w, r)
		})
	}
}

// Host answers 421 to names that are not ours, so that no cache or link can be made to carry another.
func Host(appURL *url.URL) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			name := r.Host
			if host, _, err := net.SplitHostPort(r.Host); err == nil {
				name = host
			}
			ip := net.ParseIP(strings.Trim(name, "[]"))
			if !strings.EqualFold(name, appURL.Hostname()) && !strings.EqualFold(name, "localhost") && (ip == nil || !ip.IsLoopback()) {
				NoteError(r.Context(), errHost)
				body := NewErrorBody(RequestID(r.Context()), time.Now(), errHost)
				body.Status = http.StatusMisdirectedRequest
				body.Text = http.StatusText(body.Status)
				WriteJSON(w, body.Status, body)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
