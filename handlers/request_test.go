package handlers

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// request makes a request as a browser would: with the cookie, and fields as a form.
func (w *world) request(a *actor, method, path string, fields url.Values) *http.Request {
	var body io.Reader
	if fields != nil {
		body = strings.NewReader(fields.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	if fields != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if a != nil && a.token != "" {
		r.AddCookie(&http.Cookie{Name: "better-auth.session_token", Value: w.deps.Sessions.Signed(a.token)})
	}
	return r
}

// answered is what came back.
type answered struct {
	*httptest.ResponseRecorder
	t testing.TB
}

func (w *world) do(r *http.Request) answered {
	w.t.Helper()
	rec := httptest.NewRecorder()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	w.handler.ServeHTTP(greeted{rec, cancel}, r.WithContext(ctx))
	return answered{rec, w.t}
}

// greeted is a client that leaves a stream once it has been greeted.
type greeted struct {
	*httptest.ResponseRecorder
	leave func()
}

func (g greeted) Flush() {
	g.ResponseRecorder.Flush()
	g.leave()
}

func (w *world) get(a *actor, path string) answered {
	w.t.Helper()
	return w.do(w.request(a, "GET", path, nil))
}

// post sends a form; pairs are names and values.
func (w *world) post(a *actor, path string, pairs ...string) answered {
	w.t.Helper()
	return w.do(w.request(a, "POST", path, form(pairs...)))
}

// script sends a form, or with no pairs asks for a part of a page, as the scripts do.
func (w *world) script(a *actor, method, path string, pairs ...string) answered {
	w.t.Helper()
	var fields url.Values
	if method == "POST" {
		fields = form(pairs...)
	}
	r := w.request(a, method, path, fields)
	r.Header.Set("X-Fragment", "1")
	return w.do(r)
}

func form(pairs ...string) url.Values {
	fields := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		fields.Add(pairs[i], pairs[i+1])
	}
	return fields
}

// want checks the status, and that the body holds each of parts.
func (a answered) want(status int, parts ...string) answered {
	a.t.Helper()
	if a.Code != status {
		a.t.Fatalf("answer is %d, want %d: %.600s", a.Code, status, a.Body)
	}
	for _, part := range parts {
		if !strings.Contains(a.Body.String(), part) {
			a.t.Fatalf("%q is missing in %.3000s", part, a.Body)
		}
	}
	return a
}

// sends checks that the answer sends a browser to path.
func (a answered) sends(path string) {
	a.t.Helper()
	if got := a.Header().Get("Location"); a.Code != http.StatusSeeOther || got != path {
		a.t.Fatalf("answer is %d to %q, want 303 to %q: %.300s", a.Code, got, path, a.Body)
	}
}
