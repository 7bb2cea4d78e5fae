package api

import (
	"strings"
	"testing"

	"pegasus/web"
)

// Each path of the protocol has its own share for each client; the aliases of one have theirs together.
func TestLimitsOfTheProtocol(t *testing.T) {
	const far = "none"
	for _, c := range []struct {
		path, body string
		allowed    int
		window     string
	}{
		{"sign-in/social", `{"provider":"none"}`, 3, "10"}, {"two-factor/verify-totp", `{}`, 3, "10"}, {"two-factor/verify-otp", `{}`, 3, "10"},
		{"two-factor/verify-backup-code", `{}`, 3, "10"}, {"two-factor/send-otp", `{}`, 3, "10"}, {"sign-in/magic-link", `{}`, 5, "60"},
		{"request-password-reset", `{}`, 3, "60"}, {"forget-password", `{}`, 3, "60"}, {"send-verification-email", `{}`, 3, "60"},
		{"reset-password", `{}`, 100, "10"}, {"change-password", far, 3, "10"}, {"change-email", far, 3, "10"}, {"two-factor/enable", far, 3, "10"},
		{"verify-password", far, 3, "10"}, {"delete-user", far, 3, "10"},
	} {
		w := newWorld(t, func(d *Deps) { d.Limits = web.NewLimits(false) })
		who := w.signIn(w.join("ada"))
		body, send := c.body, (*actor)(nil)
		if body == far {
			body, send = `{}`, who
		}
		for range c.allowed {
			if got := w.call(send, "POST", "/api/auth/"+c.path, body); got.Code == 429 {
				t.Fatalf("%s is limited too early", c.path)
			}
		}
		over := w.call(send, "POST", "/api/auth/"+c.path, body).want(429, "TOO_MANY_REQUESTS")
		if over.Header().Get("X-Retry-After") != c.window || over.Header().Get("Retry-After") != c.window {
			t.Errorf("%s: %v", c.path, over.Header())
		}
		w.call(nil, "GET", "/api/auth/get-session", nil).want(200)
		if strings.HasPrefix(c.path, "two-factor/verify") {
			w.call(send, "POST", "/api/auth/two-factor/generate-backup-codes", `{}`).want(401)
		}
		elsewhere := request(send, "POST", "/api/auth/"+c.path, body)
		elsewhere.RemoteAddr = "198.51.100.7:1"
		if got := w.do(elsewhere); got.Code == 429 {
			t.Errorf("%s is limited for another client", c.path)
		}
	}
}
