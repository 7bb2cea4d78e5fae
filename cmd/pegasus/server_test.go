package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/mail"
	"pegasus/views"
	"pegasus/web"
)

func TestMailsThatWereGivenUpAreAHint(t *testing.T) {
	a := opened(t)
	given := func() bool {
		return slices.ContainsFunc(a.hints(t.Context()), func(h views.Hint) bool { return strings.HasPrefix(h.Text, "Mails given up in the last 7 days: 1.") })
	}
	q := mail.Queued{ID: "65f000000000000000000001", Kind: "test", To: "ada@example.test", CreatedAt: now(), NextTry: now()}
	if err := a.store.AddMail(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if given() {
		t.Error("a mail that waits is no mail that was given up")
	}
	if err := a.store.MailFailed(t.Context(), q.ID, "no such person", now(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if !given() {
		t.Error("nobody is told of a mail that was given up")
	}
}

func TestAProxyThatIsTrustedIsNotWarnedOf(t *testing.T) {
	for trusted, unknown := range map[string]string{"": "10.0.0.2", "TRUSTED_PROXIES=10.1.0.0/16": "10.0.0.2", "TRUSTED_PROXIES=10.0.0.0/16": ""} {
		a := opened(t, trusted)
		r := httptest.NewRequest("GET", "http://localhost:8080/livez", nil)
		r.RemoteAddr = "10.0.0.2:4000"
		r.Header.Set("X-Forwarded-For", "192.168.1.9")
		got := "nothing"
		a.clientAddress()(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = web.UnknownProxy(r) })).ServeHTTP(httptest.NewRecorder(), r)
		if got != unknown {
			t.Errorf("with %q the proxy that nobody knows is %q", trusted, got)
		}
	}
}
