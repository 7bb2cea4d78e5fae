package accounts_test

import (
	"slices"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/fault"
)

func (w *world) takes(t *testing.T, admin accounts.User, domains ...string) error {
	t.Helper()
	_, err := w.SetPolicy(t.Context(), admin, func(p accounts.Policy) accounts.Policy {
		p.SignUpDomains = domains
		return p
	})
	return err
}

func TestOnlyAddressesOfTheDomainsOfThePolicyMakeAccounts(t *testing.T) {
	w := newWorld(t)
	admin := w.admin(t)
	if err := w.takes(t, admin, " @Example.test", "corp.test", "example.test"); err != nil {
		t.Fatal(err)
	}
	p, err := w.Policy(t.Context())
	if err != nil || !slices.Equal(p.SignUpDomains, []string{"corp.test", "example.test"}) {
		t.Errorf("the domains are %v, %v", p.SignUpDomains, err)
	}
	w.join(t, "ada@example.test", good)
	for _, email := range []string{"eve@evil.test", "eve@sub.example.test", "eve@example.test.evil.test", "eve@notexample.test"} {
		_, err := w.SignUp(t.Context(), draft(email, good))
		refused(t, err, fault.Forbidden, "EMAIL_DOMAIN_NOT_ALLOWED")
		if !strings.Contains(err.Error(), "corp.test, example.test") {
			t.Errorf("it does not say which are: %v", err)
		}
		_, _, err = w.SignInWithProvider(t.Context(), identity("google", email, email))
		refused(t, err, fault.Forbidden, "signup_disabled")
		if err := w.RequestMagicLink(t.Context(), accounts.MagicLink{Email: email}); err != nil {
			t.Error(err)
		}
		if letters := w.letters.Letters(email); len(letters) != 0 {
			t.Errorf("%s is mailed %+v", email, letters)
		}
	}
	w.by(t, identity("google", "ben", "ben@corp.test"))
	w.magic(t, accounts.MagicLink{Email: "cem@corp.test"})
}

func TestAnInvitationToOneAddressGoesPastTheDomainsAndALinkForAnyoneDoesNot(t *testing.T) {
	w := newWorld(t)
	admin := w.admin(t)
	if err := w.takes(t, admin, "example.test"); err != nil {
		t.Fatal(err)
	}
	_, anyone := w.invite(t, admin, accounts.InvitationDraft{})
	_, guest := w.invite(t, admin, accounts.InvitationDraft{Email: "guest@evil.test"})
	_, err := w.SignUp(t.Context(), invited("eve@evil.test", anyone))
	refused(t, err, fault.Forbidden, "EMAIL_DOMAIN_NOT_ALLOWED")
	if _, err := w.SignUp(t.Context(), invited("guest@evil.test", guest)); err != nil {
		t.Error(err)
	}
	if _, err := w.SignUp(t.Context(), invited("ada@example.test", anyone)); err != nil {
		t.Error("the refusal used the invitation up:", err)
	}
}

func TestWhatIsNoDomainIsRefused(t *testing.T) {
	w := newWorld(t)
	admin := w.admin(t)
	for _, domain := range []string{"", "@", "a b", "exämple.test", "a@b.test", "example.test/x"} {
		refused(t, w.takes(t, admin, domain), fault.Invalid, "INVALID_DOMAIN")
	}
	many := make([]string, 51)
	for i := range many {
		many[i] = strings.Repeat("x", i+1) + ".test"
	}
	refused(t, w.takes(t, admin, many...), fault.Invalid, "TOO_MANY_DOMAINS")
	refused(t, w.takes(t, w.join(t, "ada@example.test", good)), fault.Forbidden, "FORBIDDEN")
}
