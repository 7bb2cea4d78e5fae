package accounts_test

import (
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"pegasus/accounts"
	"pegasus/fault"
)

func (w *world) backup(t testing.TB, u accounts.User, code string) error {
	t.Helper()
	_, err := w.AnswerChallenge(t.Context(), w.challenge(t, u), accounts.FactorBackup, code, "")
	return err
}

func TestBackupCodesAreTenOfFiftyBits(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for _, email := range []string{"ada@example.test", "ben@example.test"} {
		for _, code := range w.enroll(t, email).codes {
			if !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$`).MatchString(code) || seen[code] {
				t.Errorf("%q", code)
			}
			seen[code] = true
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d codes", len(seen))
	}
}

func TestABackupCodeIsTakenHoweverItIsTypedAndWorksOnce(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.enroll(t, "ada@example.test"), w.enroll(t, "ben@example.test")
	for i, typed := range []string{
		ada.codes[0], strings.ToLower(ada.codes[1]), strings.ReplaceAll(ada.codes[2], "-", ""), " " + strings.ReplaceAll(ada.codes[3], "-", " ") + " ",
		strings.NewReplacer("0", "O", "1", "l").Replace(ada.codes[4]),
	} {
		if err := w.backup(t, ada.User, typed); err != nil {
			t.Errorf("%q: %v", typed, err)
		}
		refused(t, w.backup(t, ada.User, typed), fault.Unauthenticated, "INVALID_BACKUP_CODE")
		state, _ := w.TwoFactorState(t.Context(), ada.ID)
		if state.BackupCodesLeft != 9-i {
			t.Errorf("%d are left", state.BackupCodesLeft)
		}
	}
	w.later(2 * time.Hour)
	for _, wrong := range []string{"", "-", ada.codes[5][:10], ada.codes[5] + "0", "AAAAA-AAAAA", ben.codes[0], strings.Repeat("é", 5)} {
		refused(t, w.backup(t, ada.User, wrong), fault.Unauthenticated, "INVALID_BACKUP_CODE")
	}
	if n := w.events(t, ada.User, accounts.ActionBackupCodeUsed); n != 5 {
		t.Errorf("%d uses in the audit log", n)
	}
}

func TestTheOwnerHearsOfEachUseAndWhenFewAreLeft(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	for i := range 7 {
		if err := w.backup(t, ada.User, ada.codes[i]); err != nil {
			t.Fatal(err)
		}
		letter, _ := w.letters.Last(ada.Email, accounts.LetterNotice)
		if what := letter.About["what"]; !strings.Contains(what, "backup code was used") || strings.Contains(what, "make new ones") != (i == 6) {
			t.Errorf("after %d: %q", i+1, what)
		}
	}
}

func TestOfFiftyUsesOfABackupCodeAtOnceOneSucceeds(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	device, _, err := w.KnownDevice(t.Context(), ada.User, "")
	if err != nil {
		t.Fatal(err)
	}
	var challenges []string
	for range 50 {
		challenges = append(challenges, w.challenge(t, ada.User))
	}
	var won atomic.Int32
	var work sync.WaitGroup
	for i, challenge := range challenges {
		used := device
		if i%2 == 0 {
			used = ""
		}
		work.Go(func() {
			if _, err := w.AnswerChallenge(t.Context(), challenge, accounts.FactorBackup, ada.codes[0], used); err == nil {
				won.Add(1)
			}
		})
	}
	work.Wait()
	if won.Load() != 1 {
		t.Errorf("%d succeeded", won.Load())
	}
}

func TestNewBackupCodesTakeProofAndEndTheOldOnes(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	acted := ada.session
	acted.ImpersonatedBy = "0123456789abcdef01234567"
	for what, c := range map[string]struct {
		session        accounts.Session
		password, code string
		want           string
	}{
		"nothing":          {ada.session, "", "", "INVALID_PASSWORD"},
		"a wrong password": {ada.session, "wrong password", "", "INVALID_PASSWORD"},
		"a wrong code":     {ada.session, good, wrongCode(t, ada.secret, w.now()), "INVALID_CODE"},
		"an impersonator":  {acted, good, "", "NOT_WHILE_IMPERSONATING"},
		"no session":       {accounts.Session{}, good, "", "SESSION_NOT_FRESH"},
	} {
		if _, err := w.NewBackupCodes(t.Context(), ada.User, c.session, c.password, c.code); fault.From(err) == nil || fault.From(err).Code != c.want {
			t.Errorf("%s: %v, want %s", what, err, c.want)
		}
	}
	first, err := w.NewBackupCodes(t.Context(), ada.User, ada.session, good, "")
	if err != nil || len(first) != 10 {
		t.Fatal(first, err)
	}
	second, err := w.NewBackupCodes(t.Context(), ada.User, ada.session, "", codeAt(t, ada.secret, w.now()))
	if err != nil || len(second) != 10 {
		t.Fatal(second, err)
	}
	refused(t, w.backup(t, ada.User, ada.codes[0]), fault.Unauthenticated, "INVALID_BACKUP_CODE")
	refused(t, w.backup(t, ada.User, first[0]), fault.Unauthenticated, "INVALID_BACKUP_CODE")
	if err := w.backup(t, ada.User, second[0]); err != nil {
		t.Error(err)
	}
	if w.events(t, ada.User, accounts.ActionBackupCodesMade) != 2 {
		t.Error("not in the audit log")
	}
	ben := w.join(t, "ben@example.test", good)
	_, err = w.NewBackupCodes(t.Context(), ben, w.open(t, ben, token("b"), true), good, "")
	refused(t, err, fault.Invalid, "TWO_FACTOR_NOT_ENABLED")
}

func TestBackupCodesOutliveAChangeOfTheCost(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	dearer := newWorld(t, func(o *accounts.Options) { o.Store, o.Cost, o.Now = w.store, bcrypt.MinCost+1, w.now })
	if err := dearer.backup(t, ada.User, ada.codes[0]); err != nil {
		t.Error(err)
	}
}
