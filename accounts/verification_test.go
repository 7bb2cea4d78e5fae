package accounts_test

import (
	"testing"

	"pegasus/accounts"
	"pegasus/fault"
)

func TestAVerificationWorksOnceAndSignsNobodyIn(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	link := w.mailed(t, u.Email, accounts.LetterVerify).URL
	if won := atOnce(50, func(int) error {
		_, _, err := w.VerifyEmail(t.Context(), secretOf(t, link))
		if err != nil {
			refused(t, err, fault.Invalid, "INVALID_TOKEN")
		}
		return err
	}); won != 1 {
		t.Errorf("%d won", won)
	}
	if after, err := w.User(t.Context(), u.ID); err != nil || !after.EmailVerified || w.sessions(t, u.ID) != 0 {
		t.Errorf("%+v, %v, %d sessions", after, err, w.sessions(t, u.ID))
	}
	if err := w.SendVerification(t.Context(), u.Email, ""); err != nil || w.count(u.Email, accounts.LetterVerify) != 1 {
		t.Errorf("a proven address got %d letters, %v", w.count(u.Email, accounts.LetterVerify), err)
	}
}

func TestVerificationsThatAreNotGood(t *testing.T) {
	for name, spoil := range map[string]func(w *world, u accounts.User, token string) string{
		"made up": func(*world, accounts.User, string) string { return "x" },
		"empty":   func(*world, accounts.User, string) string { return "" },
		"expired": func(w *world, _ accounts.User, token string) string { w.later(accounts.VerifyLife); return token },
		"an older one": func(w *world, u accounts.User, token string) string {
			if err := w.SendVerification(t.Context(), u.Email, ""); err != nil {
				t.Fatal(err)
			}
			return token
		},
		"of an earlier address": func(w *world, u accounts.User, token string) string {
			email := "new@example.test"
			if _, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Email: &email}, w.now()); err != nil {
				t.Fatal(err)
			}
			return token
		},
		"of another purpose": func(w *world, u accounts.User, _ string) string { return w.resetToken(t, u.Email) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			u := w.join(t, "ada@example.test", good)
			bad := spoil(w, u, secretOf(t, w.mailed(t, u.Email, accounts.LetterVerify).URL))
			_, _, err := w.VerifyEmail(t.Context(), bad)
			refused(t, err, fault.Invalid, "INVALID_TOKEN")
			if after, _ := w.User(t.Context(), u.ID); after.EmailVerified {
				t.Error("the address counts as proven")
			}
		})
	}
}

func TestAnAddressChangesOnlyWhenTheNewMailboxConfirms(t *testing.T) {
	w := newWorld(t)
	u := w.prove(t, w.join(t, "ada@example.test", good))
	session := w.open(t, u, token("a"), true)
	resetToken := w.resetToken(t, u.Email)
	if err := w.RequestEmailChange(t.Context(), u, session, "New@example.test", ""); err != nil {
		t.Fatal(err)
	}
	if before, _ := w.User(t.Context(), u.ID); before.Email != u.Email || !w.signsIn(t, u.Email, good) {
		t.Fatalf("it changed before it was confirmed: %+v", before)
	}
	secret := secretOf(t, w.mailed(t, "new@example.test", accounts.LetterChangeEmail).URL)
	if won := atOnce(50, func(int) error {
		after, changed, err := w.VerifyEmail(t.Context(), secret)
		if err == nil && (!changed || after.Email != "new@example.test" || !after.EmailVerified) {
			t.Errorf("%+v, %v", after, changed)
		}
		return err
	}); won != 1 {
		t.Errorf("%d won", won)
	}
	if w.signsIn(t, u.Email, good) || !w.signsIn(t, "new@example.test", good) {
		t.Error("the address did not change")
	}
	if l := w.mailed(t, u.Email, accounts.LetterEmailChanged); l.About["email"] != "new@example.test" {
		t.Errorf("the old address is told %+v", l)
	}
	refused(t, w.CheckReset(t.Context(), resetToken), fault.Invalid, "INVALID_TOKEN")
	if last := w.changed[len(w.changed)-1]; last.Email != "new@example.test" {
		t.Errorf("others see %+v", last)
	}
	_, err := w.SignUp(t.Context(), draft(u.Email, good))
	if err != nil {
		t.Errorf("the old address is not free: %v", err)
	}
}

func TestAChangeOfAddressIsBoundToTheAddressThatItLeaves(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	if err := w.RequestEmailChange(t.Context(), u, session, "one@example.test", ""); err != nil {
		t.Fatal(err)
	}
	secret := secretOf(t, w.mailed(t, "one@example.test", accounts.LetterChangeEmail).URL)
	email := "two@example.test"
	if _, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Email: &email}, w.now()); err != nil {
		t.Fatal(err)
	}
	_, _, err := w.VerifyEmail(t.Context(), secret)
	refused(t, err, fault.Invalid, "INVALID_TOKEN")
	if after, _ := w.User(t.Context(), u.ID); after.Email != email {
		t.Errorf("%+v", after)
	}
}

func TestATakenAddressAnswersAChangeAsAFreeOneDoesAndItsOwnerIsTold(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	w.join(t, "ben@example.test", good)
	session := w.open(t, u, token("a"), true)
	if err := w.RequestEmailChange(t.Context(), u, session, "ben@example.test", ""); err != nil {
		t.Fatal(err)
	}
	w.mailed(t, "ben@example.test", accounts.LetterExists)
	if n := w.count("ben@example.test", accounts.LetterChangeEmail); n != 0 {
		t.Errorf("%d links", n)
	}
	// Somebody takes the address while the link is under way.
	if err := w.RequestEmailChange(t.Context(), u, session, "new@example.test", ""); err != nil {
		t.Fatal(err)
	}
	w.join(t, "new@example.test", good)
	_, _, err := w.VerifyEmail(t.Context(), secretOf(t, w.mailed(t, "new@example.test", accounts.LetterChangeEmail).URL))
	refused(t, err, fault.Conflict, "EMAIL_TAKEN")
}

func TestChangesOfAddressThatAreRefused(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	refused(t, w.RequestEmailChange(t.Context(), u, session, " ADA@example.test", ""), fault.Invalid, "EMAIL_IS_THE_SAME")
	refused(t, w.RequestEmailChange(t.Context(), u, session, "a@b@c", ""), fault.Invalid, "INVALID_EMAIL")
	w.later(accounts.FreshFor)
	refused(t, w.RequestEmailChange(t.Context(), u, session, "new@example.test", ""), fault.Forbidden, "SESSION_NOT_FRESH")
}

func TestWithoutMailAnAddressChangesAtOnceAndIsNotProven(t *testing.T) {
	w := newWorld(t)
	u := w.prove(t, w.join(t, "ada@example.test", good))
	w.join(t, "ben@example.test", good)
	session := w.open(t, u, token("a"), true)
	w.letters.Undelivered = true
	refused(t, w.RequestEmailChange(t.Context(), u, session, "ben@example.test", ""), fault.Conflict, "EMAIL_TAKEN")
	if err := w.RequestEmailChange(t.Context(), u, session, "new@example.test", ""); err != nil {
		t.Fatal(err)
	}
	if after, _ := w.User(t.Context(), u.ID); after.Email != "new@example.test" || after.EmailVerified {
		t.Errorf("%+v", after)
	}
}

func TestWithoutMailAnAddressThatMustBeProvenStays(t *testing.T) {
	w := newWorld(t, mustVerify)
	u := w.prove(t, w.join(t, "ada@example.test", good))
	session := w.open(t, u, token("a"), true)
	w.letters.Undelivered = true
	if err := w.RequestEmailChange(t.Context(), u, session, "new@example.test", ""); err != nil {
		t.Fatal(err)
	}
	if after, _ := w.User(t.Context(), u.ID); after.Email != u.Email {
		t.Errorf("who changed the address is locked out: %+v", after)
	}
}
