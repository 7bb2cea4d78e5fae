package accounts_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pegasus/accounts"
	"pegasus/fault"
)

func identity(provider, subject, email string) accounts.Identity {
	return accounts.Identity{Provider: provider, Subject: subject, Email: email, EmailVerified: true, Name: "Ada Lovelace", Scopes: []string{"openid"}}
}

// by signs in with an identity that must be taken.
func (w *world) by(t testing.TB, who accounts.Identity) (u accounts.User, created bool) {
	t.Helper()
	u, created, err := w.SignInWithProvider(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return u, created
}

func (w *world) links(t testing.TB, userID string) []accounts.ProviderAccount {
	t.Helper()
	links, err := w.ProviderAccounts(t.Context(), userID)
	if err != nil {
		t.Fatal(err)
	}
	return links
}

func (w *world) people(t testing.TB) int {
	t.Helper()
	n, _, err := w.store.CountUsers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSomebodyNewGetsAnAccountByTheirIdentity(t *testing.T) {
	w := newWorld(t)
	u, created := w.by(t, identity("google", "12", "Ada.L@Example.test"))
	if !created || u.Email != "ada.l@example.test" || !u.EmailVerified || u.Username != "ada.l" || u.Name != "Ada Lovelace" || u.Role != accounts.RoleUser {
		t.Errorf("created %v: %+v", created, u)
	}
	if u.GoogleID != "12" || u.OAuthProvider != "google" {
		t.Errorf("google id %q, provider %q", u.GoogleID, u.OAuthProvider)
	}
	if w.hash(t, u.ID) != "" {
		t.Error("there is a password")
	}
	links := w.links(t, u.ID)
	if len(links) != 1 || links[0].Provider != "google" || links[0].Subject != "12" || !slices.Equal(links[0].Scopes, []string{"openid"}) {
		t.Errorf("links: %+v", links)
	}
	if w.events(t, u, accounts.ActionSignUp) != 1 || w.events(t, u, accounts.ActionProviderLinked) != 1 {
		t.Error("the audit log does not tell it")
	}
	again, created := w.by(t, identity("google", "12", "Ada.L@Example.test"))
	if created || again.ID != u.ID {
		t.Errorf("the second time: created %v, %s", created, again.ID)
	}
	other, _ := w.by(t, identity("github", "12", "ben@example.test"))
	if other.GoogleID != "" || other.OAuthProvider != "" {
		t.Errorf("GitHub's account is kept as Google's: %+v", other)
	}
}

func TestANameThatWillNotDoIsMadeOfTheAddress(t *testing.T) {
	w := newWorld(t)
	for i, name := range []string{"", "  ", "admin", "a\u202eb", strings.Repeat("x", 81), "\x00"} {
		who := identity("github", fmt.Sprint(i), fmt.Sprintf("ada%d@example.test", i))
		who.Name = name
		if u, _ := w.by(t, who); u.Name != fmt.Sprintf("ada%d", i) {
			t.Errorf("%q became %q", name, u.Name)
		}
	}
}

func TestAnIdentityIsKnownByProviderAndSubjectAlone(t *testing.T) {
	w := newWorld(t)
	ada, _ := w.by(t, identity("github", "12", "ada@example.test"))
	for name, who := range map[string]accounts.Identity{
		"a longer subject":  identity("github", "123", "ben@example.test"),
		"a shorter subject": identity("github", "1", "cy@example.test"),
		"another provider":  identity("oidc", "12", "dan@example.test"),
		"another case":      identity("oidc", "abc", "eve@example.test"),
		"a blank more":      identity("github", "12 ", "fay@example.test"),
	} {
		if u, created := w.by(t, who); !created || u.ID == ada.ID {
			t.Errorf("%s is the same person", name)
		}
	}
	if u, created := w.by(t, identity("oidc", "ABC", "gus@example.test")); !created || u.Email != "gus@example.test" {
		t.Error("subjects are compared without their case")
	}
	for _, email := range []string{"moved@example.test", "ben@example.test", "", "not an address"} {
		who := identity("github", "12", email)
		who.EmailVerified = false
		u, created := w.by(t, who)
		if created || u.ID != ada.ID || u.Email != "ada@example.test" {
			t.Errorf("with the address %q: created %v, %+v", email, created, u)
		}
		if links := w.links(t, ada.ID); links[0].Email != email {
			t.Errorf("the link says %q, want %q", links[0].Email, email)
		}
	}
	_, _, err := w.SignInWithProvider(t.Context(), identity("github", "", "ada@example.test"))
	refused(t, err, fault.Invalid, "unable_to_get_user_info")
}

func TestAnAddressThatTheProviderHasNotVerifiedLetsNobodyIn(t *testing.T) {
	w := newWorld(t)
	ada := w.prove(t, w.join(t, "ada@example.test", good))
	before := w.people(t)
	for email, code := range map[string]string{
		"ada@example.test": "email_not_verified", "new@example.test": "email_not_verified", "": "email_not_found", "аda@example.test": "email_not_found",
	} {
		who := identity("github", "12", email)
		who.EmailVerified = false
		_, _, err := w.SignInWithProvider(t.Context(), who)
		refused(t, err, fault.Invalid, code)
	}
	if w.people(t) != before || len(w.links(t, ada.ID)) != 0 {
		t.Error("it left something behind")
	}
}

func TestAnAccountIsLinkedWhereBothSidesHaveProvenTheAddress(t *testing.T) {
	w := newWorld(t)
	ada := w.prove(t, w.join(t, "ada@example.test", good))
	session := w.open(t, ada, token("a"), true)
	u, created := w.by(t, identity("google", "12", "ADA@example.test"))
	if created || u.ID != ada.ID || u.GoogleID != "12" {
		t.Fatalf("created %v, %+v", created, u)
	}
	if _, _, alive := w.alive(t, token("a")); !alive || session.UserID != u.ID || !w.signsIn(t, "ada@example.test", good) {
		t.Error("the owner of both lost something")
	}
	if w.mailed(t, "ada@example.test", accounts.LetterNotice).About["what"] == "" {
		t.Error("the owner is not told")
	}
}

func TestAnAddressThatWasGivenToSomebodyElseDoesNotBringTheAccountAlong(t *testing.T) {
	w := newWorld(t)
	ada, _ := w.by(t, identity("google", "12", "ada@example.test"))
	_, _, err := w.SignInWithProvider(t.Context(), identity("google", "99", "ada@example.test"))
	refused(t, err, fault.Conflict, "account_not_linked")
	if len(w.links(t, ada.ID)) != 1 {
		t.Error("it was linked")
	}
	if u, _ := w.by(t, identity("github", "99", "ada@example.test")); u.ID != ada.ID {
		t.Error("another provider's proof does not count")
	}
}

func TestWhoProvesAnAddressTakesTheAccountFromWhoeverGotItReady(t *testing.T) {
	w := newWorld(t)
	evil := w.join(t, "ada@example.test", good)
	w.open(t, evil, token("a"), true)
	w.otherWaysIn(t, evil)
	w.secondFactor(t, evil)
	purposes := []accounts.Purpose{
		accounts.PurposeReset, accounts.PurposeVerify, accounts.PurposeChangeEmail, accounts.PurposeMagicLink, accounts.PurposeDelete,
		accounts.PurposeChallenge, accounts.PurposeEmailCode, accounts.PurposeTrusted, accounts.PurposeDevice, accounts.PurposeFlow, accounts.PurposePasskey,
	}
	for _, p := range purposes {
		w.ticket(t, p, evil.ID, token("b"))
	}
	w.ended = nil
	u, created := w.by(t, identity("google", "12", "ada@example.test"))
	if created || u.ID != evil.ID || !u.EmailVerified || u.TwoFactorEnabled {
		t.Fatalf("created %v, %+v", created, u)
	}
	if w.signsIn(t, "ada@example.test", good) || w.hash(t, u.ID) != "" {
		t.Error("the password is good")
	}
	if _, _, alive := w.alive(t, token("a")); alive {
		t.Error("the session lives")
	}
	if len(w.ended) == 0 || w.ended[0] != u.ID+"  " {
		t.Errorf("the streams go on: %q", w.ended)
	}
	if n := w.countWaysIn(t, u); n != 1 {
		t.Errorf("%d ways in", n)
	}
	if links := w.links(t, u.ID); len(links) != 1 || links[0].Provider != "google" {
		t.Errorf("links: %+v", links)
	}
	if _, err := w.store.TwoFactor(t.Context(), u.ID); !errors.Is(err, accounts.ErrNoTwoFactor) {
		t.Errorf("the second factor: %v", err)
	}
	for _, p := range purposes {
		if w.has(t, p, token("b")) {
			t.Errorf("a ticket %s is left", p)
		}
	}
}

func TestAClosedSignUpIsClosedToIdentitiesToo(t *testing.T) {
	for _, mode := range []accounts.SignUpMode{accounts.SignUpInvite, accounts.SignUpClosed} {
		w := newWorld(t, func(o *accounts.Options) { o.SignUp = mode })
		admin := w.boss(t, "root@example.test")
		_, _, err := w.SignInWithProvider(t.Context(), identity("github", "12", "new@example.test"))
		refused(t, err, fault.Forbidden, "signup_disabled")
		if w.people(t) != 1 {
			t.Error("there is somebody new")
		}
		if u, created := w.by(t, identity("github", "1", admin.Email)); created || u.ID != admin.ID {
			t.Error("who is here already does not get in")
		}
	}
}

func TestWhoIsKeptOutDoesNotGetInByAnIdentity(t *testing.T) {
	w := newWorld(t)
	ada, _ := w.by(t, identity("github", "12", "ada@example.test"))
	ban := accounts.Ban{Banned: true}
	if _, err := w.store.UpdateUser(t.Context(), ada.ID, accounts.UserChange{Ban: &ban}, w.now()); err != nil {
		t.Fatal(err)
	}
	for _, who := range []accounts.Identity{identity("github", "12", "ada@example.test"), identity("google", "7", "ada@example.test")} {
		_, _, err := w.SignInWithProvider(t.Context(), who)
		refused(t, err, fault.Forbidden, "BANNED_USER")
	}
	if len(w.links(t, ada.ID)) != 1 {
		t.Error("a banned person's account was linked")
	}
	// Banned before they proved anything: nothing is dropped either.
	ben := w.join(t, "ben@example.test", good)
	if _, err := w.store.UpdateUser(t.Context(), ben.ID, accounts.UserChange{Ban: &ban}, w.now()); err != nil {
		t.Fatal(err)
	}
	_, _, err := w.SignInWithProvider(t.Context(), identity("github", "13", "ben@example.test"))
	refused(t, err, fault.Forbidden, "BANNED_USER")
	if w.hash(t, ben.ID) == "" {
		t.Error("the password was dropped")
	}
}

func TestALinkedPersonHasToProveTheirAddressWhereThatIsAskedFor(t *testing.T) {
	w := newWorld(t)
	ada := w.join(t, "ada@example.test", good)
	if err := w.LinkProvider(t.Context(), ada, w.open(t, ada, token("a"), true), identity("github", "12", "x@example.test")); err != nil {
		t.Fatal(err)
	}
	strict := newWorld(t, func(o *accounts.Options) { o.Store = w.store; o.RequireVerification = true })
	_, _, err := strict.SignInWithProvider(t.Context(), identity("github", "12", "x@example.test"))
	refused(t, err, fault.Forbidden, "EMAIL_NOT_VERIFIED")
}

func TestFirstSignInsAtOnceMakeOneAccount(t *testing.T) {
	for name, who := range map[string]func(i int) accounts.Identity{
		"of one identity": func(int) accounts.Identity { return identity("github", "12", "ada@example.test") },
		"of one address at two": func(i int) accounts.Identity {
			return identity([]string{"github", "google"}[i%2], "12", "ada@example.test")
		},
		"of identities with one address": func(i int) accounts.Identity { return identity("oidc", fmt.Sprint(i), "ada@example.test") },
	} {
		w := newWorld(t)
		var made, in atomic.Int32
		var seen sync.Map
		var work sync.WaitGroup
		for i := range 50 {
			work.Go(func() {
				u, created, err := w.SignInWithProvider(context.Background(), who(i))
				if err != nil {
					if f := fault.From(err); f.Code != "account_not_linked" {
						t.Errorf("%s: %v", name, err)
					}
					return
				}
				in.Add(1)
				seen.Store(u.ID, true)
				if created {
					made.Add(1)
				}
			})
		}
		work.Wait()
		people := 0
		seen.Range(func(any, any) bool { people++; return true })
		if people != 1 || w.people(t) != 1 {
			t.Errorf("%s: %d people got in, %d are there", name, people, w.people(t))
		}
		if want := name == "of identities with one address"; want != (in.Load() == 1) || made.Load() > 1 {
			t.Errorf("%s: %d got in, %d as new", name, in.Load(), made.Load())
		}
	}
}

func TestLinking(t *testing.T) {
	w := newWorld(t)
	ada := w.prove(t, w.join(t, "ada@example.test", good))
	ben, _ := w.by(t, identity("github", "77", "ben@example.test"))
	session := w.open(t, ada, token("a"), true)
	theirs := identity("github", "12", "elsewhere@example.test")
	theirs.EmailVerified = false

	acting := session
	acting.ImpersonatedBy = ben.ID
	refused(t, w.LinkProvider(t.Context(), ada, acting, theirs), fault.Forbidden, "NOT_WHILE_IMPERSONATING")
	refused(t, w.LinkProvider(t.Context(), ben, session, theirs), fault.Unauthenticated, "UNAUTHORIZED")
	refused(t, w.LinkProvider(t.Context(), ada, session, identity("github", "77", "")), fault.Conflict, "account_already_linked_to_different_user")
	refused(t, w.LinkProvider(t.Context(), ada, session, identity("github", "", "")), fault.Invalid, "unable_to_get_user_info")
	if len(w.links(t, ada.ID)) != 0 {
		t.Fatal("something was linked")
	}
	for range 2 { // the second time it is theirs already
		if err := w.LinkProvider(t.Context(), ada, session, theirs); err != nil {
			t.Fatal(err)
		}
	}
	if u, _ := w.by(t, theirs); u.ID != ada.ID || u.Email != "ada@example.test" {
		t.Errorf("it signs in %+v", u)
	}
	if n := w.events(t, ada, accounts.ActionProviderLinked); n != 1 {
		t.Errorf("%d events", n)
	}
	w.later(accounts.FreshFor)
	refused(t, w.LinkProvider(t.Context(), ada, session, identity("oidc", "1", "")), fault.Forbidden, "SESSION_NOT_FRESH")
	w.mailed(t, "ada@example.test", accounts.LetterNotice)
}

func TestASessionThatEndedMeanwhileChangesNoWayIn(t *testing.T) {
	w := newWorld(t)
	ada := w.join(t, "ada@example.test", good)
	session := w.open(t, ada, token("a"), true)
	w.by(t, identity("google", "12", "ada@example.test")) // takes the account over
	refused(t, w.LinkProvider(t.Context(), ada, session, identity("github", "66", "")), fault.Unauthenticated, "UNAUTHORIZED")
	_, err := w.AddPasskey(t.Context(), ada, session, passkey("evil"))
	refused(t, err, fault.Unauthenticated, "UNAUTHORIZED")
	if w.countWaysIn(t, ada) != 1 {
		t.Error("something was set up")
	}
}

func by(provider, subject string) func(accounts.ProviderAccount) bool {
	return func(a accounts.ProviderAccount) bool {
		return a.Provider == provider && (subject == "" || a.Subject == subject)
	}
}

func TestUnlinkingLeavesOneWayIn(t *testing.T) {
	w := newWorld(t)
	ada, _ := w.by(t, identity("google", "12", "ada@example.test"))
	session := w.open(t, ada, token("a"), true)
	unlink := func(match func(accounts.ProviderAccount) bool) error {
		return w.UnlinkProvider(t.Context(), ada, session, match)
	}
	refused(t, unlink(by("google", "")), fault.Invalid, "FAILED_TO_UNLINK_LAST_ACCOUNT")
	refused(t, unlink(by("credential", "")), fault.NotFound, "ACCOUNT_NOT_FOUND")
	refused(t, unlink(by("github", "")), fault.NotFound, "ACCOUNT_NOT_FOUND")
	refused(t, unlink(by("google", "1")), fault.NotFound, "ACCOUNT_NOT_FOUND")
	if err := w.SetPassword(t.Context(), ada, session, good); err != nil {
		t.Fatal(err)
	}
	if err := unlink(by("google", "12")); err != nil {
		t.Fatal(err)
	}
	if u, err := w.store.User(t.Context(), ada.ID); err != nil || u.GoogleID != "" || u.OAuthProvider != "" {
		t.Errorf("%+v, %v", u, err)
	}
	refused(t, unlink(by("credential", "")), fault.Invalid, "FAILED_TO_UNLINK_LAST_ACCOUNT")
	if _, err := w.AddPasskey(t.Context(), ada, session, passkey("k")); err != nil {
		t.Fatal(err)
	}
	// A password goes by its record id too.
	if err := unlink(func(a accounts.ProviderAccount) bool { return a.ID == ada.ID }); err != nil {
		t.Fatal(err)
	}
	if w.signsIn(t, "ada@example.test", good) {
		t.Error("the password is good")
	}
	if n := w.events(t, ada, accounts.ActionProviderUnlinked); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestUnlinkingTakesAFreshSessionAndOnesOwnAccount(t *testing.T) {
	w := newWorld(t)
	ada := w.prove(t, w.join(t, "ada@example.test", good))
	ben, _ := w.by(t, identity("github", "77", "ben@example.test"))
	session := w.open(t, ada, token("a"), true)
	bens := w.links(t, ben.ID)[0]
	err := w.UnlinkProvider(t.Context(), ada, session, func(a accounts.ProviderAccount) bool { return a.ID == bens.ID })
	refused(t, err, fault.NotFound, "ACCOUNT_NOT_FOUND")
	refused(t, w.UnlinkProvider(t.Context(), ben, session, by("github", "")), fault.Unauthenticated, "UNAUTHORIZED")
	w.later(accounts.FreshFor)
	refused(t, w.UnlinkProvider(t.Context(), ada, session, by("credential", "")), fault.Forbidden, "SESSION_NOT_FRESH")
	if len(w.links(t, ben.ID)) != 1 || !w.signsIn(t, "ada@example.test", good) {
		t.Error("something was unlinked")
	}
}

func TestTheLastTwoWaysInAreNotRemovedAtOnce(t *testing.T) {
	for range 5 {
		w := newWorld(t)
		ada, _ := w.by(t, identity("google", "12", "ada@example.test"))
		session := w.open(t, ada, token("a"), true)
		key, err := w.AddPasskey(t.Context(), ada, session, passkey("k"))
		if err != nil {
			t.Fatal(err)
		}
		var done atomic.Int32
		var work sync.WaitGroup
		for i := range 50 {
			work.Go(func() {
				var err error
				if i%2 == 0 {
					err = w.UnlinkProvider(context.Background(), ada, session, by("google", ""))
				} else {
					err = w.RemovePasskey(context.Background(), ada, session, key.ID)
				}
				if err == nil {
					done.Add(1)
				}
			})
		}
		work.Wait()
		if left := w.countWaysIn(t, ada); done.Load() != 1 || left != 1 {
			t.Fatalf("%d removals, %d ways in left", done.Load(), left)
		}
	}
}
