package accounts_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

const better = "a much longer passphrase"

// resetToken asks for a reset and returns the token of the mail.
func (w *world) resetToken(t testing.TB, email string) string {
	t.Helper()
	if err := w.RequestPasswordReset(t.Context(), email, ""); err != nil {
		t.Fatal(err)
	}
	link, _, _ := strings.Cut(w.mailed(t, email, accounts.LetterReset).URL, "?")
	return secretOf(t, link)
}

func (w *world) sessions(t testing.TB, userID string) int {
	t.Helper()
	list, err := w.Sessions(t.Context(), userID)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// ticket stores a ticket of a person under a hash.
func (w *world) ticket(t testing.TB, p accounts.Purpose, userID, hash string) {
	t.Helper()
	err := w.store.CreateTicket(t.Context(), accounts.Ticket{Purpose: p, Hash: hash, UserID: userID, CreatedAt: w.now(), ExpiresAt: w.now().Add(100 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) has(t testing.TB, p accounts.Purpose, hash string) bool {
	t.Helper()
	_, err := w.store.Ticket(t.Context(), p, hash, w.now())
	if err != nil && !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// secondFactor turns a second factor on, whatever its secret.
func (w *world) secondFactor(t testing.TB, u accounts.User) accounts.User {
	t.Helper()
	err := w.store.StartTwoFactor(t.Context(), accounts.TwoFactor{UserID: u.ID, Secret: []byte("sealed"), Salt: []byte("s"), CreatedAt: w.now()})
	if err == nil {
		err = w.store.ConfirmTwoFactor(t.Context(), u.ID, []byte("sealed"), 1, nil, w.now())
	}
	if err == nil {
		u, err = w.User(t.Context(), u.ID)
	}
	if err != nil || !u.TwoFactorEnabled {
		t.Fatalf("%+v, %v", u, err)
	}
	return u
}

var guarded = []accounts.Purpose{
	accounts.PurposeTrusted, accounts.PurposeMagicLink, accounts.PurposeChallenge, accounts.PurposeEmailCode,
	accounts.PurposeChangeEmail, accounts.PurposeDelete,
}

func TestAResetEndsWhatTheOldPasswordOpenedAndSignsNobodyIn(t *testing.T) {
	w := newWorld(t)
	u := w.secondFactor(t, w.join(t, "ada@example.test", good))
	w.open(t, u, token("a"), true)
	w.open(t, u, token("b"), true)
	resetToken := w.resetToken(t, u.Email)
	for _, p := range guarded {
		w.ticket(t, p, u.ID, token("c"))
	}
	if err := w.CheckReset(t.Context(), resetToken); err != nil {
		t.Fatal(err)
	}
	if err := w.ResetPassword(t.Context(), resetToken, better); err != nil {
		t.Fatal(err)
	}
	if w.signsIn(t, u.Email, good) || !w.signsIn(t, u.Email, better) {
		t.Error("the passwords were not exchanged")
	}
	if n := w.sessions(t, u.ID); n != 0 || !slices.Contains(w.ended, u.ID+"  ") {
		t.Errorf("%d sessions, streams ended: %q", n, w.ended)
	}
	for _, p := range guarded {
		if w.has(t, p, token("c")) {
			t.Errorf("a ticket %s is left", p)
		}
	}
	after, err := w.User(t.Context(), u.ID)
	if err != nil || !after.EmailVerified || !after.TwoFactorEnabled {
		t.Errorf("%+v, %v", after, err)
	}
	if l := w.mailed(t, u.Email, accounts.LetterNotice); l.About["what"] == "" || l.About["time"] != "14 March 2026, 15:09 UTC" {
		t.Errorf("told %+v", l)
	}
}

func TestOfFiftyUsesOfAResetTokenAtOnceOneWins(t *testing.T) {
	w := newWorld(t, func(o *accounts.Options) { o.Cores = 50 })
	u := w.join(t, "ada@example.test", good)
	resetToken := w.resetToken(t, u.Email)
	won := atOnce(50, func(int) error {
		err := w.ResetPassword(t.Context(), resetToken, better)
		if err != nil {
			refused(t, err, fault.Invalid, "INVALID_TOKEN")
		}
		return err
	})
	if won != 1 {
		t.Fatalf("%d won", won)
	}
	refused(t, w.CheckReset(t.Context(), resetToken), fault.Invalid, "INVALID_TOKEN")
}

func TestResetTokensThatAreNotGood(t *testing.T) {
	for name, spoil := range map[string]func(w *world, u accounts.User, token string) string{
		"made up":    func(*world, accounts.User, string) string { return "x" },
		"empty":      func(*world, accounts.User, string) string { return "" },
		"cut":        func(_ *world, _ accounts.User, token string) string { return token[1:] },
		"lower case": func(_ *world, _ accounts.User, token string) string { return strings.ToLower(token) },
		"expired":    func(w *world, _ accounts.User, token string) string { w.later(accounts.ResetLife); return token },
		"an older one": func(w *world, u accounts.User, token string) string {
			w.resetToken(t, u.Email)
			return token
		},
		"of an earlier address": func(w *world, u accounts.User, token string) string {
			email := "new@example.test"
			if _, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Email: &email}, w.now()); err != nil {
				t.Fatal(err)
			}
			return token
		},
		"of another purpose": func(w *world, u accounts.User, _ string) string {
			return secretOf(t, w.mailed(t, u.Email, accounts.LetterVerify).URL)
		},
		"of somebody gone": func(w *world, u accounts.User, token string) string {
			if err := w.store.EraseUser(t.Context(), u.ID, accounts.Tombstone{Email: "x@deleted.invalid", Username: "x", Name: "x"}, w.now()); err != nil {
				t.Fatal(err)
			}
			return token
		},
		"used": func(w *world, u accounts.User, token string) string {
			if err := w.ResetPassword(t.Context(), token, better); err != nil {
				t.Fatal(err)
			}
			return token
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			u := w.join(t, "ada@example.test", good)
			bad := spoil(w, u, w.resetToken(t, u.Email))
			refused(t, w.CheckReset(t.Context(), bad), fault.Invalid, "INVALID_TOKEN")
			refused(t, w.ResetPassword(t.Context(), bad, "yet another passphrase"), fault.Invalid, "INVALID_TOKEN")
			if _, err := w.Authenticate(t.Context(), u.Email, "yet another passphrase"); err == nil {
				t.Error("the password was set")
			}
		})
	}
}

func TestAWeakPasswordUsesNoResetTokenUp(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "grace.hopper@example.test", good)
	resetToken := w.resetToken(t, u.Email)
	for password, code := range map[string]string{
		"short": "PASSWORD_TOO_SHORT", "password123": "PASSWORD_TOO_COMMON", "grace.hopper1": "PASSWORD_TOO_COMMON",
		"lovelace!!": "PASSWORD_TOO_COMMON", "zebrafish2026": "PASSWORD_TOO_COMMON", strings.Repeat("a", 129): "PASSWORD_TOO_LONG",
	} {
		refused(t, w.ResetPassword(t.Context(), resetToken, password), fault.Invalid, code)
	}
	if err := w.ResetPassword(t.Context(), resetToken, better); err != nil {
		t.Fatal(err)
	}
}

func TestPasswordsThatDifferPast72BytesDifferOnEveryPath(t *testing.T) {
	one, two := strings.Repeat("ab", 50)+"1", strings.Repeat("ab", 50)+"2"
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	for name, set := range map[string]func() error{
		"reset":  func() error { return w.ResetPassword(t.Context(), w.resetToken(t, u.Email), one) },
		"change": func() error { return w.ChangePassword(t.Context(), u, accounts.Session{}, good, one, false) },
		"admin":  func() error { return w.SetUserPassword(t.Context(), w.boss(t, "root@example.test"), u.ID, one) },
	} {
		if err := w.store.ReplacePasswordHash(t.Context(), u.ID, w.hash(t, u.ID), bcryptHash(t, good, "$2a$"), w.now()); err != nil {
			t.Fatal(err)
		}
		if err := set(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if w.signsIn(t, u.Email, two) || !w.signsIn(t, u.Email, one) {
			t.Errorf("%s: the passwords are not told apart", name)
		}
	}
}

func TestAResetThatFirstProvesTheAddressDropsTheOtherWaysIn(t *testing.T) {
	for _, proven := range []bool{false, true} {
		w := newWorld(t)
		u := w.join(t, "ada@example.test", good)
		if proven {
			u = w.prove(t, u)
		}
		w.otherWaysIn(t, u)
		if err := w.ResetPassword(t.Context(), w.resetToken(t, u.Email), better); err != nil {
			t.Fatal(err)
		}
		if n := w.countWaysIn(t, u); (n == 3) != proven || (n == 0) == proven {
			t.Errorf("proven %v: %d ways in are left", proven, n)
		}
	}
}

func (w *world) otherWaysIn(t testing.TB, u accounts.User) {
	t.Helper()
	now := w.now()
	for _, err := range []error{
		w.store.CreateProviderAccount(t.Context(), accounts.ProviderAccount{ID: id.New(now), UserID: u.ID, Provider: "github", Subject: u.ID, CreatedAt: now, UpdatedAt: now}),
		w.store.CreatePasskey(t.Context(), accounts.Passkey{ID: id.New(now), UserID: u.ID, Name: "key", CredentialID: u.ID, PublicKey: []byte("k"), CreatedAt: now}),
		w.store.CreateToken(t.Context(), accounts.Token{ID: id.New(now), UserID: u.ID, Name: "t", Hash: u.ID, Scopes: []accounts.Scope{accounts.ScopeRead}, CreatedAt: now}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) countWaysIn(t testing.TB, u accounts.User) int {
	t.Helper()
	links, err1 := w.store.ProviderAccounts(t.Context(), u.ID)
	passkeys, err2 := w.store.Passkeys(t.Context(), u.ID)
	tokens, err3 := w.store.Tokens(t.Context(), u.ID)
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	return len(links) + len(passkeys) + len(tokens)
}

func TestALinkThatAnAdminHandsOverResetsButProvesNoAddress(t *testing.T) {
	w := newWorld(t)
	admin := w.boss(t, "root@example.test")
	u := w.join(t, "ada@example.test", good)
	w.otherWaysIn(t, u)
	link, err := w.ResetLink(t.Context(), admin, u.ID)
	if err != nil || !strings.HasSuffix(link, "?callbackURL=%2Freset-password") {
		t.Fatalf("%s, %v", link, err)
	}
	if n := w.count(u.Email, accounts.LetterReset); n != 0 {
		t.Errorf("%d letters", n)
	}
	link, _, _ = strings.Cut(link, "?")
	if err := w.ResetPassword(t.Context(), secretOf(t, link), better); err != nil {
		t.Fatal(err)
	}
	after, _ := w.User(t.Context(), u.ID)
	if after.EmailVerified || w.countWaysIn(t, u) != 3 || !w.signsIn(t, u.Email, better) {
		t.Errorf("%+v, %d ways in", after, w.countWaysIn(t, u))
	}
	_, err = w.ResetLink(t.Context(), admin, admin.ID)
	refused(t, err, fault.Invalid, "CHANGE_YOUR_OWN_PASSWORD")
}

func TestNoMailedSecretLiesInTheDatabase(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	w.resetToken(t, u.Email)
	if err := w.RequestMagicLink(t.Context(), accounts.MagicLink{Email: u.Email}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.RequestDeletion(t.Context(), u, session, "", ""); err != nil {
		t.Fatal(err)
	}
	w.invite(t, w.boss(t, "root@example.test"), accounts.InvitationDraft{Email: "new@example.test"})
	var stored strings.Builder
	files, err := filepath.Glob(filepath.Join(w.dir, "*"))
	for _, name := range files {
		content, _ := os.ReadFile(name)
		stored.Write(content)
	}
	if err != nil || !strings.Contains(stored.String(), u.Email) {
		t.Fatalf("%v: the database was not found in %v", err, files)
	}
	letters := w.letters.Letters("")
	if len(letters) < 5 {
		t.Fatalf("only %d letters", len(letters))
	}
	for _, l := range letters {
		link := l.URL
		if l.Kind == accounts.LetterReset {
			link, _, _ = strings.Cut(link, "?")
		}
		if secret := secretOf(t, link); len(secret) < 52 || strings.Contains(stored.String(), secret) {
			t.Errorf("the secret of %s is stored, or is none: %q", l.Kind, secret)
		}
	}
}

func TestAPasswordIsChangedByWhoKnowsIt(t *testing.T) {
	for _, endOthers := range []bool{true, false} {
		w := newWorld(t)
		u := w.join(t, "ada@example.test", good)
		own := w.open(t, u, token("a"), true)
		w.open(t, u, token("b"), true)
		resetToken := w.resetToken(t, u.Email)
		w.ticket(t, accounts.PurposeTrusted, u.ID, token("c"))
		refused(t, w.ChangePassword(t.Context(), u, own, "wrong password", better, endOthers), fault.Invalid, "INVALID_PASSWORD")
		refused(t, w.ChangePassword(t.Context(), u, own, good, "short", endOthers), fault.Invalid, "PASSWORD_TOO_SHORT")
		if w.sessions(t, u.ID) != 2 || w.hash(t, u.ID) == "" || !w.signsIn(t, u.Email, good) {
			t.Fatal("a failure changed something")
		}
		if err := w.ChangePassword(t.Context(), u, own, good, better, endOthers); err != nil {
			t.Fatal(err)
		}
		left, _ := w.Sessions(t.Context(), u.ID)
		if want := map[bool]int{true: 1, false: 2}[endOthers]; len(left) != want || endOthers && (left[0].ID != own.ID || !slices.Contains(w.ended, u.ID+"  "+own.ID)) {
			t.Errorf("%d sessions, streams ended: %q", len(left), w.ended)
		}
		if w.signsIn(t, u.Email, good) || !w.signsIn(t, u.Email, better) {
			t.Error("the passwords were not exchanged")
		}
		refused(t, w.CheckReset(t.Context(), resetToken), fault.Invalid, "INVALID_TOKEN")
		if w.has(t, accounts.PurposeTrusted, token("c")) {
			t.Error("a device is trusted still")
		}
		w.mailed(t, u.Email, accounts.LetterNotice)
	}
}

func TestAStolenSessionMustNotGuessThePassword(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	guesses := []func(ctx context.Context) error{
		func(ctx context.Context) error {
			return w.ChangePassword(ctx, u, session, "wrong password", better, false)
		},
		func(ctx context.Context) error { return w.Reauthenticate(ctx, u, session, "wrong password") },
		func(ctx context.Context) error { return w.VerifyPassword(ctx, u, "wrong password") },
		func(ctx context.Context) error {
			_, err := w.RequestDeletion(ctx, u, session, "wrong password", "")
			return err
		},
	}
	for i := range 10 {
		refused(t, guesses[i%4](clientAt(t, "192.0.2."+string(rune('0'+i)))), fault.Invalid, "INVALID_PASSWORD")
	}
	for _, guess := range guesses {
		refused(t, guess(t.Context()), fault.Limited, "TOO_MANY_REQUESTS")
	}
	if !w.signsIn(t, u.Email, good) {
		t.Error("the owner cannot sign in")
	}
}

func TestAFirstPasswordIsSetOnceInAFreshSession(t *testing.T) {
	w := newWorld(t)
	u := w.imported(t, "flora", "")
	session := w.open(t, u, token("a"), true)
	_, err := w.RequestDeletion(t.Context(), u, session, "some password", "")
	refused(t, err, fault.Invalid, "CREDENTIAL_ACCOUNT_NOT_FOUND")
	refused(t, w.ChangePassword(t.Context(), u, session, "", better, false), fault.Invalid, "CREDENTIAL_ACCOUNT_NOT_FOUND")
	refused(t, w.SetPassword(t.Context(), u, session, "short"), fault.Invalid, "PASSWORD_TOO_SHORT")
	if has, err := w.HasPassword(t.Context(), u.ID); has || err != nil {
		t.Fatal(has, err)
	}
	stale := session
	stale.ProvenAt = w.now().Add(-accounts.FreshFor)
	refused(t, w.SetPassword(t.Context(), u, stale, better), fault.Forbidden, "SESSION_NOT_FRESH")
	if n := atOnce(20, func(int) error {
		err := w.SetPassword(t.Context(), u, session, better)
		if err != nil {
			refused(t, err, fault.Invalid, "USER_ALREADY_HAS_PASSWORD")
		}
		return err
	}); n != 1 {
		t.Errorf("%d set one", n)
	}
	if has, err := w.HasPassword(t.Context(), u.ID); !has || err != nil || !w.signsIn(t, u.Email, better) {
		t.Fatal(has, err)
	}
}

func TestAPasswordMakesASessionFreshAgain(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	if err := w.Fresh(session); err != nil {
		t.Fatal(err)
	}
	w.later(accounts.FreshFor)
	refused(t, w.Fresh(session), fault.Forbidden, "SESSION_NOT_FRESH")
	refused(t, w.Fresh(accounts.Session{}), fault.Forbidden, "SESSION_NOT_FRESH")
	refused(t, w.Reauthenticate(t.Context(), u, session, "wrong password"), fault.Invalid, "INVALID_PASSWORD")
	if err := w.Reauthenticate(t.Context(), u, session, good); err != nil {
		t.Fatal(err)
	}
	session, _, _, err := w.SessionUser(t.Context(), token("a"))
	if err != nil || w.Fresh(session) != nil {
		t.Fatalf("%+v, %v", session, err)
	}
}

func TestWhoActsAsSomebodyChangesNothingThatGuardsTheAccount(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	nobody := w.imported(t, "flora", "")
	acting := w.open(t, u, token("a"), true)
	acting.ImpersonatedBy = id.New(w.now())
	for name, err := range map[string]error{
		"fresh":    w.Fresh(acting),
		"change":   w.ChangePassword(t.Context(), u, acting, good, better, true),
		"set":      w.SetPassword(t.Context(), nobody, acting, better),
		"confirm":  w.Reauthenticate(t.Context(), u, acting, good),
		"address":  w.RequestEmailChange(t.Context(), u, acting, "new@example.test", ""),
		"deletion": second(w.RequestDeletion(t.Context(), u, acting, good, "")),
		"export":   second(w.Export(t.Context(), u, acting)),
	} {
		if err == nil || fault.From(err).Code != "NOT_WHILE_IMPERSONATING" || !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !w.signsIn(t, u.Email, good) || w.hash(t, nobody.ID) != "" {
		t.Error("something changed")
	}
}

func second[T any](_ T, err error) error { return err }
