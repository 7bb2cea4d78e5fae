package e2e

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"pegasus/internal/oidctest"
)

// waysIn are the pages of the ways in, each with something on it.
func (s *server) waysIn(t *testing.T) []view {
	t.Helper()
	guarded := s.signUp(t, "Guarded")
	guarded.secondFactor()
	entered := []step{fill("#email", guarded.email), fill("#password", password), press(submit), present("#code")}
	return []view{
		{"sign-in, a notice", "/login?notice=password-reset", nil}, {"sign-in, a failure", "/login?error=account_not_linked", nil},
		{"sign-up, the meter", "/signup", []step{keys("#password", "four quiet kettles"), present(".strength:not([hidden])")}},
		{"sign-up, spent", "/signup?invitation=x", nil}, {"failure", "/auth/error?error=state_mismatch", nil},
		{"forgotten", "/forgot-password", nil}, {"forgotten, wrong", "/forgot-password", []step{waitFor(`(document.querySelector("main form").noValidate = true)`), press(submit), present(".wrong")}},
		{"on its way", "/forgot-password", []step{fill("#email", strings.Repeat("long-", 12)+"@pegasus.example"), press(submit), at("/check-mail")}},
		{"link, spent", "/reset-password?token=x", nil}, {"verify", "/verify-email?token=x", nil}, {"verify, ask", "/verify-email", nil},
		{"link", "/magic-link?token=x", nil}, {"link, ask", "/magic-link", nil},
		{"second factor", "/login", entered}, {"second factor, backup code", "/two-factor?method=backup-code", nil},
		{"second factor, by mail", "/two-factor", []step{press(`form[action="/two-factor/code"] button`), present(`#code[placeholder="00000000"]`)}},
		{"second factor, wrong", "/two-factor", []step{fill("#code", "000000"), press(submit), present("#code-wrong")}},
	}
}

// visitors are browsers of nobody's: with scripts and without.
func visitors(t *testing.T, visit func(t *testing.T, ctx context.Context)) {
	t.Run("scripts on", func(t *testing.T) { visit(t, browser(t, wide, high)) })
	t.Run("scripts off", func(t *testing.T) {
		ctx := browser(t, wide, high)
		do(t, ctx, scriptsOff())
		visit(t, ctx)
	})
}

const submit = "main form button.btn-primary"

// come waits until the browser is at path and shows selector, whether scripts run or not.
func come(t *testing.T, ctx context.Context, path string, selector chromedp.CSS) {
	t.Helper()
	var at *url.URL
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		text, err := chromedp.Run(ctx, chromedp.Location())
		if err != nil {
			continue // between two pages
		}
		if at, err = url.Parse(text); err == nil && at.Path == path {
			do(t, ctx, seen(selector))
			return
		}
	}
	t.Fatalf("the browser is at %s, not %s", at, path)
}

func TestSigningInWithASecondFactor(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	phone, codes := p.secondFactor()
	visitors(t, func(t *testing.T, ctx context.Context) {
		do(t, ctx, open(s.url+"/users"), seen("#password"), fill("#email", p.email), fill("#password", password), press(submit), seen("#code"))
		come(t, ctx, "/two-factor", "#code")
		do(t, ctx, fill("#code", "000000"), press(submit), seen("#code-wrong"))
		do(t, ctx, phone.enter(t, "#code"), press(submit))
		come(t, ctx, "/users", "nav")

		other := browser(t, wide, high)
		do(t, other, open(s.url+"/login"), fill("#email", p.email), fill("#password", password), press(submit), seen("#code"),
			press(`a[href*="method=backup-code"]`), seen(`#code[placeholder^=X]`), fill("#code", codes[0]), press(submit))
		codes = codes[1:]
		come(t, other, "/chat", "nav")
	})
}

func TestAForgottenPasswordIsSetByMail(t *testing.T) {
	t.Parallel()
	s, mail := startMailing(t)
	p := s.signUp(t, "Ada")
	visitors(t, func(t *testing.T, ctx context.Context) {
		next := "another password for " + strings.ReplaceAll(t.Name(), "/", " ")
		do(t, ctx, open(s.url+"/login?returnTo=/users"), press(`a[href^="/forgot-password"]`), seen("#email"), fill("#email", p.email), press(submit))
		come(t, ctx, "/check-mail", "h1")
		do(t, ctx, open(mail.link(t, p.email, "reset-password")), seen("#password"))
		if at := get(t, ctx, chromedp.Location()); !strings.HasPrefix(at, s.url+"/reset-password?") {
			t.Errorf("the link leads to %s", at)
		}
		do(t, ctx, fill("#password", "password"), press(submit), seen("#password-wrong"))
		do(t, ctx, fill("#password", next), press(submit))
		come(t, ctx, "/login", "main .note")
		do(t, ctx, fill("#email", p.email), fill("#password", next), press(submit))
		come(t, ctx, "/users", "nav")
	})
}

func TestSigningUpWhereAddressesHaveToBeProven(t *testing.T) {
	t.Parallel()
	s, mail := startMailing(t, "REQUIRE_EMAIL_VERIFICATION=true")
	n := 0
	visitors(t, func(t *testing.T, ctx context.Context) {
		n++
		email := fmt.Sprintf("ada%d@pegasus.example", n)
		do(t, ctx, open(s.url+"/signup?returnTo=/users"), fill("#name", "Ada"), fill("#email", email), fill("#password", password), press(submit))
		come(t, ctx, "/check-mail", "h1")
		do(t, ctx, open(mail.link(t, email, "/verify-email?")), press(submit))
		come(t, ctx, "/login", "main .note")
		do(t, ctx, fill("#email", email), fill("#password", password), press(submit))
		come(t, ctx, "/users", "nav")
	})
}

func TestAnInvitationByMailMakesAnAccount(t *testing.T) {
	t.Parallel()
	s, mail := startMailing(t, "SIGNUP=invite")
	boss := s.boss(t)
	n := 0
	visitors(t, func(t *testing.T, ctx context.Context) {
		n++
		email := fmt.Sprintf("ada%d@pegasus.example", n)
		do(t, ctx, open(s.url+"/signup"), seen("h1"))
		if text := get(t, ctx, chromedp.Text(chromedp.CSS("main"))); !strings.Contains(text, "By invitation only") {
			t.Errorf("the page says %s", text)
		}
		boss.must("POST", "/api/admin/invitations", map[string]any{"email": email}, nil)
		link := mail.link(t, email, "/signup?invitation=")
		do(t, ctx, open(link), seen("#email[readonly]"), fill("#name", "Ada"), fill("#password", password), press(submit))
		come(t, ctx, "/chat", "nav")
		again := browser(t, wide, high)
		do(t, again, open(link), seen("h1"))
		if text := get(t, again, chromedp.Text(chromedp.CSS("main"))); !strings.Contains(text, "This invitation is over") {
			t.Errorf("the page says %s", text)
		}
	})
}

func TestAMailedLinkSignsIn(t *testing.T) {
	t.Parallel()
	s, mail := startMailing(t)
	p := s.signUp(t, "Ada")
	visitors(t, func(t *testing.T, ctx context.Context) {
		do(t, ctx, open(s.url+"/login?returnTo=/users"), fill("#email", p.email), press(`button[formaction="/magic-link/send"]`))
		come(t, ctx, "/check-mail", "h1")
		link := mail.link(t, p.email, "/magic-link?")
		do(t, ctx, open(link), press(submit))
		come(t, ctx, "/users", "nav")
		again := browser(t, wide, high)
		do(t, again, open(link), press(submit), seen("#email"))
		if text := get(t, again, chromedp.Text(chromedp.CSS("main"))); !strings.Contains(text, "This link does not work") {
			t.Errorf("the page says %s", text)
		}
	})
}

func TestSigningInAtAProvider(t *testing.T) {
	t.Parallel()
	provider := oidctest.Start(t)
	s := start(t, "OIDC_ISSUER="+provider.URL, "OIDC_CLIENT_ID="+oidctest.ClientID, "OIDC_CLIENT_SECRET="+oidctest.ClientSecret)
	visitors(t, func(t *testing.T, ctx context.Context) {
		do(t, ctx, open(s.url+"/login?returnTo=/users"), press(`form[action="/login/oidc"] button`))
		come(t, ctx, "/users", "nav")
		other := browser(t, wide, high)
		provider.Set(func(b *oidctest.Behaviour) { b.Error = "access_denied" })
		do(t, other, open(s.url+"/signup?returnTo=/users"), press(`form[action="/login/oidc"] button`))
		come(t, other, "/login", "main [role=alert]")
		if value := get(t, other, chromedp.Evaluate[string](`document.querySelector("input[name=returnTo]").value`)); value != "/users" {
			t.Errorf("the way on is %q", value)
		}
		provider.Set(func(b *oidctest.Behaviour) { b.Error = "" })
	})
}

func TestTheMeterAdvisesOnAPasswordAndItCanBeShown(t *testing.T) {
	t.Parallel()
	s := start(t)
	ctx := browser(t, wide, high)
	do(t, ctx, open(s.url+"/signup"), fill("#name", "Ada Lovelace"), fill("#email", "countess@pegasus.example"))
	for _, try := range []struct{ password, says string }{
		{"abc", "5 more"}, {"aaaaaaaaaaaa", "Easy to guess"}, {"abcdefgh1234", "Easy to guess"}, {"lovelace1", "Easy to guess"},
		{"countess1815", "Easy to guess"}, {"four quiet green kettles", "Strong"},
	} {
		do(t, ctx, waitFor(`document.querySelector('#password').value = '', true`), keys("#password", try.password), waitFor(fmt.Sprintf(`document.querySelector('.strength [aria-live]').textContent === %q`, try.says)))
	}
	do(t, ctx, press("[data-reveal]"), waitFor(`document.querySelector('#password').type === 'text'`), press("[data-reveal]"), waitFor(`document.querySelector('#password').type === 'password'`))
}
