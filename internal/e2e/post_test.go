package e2e

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"pegasus/mail/mailtest"
)

// post is a mail server for the program.
type post struct {
	*mailtest.Server
	read int
}

// startMailing starts the program with a mail server.
func startMailing(t *testing.T, env ...string) (*server, *post) {
	t.Helper()
	p := &post{Server: mailtest.Start(t, mailtest.Options{Security: mailtest.Plain})}
	return start(t, append(env, "MAIL_SERVER="+p.Host, fmt.Sprintf("MAIL_PORT=%d", p.Port), "MAIL_USE_TLS=false", "MAIL_FROM=chat@pegasus.example")...), p
}

var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// link waits for the next mail to an address that holds a link with part in it, and returns the link.
func (p *post) link(t *testing.T, to, part string) string {
	t.Helper()
	for {
		m := p.Wait(t, p.read+1)[p.read]
		p.read++
		for _, link := range address.FindAllString(m.Text, -1) {
			if m.To[0] == to && strings.Contains(link, part) {
				return link
			}
		}
	}
}

// app is an authenticator app.
type app struct {
	secret string
	step   int
}

// code returns a code that was not used yet: there are three at any time.
func (a *app) code(t *testing.T) string {
	t.Helper()
	code, err := totp.GenerateCode(a.secret, time.Now().Add(time.Duration(a.step)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	a.step++
	return code
}

// enter fills a code in. It is made when its turn comes: on a busy machine the steps before may take longer than it is good.
func (a *app) enter(t *testing.T, selector chromedp.CSS) step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		return fill(selector, a.code(t))(ctx, target)
	}
}

// secondFactor gives a person a second factor.
func (p *person) secondFactor() (*app, []string) {
	p.t.Helper()
	var setup struct {
		TOTPURI     string
		BackupCodes []string
	}
	p.must("POST", "/api/auth/two-factor/enable", map[string]string{"password": password}, &setup)
	uri, err := url.Parse(setup.TOTPURI)
	if err != nil {
		p.t.Fatal(err)
	}
	a := &app{secret: uri.Query().Get("secret"), step: -1}
	p.must("POST", "/api/auth/two-factor/verify-totp", map[string]string{"code": a.code(p.t)}, nil)
	return a, setup.BackupCodes
}

// boss makes the first admin.
func (s *server) boss(t *testing.T) *person {
	t.Helper()
	link, err := url.Parse(s.setupLink(t))
	if err != nil {
		t.Fatal(err)
	}
	p := s.person(t, "Boss")
	p.post("/setup", "token", link.Query().Get("token"), "name", "Boss", "email", p.email, "password", password)
	var me struct{ User struct{ ID string } }
	p.must("GET", "/api/auth/me", nil, &me)
	p.id = me.User.ID
	return p
}
