package accounts_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

func TestTenWrongPasswordsShutAClientOutOfAnAccountAndNobodyElse(t *testing.T) {
	for _, email := range []string{"ada@example.test", "nobody@example.test", "not an address"} {
		w := newWorld(t)
		w.join(t, "ada@example.test", good)
		w.join(t, "ben@example.test", good)
		here, elsewhere := clientAt(t, "192.0.2.1"), clientAt(t, "192.0.2.2")
		for range 10 {
			_, err := w.Authenticate(here, email, "wrong password")
			refused(t, err, fault.Unauthenticated, "INVALID_EMAIL_OR_PASSWORD")
		}
		w.later(5 * time.Minute)
		_, err := w.Authenticate(here, " "+email+" ", good)
		refused(t, err, fault.Limited, "TOO_MANY_REQUESTS")
		if wait := fault.From(err).RetryAfter; wait != 10*time.Minute {
			t.Errorf("%s: come back in %s", email, wait)
		}
		if _, err := w.Authenticate(elsewhere, "ada@example.test", good); err != nil {
			t.Errorf("the owner is locked out elsewhere: %v", err)
		}
		if _, err := w.Authenticate(here, "ben@example.test", good); err != nil {
			t.Errorf("somebody else is locked out here: %v", err)
		}
		w.later(10 * time.Minute)
		if _, err := w.Authenticate(here, email, "wrong password"); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("after the window: %v", err)
		}
	}
}

func TestARestartForgetsNoWrongPasswords(t *testing.T) {
	w := newWorld(t)
	w.join(t, "ada@example.test", good)
	here := clientAt(t, "192.0.2.1")
	for range 10 {
		_, _ = w.Authenticate(here, "ada@example.test", "wrong password")
	}
	again := accounts.NewService(accounts.Options{Store: w.store, Now: w.now, Cores: 1, Cost: 4, Mailer: &w.letters})
	_, err := again.Authenticate(here, "ada@example.test", good)
	refused(t, err, fault.Limited, "TOO_MANY_REQUESTS")
}

func TestFiftyWrongPasswordsAtOnceAreNoMoreThanTenGuesses(t *testing.T) {
	w := newWorld(t, func(o *accounts.Options) { o.Cores = 50 })
	u := w.join(t, "ada@example.test", good)
	here := clientAt(t, "192.0.2.1")
	for name, guess := range map[string]func() error{
		"sign-in": func() error { _, err := w.Authenticate(here, u.Email, "wrong password"); return err },
		"confirm": func() error { return w.VerifyPassword(here, u, "wrong password") },
	} {
		var checked atomic.Int64
		atOnce(50, func(int) error {
			err := guess()
			if !fault.Is(err, fault.Limited) {
				checked.Add(1)
			}
			return err
		})
		if checked.Load() != 10 {
			t.Errorf("%s: %d were checked", name, checked.Load())
		}
	}
}

func TestRightPasswordsUseUpNoGuesses(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	here := clientAt(t, "192.0.2.1")
	for i := range 40 {
		if _, err := w.Authenticate(here, u.Email, good); err != nil {
			t.Fatalf("sign-in %d: %v", i+1, err)
		}
		if err := w.VerifyPassword(here, u, good); err != nil {
			t.Fatalf("confirmation %d: %v", i+1, err)
		}
	}
}

func TestAFailedSignInIsRecordedWithItsClientAndNothingThatWasTyped(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	for _, email := range []string{u.Email, "nobody@example.test"} {
		_, _ = w.Authenticate(clientAt(t, "192.0.2.7"), email, "wrong password")
	}
	events, err := w.Events(t.Context(), accounts.EventQuery{Action: accounts.ActionSignInFailed})
	if err != nil || len(events) != 2 || events[0].UserID != "" || events[1].UserID != u.ID {
		t.Fatalf("%+v, %v", events, err)
	}
	for _, e := range events {
		if e.ActorID != "" || e.Address != "192.0.2.7" || e.UserAgent != "Browser" || len(e.Details) > 0 {
			t.Errorf("%+v", e)
		}
	}
}

func TestOfFailedSignInsToAddressesThatNobodyHasTheFirstOfAClientAreRecorded(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	recorded := func(want int) {
		t.Helper()
		events, err := w.Events(t.Context(), accounts.EventQuery{Action: accounts.ActionSignInFailed})
		if err != nil || len(events) != want {
			t.Errorf("%d are recorded, want %d, %v", len(events), want, err)
		}
	}
	guess := func(address, email string) {
		t.Helper()
		_, err := w.Authenticate(clientAt(t, address), email, "wrong password")
		refused(t, err, fault.Unauthenticated, "INVALID_EMAIL_OR_PASSWORD")
	}
	for i := range 50 {
		guess("192.0.2.7", fmt.Sprintf("nobody%d@example.test", i))
	}
	recorded(20)
	guess("192.0.2.7", u.Email) // of those who have an account all are
	recorded(21)
	guess("192.0.2.8", "nobody@example.test")
	recorded(22)
	w.later(time.Hour)
	guess("192.0.2.7", "nobody@example.test")
	recorded(23)
}

func TestTheFirstGuessThatIsRefusedIsRecordedAndNoOther(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	here := clientAt(t, "192.0.2.7")
	for range 15 {
		for _, email := range []string{u.Email, "nobody@example.test"} {
			_, _ = w.Authenticate(here, email, "wrong password")
		}
		_ = w.VerifyPassword(here, u, "wrong password")
	}
	events, err := w.Events(t.Context(), accounts.EventQuery{Action: accounts.ActionSignInBlocked})
	if err != nil || len(events) != 3 {
		t.Fatalf("%+v, %v", events, err)
	}
	for _, e := range events {
		if known := e.Details["at"] == "confirmation"; known != (e.UserID == u.ID) || !known && (e.UserID != "" || len(e.Details) > 0) || e.Address != "192.0.2.7" {
			t.Errorf("%+v", e)
		}
	}
}

func TestOnlyWhoKnowsThePasswordLearnsOfABan(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	if _, err := w.BanUser(t.Context(), w.boss(t, "root@example.test"), u.ID, accounts.Ban{Expires: w.now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Authenticate(t.Context(), u.Email, "wrong password")
	refused(t, err, fault.Unauthenticated, "INVALID_EMAIL_OR_PASSWORD")
	_, err = w.Authenticate(t.Context(), u.Email, good)
	refused(t, err, fault.Forbidden, "BANNED_USER")
	w.later(time.Hour)
	if !w.signsIn(t, u.Email, good) {
		t.Error("the ban does not end")
	}
}

func TestASignInThatWaitsForAProofMailsALinkAtMostEveryFiveMinutes(t *testing.T) {
	w := newWorld(t, mustVerify)
	u := w.join(t, "ada@example.test", good)
	for round := range 3 {
		for range 5 {
			_, err := w.Authenticate(t.Context(), u.Email, good)
			refused(t, err, fault.Forbidden, "EMAIL_NOT_VERIFIED")
		}
		_, err := w.Authenticate(t.Context(), u.Email, fmt.Sprint("wrong password", round))
		refused(t, err, fault.Unauthenticated, "INVALID_EMAIL_OR_PASSWORD")
		if n := w.count(u.Email, accounts.LetterVerify); n != round+1 { // the first is of the sign-up
			t.Errorf("round %d: %d letters", round, n)
		}
		w.later(5 * time.Minute)
	}
}
