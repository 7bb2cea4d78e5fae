package accounts_test

import (
	"testing"

	"pegasus/accounts"
	"pegasus/fault"
)

func (w *world) magic(t testing.TB, m accounts.MagicLink) string {
	t.Helper()
	if err := w.RequestMagicLink(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return secretOf(t, w.mailed(t, m.Email, accounts.LetterMagicLink).URL)
}

func TestAMagicLinkLetsItsPersonInOnce(t *testing.T) {
	w := newWorld(t)
	u := w.prove(t, w.join(t, "ada@example.test", good))
	w.otherWaysIn(t, u)
	secret := w.magic(t, accounts.MagicLink{Email: u.Email})
	if won := atOnce(50, func(int) error {
		got, created, err := w.UseMagicLink(t.Context(), secret)
		if err == nil && (got.ID != u.ID || created) {
			t.Errorf("%+v, %v", got, created)
		}
		if err != nil {
			refused(t, err, fault.Invalid, "INVALID_TOKEN")
		}
		return err
	}); won != 1 {
		t.Errorf("%d won", won)
	}
	if !w.signsIn(t, u.Email, good) || w.countWaysIn(t, u) != 3 {
		t.Error("the account lost its ways in")
	}
}

func TestAMagicLinkMakesAProvenAccountWhereSignUpIsOpen(t *testing.T) {
	w := newWorld(t, mustVerify)
	for email, m := range map[string]struct{ name, want string }{
		"ada@example.test": {"Ada Lovelace", "Ada Lovelace"}, "ben@example.test": {"", "ben"}, "admin@example.test": {"", "Member"},
	} {
		secret := w.magic(t, accounts.MagicLink{Email: email, Name: m.name})
		u, created, err := w.UseMagicLink(t.Context(), secret)
		if err != nil || !created || !u.EmailVerified || u.Email != email || u.Name != m.want || u.Role != accounts.RoleUser || w.hash(t, u.ID) != "" {
			t.Errorf("%s: %+v, %v, %v", email, u, created, err)
		}
	}
	refused(t, w.RequestMagicLink(t.Context(), accounts.MagicLink{Email: "eve@example.test", Name: "admin"}), fault.Invalid, "NAME_RESERVED")
	if total, _, _ := w.Count(t.Context()); total != 3 {
		t.Errorf("%d people", total)
	}
}

func TestWhatWasSetUpBeforeTheAddressWasProvenLetsNobodyInAnyMore(t *testing.T) {
	w := newWorld(t)
	u := w.secondFactor(t, w.join(t, "victim@example.test", good)) // by somebody who is not the owner of the address
	w.otherWaysIn(t, u)
	w.open(t, u, token("a"), true)
	w.ticket(t, accounts.PurposeTrusted, u.ID, token("b"))
	got, created, err := w.UseMagicLink(t.Context(), w.magic(t, accounts.MagicLink{Email: u.Email}))
	if err != nil || created || got.ID != u.ID || !got.EmailVerified || got.TwoFactorEnabled {
		t.Fatalf("%+v, %v, %v", got, created, err)
	}
	if w.signsIn(t, u.Email, good) || w.countWaysIn(t, u) != 0 || w.sessions(t, u.ID) != 0 || w.has(t, accounts.PurposeTrusted, token("b")) {
		t.Error("somebody else may come in still")
	}
}

func TestAnAccountMadeWhileALinkWasUnderWayIsItsOwners(t *testing.T) {
	w := newWorld(t)
	secret := w.magic(t, accounts.MagicLink{Email: "ada@example.test"})
	u := w.join(t, "ada@example.test", good)
	got, created, err := w.UseMagicLink(t.Context(), secret)
	if err != nil || created || got.ID != u.ID || w.signsIn(t, u.Email, good) {
		t.Fatalf("%+v, %v, %v", got, created, err)
	}
}

func TestMagicLinksThatAreNotGood(t *testing.T) {
	w := newWorld(t)
	admin := w.boss(t, "root@example.test")
	for name, c := range map[string]struct {
		spoil func(u accounts.User, secret string) string
		code  string
	}{
		"made": {func(accounts.User, string) string { return "x" }, "INVALID_TOKEN"},
		"late": {func(_ accounts.User, secret string) string { w.later(accounts.MagicLinkLife); return secret }, "INVALID_TOKEN"},
		"banned": {func(u accounts.User, secret string) string {
			must(t)(w.BanUser(t.Context(), admin, u.ID, accounts.Ban{}))
			return secret
		}, "INVALID_TOKEN"},
		"again": {func(u accounts.User, _ string) string {
			must(t)(w.BanUser(t.Context(), admin, u.ID, accounts.Ban{}))
			return w.magic(t, accounts.MagicLink{Email: u.Email})
		}, "BANNED_USER"},
		"moved": {func(u accounts.User, secret string) string {
			email := "elsewhere@example.test"
			must(t)(w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Email: &email}, w.now()))
			return secret
		}, "INVALID_TOKEN"},
	} {
		u := w.join(t, name+"@example.test", good)
		bad := c.spoil(u, w.magic(t, accounts.MagicLink{Email: u.Email}))
		_, _, err := w.UseMagicLink(t.Context(), bad)
		if err == nil || fault.From(err).Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func must(t testing.TB) func(any, error) {
	return func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}
