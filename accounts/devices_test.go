package accounts_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pegasus/accounts"
)

func TestATrustedDeviceIsTrustedByANewTokenEachTimeForThirtyDays(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.enroll(t, "ada@example.test"), w.enroll(t, "ben@example.test")
	first, err := w.TrustDevice(t.Context(), ada.User)
	if err != nil {
		t.Fatal(err)
	}
	trusted := func(u accounts.User, token string) (string, bool) {
		t.Helper()
		next, ok, err := w.Trusted(t.Context(), u, token)
		if err != nil || ok != (next != "") {
			t.Fatal(next, ok, err)
		}
		return next, ok
	}
	for _, c := range []struct {
		u     accounts.User
		token string
	}{{ada.User, ""}, {ada.User, "x"}, {ben.User, first}, {ada.User, first + "x"}} {
		if _, ok := trusted(c.u, c.token); ok {
			t.Errorf("%q is trusted for %s", c.token, c.u.Email)
		}
	}
	second, ok := trusted(ada.User, first)
	if !ok || second == first {
		t.Fatal("not trusted, or by the same token")
	}
	if _, ok := trusted(ada.User, first); ok {
		t.Error("a token is good twice")
	}
	w.later(accounts.TrustedLife - time.Hour)
	third, ok := trusted(ada.User, second)
	if !ok {
		t.Fatal("not trusted for thirty days")
	}
	w.later(2 * time.Hour)
	if _, ok := trusted(ada.User, third); ok {
		t.Error("trusted for longer than thirty days after the code")
	}
	if w.events(t, ada.User, accounts.ActionDeviceTrusted) != 1 {
		t.Error("not in the audit log")
	}
}

func TestATrustedTokenIsGoodOnceOfFiftyAtOnce(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	token, _ := w.TrustDevice(t.Context(), ada.User)
	var won atomic.Int32
	var work sync.WaitGroup
	for range 50 {
		work.Go(func() {
			if _, ok, _ := w.Trusted(t.Context(), ada.User, token); ok {
				won.Add(1)
			}
		})
	}
	work.Wait()
	if won.Load() != 1 {
		t.Errorf("good %d times", won.Load())
	}
}

func TestANewPasswordEndsTrust(t *testing.T) {
	w := newWorld(t)
	ada := w.enroll(t, "ada@example.test")
	token, _ := w.TrustDevice(t.Context(), ada.User)
	if err := w.ChangePassword(t.Context(), ada.User, ada.session, good, "another horse battery", true); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := w.Trusted(t.Context(), ada.User, token); ok {
		t.Error("trusted still")
	}
}

func TestADeviceIsKnownToWhomItWasSignedInBefore(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join(t, "ada@example.test", good), w.join(t, "ben@example.test", good)
	check := func(u accounts.User, token string, wantKnown bool) string {
		t.Helper()
		next, known, err := w.KnownDevice(t.Context(), u, token)
		if err != nil || known != wantKnown {
			t.Fatalf("known %v, %v", known, err)
		}
		return next
	}
	token := check(ada, "", false)
	if len(token) < 40 || check(ada, "short", false) == "short" {
		t.Errorf("the token is %q", token)
	}
	if next := check(ada, token, true); next != "" {
		t.Errorf("a good token is replaced by %q", next)
	}
	if next := check(ben, token, false); next != token {
		t.Errorf("on a shared device it becomes %q", next)
	}
	check(ada, token, true)
	check(ben, token, true)
	w.later(31 * 24 * time.Hour)
	if next := check(ada, token, true); next != token { // kept in the browser anew
		t.Errorf("after a month: %q", next)
	}
	w.later(accounts.DeviceLife - time.Hour)
	check(ada, token, true)
	check(ben, token, false)
}

func TestTheOwnerHearsOfASignInOnANewDevice(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	u.Notify.NewDevice = true
	if _, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Notify: &u.Notify}, w.now()); err != nil {
		t.Fatal(err)
	}
	ctx := accounts.WithDevice(t.Context(), accounts.Device{Address: "192.0.2.7", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
	for i, c := range []struct{ newDevice, notify, told bool }{
		{true, true, false}, // the first sign-in of all
		{false, true, false},
		{true, true, true},
		{true, false, false},
	} {
		before := len(w.letters.Letters(u.Email))
		u.Notify.NewDevice = c.notify
		if _, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Notify: &u.Notify}, w.now()); err != nil {
			t.Fatal(err)
		}
		var err error
		if _, u, err = w.OpenSession(ctx, u, token(string(rune('a'+i))), accounts.Entrance{Way: accounts.WayPassword, NewDevice: c.newDevice}); err != nil {
			t.Fatal(err)
		}
		letters := w.letters.Letters(u.Email)
		if told := len(letters) > before; told != c.told {
			t.Errorf("%d: told %v", i, told)
		}
		if c.told {
			if l := letters[len(letters)-1]; l.Kind != accounts.LetterNewDevice || l.About["device"] != "Firefox on Linux" || l.About["address"] != "192.0.2.7" || l.About["time"] == "" {
				t.Errorf("%+v", l)
			}
		}
	}
	events, err := w.store.Events(t.Context(), accounts.EventQuery{UserID: u.ID, Action: accounts.ActionSignIn, Limit: 10})
	if err != nil || len(events) != 4 || events[1].Details["new_device"] != "true" || events[3].Details["new_device"] != "false" || events[1].Details["way"] != "password" {
		t.Errorf("%+v, %v", events, err)
	}
}

func TestADeviceHasANameThatPeopleKnow(t *testing.T) {
	for userAgent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                     "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36":                            "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0":              "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                      "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1":    "Safari on iPhone",
		"Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1":              "Chrome on iPad",
		"Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/120.0":                   "Opera on ChromeOS",
		"curl/8.5.0": "curl", "Go-http-client/1.1": "Go program", "Something (Windows)": "Windows", "": "Unknown device", "\x00\xff": "Unknown device",
	} {
		if got := accounts.DeviceName(userAgent); got != want {
			t.Errorf("%q is %q, want %q", userAgent, got, want)
		}
	}
}
