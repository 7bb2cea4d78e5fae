package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pegasus/fault"
)

var ok = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })

// answer sends a request through a handler.
func answer(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWhatAnotherSitesPageSendsIsRefused(t *testing.T) {
	mw, err := SameSite([]string{"https://chat.test", "https://app.test"}, WriteJSONError)
	if err != nil {
		t.Fatal(err)
	}
	h := mw(ok)
	cases := []struct {
		name, site, origin string
		allowed            bool // for changes; reads always are
	}{
		{"no browser", "", "", true},
		{"our own page", "same-origin", "https://chat.test", true},
		{"typed in", "none", "", true},
		{"our own page without fetch metadata", "", "https://chat.test", true},
		{"a listed site", "cross-site", "https://app.test", true},
		{"a listed sibling", "same-site", "https://app.test", true},
		{"a listed site without fetch metadata", "", "https://app.test", true},
		{"another site", "cross-site", "https://evil.test", false},
		{"another site without an origin", "cross-site", "", false},
		{"a sibling", "same-site", "https://blog.chat.test", false},
		{"a sibling without an origin", "same-site", "", false},
		{"another site without fetch metadata", "", "https://evil.test", false},
		{"a sandbox", "cross-site", "null", false},
		{"a sandbox without fetch metadata", "", "null", false},
		{"another port", "", "https://chat.test:8443", false},
		{"a longer name", "", "https://chat.test.evil.test", false},
		{"a prefix", "", "https://notchat.test", false},
		{"our name as user", "", "https://chat.test@evil.test", false},
		{"another user at our name", "", "https://evil.test@chat.test", false},
		{"nonsense", "", "::::", false},
		{"unknown metadata", "surprise", "", false},
	}
	for _, c := range cases {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"} {
			headers := []string{"Host", "chat.test"}
			if c.site != "" {
				headers = append(headers, "Sec-Fetch-Site", c.site)
			}
			if c.origin != "" {
				headers = append(headers, "Origin", c.origin)
			}
			w := answer(h, method, "/api/auth/sign-in", "", headers...)
			want := 403
			if c.allowed || safe(method) {
				want = 200
			}
			if w.Code != want {
				t.Errorf("%s, %s: %d, want %d", c.name, method, w.Code, want)
			}
			if w.Code == 403 && !strings.Contains(w.Body.String(), `"INVALID_ORIGIN"`) {
				t.Errorf("%s: %s", c.name, w.Body)
			}
		}
	}
}

func TestATrustedOriginMustBeOne(t *testing.T) {
	for _, bad := range []string{"chat.test", "https://chat.test/path", "*", "null"} {
		if _, err := SameSite([]string{bad}, WriteJSONError); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestCORSAnswersListedOriginsOnly(t *testing.T) {
	h := CORS([]string{"https://app.test"})(ok)
	for origin, listed := range map[string]bool{
		"https://app.test": true, "https://evil.test": false, "null": false, "": false, "*": false, "http://app.test": false,
		"https://app.test.evil.test": false, "https://app.test:444": false, "HTTPS://APP.TEST": false,
	} {
		for _, method := range []string{"GET", "POST", "OPTIONS"} {
			headers := []string{"Access-Control-Request-Method", "POST"}
			if origin != "" {
				headers = append(headers, "Origin", origin)
			}
			w := answer(h, method, "/api/x", "", headers...)
			got, credentials := w.Header().Get("Access-Control-Allow-Origin"), w.Header().Get("Access-Control-Allow-Credentials")
			if listed && (got != origin || credentials != "true" || w.Header().Get("Vary") != "Origin") {
				t.Errorf("%s from %q: %v", method, origin, w.Header())
			}
			if !listed && (got != "" || credentials != "") {
				t.Errorf("%s from %q is let in: %v", method, origin, w.Header())
			}
			if preflight := method == "OPTIONS" && listed; (w.Code == 204) != preflight {
				t.Errorf("%s from %q: %d", method, origin, w.Code)
			}
		}
	}
}

func TestOnlyOurHostsAreAnswered(t *testing.T) {
	app, _ := url.Parse("https://chat.test")
	h := Host(app)(ok)
	for host, want := range map[string]int{
		"chat.test": 200, "CHAT.test": 200, "chat.test:443": 200, "localhost": 200, "localhost:8080": 200, "127.0.0.1:8080": 200,
		"[::1]:8080": 200, "[::1]": 200, "127.9.9.9": 200,
		"evil.test": 421, "chat.test.evil.test": 421, "evil.test:443": 421, "": 421, "10.0.0.1": 421, "[2001:db8::1]": 421,
		"0.0.0.0": 421, "localhost.evil.test": 421, "chat.test@evil.test": 421,
	} {
		w := answer(h, "GET", "/", "", "Host", host)
		if w.Code != want {
			t.Errorf("%q: %d, want %d", host, w.Code, want)
		}
		if w.Code == 421 {
			checkErrorBody(t, w, 421, "UNKNOWN_HOST")
		}
	}
}

// checkErrorBody holds an answer against the form of every JSON error.
func checkErrorBody(t *testing.T, w *httptest.ResponseRecorder, status int, code string) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	text := func(key string) string { s, _ := body[key].(string); return s }
	if body["status"] != float64(status) || w.Code != status || text("code") != code || text("error") == "" || text("message") == "" {
		t.Errorf("answered %d with %s", w.Code, w.Body)
	}
	if _, err := time.Parse(timeFormat, text("timestamp")); err != nil {
		t.Errorf("timestamp: %v", err)
	}
	if _, there := body["request_id"]; !there {
		t.Error("no request_id")
	}
	if got := w.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	return body
}

func TestABodyOverTheCapIs413(t *testing.T) {
	h := Body(MaxBody)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			WriteJSONError(w, r, errors.Join(errors.New("decode"), err))
			return
		}
		ok(w, r)
	}))
	if w := answer(h, "POST", "/", strings.Repeat("x", MaxBody)); w.Code != 200 {
		t.Errorf("a body at the cap: %d", w.Code)
	}
	checkErrorBody(t, answer(h, "POST", "/", strings.Repeat("x", MaxBody+1)), 413, "BODY_TOO_LARGE")
}

func TestEveryKindOfFailureHasItsStatusAndTheSameForm(t *testing.T) {
	for kind, status := range map[fault.Kind]int{
		fault.Internal: 500, fault.Invalid: 400, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404,
		fault.Conflict: 409, fault.Mismatch: 422, fault.TooLarge: 413, fault.Unsupported: 415, fault.Limited: 429,
		fault.Unavailable: 503, fault.Full: 507,
	} {
		w := httptest.NewRecorder()
		err := &fault.Error{Kind: kind, Code: "A_CODE", Message: "A sentence.", Err: errors.New("secret cause")}
		WriteJSONError(w, httptest.NewRequest("GET", "/", nil), err)
		if body := checkErrorBody(t, w, status, "A_CODE"); body["message"] != "A sentence." || body["details"] != nil {
			t.Errorf("kind %d: %v", kind, body)
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("kind %d says its cause", kind)
		}
	}
}

func TestAFieldAtFaultIsNamed(t *testing.T) {
	w := httptest.NewRecorder()
	WriteJSONError(w, httptest.NewRequest("GET", "/", nil), fault.Field("name", "NAME_REQUIRED", "Please enter a name."))
	body := checkErrorBody(t, w, 400, "NAME_REQUIRED")
	details, _ := json.Marshal(body["details"])
	if body["error"] != "Please enter a name." || string(details) != `[{"field":"name","message":"Please enter a name."}]` {
		t.Errorf("got %v", body)
	}
}

func TestRetryAfterIsRoundedUp(t *testing.T) {
	for _, c := range []struct {
		kind        fault.Kind
		after       time.Duration
		retry, auth string
	}{
		{fault.Limited, 1500 * time.Millisecond, "2", "2"}, {fault.Limited, time.Millisecond, "1", "1"},
		{fault.Unavailable, 2 * time.Second, "2", ""}, {fault.Limited, 0, "", ""}, {fault.NotFound, 0, "", ""},
	} {
		h := http.Header{}
		SetRetryAfter(h, &fault.Error{Kind: c.kind, RetryAfter: c.after})
		if h.Get("Retry-After") != c.retry || h.Get("X-Retry-After") != c.auth {
			t.Errorf("%v: %v", c, h)
		}
	}
}

// chain is what every request passes, with its log.
func chain(log io.Writer, h http.Handler) http.Handler {
	logger := slog.New(slog.NewJSONHandler(log, nil))
	return Request(logger, time.Now, WriteJSONError, nil)(Headers(true)(h))
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	app, _ := url.Parse("https://chat.test")
	sameSite, _ := SameSite(nil, WriteJSONError)
	mux := http.NewServeMux()
	mux.Handle("/ok", ok)
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("secret") })
	mux.HandleFunc("/error", func(w http.ResponseWriter, r *http.Request) { WriteJSONError(w, r, errors.New("secret")) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		WriteJSONError(w, r, err)
	})
	h := chain(io.Discard, Host(app)(sameSite(Body(10)(mux))))
	for _, c := range []struct {
		method, path, host, site string
		status                   int
	}{
		{"GET", "/ok", "chat.test", "", 200}, {"GET", "/panic", "chat.test", "", 500}, {"GET", "/error", "chat.test", "", 500},
		{"GET", "/none", "chat.test", "", 404}, {"GET", "/ok", "evil.test", "", 421}, {"POST", "/ok", "chat.test", "cross-site", 403},
		{"POST", "/large", "chat.test", "", 413},
	} {
		w := answer(h, c.method, c.path, strings.Repeat("x", 100), "Host", c.host, "Sec-Fetch-Site", c.site)
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d", c.path, w.Code, c.status)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "strict-origin-when-cross-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains",
			"Content-Security-Policy":   "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%d %s: %s is %q", c.status, c.path, name, got)
			}
		}
		for _, name := range []string{"X-Request-Id", "Permissions-Policy"} {
			if w.Header().Get(name) == "" {
				t.Errorf("%d %s: no %s", c.status, c.path, name)
			}
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s leaks: %s", c.path, w.Body)
		}
	}
	plain := httptest.NewRecorder()
	Headers(false)(ok).ServeHTTP(plain, httptest.NewRequest("GET", "/", nil))
	if plain.Header().Get("Strict-Transport-Security") != "" {
		t.Error("a server reached by http sends HSTS")
	}
}

func TestAPageRunsOnlyScriptsWithItsOwnNonce(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		var nonce string
		w := answer(Page(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { nonce = Nonce(r.Context()) })), "GET", "/", "")
		policy := w.Header().Get("Content-Security-Policy")
		if len(nonce) < 20 || seen[nonce] || !strings.Contains(policy, "script-src 'self' 'nonce-"+nonce+"';") || strings.Contains(policy, "unsafe") {
			t.Fatalf("nonce %q, policy %s", nonce, policy)
		}
		seen[nonce] = true
	}
	if Nonce(t.Context()) != "" {
		t.Error("a nonce without a page")
	}
}

func TestTheLogLineNamesTheRequestAndHoldsNoSecret(t *testing.T) {
	var log bytes.Buffer
	h := chain(&log, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		NoteUser(r.Context(), "ada")
		w.Header().Set("Set-Cookie", "a=canary6")
		WriteJSONError(w, r, fault.Away("AWAY", "Later.", errors.New("the cause")))
	}))
	w := answer(h, "POST", "/reset-password?token=canary1", `{"password":"canary2"}`, "Authorization", "Bearer canary3",
		"Cookie", "better-auth.session_token=canary4", "User-Agent", "canary5", "Referer", "/?t=canary7")
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, &log)
	}
	if strings.Contains(log.String(), "canary") {
		t.Errorf("the log holds a secret: %s", &log)
	}
	for key, want := range map[string]any{
		"method": "POST", "path": "/reset-password", "status": 503.0, "user_id": "ada", "level": "ERROR", "request_id": w.Header().Get("X-Request-Id"),
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	if !strings.Contains(log.String(), "the cause") || strings.Contains(w.Body.String(), "the cause") {
		t.Errorf("the cause belongs in the log alone: %s, %s", &log, w.Body)
	}
	if id := line["request_id"].(string); len(id) < 20 || !strings.Contains(w.Body.String(), id) {
		t.Errorf("request id %q, body %s", id, w.Body)
	}
}

func TestAPathCannotForgeALogLine(t *testing.T) {
	var log bytes.Buffer
	answer(chain(&log, ok), "GET", "/a%0A%7B%22level%22:%22ERROR%22%7D", "")
	if lines := strings.Count(log.String(), "\n"); lines != 1 {
		t.Errorf("%d lines: %s", lines, &log)
	}
}

func TestAHandlerThatWritesNothingIsLoggedAs200(t *testing.T) {
	var log bytes.Buffer
	answer(chain(&log, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})), "GET", "/", "")
	if !strings.Contains(log.String(), `"status":200`) {
		t.Error(log.String())
	}
}

func TestAPanicIsAnsweredLoggedAndEndsNothingElse(t *testing.T) {
	var log bytes.Buffer
	h := chain(&log, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { panic("index out of range") }))
	for range 2 {
		checkErrorBody(t, answer(h, "GET", "/", ""), 500, "INTERNAL")
	}
	if !strings.Contains(log.String(), "index out of range") || !strings.Contains(log.String(), "guard_test.go") || !strings.Contains(log.String(), `"status":500`) {
		t.Error(log.String())
	}
}

func TestAPanicHalfwayBreaksTheConnection(t *testing.T) {
	for name, p := range map[string]any{"a fault": "oh", "an abort": http.ErrAbortHandler} {
		server := httptest.NewServer(chain(io.Discard, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
			panic(p)
		})))
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		resp, err := http.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("%s: half an answer looks whole: %q", name, body)
		}
		resp.Body.Close()
		server.Close()
	}
}

func TestWithoutARequestNothingIsNoted(t *testing.T) {
	ctx := context.Background()
	NoteUser(ctx, "ada")
	NoteError(ctx, errors.New("x"))
	if RequestID(ctx) != "" || ClientAddress(ctx) != "" {
		t.Error("something is known of no request")
	}
}

func TestCompressPacksLargePagesAndLeavesStreamsAlone(t *testing.T) {
	large := Compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, strings.Repeat("pegasus ", 1000))
	}))
	for path, packed := range map[string]bool{"/chat": true, "/events": false, "/api/events": false} {
		w := answer(large, "GET", path, "", "Accept-Encoding", "gzip")
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != packed {
			t.Errorf("%s packed: %v", path, got)
		}
	}
	if w := answer(large, "GET", "/chat", ""); w.Header().Get("Content-Encoding") != "" {
		t.Error("packed for a client that does not take it")
	}
}
