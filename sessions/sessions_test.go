package sessions_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/accounts/accountstest"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/store/sqlite"
	"pegasus/store/sqlite/sqlitetest"
	"pegasus/web"
)

const name = "better-auth.session_token"

var key = []byte("the application's secret, thirty-two")

type world struct {
	letters accountstest.Post
	*sessions.Manager
	accounts *accounts.Service
	store    *sqlite.Store
	dir      string
	ada, ben accounts.User
}

func newWorld(t testing.TB, secure bool, change ...func(*sessions.Options)) *world {
	t.Helper()
	w := &world{dir: sqlitetest.Dir(t)}
	var err error
	if w.store, err = sqlite.Open(t.Context(), w.dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.store.Close() })
	w.accounts = accounts.NewService(accounts.Options{
		URL: "http://chat.example.test", SealKey: bytes.Repeat([]byte("k"), 32), Mailer: &w.letters,
		Failed: func(_ context.Context, doing string, err error) { t.Errorf("%s: %v", doing, err) },
		Leave:  func(context.Context, string) error { return nil },
		Store:  w.store, Key: []byte("k"), SignUp: accounts.SignUpOpen, Cores: 2, Cost: 4,
		Now:     func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) },
		Common:  func(string) bool { return false },
		Welcome: func(context.Context, string) error { return nil }, Changed: func(accounts.User) {},
		EndStreams: func(context.Context, string, string, string) {},
	})
	o := sessions.Options{Store: w.store.Sessions(), Accounts: w.accounts, Key: key, Secure: secure}
	for _, c := range change {
		c(&o)
	}
	w.Manager = sessions.New(o)
	w.ada, w.ben = w.person(t, "ada"), w.person(t, "ben")
	return w
}

func (w *world) person(t testing.TB, name string) accounts.User {
	t.Helper()
	joined, err := w.accounts.SignUp(t.Context(), accounts.Draft{Email: name + "@example.test", Name: name, Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	return joined.User
}

// do sends a request through Load to a handler.
func (w *world) do(h http.HandlerFunc, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/?session=x&token=y", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.Load(web.WriteJSONError)(h).ServeHTTP(rec, r)
	return rec
}

// who returns the id of the person that a request is from, "" for nobody.
func (w *world) who(t testing.TB, headers ...string) (userID string) {
	t.Helper()
	rec := w.do(func(_ http.ResponseWriter, r *http.Request) {
		u, err := sessions.User(r.Context())
		if err != nil && !fault.Is(err, fault.Unauthenticated) {
			t.Error(err)
		}
		userID = u.ID
	}, headers...)
	if rec.Code != 200 {
		t.Errorf("answered %d: %s", rec.Code, rec.Body)
	}
	return userID
}

func (w *world) signIn(t testing.TB, u accounts.User, remember bool, headers ...string) (sessions.Current, *httptest.ResponseRecorder) {
	t.Helper()
	var current sessions.Current
	rec := w.do(func(rw http.ResponseWriter, r *http.Request) {
		entry, err := w.Enter(rw, r, u, sessions.Entrance{Way: accounts.WayPassword, Remember: remember})
		if err != nil {
			t.Fatal(err)
		}
		current = entry.Current
	}, headers...)
	return current, rec
}

// cookies returns the cookies that an answer leaves behind.
func cookies(rec *httptest.ResponseRecorder) map[string]*http.Cookie {
	set := map[string]*http.Cookie{}
	for _, c := range rec.Result().Cookies() {
		set[c.Name] = c
	}
	return set
}

func cookie(name, value string) []string { return []string{"Cookie", name + "=" + value} }

func TestTheCookieHasTheNameFormAndAttributesOfBetterAuth(t *testing.T) {
	for _, secure := range []bool{false, true} {
		w := newWorld(t, secure)
		current, rec := w.signIn(t, w.ada, true)
		prefix := ""
		if secure {
			prefix = "__Secure-"
		}
		set := cookies(rec)
		c := set[prefix+name]
		device := set[prefix+"better-auth.known_device"]
		if c == nil || device == nil || len(set) != 2 {
			t.Fatalf("secure %v: set %v", secure, set)
		}
		if device.Path != "/" || !device.HttpOnly || device.SameSite != http.SameSiteLaxMode || device.Secure != secure || device.MaxAge != 400*86400 || device.Domain != "" {
			t.Errorf("secure %v: %s", secure, device)
		}
		if c.Path != "/" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != secure || c.MaxAge != 604800 || c.Domain != "" {
			t.Errorf("secure %v: %s", secure, c)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(current.Token))
		if want := url.QueryEscape(current.Token + "." + base64.StdEncoding.EncodeToString(mac.Sum(nil))); c.Value != want {
			t.Errorf("the value is %s, want %s", c.Value, want)
		}
		if got := rec.Header().Get("Set-Auth-Token"); got != c.Value {
			t.Errorf("Set-Auth-Token is %q", got)
		}
		if got := w.who(t, cookie(c.Name, c.Value)...); got != w.ada.ID {
			t.Errorf("the cookie is %q's", got)
		}
		if other := map[bool]string{true: name, false: "__Secure-" + name}[secure]; w.who(t, cookie(other, c.Value)...) != "" {
			t.Errorf("secure %v: the cookie %s is taken", secure, other)
		}
	}
}

func TestNotRememberedIsACookieOfTheBrowserSessionForADay(t *testing.T) {
	w := newWorld(t, true)
	current, rec := w.signIn(t, w.ada, false)
	set := cookies(rec)
	session, brief := set["__Secure-"+name], set["__Secure-better-auth.dont_remember"]
	if session == nil || brief == nil || session.MaxAge != 0 || !session.Expires.IsZero() || brief.MaxAge != 0 {
		t.Fatalf("set %v", rec.Header()["Set-Cookie"])
	}
	if left := time.Until(current.Session.ExpiresAt); left > 24*time.Hour || left < 23*time.Hour {
		t.Errorf("it lasts %s", left)
	}
	if value, _ := url.QueryUnescape(brief.Value); !strings.HasPrefix(value, "true.") || !brief.HttpOnly || !brief.Secure {
		t.Errorf("dont_remember is %s", brief)
	}
}

func TestATokenIsTakenSignedOrBareFromCookieOrHeader(t *testing.T) {
	w := newWorld(t, false)
	current, _ := w.signIn(t, w.ada, true)
	signed := w.Signed(current.Token)
	unescaped, _ := url.QueryUnescape(signed)
	for what, headers := range map[string][]string{
		"signed cookie": cookie(name, signed), "signed cookie, not escaped": cookie(name, unescaped), "bare cookie": cookie(name, current.Token),
		"signed bearer": {"Authorization", "Bearer " + signed}, "signed bearer, not escaped": {"Authorization", "Bearer " + unescaped},
		"bare bearer": {"Authorization", "Bearer " + current.Token}, "lower case": {"Authorization", "bearer " + current.Token},
		"among other cookies": {"Cookie", "a=1; " + name + "=" + signed + "; b=2"},
	} {
		if got := w.who(t, headers...); got != w.ada.ID {
			t.Errorf("%s is %q's", what, got)
		}
	}
}

func odd(current sessions.Current, signed string) []string {
	values := []string{
		"", " ", "x", "1-", "-", ".", "..", "null", "undefined", "true", "%", "%zz", "%00", "\x00", "é", "{}", `{"$ne":null}`, "' OR 1=1 --", "../../x",
		current.Token + ".", "." + current.Token, current.Token + ".x", current.Token + "..", signed + "x", signed[1:], signed + ".x",
		" " + current.Token + "x", current.Token[:31], current.Token[:42], current.Token + "A", strings.ToUpper(current.Token), strings.ToLower(current.Token),
		accounts.HashSecret(current.Token), current.Session.ID, current.User.ID, current.Token + "," + current.Token, "Basic " + current.Token,
		strings.Repeat("a", 32), strings.Repeat("a", 43), strings.Repeat("a", 256), strings.Repeat("a", 257), strings.Repeat("a", 10<<10),
		strings.Repeat(".", 100), strings.Repeat("%41", 50), "eyJhbGciOiJub25lIn0.eyJpZCI6IjEifQ.", "pgs_" + strings.Repeat("a", 40),
	}
	for i := range 80 {
		values = append(values, strings.Repeat(string(rune(33+i)), 40)) // in range, of no session
	}
	for i := range 80 { // one character changed
		b := []byte(signed)
		b[i%43] ^= 1 + byte(i%7)
		values = append(values, string(b))
	}
	return values
}

func TestOddValuesAreNobodysAndNeverAFault(t *testing.T) {
	w := newWorld(t, false)
	current, _ := w.signIn(t, w.ada, true)
	values := odd(current, w.Signed(current.Token))
	if len(values) < 200 {
		t.Fatalf("only %d values", len(values))
	}
	for _, value := range values {
		for _, headers := range [][]string{{"Authorization", "Bearer " + value}, {"Authorization", value}, cookie(name, value)} {
			if got := w.who(t, headers...); got != "" {
				t.Errorf("%.80q is %s's", headers, got)
			}
		}
	}
	for _, header := range []string{"Bearer", "Bearer ", "Bearer  ", "Bearer  " + current.Token, "Basic " + current.Token, "Token " + current.Token, current.Token} {
		if got := w.who(t, "Authorization", header); got != "" {
			t.Errorf("Authorization: %q is %s's", header, got)
		}
	}
}

func TestTwoHundredCookiesAreNoFault(t *testing.T) {
	w := newWorld(t, false)
	current, _ := w.signIn(t, w.ada, true)
	var many strings.Builder
	for range 200 {
		many.WriteString(name + "=junk; ")
	}
	if got := w.who(t, "Cookie", many.String()+name+"="+current.Token); got != "" {
		t.Errorf("%q: the first cookie of a name counts", got)
	}
}

func TestADeadOrBrokenCookieIsCleared(t *testing.T) {
	w := newWorld(t, true)
	for _, value := range []string{"junk", strings.Repeat("a", 43), strings.Repeat("a", 8<<10), "x.y", "%zz"} {
		set := cookies(w.do(func(http.ResponseWriter, *http.Request) {}, cookie("__Secure-"+name, value)...))
		for _, n := range []string{name, "better-auth.dont_remember", "better-auth.session_data"} {
			c := set["__Secure-"+n]
			if c == nil || c.MaxAge >= 0 || c.Value != "" || c.Path != "/" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("%.20q: %s is %v", value, n, c)
			}
		}
	}
	for _, headers := range [][]string{nil, {"Authorization", "Bearer junk"}, cookie("other", "junk")} {
		if set := cookies(w.do(func(http.ResponseWriter, *http.Request) {}, headers...)); len(set) != 0 {
			t.Errorf("%v: set %v", headers, set)
		}
	}
}

func FuzzNoCookieOrHeaderIsAFault(f *testing.F) {
	w := newWorld(f, false)
	current, _ := w.signIn(f, w.ada, true)
	for _, seed := range odd(current, w.Signed(current.Token))[:60] {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if strings.Contains(value, current.Token) {
			return
		}
		for _, headers := range [][]string{{"Authorization", value}, {"Authorization", "Bearer " + value}, {"Cookie", value}, cookie(name, value)} {
			if got := w.who(t, headers...); got != "" {
				t.Fatalf("%q is %s's", headers, got)
			}
		}
	})
}

func TestATokenInTheAddressIsNeverTaken(t *testing.T) {
	w := newWorld(t, false)
	current, _ := w.signIn(t, w.ada, true)
	for _, param := range []string{"session", "token", "session_token", "access_token", name} {
		r := httptest.NewRequest("GET", "/?"+url.Values{param: {w.Signed(current.Token)}}.Encode(), nil)
		w.Load(web.WriteJSONError)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if _, ok := sessions.From(r.Context()); ok {
				t.Errorf("?%s= is taken", param)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
}

func TestIdentityHeadersAreIgnored(t *testing.T) {
	w := newWorld(t, false)
	forged := []string{"X-User-ID", w.ben.ID, "X-User-Email", w.ben.Email, "X-User-Role", "admin"}
	if got := w.who(t, forged...); got != "" {
		t.Errorf("nobody became %s", got)
	}
	current, _ := w.signIn(t, w.ada, true)
	if got := w.who(t, append(forged, cookie(name, current.Token)...)...); got != w.ada.ID {
		t.Errorf("ada became %s", got)
	}
}

func TestEverySignInHasANewTokenAndTheOldOneDies(t *testing.T) {
	w := newWorld(t, false)
	const planted = "planted-planted-planted-planted-planted-pla"
	first, rec := w.signIn(t, w.ada, true, cookie(name, planted)...)
	if c := cookies(rec)[name]; first.Token == planted || c == nil || c.Value != w.Signed(first.Token) {
		t.Fatalf("the token is %s, the cookie %v", first.Token, c)
	}
	second, _ := w.signIn(t, w.ben, true, cookie(name, w.Signed(first.Token))...)
	if second.Token == first.Token || len(second.Token) < 32 {
		t.Fatalf("the token is %s", second.Token)
	}
	for token, want := range map[string]string{planted: "", first.Token: "", second.Token: w.ben.ID} {
		if got := w.who(t, cookie(name, token)...); got != want {
			t.Errorf("%s is %q's, want %q", token, got, want)
		}
	}
}

func (w *world) signOut(t testing.TB, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return w.do(func(rw http.ResponseWriter, r *http.Request) {
		if err := w.SignOut(rw, r); err != nil {
			t.Error(err)
		}
	}, headers...)
}

func TestSignOutEndsTheSessionOnTheServerAndMayBeRepeated(t *testing.T) {
	w := newWorld(t, false)
	current, _ := w.signIn(t, w.ada, true)
	other, _ := w.signIn(t, w.ada, true)
	rec := w.signOut(t, cookie(name, current.Token)...)
	if c := cookies(rec)[name]; c == nil || c.MaxAge >= 0 {
		t.Errorf("the cookie is %v", c)
	}
	if rec.Header().Get("Clear-Site-Data") == "" {
		t.Error("no Clear-Site-Data")
	}
	for range 2 {
		if got := w.who(t, cookie(name, w.Signed(current.Token))...); got != "" {
			t.Errorf("replayed it is %s's", got)
		}
		if c := cookies(w.signOut(t, cookie(name, current.Token)...))[name]; c == nil || c.MaxAge >= 0 {
			t.Errorf("signed out again the cookie is %v", c)
		}
	}
	if got := w.who(t, cookie(name, other.Token)...); got != w.ada.ID {
		t.Error("the other device was signed out")
	}
	w.signOut(t) // nobody
}

func TestASignOutThatFailsLeavesTheCookieForAnotherTry(t *testing.T) {
	w := newWorld(t, false)
	current, _ := w.signIn(t, w.ada, true)
	rec := w.do(func(rw http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		if err := w.SignOut(rw, r.WithContext(ctx)); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}, cookie(name, current.Token)...)
	if len(cookies(rec)) != 0 || w.who(t, cookie(name, current.Token)...) != w.ada.ID {
		t.Errorf("cookies %v", cookies(rec))
	}
}

// scs writes a session back when a request that began before the sign-out ends.
func TestASessionRevokedWhileFiftyRequestsRunStaysDead(t *testing.T) {
	w := newWorld(t, false)
	current, _ := w.signIn(t, w.ada, true)
	var running, done sync.WaitGroup
	revoked := make(chan struct{})
	running.Add(50)
	for range 50 {
		done.Go(func() {
			w.do(func(_ http.ResponseWriter, r *http.Request) {
				if err := w.Live(r.Context()); err != nil {
					t.Error(err)
				}
				running.Done()
				<-revoked
				if err := w.SetNotice(r.Context(), "written back"); err != nil {
					t.Error(err)
				}
				if err := w.Live(r.Context()); !fault.Is(err, fault.Unauthenticated) {
					t.Errorf("alive to a request that runs: %v", err)
				}
			}, cookie(name, current.Token)...)
		})
	}
	running.Wait()
	w.signOut(t, cookie(name, current.Token)...)
	close(revoked)
	done.Wait()
	if got := w.who(t, cookie(name, current.Token)...); got != "" {
		t.Fatalf("it came back as %s's", got)
	}
}

func TestANoticeIsReadOnceByTheSessionThatItIsFor(t *testing.T) {
	w := newWorld(t, false)
	ada, _ := w.signIn(t, w.ada, true)
	ben, _ := w.signIn(t, w.ben, true)
	set := func(text, token string) {
		w.do(func(_ http.ResponseWriter, r *http.Request) {
			if err := w.SetNotice(r.Context(), text); err != nil {
				t.Error(err)
			}
		}, cookie(name, token)...)
	}
	take := func(token string) (text string) {
		w.do(func(_ http.ResponseWriter, r *http.Request) {
			var err error
			if text, err = w.TakeNotice(r.Context()); err != nil {
				t.Error(err)
			}
		}, cookie(name, token)...)
		return text
	}
	set("Welcome", ada.Token)
	set("to nobody", "")
	if got := take(ben.Token) + take(""); got != "" {
		t.Errorf("another took %q", got)
	}
	if got := take(ada.Token); got != "Welcome" {
		t.Errorf("took %q", got)
	}
	if got := take(ada.Token); got != "" {
		t.Errorf("took %q again", got)
	}
}

func TestAStateThatCannotBeReadIsAnEmptyOne(t *testing.T) {
	w := newWorld(t, false)
	current, _ := w.signIn(t, w.ada, true)
	sum := sha256.Sum256([]byte(current.Token))
	if err := w.store.Sessions().Commit(base64.RawURLEncoding.EncodeToString(sum[:]), []byte("of an older version"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.do(func(_ http.ResponseWriter, r *http.Request) {
		if text, err := w.TakeNotice(r.Context()); text != "" || err != nil {
			t.Errorf("took %q, %v", text, err)
		}
		if u, err := sessions.User(r.Context()); err != nil || u.ID != w.ada.ID {
			t.Error(err)
		}
	}, cookie(name, current.Token)...)
}

func TestWhoIsBannedWhileAHundredRequestsRunIsOutWhenTheBanReturns(t *testing.T) {
	w := newWorld(t, false)
	admin := w.role(t, w.ben, accounts.RoleAdmin)
	current, _ := w.signIn(t, w.ada, true)
	var banned atomic.Bool
	var work sync.WaitGroup
	for range 100 {
		work.Go(func() {
			for range 5 {
				before := banned.Load()
				if got := w.who(t, cookie(name, current.Token)...); before && got != "" {
					t.Error("let in after the ban")
				}
			}
		})
	}
	work.Go(func() {
		if _, err := w.accounts.BanUser(t.Context(), admin, w.ada.ID, accounts.Ban{}); err != nil {
			t.Error(err)
		}
		banned.Store(true)
	})
	work.Wait()
	if got := w.who(t, cookie(name, current.Token)...); got != "" {
		t.Error("let in after the ban")
	}
}

func TestWhereTheDatabaseIsAwayNobodyIsSignedOut(t *testing.T) {
	w := newWorld(t, false)
	current, _ := w.signIn(t, w.ada, true)
	w.store.Close()
	called := false
	rec := w.do(func(http.ResponseWriter, *http.Request) { called = true }, cookie(name, strings.Repeat("b", 43))...)
	if called || rec.Code < 500 || len(cookies(rec)) != 0 {
		t.Errorf("answered %d with %v, handler called %v", rec.Code, cookies(rec), called)
	}
	_ = current
}

func TestNothingAtRestIsWorthStealing(t *testing.T) {
	w := newWorld(t, false)
	var secrets []string
	for range 5 {
		current, _ := w.signIn(t, w.ada, true)
		secrets = append(secrets, current.Token, w.Signed(current.Token))
	}
	for _, closed := range []bool{false, true} {
		if closed {
			w.store.Close()
		}
		files, err := filepath.Glob(filepath.Join(w.dir, "*"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		hashes := 0
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range append(secrets, "correct horse battery") {
				if bytes.Contains(content, []byte(secret)) {
					t.Errorf("%s holds a secret", file)
				}
			}
			hashes += bytes.Count(content, []byte(accounts.HashSecret(secrets[0])))
		}
		if hashes == 0 {
			t.Error("not even a hash was found: the search is wrong")
		}
	}
}
