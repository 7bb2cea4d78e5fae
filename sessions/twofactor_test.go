package sessions_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
)

// browser keeps cookies as a browser does.
type browser struct {
	*world
	jar map[string]string
}

func (w *world) browser() *browser { return &browser{w, map[string]string{}} }

func (b *browser) headers() []string {
	var all []string
	for name, value := range b.jar {
		all = append(all, name+"="+value)
	}
	if len(all) == 0 {
		return nil
	}
	return []string{"Cookie", strings.Join(all, "; ")}
}

func (b *browser) send(h http.HandlerFunc) *httptest.ResponseRecorder {
	rec := b.do(h, b.headers()...)
	for name, c := range cookies(rec) {
		b.jar[name] = c.Value
		if c.MaxAge < 0 {
			delete(b.jar, name)
		}
	}
	return rec
}

func (b *browser) enter(t testing.TB, u accounts.User, way accounts.Way) (entry sessions.Entry) {
	t.Helper()
	b.send(func(rw http.ResponseWriter, r *http.Request) {
		var err error
		if entry, err = b.Enter(rw, r, u, sessions.Entrance{Way: way, Remember: true, ReturnTo: "/dm/x"}); err != nil {
			t.Fatal(err)
		}
	})
	return entry
}

func (b *browser) answer(code string, trust bool) (current sessions.Current, err error) {
	b.send(func(rw http.ResponseWriter, r *http.Request) {
		current, _, err = b.Answer(rw, r, accounts.FactorTOTP, code, trust)
	})
	return current, err
}

func codeAt(t testing.TB, secret string, offset time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCodeCustom(secret, time.Now().Add(offset), totp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// enroll turns on a second factor, with the code of the step before this one, so that this one's can be used.
func (w *world) enroll(t testing.TB, u accounts.User) (on accounts.User, secret string) {
	t.Helper()
	current, _ := w.signIn(t, u, true)
	setup, err := w.accounts.StartTwoFactor(t.Context(), u, current.Session, "correct horse battery", "")
	if err != nil {
		t.Fatal(err)
	}
	on, _, err = w.accounts.ConfirmTwoFactor(t.Context(), u, current.Session, codeAt(t, setup.Secret, -30*time.Second), false)
	if err != nil {
		t.Fatal(err)
	}
	return on, setup.Secret
}

func TestTheFirstFactorAloneLetsNobodyIn(t *testing.T) {
	w := newWorld(t, true)
	ada, _ := w.enroll(t, w.ada)
	for _, way := range []accounts.Way{accounts.WayPassword, accounts.WayMagicLink, accounts.WaySignUp, "github", "google", "oidc", ""} {
		b := w.browser()
		entry := b.enter(t, ada, way)
		if entry.Challenge == nil || entry.Token != "" || entry.User.ID != "" || entry.Challenge.User.ID != ada.ID || entry.Challenge.Way != way || entry.Challenge.ReturnTo != "/dm/x" {
			t.Fatalf("%s: entered as %+v", way, entry)
		}
		if len(b.jar) != 1 || b.jar["__Secure-better-auth.two_factor"] == "" {
			t.Fatalf("%s: the browser keeps %v", way, b.jar)
		}
		// Every value of the answer, in every place where one lets somebody in.
		for _, value := range b.jar {
			token, _, _ := strings.Cut(value, ".")
			for _, v := range []string{value, token} {
				for _, headers := range [][]string{
					cookie("__Secure-"+name, v), cookie("__Secure-better-auth.two_factor", v), cookie("__Secure-better-auth.admin_session", v),
					cookie("__Secure-better-auth.trust_device", v), {"Authorization", "Bearer " + v}, {"Authorization", "Bearer pgs_" + v},
				} {
					if got := w.who(t, headers...); got != "" {
						t.Errorf("%s: %.60q is %s's", way, headers, got)
					}
				}
			}
		}
	}
	if list, err := w.accounts.Sessions(t.Context(), ada.ID); err != nil || len(list) != 1 {
		t.Errorf("%d sessions, %v: only the one of the set-up stands", len(list), err)
	}
}

func TestTheChallengeCookieHasTheFormOfTheProtocol(t *testing.T) {
	w := newWorld(t, true)
	ada, _ := w.enroll(t, w.ada)
	current, _ := w.signIn(t, w.ben, true)
	rec := w.do(func(rw http.ResponseWriter, r *http.Request) {
		if _, err := w.Enter(rw, r, ada, sessions.Entrance{Way: accounts.WayPassword}); err != nil {
			t.Fatal(err)
		}
	}, cookie("__Secure-"+name, current.Token)...)
	set := cookies(rec)
	c := set["__Secure-better-auth.two_factor"]
	if c == nil || c.MaxAge != 600 || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
		t.Errorf("the cookie is %v", c)
	}
	if gone := set["__Secure-"+name]; gone == nil || gone.MaxAge >= 0 || rec.Header().Get("Set-Auth-Token") != "" {
		t.Errorf("the session cookie of whom was here before is %v", gone)
	}
	if w.who(t, cookie("__Secure-"+name, current.Token)...) != w.ben.ID {
		t.Error("ada ended ben's session")
	}
}

func TestARightCodeLetsThePersonIn(t *testing.T) {
	w := newWorld(t, false)
	ada, secret := w.enroll(t, w.ada)
	b := w.browser()
	b.enter(t, ada, "github")
	b.send(func(_ http.ResponseWriter, r *http.Request) {
		c, err := w.Challenge(r)
		if err != nil || c.User.ID != ada.ID || c.ReturnTo != "/dm/x" {
			t.Errorf("%+v, %v", c, err)
		}
	})
	if _, err := b.answer("000000", false); !fault.Is(err, fault.Unauthenticated) {
		t.Fatal(err)
	}
	current, err := b.answer(codeAt(t, secret, 0), false)
	if err != nil || current.User.ID != ada.ID || current.Session.Way != "github" || !current.Session.Remember || current.MustEnroll {
		t.Fatalf("%+v, %v", current, err)
	}
	if b.jar["better-auth.two_factor"] != "" || b.jar["better-auth.trust_device"] != "" || w.who(t, b.headers()...) != ada.ID {
		t.Errorf("the browser keeps %v", b.jar)
	}
	if _, err := b.answer(codeAt(t, secret, 30*time.Second), false); fault.From(err).Code != "INVALID_TWO_FACTOR_COOKIE" {
		t.Errorf("answered again: %v", err)
	}
	// The session proved a second factor: the password alone turns it off in it.
	if _, err := w.accounts.DisableTwoFactor(t.Context(), ada, current.Session, "correct horse battery", ""); err != nil {
		t.Error(err)
	}
}

func TestAChallengeIsTheBrowsersThatWasGivenIt(t *testing.T) {
	w := newWorld(t, false)
	ada, secret := w.enroll(t, w.ada)
	ben, _ := w.enroll(t, w.ben)
	adas, bens, none := w.browser(), w.browser(), w.browser()
	adas.enter(t, ada, accounts.WayPassword)
	bens.enter(t, ben, accounts.WayPassword)
	if _, err := none.answer(codeAt(t, secret, 0), false); fault.From(err).Code != "INVALID_TWO_FACTOR_COOKIE" {
		t.Error(err)
	}
	if _, err := bens.answer(codeAt(t, secret, 0), false); fault.From(err).Code != "INVALID_CODE" {
		t.Error(err)
	}
	signed := adas.jar["better-auth.two_factor"]
	for _, forged := range []string{strings.Split(signed, ".")[0], signed[:len(signed)-4], "x" + signed, ""} {
		none.jar["better-auth.two_factor"] = forged
		if _, err := none.answer(codeAt(t, secret, 0), false); fault.From(err).Code != "INVALID_TWO_FACTOR_COOKIE" {
			t.Errorf("%q: %v", forged, err)
		}
	}
	// A cookie that was signed for another use is none of this one.
	none.jar["better-auth.two_factor"] = adas.jar["better-auth.known_device"]
	if _, err := none.answer(codeAt(t, secret, 0), false); fault.From(err).Code != "INVALID_TWO_FACTOR_COOKIE" {
		t.Error(err)
	}
	if _, err := adas.answer(codeAt(t, secret, 0), false); err != nil {
		t.Errorf("its own browser: %v", err)
	}
}

func TestOfFiftyRightAnswersOneSessionComes(t *testing.T) {
	w := newWorld(t, false)
	ada, secret := w.enroll(t, w.ada)
	b := w.browser()
	b.enter(t, ada, accounts.WayPassword)
	headers, code := b.headers(), codeAt(t, secret, 0)
	var won atomic.Int32
	var work sync.WaitGroup
	for range 50 {
		work.Go(func() {
			w.do(func(rw http.ResponseWriter, r *http.Request) {
				if _, _, err := w.Answer(rw, r, accounts.FactorTOTP, code, true); err == nil {
					won.Add(1)
				}
			}, headers...)
		})
	}
	work.Wait()
	list, err := w.accounts.Sessions(t.Context(), ada.ID)
	if won.Load() != 1 || err != nil || len(list) != 2 { // one is that of the set-up
		t.Errorf("%d answers were right, %d sessions, %v", won.Load(), len(list), err)
	}
}

func TestATrustedDeviceIsNotAskedAgainAndItsCookieChanges(t *testing.T) {
	w := newWorld(t, false)
	ada, secret := w.enroll(t, w.ada)
	b := w.browser()
	b.enter(t, ada, accounts.WayPassword)
	if _, err := b.answer(codeAt(t, secret, 0), true); err != nil {
		t.Fatal(err)
	}
	const trust = "better-auth.trust_device"
	first := b.jar[trust]
	if first == "" {
		t.Fatalf("the browser keeps %v", b.jar)
	}
	stolen, other := w.browser(), w.browser()
	stolen.jar[trust] = first
	other.jar[trust] = first
	entry := b.enter(t, ada, accounts.WayPassword)
	if entry.Challenge != nil || entry.User.ID != ada.ID || b.jar[trust] == first || b.jar[trust] == "" {
		t.Fatalf("entered as %+v with %v", entry, b.jar)
	}
	// The session has a password behind it, and no more.
	if _, err := w.accounts.DisableTwoFactor(t.Context(), ada, entry.Session, "correct horse battery", ""); fault.From(err) == nil || fault.From(err).Code != "INVALID_CODE" {
		t.Errorf("turned off by %v", err)
	}
	if entry := stolen.enter(t, ada, accounts.WayPassword); entry.Challenge == nil {
		t.Error("a used cookie is trusted")
	}
	ben, _ := w.enroll(t, w.ben)
	other.jar[trust] = b.jar[trust]
	if entry := other.enter(t, ben, accounts.WayPassword); entry.Challenge == nil {
		t.Error("ada's cookie is trusted for ben")
	}
	if entry := b.enter(t, ada, accounts.WayPassword); entry.Challenge != nil {
		t.Error("ben's sign-in used up ada's trust")
	}
}

func TestTrustClearsDontRemember(t *testing.T) {
	w := newWorld(t, false)
	ada, secret := w.enroll(t, w.ada)
	b := w.browser()
	b.jar["better-auth.dont_remember"] = "x"
	b.enter(t, ada, accounts.WayPassword)
	b.jar["better-auth.dont_remember"] = "x"
	if _, err := b.answer(codeAt(t, secret, 0), true); err != nil || b.jar["better-auth.dont_remember"] != "" {
		t.Errorf("%v, %v", b.jar, err)
	}
}

func TestAPasskeyIsBothFactors(t *testing.T) {
	w := newWorld(t, false)
	ada, _ := w.enroll(t, w.ada)
	b := w.browser()
	entry := b.enter(t, ada, accounts.WayPasskey)
	if entry.Challenge != nil || entry.User.ID != ada.ID || w.who(t, b.headers()...) != ada.ID {
		t.Fatalf("entered as %+v", entry)
	}
	if _, err := w.accounts.DisableTwoFactor(t.Context(), ada, entry.Session, "correct horse battery", ""); err != nil {
		t.Error(err)
	}
}

func TestSigningInAgainWithoutTheSecondFactorSignsOut(t *testing.T) {
	w := newWorld(t, false)
	ada, secret := w.enroll(t, w.ada)
	b := w.browser()
	b.enter(t, ada, accounts.WayPassword)
	if _, err := b.answer(codeAt(t, secret, 0), false); err != nil {
		t.Fatal(err)
	}
	old := b.jar[name]
	b.enter(t, ada, accounts.WayPassword)
	if got := w.who(t, cookie(name, old)...); got != "" {
		t.Errorf("the old session is %s's still", got)
	}
}

func TestWrongCodesLockOutUnknownBrowsersAlone(t *testing.T) {
	w := newWorld(t, false)
	ada, secret := w.enroll(t, w.ada)
	known := w.browser()
	known.enter(t, ada, accounts.WayPassword)
	if _, err := known.answer(codeAt(t, secret, 0), false); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		thief := w.browser()
		thief.enter(t, ada, accounts.WayPassword)
		for range 5 {
			if _, err := thief.answer("00000x", false); fault.From(err).Code != "INVALID_CODE" {
				t.Fatal(err)
			}
		}
	}
	thief := w.browser()
	thief.enter(t, ada, accounts.WayPassword)
	if _, err := thief.answer(codeAt(t, secret, 30*time.Second), false); fault.From(err).Code != "ACCOUNT_TEMPORARILY_LOCKED" || fault.From(err).RetryAfter <= 0 {
		t.Errorf("the thief: %v", err)
	}
	known.enter(t, ada, accounts.WayPassword)
	if _, err := known.answer(codeAt(t, secret, 30*time.Second), false); err != nil {
		t.Errorf("the owner: %v", err)
	}
}

func TestAMailedCodeLetsThePersonIn(t *testing.T) {
	w := newWorld(t, false)
	ada, _ := w.enroll(t, w.ada)
	b := w.browser()
	b.enter(t, ada, accounts.WayPassword)
	b.send(func(rw http.ResponseWriter, r *http.Request) {
		if err := w.SendCode(r); err != nil {
			t.Fatal(err)
		}
		letter, _ := w.letters.Last(ada.Email, accounts.LetterCode)
		if current, _, err := w.Answer(rw, r, accounts.FactorEmail, letter.Code, false); err != nil || current.User.ID != ada.ID {
			t.Error(err)
		}
	})
}

func TestProvingASecondFactorTakesASession(t *testing.T) {
	w := newWorld(t, false)
	ada, secret := w.enroll(t, w.ada)
	b := w.browser()
	b.enter(t, ada, accounts.WayPasskey)
	prove := func(b *browser) (err error) {
		b.send(func(_ http.ResponseWriter, r *http.Request) {
			err = w.ProveSecondFactor(r, accounts.FactorTOTP, codeAt(t, secret, 0))
		})
		return err
	}
	if err := prove(w.browser()); !fault.Is(err, fault.Unauthenticated) {
		t.Error(err)
	}
	if err := prove(b); err != nil {
		t.Error(err)
	}
}

func TestWhoIsBannedIsNotLetIn(t *testing.T) {
	w := newWorld(t, false)
	banned, err := w.store.UpdateUser(t.Context(), w.ada.ID, accounts.UserChange{Ban: &accounts.Ban{Banned: true}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	rec := w.do(func(rw http.ResponseWriter, r *http.Request) {
		if _, err := w.Enter(rw, r, banned, sessions.Entrance{Way: "github"}); fault.From(err) == nil || fault.From(err).Code != "BANNED_USER" {
			t.Error(err)
		}
	})
	if len(cookies(rec)) != 0 {
		t.Errorf("set %v", cookies(rec))
	}
}

func TestRenewingGivesANewTokenAndEndsTheOld(t *testing.T) {
	w := newWorld(t, false)
	for _, remember := range []bool{true, false} {
		current, _ := w.signIn(t, w.ada, remember)
		var renewed sessions.Current
		rec := w.do(func(rw http.ResponseWriter, r *http.Request) {
			var err error
			if renewed, err = w.Renew(rw, r); err != nil {
				t.Fatal(err)
			}
		}, cookie(name, current.Token)...)
		if renewed.Token == current.Token || renewed.Session.ID == current.Session.ID || renewed.Session.Way != current.Session.Way ||
			renewed.Session.Remember != remember || renewed.Session.ProvenAt.Before(current.Session.ProvenAt) {
			t.Errorf("renewed %+v", renewed)
		}
		if w.who(t, cookie(name, current.Token)...) != "" || w.who(t, cookie(name, cookies(rec)[name].Value)...) != w.ada.ID {
			t.Error("the old one lives, or the new one does not")
		}
	}
	w.do(func(rw http.ResponseWriter, r *http.Request) {
		if _, err := w.Renew(rw, r); !fault.Is(err, fault.Unauthenticated) {
			t.Error(err)
		}
	})
}

func TestADeviceIsKnownFromTheSecondSignInOn(t *testing.T) {
	w := newWorld(t, false)
	b := w.browser()
	b.enter(t, w.ada, accounts.WayPassword)
	device := b.jar["better-auth.known_device"]
	if device == "" {
		t.Fatal("no cookie")
	}
	ada, _ := w.accounts.User(t.Context(), w.ada.ID)
	b.enter(t, ada, accounts.WayPassword)
	w.browser().enter(t, ada, accounts.WayPassword)
	if b.jar["better-auth.known_device"] != device {
		t.Error("the cookie changed")
	}
	events, err := w.store.Events(t.Context(), accounts.EventQuery{UserID: ada.ID, Action: accounts.ActionSignIn, Limit: 10})
	if err != nil || len(events) != 3 || events[0].Details["new_device"] != "true" || events[1].Details["new_device"] != "false" {
		t.Errorf("%+v, %v", events, err)
	}
}
