package passkey_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"pegasus/accounts"
	"pegasus/accounts/accountstest"
	"pegasus/fault"
	"pegasus/sessions/passkey"
	"pegasus/sessions/passkeytest"
	"pegasus/store/sqlite"
	"pegasus/store/sqlite/sqlitetest"
)

// world is Ceremonies on a store of their own, with a clock that the test turns.
type world struct {
	*passkey.Ceremonies
	accounts *accounts.Service
	store    *sqlite.Store
	clock    time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	store, err := sqlite.Open(t.Context(), sqlitetest.Dir(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w := &world{store: store, clock: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)}
	now := func() time.Time { return w.clock }
	w.accounts = accounts.NewService(accounts.Options{
		Store: store, Key: []byte("a key of the tests"), SignUp: accounts.SignUpOpen, Now: now, Cores: 2, Cost: bcrypt.MinCost,
		Common: func(string) bool { return false }, URL: "https://chat.example.test", SealKey: bytes.Repeat([]byte("k"), 32), Mailer: &accountstest.Post{},
		Failed:  func(_ context.Context, doing string, err error) { t.Errorf("%s: %v", doing, err) },
		Leave:   func(context.Context, string) error { return nil },
		Welcome: func(context.Context, string) error { return nil },
		Changed: func(accounts.User) {}, EndStreams: func(context.Context, string, string, string) {},
		Workspace: func(context.Context) string { return "Zebra & Söhne" },
	})
	w.Ceremonies, err = passkey.New(passkey.Options{URL: "https://chat.example.test", Tickets: store, Accounts: w.accounts, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// join makes an account and signs it in.
func (w *world) join(t testing.TB, name string) (accounts.User, accounts.Session) {
	t.Helper()
	joined, err := w.accounts.SignUp(t.Context(), accounts.Draft{Email: name + "@example.test", Password: "correct horse battery staple", Name: "Somebody"})
	if err != nil {
		t.Fatal(err)
	}
	return joined.User, w.open(t, joined.User, name)
}

func (w *world) open(t testing.TB, u accounts.User, name string) accounts.Session {
	t.Helper()
	session, _, err := w.accounts.OpenSession(t.Context(), u, hex.EncodeToString([]byte(name)), accounts.Entrance{Way: accounts.WayPassword})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// register registers what an authenticator holds.
func (w *world) register(t testing.TB, u accounts.User, s accounts.Session, a *passkeytest.Authenticator, name string) (accounts.Passkey, error) {
	t.Helper()
	options, binding, err := w.BeginRegistration(t.Context(), u, s, "")
	if err != nil {
		t.Fatal(err)
	}
	return w.FinishRegistration(t.Context(), u, s, binding, a.Create(t, options), name)
}

func (w *world) signIn(t testing.TB, a *passkeytest.Authenticator) (accounts.User, error) {
	t.Helper()
	options, binding, err := w.BeginSignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return w.FinishSignIn(t.Context(), binding, a.Get(t, options))
}

func refused(t testing.TB, err error, kind fault.Kind, code string) {
	t.Helper()
	if err == nil {
		t.Fatalf("it succeeded, want %s", code)
	}
	if f := fault.From(err); f.Kind != kind || f.Code != code {
		t.Fatalf("refused with kind %d, %s (%v); want kind %d, %s", f.Kind, f.Code, err, kind, code)
	}
}

func TestAPasskeySignsItsOwnerIn(t *testing.T) {
	w := newWorld(t)
	ada, session := w.join(t, "ada")
	w.join(t, "ben")
	a := newAuthenticator(t)
	a.Flags |= passkeytest.Eligible | passkeytest.BackedUp
	copy(a.AAGUID[:], []byte{0xba, 0xda, 0x55, 0x66, 0xa7, 0xaa, 0x40, 0x1f, 0xbd, 0x96, 0x45, 0x61, 0x9a, 0x55, 0x12, 0x0d})
	key, err := w.register(t, ada, session, a, "")
	if err != nil {
		t.Fatal(err)
	}
	if key.Name != "1Password" || key.DeviceType != "multiDevice" || !key.BackedUp || key.CredentialID != passkeytest.Base64(a.ID) || !slices.Equal(key.Transports, []string{"internal", "hybrid"}) {
		t.Errorf("got %+v", key)
	}
	for range 2 { // synced passkeys do not count
		if u, err := w.signIn(t, a); err != nil || u.ID != ada.ID {
			t.Fatalf("%+v, %v", u, err)
		}
	}
	a.Flags &^= passkeytest.BackedUp
	if _, err := w.signIn(t, a); err != nil {
		t.Fatal(err)
	}
	if list, err := w.accounts.Passkeys(t.Context(), ada.ID); err != nil || list[0].BackedUp || !list[0].LastUsedAt.Equal(w.clock) {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestTheOptionsAreTheFormThatBrowsersRead(t *testing.T) {
	w := newWorld(t)
	ada, session := w.join(t, "ada")
	known := newAuthenticator(t)
	if _, err := w.register(t, ada, session, known, "one"); err != nil {
		t.Fatal(err)
	}
	raw, _, err := w.BeginRegistration(t.Context(), ada, session, "cross-platform")
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		RP                     struct{ ID, Name string }
		User                   struct{ ID, Name, DisplayName string }
		Challenge              string
		PubKeyCredParams       []struct{ Alg int }
		Timeout                int
		Attestation            string
		ExcludeCredentials     []struct{ ID, Type string }
		AuthenticatorSelection struct{ AuthenticatorAttachment, ResidentKey, UserVerification string }
		PublicKey              any
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	s := o.AuthenticatorSelection
	if o.PublicKey != nil || o.RP.ID != "chat.example.test" || o.RP.Name != "Zebra & Söhne" || o.User.ID != passkeytest.Base64([]byte(ada.ID)) || o.User.Name != ada.Email || len(o.Challenge) < 43 ||
		len(o.PubKeyCredParams) == 0 || o.Timeout != 300_000 || o.Attestation != "none" ||
		s.AuthenticatorAttachment != "cross-platform" || s.ResidentKey != "required" || s.UserVerification != "required" ||
		len(o.ExcludeCredentials) != 1 || o.ExcludeCredentials[0].ID != passkeytest.Base64(known.ID) || o.ExcludeCredentials[0].Type != "public-key" {
		t.Errorf("got %s", raw)
	}
	raw, _, err = w.BeginSignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var in map[string]any
	if err := json.Unmarshal(raw, &in); err != nil {
		t.Fatal(err)
	}
	if in["rpId"] != "chat.example.test" || in["userVerification"] != "required" || in["challenge"] == nil || in["allowCredentials"] != nil {
		t.Errorf("got %s", raw)
	}
	_, _, err = w.BeginRegistration(t.Context(), ada, session, "usb")
	refused(t, err, fault.Invalid, "INVALID_ATTACHMENT")
}

func TestARegistrationIsBoundToThePersonTheirSessionAndTheBrowser(t *testing.T) {
	w := newWorld(t)
	ada, session := w.join(t, "ada")
	ben, bens := w.join(t, "ben")
	other := w.open(t, ada, "ada2")
	begin := func() (json.RawMessage, string) {
		options, binding, err := w.BeginRegistration(t.Context(), ada, session, "")
		if err != nil {
			t.Fatal(err)
		}
		return newAuthenticator(t).Create(t, options), binding
	}
	finish := func(u accounts.User, s accounts.Session, binding string, response json.RawMessage) error {
		_, err := w.FinishRegistration(t.Context(), u, s, binding, response, "")
		return err
	}
	response, binding := begin()
	refused(t, finish(ben, bens, binding, response), fault.Unauthenticated, "YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY")
	refused(t, finish(ada, session, binding, response), fault.Invalid, "CHALLENGE_NOT_FOUND") // it was used up
	response, binding = begin()
	refused(t, finish(ben, session, binding, response), fault.Unauthenticated, "YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY")
	response, binding = begin()
	refused(t, finish(ada, other, binding, response), fault.Unauthenticated, "YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY")
	response, _ = begin()
	for _, foreign := range []string{"", strings.Repeat("A", 52)} {
		refused(t, finish(ada, session, foreign, response), fault.Invalid, "CHALLENGE_NOT_FOUND")
	}
	_, binding = begin()
	refused(t, finish(ada, session, binding, response), fault.Invalid, "FAILED_TO_VERIFY_REGISTRATION") // the challenge of another
	response, binding = begin()
	w.clock = w.clock.Add(passkey.Life)
	refused(t, finish(ada, session, binding, response), fault.Invalid, "CHALLENGE_NOT_FOUND")

	options, binding, err := w.BeginSignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	refused(t, finish(ada, session, binding, newAuthenticator(t).Create(t, options)), fault.Unauthenticated, "YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY")
	for _, s := range []accounts.Session{session, bens} {
		w.clock = s.ProvenAt.Add(accounts.FreshFor)
		_, _, err = w.BeginRegistration(t.Context(), ada, s, "")
		refused(t, err, fault.Forbidden, "SESSION_NOT_FRESH")
	}
	if list, err := w.accounts.Passkeys(t.Context(), ada.ID); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestAnAuthenticatorThatProvesTooLittleIsRefused(t *testing.T) {
	for name, change := range map[string]func(*passkeytest.Authenticator){
		"the person was not verified":      func(a *passkeytest.Authenticator) { a.Flags &^= passkeytest.Verified },
		"the person was not there":         func(a *passkeytest.Authenticator) { a.Flags &^= passkeytest.Present },
		"a page of another origin":         func(a *passkeytest.Authenticator) { a.Origin = "https://evil.test" },
		"a page of a name below":           func(a *passkeytest.Authenticator) { a.Origin = "https://x.chat.example.test" },
		"a page without https":             func(a *passkeytest.Authenticator) { a.Origin = "http://chat.example.test" },
		"another relying party":            func(a *passkeytest.Authenticator) { a.RPID = "evil.test" },
		"backed up, but not to be":         func(a *passkeytest.Authenticator) { a.Flags |= passkeytest.BackedUp },
		"another key":                      func(a *passkeytest.Authenticator) { a.Key = newAuthenticator(t).Key },
		"another person's handle":          func(a *passkeytest.Authenticator) { a.Handle = []byte("0123456789abcdef01234567") },
		"no handle":                        func(a *passkeytest.Authenticator) { a.Handle = nil },
		"a passkey that is now backed up":  func(a *passkeytest.Authenticator) { a.Flags |= passkeytest.Eligible },
		"a counter that went back":         func(a *passkeytest.Authenticator) { a.Counter = 4 },
		"a counter that stood still":       func(a *passkeytest.Authenticator) { a.Counter = 5 },
		"a counter that was turned to nil": func(a *passkeytest.Authenticator) { a.Counter = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ada, session := w.join(t, "ada")
			a := newAuthenticator(t)
			a.Counter = 5
			if _, err := w.register(t, ada, session, a, ""); err != nil {
				t.Fatal(err)
			}
			a.Counter = 6
			change(a)
			u, err := w.signIn(t, a)
			refused(t, err, fault.Invalid, "AUTHENTICATION_FAILED")
			if u.ID != "" {
				t.Errorf("it names %+v", u)
			}
			fresh := newAuthenticator(t)
			change(fresh)
			_, err = w.register(t, ada, session, fresh, "")
			if registers := strings.Contains(name, "counter") || strings.Contains(name, "key") || strings.Contains(name, "handle"); !registers {
				refused(t, err, fault.Invalid, "FAILED_TO_VERIFY_REGISTRATION")
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestACounterThatGoesUpIsKept(t *testing.T) {
	w := newWorld(t)
	ada, session := w.join(t, "ada")
	a := newAuthenticator(t)
	key, err := w.register(t, ada, session, a, "Yubi")
	if err != nil || key.DeviceType != "singleDevice" || key.BackedUp || key.Name != "Yubi" {
		t.Fatalf("%+v, %v", key, err)
	}
	for _, counter := range []uint32{1, 2, 900} {
		a.Counter = counter
		if _, err := w.signIn(t, a); err != nil {
			t.Fatal(err)
		}
		if list, err := w.accounts.Passkeys(t.Context(), ada.ID); err != nil || list[0].Counter != counter {
			t.Errorf("%+v, %v", list, err)
		}
	}
	a.Counter = 3
	_, err = w.signIn(t, a)
	refused(t, err, fault.Invalid, "AUTHENTICATION_FAILED")
}

func TestOfManyAnswersToOneChallengeOneIsTaken(t *testing.T) {
	w := newWorld(t)
	ada, session := w.join(t, "ada")
	a := newAuthenticator(t)
	if _, err := w.register(t, ada, session, a, ""); err != nil {
		t.Fatal(err)
	}
	options, binding, err := w.BeginSignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	response := a.Get(t, options)
	var in atomic.Int32
	var work sync.WaitGroup
	for range 50 {
		work.Go(func() {
			if _, err := w.FinishSignIn(context.Background(), binding, response); err == nil {
				in.Add(1)
			} else if fault.From(err).Code != "CHALLENGE_NOT_FOUND" {
				t.Error(err)
			}
		})
	}
	work.Wait()
	if in.Load() != 1 {
		t.Errorf("%d were taken", in.Load())
	}
}

func TestASignInThatBelongsToNothingIsRefused(t *testing.T) {
	w := newWorld(t)
	ada, session := w.join(t, "ada")
	a := newAuthenticator(t)
	if _, err := w.register(t, ada, session, a, ""); err != nil {
		t.Fatal(err)
	}
	options, _, err := w.BeginSignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.FinishSignIn(t.Context(), "", a.Get(t, options))
	refused(t, err, fault.Invalid, "CHALLENGE_NOT_FOUND")
	// The ceremony of a registration signs nobody in.
	options, binding, err := w.BeginRegistration(t.Context(), ada, session, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.FinishSignIn(t.Context(), binding, a.Get(t, options))
	refused(t, err, fault.Invalid, "CHALLENGE_NOT_FOUND")
	stranger := newAuthenticator(t)
	stranger.Handle = []byte(ada.ID)
	_, err = w.signIn(t, stranger)
	refused(t, err, fault.Unauthenticated, "PASSKEY_NOT_FOUND")
	for _, noise := range []string{"", "null", "{}", "[]", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`} {
		_, binding, err := w.BeginSignIn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.FinishSignIn(t.Context(), binding, json.RawMessage(noise))
		refused(t, err, fault.Invalid, "AUTHENTICATION_FAILED")
	}
	options, binding, err = w.BeginSignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.clock = w.clock.Add(passkey.Life)
	_, err = w.FinishSignIn(t.Context(), binding, a.Get(t, options))
	refused(t, err, fault.Invalid, "CHALLENGE_NOT_FOUND")
}

func TestABannedPersonsPasskeySignsNobodyIn(t *testing.T) {
	w := newWorld(t)
	ada, session := w.join(t, "ada")
	a := newAuthenticator(t)
	if _, err := w.register(t, ada, session, a, ""); err != nil {
		t.Fatal(err)
	}
	ban := accounts.Ban{Banned: true}
	if _, err := w.store.UpdateUser(t.Context(), ada.ID, accounts.UserChange{Ban: &ban}, w.clock); err != nil {
		t.Fatal(err)
	}
	u, err := w.signIn(t, a)
	refused(t, err, fault.Forbidden, "BANNED_USER")
	if u.ID != "" {
		t.Errorf("it names %+v", u)
	}
}

func TestAPasskeyIsRegisteredOnce(t *testing.T) {
	w := newWorld(t)
	ada, adas := w.join(t, "ada")
	ben, bens := w.join(t, "ben")
	a := newAuthenticator(t)
	if _, err := w.register(t, ada, adas, a, ""); err != nil {
		t.Fatal(err)
	}
	_, err := w.register(t, ben, bens, a, "")
	refused(t, err, fault.Conflict, "PASSKEY_EXISTS")
}

func TestAServerWithoutANameHasNoPasskeys(t *testing.T) {
	for address, available := range map[string]bool{
		"http://localhost:8080": true, "https://chat.example.test": true, "https://chat.example.test:8443": true,
		"http://127.0.0.1:8080": false, "http://[::1]:8080": false, "https://192.168.1.7": false,
	} {
		c, err := passkey.New(passkey.Options{URL: address, Now: time.Now})
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if c.Available() != available {
			t.Errorf("%s: available is %v", address, c.Available())
		}
		if !available {
			_, _, err := c.BeginSignIn(t.Context())
			refused(t, err, fault.NotFound, "PASSKEYS_NOT_AVAILABLE")
			_, err = c.FinishSignIn(t.Context(), "x", nil)
			refused(t, err, fault.NotFound, "PASSKEYS_NOT_AVAILABLE")
		}
	}
}

func newAuthenticator(t testing.TB) *passkeytest.Authenticator {
	return passkeytest.New(t, "https://chat.example.test")
}
