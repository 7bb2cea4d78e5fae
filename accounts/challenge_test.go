package accounts_test

import (
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

func TestAChallengeKeepsHowThePersonCameIn(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	token, err := w.StartChallenge(t.Context(), accounts.Challenge{User: ada.User, Way: "github", Remember: true, ReturnTo: "/dm/x?y=1", Created: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 { // looking is no try
		c, err := w.Challenge(t.Context(), token)
		if err != nil || c.User.ID != ada.ID || c.Way != "github" || !c.Remember || c.ReturnTo != "/dm/x?y=1" || !c.Created || len(c.Methods) != 2 {
			t.Fatalf("%+v, %v", c, err)
		}
	}
	c, err := w.AnswerChallenge(t.Context(), token, accounts.FactorTOTP, codeAt(t, ada.secret, w.now()), "")
	if err != nil || c.User.ID != ada.ID || c.Way != "github" || !c.Remember || c.ReturnTo != "/dm/x?y=1" || !c.Created {
		t.Fatalf("%+v, %v", c, err)
	}
}

func TestAChallengeEndsWithTimeAndWithItsAnswer(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.enroll(t, "ada@example.test"), w.enroll(t, "ben@example.test")
	w.later(time.Hour)
	for _, none := range []string{"", "x", w.challenge(t, ada.User) + "x"} {
		refused(t, w.answer(t, none, codeAt(t, ada.secret, w.now())), fault.Unauthenticated, "INVALID_TWO_FACTOR_COOKIE")
	}
	refused(t, w.answer(t, w.challenge(t, ben.User), codeAt(t, ada.secret, w.now())), fault.Unauthenticated, "INVALID_CODE")
	used := w.challenge(t, ada.User)
	if err := w.answer(t, used, codeAt(t, ada.secret, w.now())); err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	refused(t, w.answer(t, used, codeAt(t, ada.secret, w.now())), fault.Unauthenticated, "INVALID_TWO_FACTOR_COOKIE")
	late := w.challenge(t, ada.User)
	w.later(accounts.ChallengeLife)
	refused(t, w.answer(t, late, codeAt(t, ada.secret, w.now())), fault.Unauthenticated, "INVALID_TWO_FACTOR_COOKIE")
	_, err := w.Challenge(t.Context(), late)
	refused(t, err, fault.Unauthenticated, "INVALID_TWO_FACTOR_COOKIE")
}

func TestOfFiftyRightAnswersAtOnceOneSucceeds(t *testing.T) {
	for what, challenges := range map[string]int{"one challenge": 1, "five challenges": 5} {
		w := newWorld(t)
		ada := w.enroll(t, "ada@example.test")
		code := codeAt(t, ada.secret, w.now())
		var open []string
		for range challenges {
			open = append(open, w.challenge(t, ada.User))
		}
		var won atomic.Int32
		var work sync.WaitGroup
		for i := range 50 {
			work.Go(func() {
				if _, err := w.AnswerChallenge(t.Context(), open[i%challenges], accounts.FactorTOTP, code, ""); err == nil {
					won.Add(1)
				}
			})
		}
		work.Wait()
		if won.Load() != 1 {
			t.Errorf("%s: %d succeeded", what, won.Load())
		}
	}
}

func TestOfTwoHundredWrongAnswersAtOnceFiveAreLookedAt(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	challenge, wrong := w.challenge(t, ada.User), wrongCode(t, ada.secret, w.now())
	var looked, over atomic.Int32
	var work sync.WaitGroup
	for range 200 {
		work.Go(func() {
			switch _, err := w.AnswerChallenge(t.Context(), challenge, accounts.FactorTOTP, wrong, ""); fault.From(err).Code {
			case "INVALID_CODE":
				looked.Add(1)
			case "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE":
				over.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	work.Wait()
	if looked.Load() != 5 || over.Load() != 195 || w.events(t, ada.User, accounts.ActionTwoFactorFailed) != 5 {
		t.Errorf("%d were looked at, %d refused", looked.Load(), over.Load())
	}
	refused(t, w.answer(t, challenge, codeAt(t, ada.secret, w.now())), fault.Invalid, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE")
	_, err := w.AnswerChallenge(t.Context(), challenge, accounts.FactorBackup, ada.codes[0], "")
	refused(t, err, fault.Invalid, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE")
	refused(t, w.SendCode(t.Context(), challenge), fault.Invalid, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE")
	if err := w.answer(t, w.challenge(t, ada.User), codeAt(t, ada.secret, w.now())); err != nil {
		t.Errorf("a new challenge: %v", err)
	}
}

// Who has the password opens challenge after challenge: that locks the account to unknown devices, not to the owner's.
func TestWrongCodesLockOutUnknownDevicesAlone(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.enroll(t, "ada@example.test"), w.enroll(t, "ben@example.test")
	device, _, err := w.KnownDevice(t.Context(), ada.User, "")
	if err != nil {
		t.Fatal(err)
	}
	w.later(time.Hour)
	wrong := wrongCode(t, ada.secret, w.now())
	for range 2 {
		challenge := w.challenge(t, ada.User)
		for range 5 {
			refused(t, w.answer(t, challenge, wrong), fault.Unauthenticated, "INVALID_CODE")
		}
	}
	for _, unknown := range []string{"", "somebody-else's-device-somebody-else's", device + "x"} {
		_, err = w.AnswerChallenge(t.Context(), w.challenge(t, ada.User), accounts.FactorTOTP, codeAt(t, ada.secret, w.now()), unknown)
		refused(t, err, fault.Limited, "ACCOUNT_TEMPORARILY_LOCKED")
		if wait := fault.From(err).RetryAfter; wait <= 0 || wait > time.Hour {
			t.Errorf("come back in %s", wait)
		}
	}
	_, err = w.AnswerChallenge(t.Context(), w.challenge(t, ada.User), accounts.FactorBackup, ada.codes[0], "")
	refused(t, err, fault.Limited, "ACCOUNT_TEMPORARILY_LOCKED")
	if n := w.events(t, ada.User, accounts.ActionTwoFactorLocked); n != 1 {
		t.Errorf("%d locks in the audit log", n)
	}
	notices := 0
	for _, letter := range w.letters.Letters(ada.Email) {
		if letter.Kind == accounts.LetterNotice {
			notices++
		}
	}
	if notices != 2 { // of turning it on, and of the lock
		t.Errorf("%d notices", notices)
	}
	known := w.challenge(t, ada.User)
	if _, err = w.AnswerChallenge(t.Context(), known, accounts.FactorTOTP, codeAt(t, ada.secret, w.now()), device); err != nil {
		t.Errorf("the owner's device: %v", err)
	}
	if err := w.answer(t, w.challenge(t, ben.User), codeAt(t, ben.secret, w.now())); err != nil {
		t.Errorf("another account: %v", err)
	}
	w.later(time.Hour)
	if err := w.answer(t, w.challenge(t, ada.User), codeAt(t, ada.secret, w.now())); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

func TestTheOwnersDeviceHasABudgetToo(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	device, _, _ := w.KnownDevice(t.Context(), ada.User, "")
	code, wrong := codeAt(t, ada.secret, w.now()), wrongCode(t, ada.secret, w.now())
	for range 2 {
		challenge := w.challenge(t, ada.User)
		for range 5 {
			_, err := w.AnswerChallenge(t.Context(), challenge, accounts.FactorTOTP, wrong, device)
			refused(t, err, fault.Unauthenticated, "INVALID_CODE")
		}
	}
	_, err := w.AnswerChallenge(t.Context(), w.challenge(t, ada.User), accounts.FactorTOTP, code, device)
	refused(t, err, fault.Limited, "ACCOUNT_TEMPORARILY_LOCKED")
	if err := w.answer(t, w.challenge(t, ada.User), code); err != nil {
		t.Errorf("the budget of unknown devices is spent as well: %v", err)
	}
}

func TestRightCodesSpendNothing(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	for i := range 25 {
		if err := w.answer(t, w.challenge(t, ada.User), codeAt(t, ada.secret, w.now())); err != nil {
			t.Fatalf("sign-in %d: %v", i+1, err)
		}
		w.later(30 * time.Second)
	}
}

func TestGuessingInASessionIsBoundedAsWell(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	wrong := wrongCode(t, ada.secret, w.now())
	for range 10 {
		_, err := w.NewBackupCodes(t.Context(), ada.User, ada.session, "", wrong)
		refused(t, err, fault.Unauthenticated, "INVALID_CODE")
	}
	_, err := w.DisableTwoFactor(t.Context(), ada.User, ada.session, good, codeAt(t, ada.secret, w.now()))
	refused(t, err, fault.Limited, "ACCOUNT_TEMPORARILY_LOCKED")
}

func TestWhoIsKeptOutBetweenTheFactorsDoesNotGetIn(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	challenge := w.challenge(t, ada.User)
	banned, err := w.store.UpdateUser(t.Context(), ada.ID, accounts.UserChange{Ban: &accounts.Ban{Banned: true}}, w.now())
	if err != nil {
		t.Fatal(err)
	}
	refused(t, w.answer(t, challenge, codeAt(t, ada.secret, w.now())), fault.Forbidden, "BANNED_USER")
	refused(t, w.SendCode(t.Context(), challenge), fault.Forbidden, "BANNED_USER")
	_, err = w.StartChallenge(t.Context(), accounts.Challenge{User: banned})
	refused(t, err, fault.Forbidden, "BANNED_USER")
	if _, err := w.store.UpdateUser(t.Context(), ada.ID, accounts.UserChange{Ban: &accounts.Ban{}}, w.now()); err != nil {
		t.Fatal(err)
	}
	erased := accounts.Tombstone{Email: "gone@invalid", Username: "gone", Name: "Gone"}
	if err := w.store.EraseUser(t.Context(), ada.ID, erased, w.now()); err != nil {
		t.Fatal(err)
	}
	refused(t, w.answer(t, challenge, codeAt(t, ada.secret, w.now())), fault.Unauthenticated, "INVALID_TWO_FACTOR_COOKIE")
}

func (w *world) codeByMail(t testing.TB, challenge string, to string) string {
	t.Helper()
	if err := w.SendCode(t.Context(), challenge); err != nil {
		t.Fatal(err)
	}
	letter, ok := w.letters.Last(to, accounts.LetterCode)
	if !ok || !regexp.MustCompile(`^[0-9]{8}$`).MatchString(letter.Code) || letter.Until != "5 minutes" {
		t.Fatalf("mailed %+v", letter)
	}
	return letter.Code
}

func (w *world) byMail(t testing.TB, challenge, code string) error {
	t.Helper()
	_, err := w.AnswerChallenge(t.Context(), challenge, accounts.FactorEmail, code, "")
	return err
}

func TestACodeByMailAnswersItsChallengeForFiveMinutes(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	challenge, other := w.challenge(t, ada.User), w.challenge(t, ada.User)
	refused(t, w.byMail(t, challenge, "12345678"), fault.Invalid, "OTP_HAS_EXPIRED") // none was sent
	first := w.codeByMail(t, challenge, ada.Email)
	second := w.codeByMail(t, challenge, ada.Email)
	others := w.codeByMail(t, other, ada.Email)
	if first != second {
		refused(t, w.byMail(t, challenge, first), fault.Unauthenticated, "INVALID_CODE")
	}
	if others != second {
		refused(t, w.byMail(t, challenge, others), fault.Unauthenticated, "INVALID_CODE")
	}
	w.later(accounts.EmailCodeLife)
	refused(t, w.byMail(t, challenge, second), fault.Invalid, "OTP_HAS_EXPIRED")
	third := w.codeByMail(t, challenge, ada.Email)
	w.later(accounts.EmailCodeLife - time.Millisecond)
	if err := w.byMail(t, challenge, third); err != nil {
		t.Fatal(err)
	}
	refused(t, w.byMail(t, challenge, third), fault.Unauthenticated, "INVALID_TWO_FACTOR_COOKIE")
}

func TestThreeCodesByMailAChallenge(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	for range 4 {
		challenge := w.challenge(t, ada.User)
		for range 3 {
			w.codeByMail(t, challenge, ada.Email)
		}
		refused(t, w.SendCode(t.Context(), challenge), fault.Limited, "TOO_MANY_REQUESTS")
	}
	// Nor does a challenge of its own for each mail fill a mailbox.
	refused(t, w.SendCode(t.Context(), w.challenge(t, ada.User)), fault.Limited, "TOO_MANY_REQUESTS")
}

func TestOfFiftyAnswersByMailAtOnceOneSucceeds(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	challenge := w.challenge(t, ada.User)
	code := w.codeByMail(t, challenge, ada.Email)
	var won atomic.Int32
	var work sync.WaitGroup
	for range 50 {
		work.Go(func() {
			if _, err := w.AnswerChallenge(t.Context(), challenge, accounts.FactorEmail, code, ""); err == nil {
				won.Add(1)
			}
		})
	}
	work.Wait()
	if won.Load() != 1 {
		t.Errorf("%d succeeded", won.Load())
	}
}

func TestWhereMailDoesNotGoOutThereAreNoCodesByMail(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	w.letters.Undelivered = true
	challenge := w.challenge(t, ada.User)
	if c, err := w.Challenge(t.Context(), challenge); err != nil || len(c.Methods) != 1 || c.Methods[0] != "totp" {
		t.Errorf("%v, %v", c.Methods, err)
	}
	refused(t, w.SendCode(t.Context(), challenge), fault.Invalid, "OTP_NOT_ENABLED")
	if _, ok := w.letters.Last(ada.Email, accounts.LetterCode); ok {
		t.Error("a code was mailed")
	}
}
