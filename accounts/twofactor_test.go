package accounts_test

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/store/sqlite"
)

// codeAt is what an authenticator app shows.
func codeAt(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCodeCustom(secret, at, totp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// wrongCode is a code that is not good now nor in the neighbouring steps.
func wrongCode(t testing.TB, secret string, now time.Time) string {
	t.Helper()
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		wrong := true
		for d := -30 * time.Second; d <= 30*time.Second; d += 30 * time.Second {
			wrong = wrong && codeAt(t, secret, now.Add(d)) != code
		}
		if wrong {
			return code
		}
	}
	t.Fatal("no wrong code")
	return ""
}

// enrolled is somebody with a second factor.
type enrolled struct {
	accounts.User
	session accounts.Session
	secret  string
	codes   []string
}

func (w *world) enroll(t testing.TB, email string) enrolled {
	t.Helper()
	u := w.join(t, email, good)
	session := w.open(t, u, u.ID+strings.Repeat("0", 40), true)
	setup, err := w.StartTwoFactor(t.Context(), u, session, good, "")
	if err != nil {
		t.Fatal(err)
	}
	on, _, err := w.ConfirmTwoFactor(t.Context(), u, session, codeAt(t, setup.Secret, w.now()), false)
	if err != nil || !on.TwoFactorEnabled {
		t.Fatalf("on %v, %v", on.TwoFactorEnabled, err)
	}
	w.later(time.Minute) // past the step that was used
	return enrolled{on, session, setup.Secret, setup.BackupCodes}
}

func (w *world) challenge(t testing.TB, u accounts.User) string {
	t.Helper()
	token, err := w.StartChallenge(t.Context(), accounts.Challenge{User: u, Way: accounts.WayPassword, Remember: true, ReturnTo: "/chat"})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (w *world) answer(t testing.TB, challenge, code string) error {
	t.Helper()
	_, err := w.AnswerChallenge(t.Context(), challenge, accounts.FactorTOTP, code, "")
	return err
}

// events counts the lines of the audit log about a person.
func (w *world) events(t testing.TB, u accounts.User, a accounts.Action) int {
	t.Helper()
	events, err := w.store.Events(context.Background(), accounts.EventQuery{UserID: u.ID, Action: a, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return len(events)
}

func TestASetUpThatIsAbandonedChangesNothing(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	first, err := w.StartTwoFactor(t.Context(), u, session, good, "")
	if err != nil {
		t.Fatal(err)
	}
	after, err := w.User(t.Context(), u.ID)
	state, stateErr := w.TwoFactorState(t.Context(), u.ID)
	if err != nil || after.TwoFactorEnabled || stateErr != nil || state != (accounts.TwoFactorState{InProgress: true}) {
		t.Fatalf("%+v, %v, %+v, %v", after, err, state, stateErr)
	}
	second, err := w.StartTwoFactor(t.Context(), u, session, good, "")
	if err != nil || second.Secret == first.Secret {
		t.Fatalf("begun again: %v", err)
	}
	_, _, err = w.ConfirmTwoFactor(t.Context(), u, session, codeAt(t, first.Secret, w.now()), false)
	refused(t, err, fault.Unauthenticated, "INVALID_CODE")
	if _, _, err = w.ConfirmTwoFactor(t.Context(), u, session, codeAt(t, second.Secret, w.now()), false); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.ConfirmTwoFactor(t.Context(), u, session, codeAt(t, second.Secret, w.now()), false)
	refused(t, err, fault.Invalid, "TOTP_NOT_ENABLED")
	if state, err := w.TwoFactorState(t.Context(), u.ID); err != nil || state != (accounts.TwoFactorState{Enabled: true, BackupCodesLeft: 10}) {
		t.Errorf("%+v, %v", state, err)
	}
}

func TestSetUpTakesThePasswordOrWithoutOneAFreshSession(t *testing.T) {
	w := newWorld(t)
	ada, none := w.join(t, "ada@example.test", good), w.imported(t, "ben", "")
	adas, nones := w.open(t, ada, token("a"), true), w.open(t, none, token("b"), true)
	acted := adas
	acted.ImpersonatedBy = none.ID
	_, err := w.StartTwoFactor(t.Context(), ada, adas, "wrong password", "")
	refused(t, err, fault.Invalid, "INVALID_PASSWORD")
	_, err = w.StartTwoFactor(t.Context(), ada, adas, "", "")
	refused(t, err, fault.Invalid, "INVALID_PASSWORD")
	_, err = w.StartTwoFactor(t.Context(), ada, acted, good, "")
	refused(t, err, fault.Forbidden, "NOT_WHILE_IMPERSONATING")
	_, err = w.StartTwoFactor(t.Context(), ada, adas, good, strings.Repeat("x", 65))
	refused(t, err, fault.Invalid, "ISSUER_TOO_LONG")
	if _, err = w.StartTwoFactor(t.Context(), none, nones, "", ""); err != nil {
		t.Errorf("without a password: %v", err)
	}
	w.later(25 * time.Hour)
	if _, err = w.StartTwoFactor(t.Context(), none, nones, "", ""); fault.From(err).Code != "SESSION_NOT_FRESH" {
		t.Errorf("in a session that is not fresh: %v", err)
	}
	on := w.enroll(t, "cleo@example.test")
	_, err = w.StartTwoFactor(t.Context(), on.User, on.session, good, "")
	refused(t, err, fault.Conflict, "TWO_FACTOR_ALREADY_ENABLED")
	// One who reads the person from before is held back by the record.
	on.TwoFactorEnabled = false
	_, err = w.StartTwoFactor(t.Context(), on.User, on.session, good, "")
	refused(t, err, fault.Conflict, "TWO_FACTOR_ALREADY_ENABLED")
}

func TestAnAuthenticatorAppShowsTheNameOfTheWorkspace(t *testing.T) {
	name := "Zebra: Chat"
	w := newWorld(t, func(o *accounts.Options) { o.Workspace = func(context.Context) string { return name } })
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	for given, want := range map[string]string{"Zebra: Chat": "Zebra  Chat", "": "Pegasus", " : ": "Pegasus"} {
		name = given
		setup, err := w.StartTwoFactor(t.Context(), u, session, good, "")
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.SetupFor(t.Context(), u, setup.Secret)
		if err != nil {
			t.Fatal(err)
		}
		uri, err := w.TOTPURI(t.Context(), u, good)
		if err != nil {
			t.Fatal(err)
		}
		for _, shown := range []string{setup.URI, again.URI, uri} {
			if key, err := otp.NewKeyFromURL(shown); err != nil || key.Issuer() != want || key.Secret() != setup.Secret {
				t.Errorf("of %q an app reads %v, %v", given, key, err)
			}
		}
	}
}

func TestTheSetUpIsWhatAuthenticatorAppsRead(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada+x@example.test", good)
	session := w.open(t, u, token("a"), true)
	for issuer, want := range map[string]string{"": "Pegasus", "Zebra & Söhne: Chat": "Zebra%20%26%20S%C3%B6hne%20%20Chat"} {
		setup, err := w.StartTwoFactor(t.Context(), u, session, good, issuer)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^[A-Z2-7]{32}$`).MatchString(setup.Secret) {
			t.Errorf("the secret is %q", setup.Secret)
		}
		label := strings.ReplaceAll(want, "%26", "&")
		if full := "otpauth://totp/" + label + ":ada+x@example.test?secret=" + setup.Secret + "&issuer=" + want + "&digits=6&period=30"; setup.URI != full {
			t.Errorf("the URI is\n%s, want\n%s", setup.URI, full)
		}
		image, err := png.Decode(bytes.NewReader(setup.QR))
		if err != nil || image.Bounds().Dx() != 220 || image.Bounds().Dy() != 220 {
			t.Errorf("the QR code: %v", err)
		}
		if key, err := otp.NewKeyFromURL(setup.URI); err != nil || key.Secret() != setup.Secret || key.AccountName() != u.Email || key.Period() != 30 {
			t.Errorf("an app reads %v, %v", key, err)
		}
	}
}

func TestEveryAddressHasAQRCodeOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	for _, address := range []string{"https://chat.example.test/signup?invitation=" + accounts.NewSecret(), "https://chat.example.test/signup?invitation=" + accounts.NewSecret()} {
		code, err := accounts.QR(address)
		if err != nil {
			t.Fatal(err)
		}
		if image, err := png.Decode(bytes.NewReader(code)); err != nil || image.Bounds().Dx() != 220 || seen[string(code)] != "" {
			t.Errorf("the code of %s is like that of %q, %v", address, seen[string(code)], err)
		}
		seen[string(code)] = address
	}
}

func TestOnceItIsOnNobodyReadsTheSecretAgain(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	_, err := w.TOTPURI(t.Context(), u, good)
	refused(t, err, fault.Invalid, "TOTP_NOT_ENABLED")
	setup, err := w.StartTwoFactor(t.Context(), u, session, good, "")
	if err != nil {
		t.Fatal(err)
	}
	if uri, err := w.TOTPURI(t.Context(), u, good); err != nil || uri != setup.URI {
		t.Errorf("%s, %v", uri, err)
	}
	_, err = w.TOTPURI(t.Context(), u, "wrong password")
	refused(t, err, fault.Invalid, "INVALID_PASSWORD")
	if u, _, err = w.ConfirmTwoFactor(t.Context(), u, session, codeAt(t, setup.Secret, w.now()), false); err != nil {
		t.Fatal(err)
	}
	_, err = w.TOTPURI(t.Context(), u, good)
	refused(t, err, fault.Invalid, "TOTP_NOT_ENABLED")
}

func TestNoSecretAndNoBackupCodeLiesReadableAtRest(t *testing.T) {
	dir := t.TempDir()
	store, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(o *accounts.Options) { o.Store = store })
	w.store = store
	ada := w.enroll(t, "ada@example.test")
	challenge := w.challenge(t, ada.User)
	if err := w.SendCode(t.Context(), challenge); err != nil {
		t.Fatal(err)
	}
	letter, _ := w.letters.Last(ada.Email, accounts.LetterCode)
	trusted, _ := w.TrustDevice(t.Context(), ada.User)
	device, _, _ := w.KnownDevice(t.Context(), ada.User, "")
	_, personal, err := w.CreateToken(t.Context(), ada.User, w.open(t, ada.User, token("f"), true), "ci", []accounts.Scope{accounts.ScopeRead}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	found := false
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(content, []byte(ada.ID))
		secrets := append([]string{ada.secret, challenge, letter.Code, trusted, device, personal}, ada.codes...)
		for _, code := range ada.codes {
			secrets = append(secrets, strings.ReplaceAll(code, "-", ""))
		}
		for _, secret := range secrets {
			if secret == "" || bytes.Contains(content, []byte(secret)) {
				t.Errorf("%q lies in %s", secret, file)
			}
		}
	}
	if !found {
		t.Error("not even the person was found: the search is wrong")
	}
}

func TestASealedSecretIsGoodForItsOwnerAlone(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.enroll(t, "ada@example.test"), w.join(t, "ben@example.test", good)
	session := w.open(t, ben, token("b"), true)
	record, err := w.store.TwoFactor(t.Context(), ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	record.UserID, record.Confirmed = ben.ID, false
	if err := w.store.StartTwoFactor(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.ConfirmTwoFactor(t.Context(), ben, session, codeAt(t, ada.secret, w.now()), false); !fault.Is(err, fault.Internal) {
		t.Errorf("under another's name it answers %v", err)
	}
}

func TestASecretOfAnOlderSystemGoesOnWorking(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	record := accounts.TwoFactor{UserID: u.ID, Secret: []byte("plain:" + strings.ToLower(secret[:16]) + " " + secret[16:]), CreatedAt: w.now()}
	if err := w.store.StartTwoFactor(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	if err := w.store.ConfirmTwoFactor(t.Context(), u.ID, record.Secret, 0, nil, w.now()); err != nil {
		t.Fatal(err)
	}
	u, _ = w.User(t.Context(), u.ID)
	challenge := w.challenge(t, u)
	refused(t, w.answer(t, challenge, wrongCode(t, secret, w.now())), fault.Unauthenticated, "INVALID_CODE")
	if err := w.answer(t, challenge, codeAt(t, secret, w.now())); err != nil {
		t.Error(err)
	}
	after, err := w.store.TwoFactor(t.Context(), u.ID)
	if err != nil || strings.Contains(string(after.Secret), "plain") || strings.Contains(string(after.Secret), secret) {
		t.Errorf("the secret is stored as %q, %v", after.Secret, err)
	}
	w.later(time.Minute)
	if err := w.answer(t, w.challenge(t, u), codeAt(t, secret, w.now())); err != nil {
		t.Errorf("once sealed: %v", err)
	}
	_, err = w.AnswerChallenge(t.Context(), w.challenge(t, u), accounts.FactorBackup, "AAAAA-AAAAA", "")
	refused(t, err, fault.Unauthenticated, "INVALID_BACKUP_CODE") // there are none
}

func TestBackupCodesOfAnOlderSystemWorkOnceEach(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	record := accounts.TwoFactor{UserID: u.ID, BackupCodes: []string{"plain:ABCD1234", "plain:EFGH5678", "plain:"}, CreatedAt: w.now()}
	if err := w.store.StartTwoFactor(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	if err := w.store.ConfirmTwoFactor(t.Context(), u.ID, record.Secret, 0, nil, w.now()); err != nil {
		t.Fatal(err)
	}
	u, _ = w.User(t.Context(), u.ID)
	// The older system left no secret that can be used: no code of an app is right, and none is an error of ours.
	refused(t, w.answer(t, w.challenge(t, u), "000000"), fault.Unauthenticated, "INVALID_CODE")
	use := func(code string) error {
		_, err := w.AnswerChallenge(t.Context(), w.challenge(t, u), accounts.FactorBackup, code, "")
		return err
	}
	for _, wrong := range []string{"", "-", "ABCD-1235", "plain:ABCD1234", "ABCD1234EFGH5678"} {
		refused(t, use(wrong), fault.Unauthenticated, "INVALID_BACKUP_CODE")
	}
	if err := use("abcd-1234"); err != nil {
		t.Fatal(err)
	}
	refused(t, use("ABCD-1234"), fault.Unauthenticated, "INVALID_BACKUP_CODE")
}

func TestACodeIsGoodHalfAMinuteBeforeAndAfter(t *testing.T) {
	for offset, good := range map[time.Duration]bool{
		-60 * time.Second: false, -30 * time.Second: true, 0: true, 30 * time.Second: true, 60 * time.Second: false,
	} {
		w := newWorld(t)
		ada := w.enroll(t, "ada@example.test")
		w.later(time.Hour)
		err := w.answer(t, w.challenge(t, ada.User), codeAt(t, ada.secret, w.now().Add(offset)))
		if (err == nil) != good {
			t.Errorf("%s off: %v", offset, err)
		}
	}
}

func TestACodeWorksOnce(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	before, now := codeAt(t, ada.secret, w.now().Add(-30*time.Second)), codeAt(t, ada.secret, w.now())
	if err := w.answer(t, w.challenge(t, ada.User), now); err != nil {
		t.Fatal(err)
	}
	challenge := w.challenge(t, ada.User)
	refused(t, w.answer(t, challenge, now), fault.Unauthenticated, "INVALID_CODE")
	refused(t, w.answer(t, challenge, before), fault.Unauthenticated, "INVALID_CODE") // the step before is past as well
	w.later(30 * time.Second)
	refused(t, w.answer(t, challenge, now), fault.Unauthenticated, "INVALID_CODE")
	if err := w.answer(t, challenge, codeAt(t, ada.secret, w.now())); err != nil {
		t.Errorf("the next code: %v", err)
	}
}

func TestTheCodeThatTurnedItOnDoesNotSignInAsWell(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	setup, _ := w.StartTwoFactor(t.Context(), u, session, good, "")
	code := codeAt(t, setup.Secret, w.now())
	u, _, err := w.ConfirmTwoFactor(t.Context(), u, session, code, false)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, w.answer(t, w.challenge(t, u), code), fault.Unauthenticated, "INVALID_CODE")
}

func TestTurningItOnEndsOtherSessionsAndTellsTheOwner(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	here := w.open(t, u, token("a"), true)
	w.open(t, u, token("b"), true)
	setup, err := w.StartTwoFactor(t.Context(), u, here, good, "")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = w.ConfirmTwoFactor(t.Context(), u, here, wrongCode(t, setup.Secret, w.now()), true)
	refused(t, err, fault.Unauthenticated, "INVALID_CODE")
	if _, _, alive := w.alive(t, token("b")); !alive {
		t.Error("a wrong code ended a session")
	}
	on, codes, err := w.ConfirmTwoFactor(t.Context(), u, here, codeAt(t, setup.Secret, w.now()), true)
	if err != nil || !on.TwoFactorEnabled || len(codes) != 10 || codes[0] == setup.BackupCodes[0] {
		t.Fatalf("%+v, %v, %v", on, codes, err)
	}
	for hash, want := range map[string]bool{token("a"): true, token("b"): false} {
		if _, _, alive := w.alive(t, hash); alive != want {
			t.Errorf("%.1s is alive: %v", hash, alive)
		}
	}
	if letter, ok := w.letters.Last(u.Email, accounts.LetterNotice); !ok || !strings.Contains(letter.About["what"], "turned on") {
		t.Errorf("%+v", letter)
	}
	if n := w.events(t, u, accounts.ActionTwoFactorOn); n != 1 {
		t.Errorf("%d lines in the audit log", n)
	}
	_, err = w.AnswerChallenge(t.Context(), w.challenge(t, on), accounts.FactorBackup, setup.BackupCodes[0], "")
	refused(t, err, fault.Unauthenticated, "INVALID_BACKUP_CODE")
	if _, err = w.AnswerChallenge(t.Context(), w.challenge(t, on), accounts.FactorBackup, codes[0], ""); err != nil {
		t.Errorf("a fresh code: %v", err)
	}
}

func TestOfFiftyConfirmationsAtOnceOneSucceeds(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	setup, _ := w.StartTwoFactor(t.Context(), u, session, good, "")
	code := codeAt(t, setup.Secret, w.now())
	var won atomic.Int32
	var work sync.WaitGroup
	for range 50 {
		work.Go(func() {
			if _, _, err := w.ConfirmTwoFactor(t.Context(), u, session, code, false); err == nil {
				won.Add(1)
			}
		})
	}
	work.Wait()
	if won.Load() != 1 {
		t.Errorf("%d succeeded", won.Load())
	}
}

func TestTurningItOffTakesPasswordAndCode(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	w.later(25 * time.Hour) // past the proof in the session
	acted := ada.session
	acted.ImpersonatedBy = "0123456789abcdef01234567"
	right := codeAt(t, ada.secret, w.now())
	for what, c := range map[string]struct {
		session        accounts.Session
		password, code string
		want           string
	}{
		"neither":          {ada.session, "", "", "INVALID_PASSWORD"},
		"the code alone":   {ada.session, "", right, "INVALID_PASSWORD"},
		"a wrong password": {ada.session, "wrong password", right, "INVALID_PASSWORD"},
		"password alone":   {ada.session, good, "", "INVALID_CODE"},
		"a wrong code":     {ada.session, good, wrongCode(t, ada.secret, w.now()), "INVALID_CODE"},
		"a wrong backup":   {ada.session, good, "AAAAA-AAAAA", "INVALID_BACKUP_CODE"},
		"an impersonator":  {acted, good, right, "NOT_WHILE_IMPERSONATING"},
	} {
		if _, err := w.DisableTwoFactor(t.Context(), ada.User, c.session, c.password, c.code); fault.From(err) == nil || fault.From(err).Code != c.want {
			t.Errorf("%s: %v, want %s", what, err, c.want)
		}
	}
	other := w.open(t, ada.User, token("b"), true)
	trusted, err := w.TrustDevice(t.Context(), ada.User)
	if err != nil {
		t.Fatal(err)
	}
	challenge := w.challenge(t, ada.User)
	off, err := w.DisableTwoFactor(t.Context(), ada.User, ada.session, good, right)
	if err != nil || off.TwoFactorEnabled {
		t.Fatalf("%+v, %v", off, err)
	}
	if _, _, alive := w.alive(t, other.TokenHash); alive {
		t.Error("the other session lives on")
	}
	if _, ok, _ := w.Trusted(t.Context(), ada.User, trusted); ok {
		t.Error("the trusted device is trusted still")
	}
	refused(t, w.answer(t, challenge, right), fault.Unauthenticated, "INVALID_TWO_FACTOR_COOKIE")
	if letter, _ := w.letters.Last(ada.Email, accounts.LetterNotice); !strings.Contains(letter.About["what"], "turned off") {
		t.Errorf("%+v", letter)
	}
	if w.events(t, ada.User, accounts.ActionTwoFactorOff) != 1 {
		t.Error("not in the audit log")
	}
	_, err = w.DisableTwoFactor(t.Context(), off, ada.session, good, right)
	refused(t, err, fault.Invalid, "TWO_FACTOR_NOT_ENABLED")
}

func TestThePasswordAloneTurnsItOffOnlyInASessionThatProvedASecondFactor(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	byPassword := w.open(t, ada.User, token("b"), true) // as behind a trusted device
	_, err := w.DisableTwoFactor(t.Context(), ada.User, byPassword, good, "")
	refused(t, err, fault.Unauthenticated, "INVALID_CODE")
	if err := w.ProveSecondFactor(t.Context(), ada.User, byPassword, accounts.FactorTOTP, codeAt(t, ada.secret, w.now()), ""); err != nil {
		t.Fatal(err)
	}
	renewed, err := w.RenewSession(t.Context(), byPassword, token("c"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.DisableTwoFactor(t.Context(), ada.User, renewed, good, ""); err != nil {
		t.Error(err)
	}
}

func TestASecondFactorMakesASessionFresh(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	w.later(25 * time.Hour)
	session, _, _ := w.alive(t, ada.session.TokenHash)
	if w.Fresh(session) == nil {
		t.Fatal("it is fresh already")
	}
	err := w.ProveSecondFactor(t.Context(), ada.User, session, accounts.FactorTOTP, wrongCode(t, ada.secret, w.now()), "")
	refused(t, err, fault.Unauthenticated, "INVALID_CODE")
	err = w.ProveSecondFactor(t.Context(), ada.User, session, accounts.FactorEmail, "12345678", "")
	refused(t, err, fault.Invalid, "OTP_NOT_ENABLED")
	if err := w.ProveSecondFactor(t.Context(), ada.User, session, accounts.FactorTOTP, codeAt(t, ada.secret, w.now()), ""); err != nil {
		t.Fatal(err)
	}
	session, _, _ = w.alive(t, ada.session.TokenHash)
	if err := w.Fresh(session); err != nil {
		t.Error(err)
	}
}
