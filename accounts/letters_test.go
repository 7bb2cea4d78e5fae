package accounts_test

import (
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"context"

	"pegasus/accounts"
	"pegasus/store/sqlite"
)

// mustVerify is the option under which addresses have to be proven.
func mustVerify(o *accounts.Options) { o.RequireVerification = true }

// mailed returns the newest letter of a kind to an address.
func (w *world) mailed(t testing.TB, to string, kind accounts.LetterKind) accounts.Letter {
	t.Helper()
	l, ok := w.letters.Last(to, kind)
	if !ok {
		t.Fatalf("no letter %s to %s, but %+v", kind, to, w.letters.Letters(""))
	}
	return l
}

func (w *world) count(to string, kind accounts.LetterKind) (n int) {
	for _, l := range w.letters.Letters(to) {
		if l.Kind == kind {
			n++
		}
	}
	return n
}

// secretOf returns the secret in the link of a letter.
func secretOf(t testing.TB, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"token", "invitation"} {
		if secret := u.Query().Get(name); secret != "" {
			return secret
		}
	}
	return u.Path[strings.LastIndexByte(u.Path, '/')+1:]
}

// prove opens the link of the verification mail.
func (w *world) prove(t testing.TB, u accounts.User) accounts.User {
	t.Helper()
	if err := w.SendVerification(t.Context(), u.Email, ""); err != nil {
		t.Fatal(err)
	}
	after, changed, err := w.VerifyEmail(t.Context(), secretOf(t, w.mailed(t, u.Email, accounts.LetterVerify).URL))
	if err != nil || changed || !after.EmailVerified || after.ID != u.ID {
		t.Fatalf("%+v, %v, %v", after, changed, err)
	}
	return after
}

// counted is a store that counts what is written, and a mailer that counts letters as a row more.
type counted struct {
	*sqlite.Store
	mailer accounts.Mailer
	writes atomic.Int64
}

func (c *counted) CreateTicket(ctx context.Context, t accounts.Ticket) error {
	c.writes.Add(1)
	return c.Store.CreateTicket(ctx, t)
}

func (c *counted) ReplaceTickets(ctx context.Context, t accounts.Ticket) error {
	c.writes.Add(1)
	return c.Store.ReplaceTickets(ctx, t)
}

func (c *counted) CountTicket(ctx context.Context, t accounts.Ticket) (int, error) {
	c.writes.Add(1)
	return c.Store.CountTicket(ctx, t)
}

func (c *counted) RecordEvent(ctx context.Context, e accounts.Event) error {
	c.writes.Add(1)
	return c.Store.RecordEvent(ctx, e)
}

func (c *counted) Send(ctx context.Context, l accounts.Letter) error {
	c.writes.Add(1)
	return c.mailer.Send(ctx, l)
}

func (c *counted) Delivers() bool { return c.mailer.Delivers() }

func TestWhatAsksForAMailWritesAsMuchForTheAddressOfNobody(t *testing.T) {
	c := &counted{}
	w := newWorld(t, func(o *accounts.Options) {
		c.Store, c.mailer = o.Store.(*sqlite.Store), o.Mailer
		o.Store, o.Mailer, o.SignUp = c, c, accounts.SignUpOpen
	})
	w.join(t, "ada@example.test", good)
	proven := w.prove(t, w.join(t, "ben@example.test", good))
	closed := accounts.NewService(accounts.Options{
		Store: c, Mailer: c, SignUp: accounts.SignUpClosed, Now: w.now, Cores: 1, Cost: 4, URL: "http://chat.example.test",
		Failed: func(context.Context, string, error) {},
	})
	writes := func(do func() error) int64 {
		t.Helper()
		c.writes.Store(0)
		if err := do(); err != nil {
			t.Fatal(err)
		}
		return c.writes.Load()
	}
	for name, ask := range map[string]func(email string) error{
		"reset":  func(email string) error { return w.RequestPasswordReset(t.Context(), email, "") },
		"verify": func(email string) error { return w.SendVerification(t.Context(), email, "") },
		"magic link": func(email string) error {
			return closed.RequestMagicLink(t.Context(), accounts.MagicLink{Email: email})
		},
		"sign-in": func(email string) error {
			if _, err := w.Authenticate(t.Context(), email, "wrong password"); err == nil {
				t.Error("a wrong password signs in")
			}
			return nil
		},
	} {
		known := writes(func() error { return ask("ada@example.test") })
		nobody := writes(func() error { return ask("nobody@example.test") })
		other := writes(func() error { return ask(proven.Email) })
		if known != nobody || known != other || known == 0 {
			t.Errorf("%s: %d writes for an account, %d for nobody, %d for a proven one", name, known, nobody, other)
		}
	}
	if n := len(w.letters.Letters("nobody@example.test")); n != 0 {
		t.Errorf("nobody got %d letters", n)
	}
}

func TestLinksBeginWithTheAddressOfTheServerAndCarryWhereToGoOn(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	const on = "/next?a=b&c=d e"
	const escaped = "%2Fnext%3Fa%3Db%26c%3Dd+e"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ask := map[string]func(callback string) accounts.Letter{
		"reset": func(callback string) accounts.Letter {
			must(w.RequestPasswordReset(t.Context(), u.Email, callback))
			return w.mailed(t, u.Email, accounts.LetterReset)
		},
		"verify": func(callback string) accounts.Letter {
			must(w.SendVerification(t.Context(), u.Email, callback))
			return w.mailed(t, u.Email, accounts.LetterVerify)
		},
		"change": func(callback string) accounts.Letter {
			must(w.RequestEmailChange(t.Context(), u, session, "new@example.test", callback))
			return w.mailed(t, "new@example.test", accounts.LetterChangeEmail)
		},
		"magic": func(callback string) accounts.Letter {
			must(w.RequestMagicLink(t.Context(), accounts.MagicLink{Email: u.Email, Callback: callback, NewUserCallback: "/new", ErrorCallback: "/bad"}))
			return w.mailed(t, u.Email, accounts.LetterMagicLink)
		},
		"delete": func(callback string) accounts.Letter {
			_, err := w.RequestDeletion(t.Context(), u, session, "", callback)
			must(err)
			return w.mailed(t, u.Email, accounts.LetterDelete)
		},
	}
	for _, c := range []struct{ name, callback, link, until string }{
		{"reset", "", "/api/auth/reset-password/TOKEN?callbackURL=%2Freset-password", "1 hour"},
		{"reset", on, "/api/auth/reset-password/TOKEN?callbackURL=" + escaped, "1 hour"},
		{"verify", "", "/verify-email?token=TOKEN", "24 hours"},
		{"verify", on, "/api/auth/verify-email?token=TOKEN&callbackURL=" + escaped, "24 hours"},
		{"change", "", "/verify-email?token=TOKEN", "1 hour"},
		{"change", on, "/api/auth/verify-email?token=TOKEN&callbackURL=" + escaped, "1 hour"},
		{"magic", "", "/magic-link?token=TOKEN", "5 minutes"},
		{"magic", on, "/api/auth/magic-link/verify?token=TOKEN&callbackURL=" + escaped + "&newUserCallbackURL=%2Fnew&errorCallbackURL=%2Fbad", "5 minutes"},
		{"delete", "", "/profile/delete?token=TOKEN", "1 hour"},
		{"delete", on, "/api/auth/delete-user/callback?token=TOKEN&callbackURL=" + escaped, "1 hour"},
	} {
		l := ask[c.name](c.callback)
		secret := secretOf(t, l.URL)
		want := "http://chat.example.test" + strings.Replace(c.link, "TOKEN", secret, 1)
		if l.URL != want || len(secret) < 52 || l.Until != c.until {
			t.Errorf("%s: %s for %s\nwant %s", c.name, l.URL, l.Until, want)
		}
	}
}

func TestAnAddressGetsNoMoreThanThreeLettersAnHourAndNobodyIsTold(t *testing.T) {
	w := newWorld(t)
	w.join(t, "ada@example.test", good) // mails a first verification
	for kind, ask := range map[accounts.LetterKind]func() error{
		accounts.LetterReset:     func() error { return w.RequestPasswordReset(t.Context(), " ADA@example.test", "") },
		accounts.LetterVerify:    func() error { return w.SendVerification(t.Context(), "ada@Example.test", "") },
		accounts.LetterMagicLink: func() error { return w.RequestMagicLink(t.Context(), accounts.MagicLink{Email: "ada@example.test"}) },
	} {
		for range 10 {
			if err := ask(); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.count("ada@example.test", kind); n != 3 {
			t.Errorf("%d letters %s", n, kind)
		}
	}
	w.later(time.Hour)
	if err := w.RequestPasswordReset(t.Context(), "ada@example.test", ""); err != nil {
		t.Fatal(err)
	}
	if n := w.count("ada@example.test", accounts.LetterReset); n != 4 {
		t.Errorf("%d letters after an hour", n)
	}
}
