package accounts_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"

	"pegasus/accounts"
	"pegasus/accounts/accountstest"
	"pegasus/accounts/wordlist"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/store/sqlite"
	"pegasus/store/sqlite/sqlitetest"
)

const good = "correct horse battery staple"

// world is a service on a store of its own, with a clock that the test turns.
type world struct {
	*accounts.Service
	store   *sqlite.Store
	dir     string
	letters accountstest.Post

	mu       sync.Mutex
	clock    time.Time
	welcomed []string
	changed  []accounts.User
	ended    []string
	left     []string
}

func newWorld(t testing.TB, change ...func(*accounts.Options)) *world {
	t.Helper()
	dir := sqlitetest.Dir(t)
	store, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w := &world{store: store, dir: dir, clock: time.Date(2026, 3, 14, 15, 9, 26, 535_000_000, time.UTC)}
	o := accounts.Options{
		Store: store, Key: []byte("a key of the tests"), SignUp: accounts.SignUpOpen, Now: w.now, Cores: 2, Cost: bcrypt.MinCost,
		Host: "chat.zebrafish.test", Common: wordlist.Common,
		URL: "http://chat.example.test", SealKey: bytes.Repeat([]byte("k"), 32), Mailer: &w.letters,
		Failed: func(_ context.Context, doing string, err error) { t.Errorf("%s: %v", doing, err) },
		Leave: func(_ context.Context, userID string) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.left = append(w.left, userID)
			return nil
		},
		Welcome: func(_ context.Context, userID string) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.welcomed = append(w.welcomed, userID)
			return nil
		},
		Changed: func(u accounts.User) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.changed = append(w.changed, u)
		},
		EndStreams: func(_ context.Context, userID, sessionID, except string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.ended = append(w.ended, userID+" "+sessionID+" "+except)
		},
	}
	for _, c := range change {
		c(&o)
	}
	w.Service = accounts.NewService(o)
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func draft(email, password string) accounts.Draft {
	return accounts.Draft{Email: email, Password: password, Name: "Ada Lovelace"}
}

func (w *world) join(t testing.TB, email, password string) accounts.User {
	t.Helper()
	joined, err := w.SignUp(t.Context(), draft(email, password))
	if err != nil {
		t.Fatal(err)
	}
	return joined.User
}

// imported stores a person whose password was hashed by another system.
func (w *world) imported(t testing.TB, name, hash string) accounts.User {
	t.Helper()
	u := accounts.User{
		ID: id.New(w.now()), Email: name + "@example.test", Name: name, Username: name, Role: accounts.RoleUser,
		Preferences: "{}", Status: accounts.StatusOffline, CreatedAt: w.now(), UpdatedAt: w.now(),
	}
	if err := w.store.CreateUser(t.Context(), u, hash); err != nil {
		t.Fatal(err)
	}
	return u
}

func (w *world) hash(t testing.TB, userID string) string {
	t.Helper()
	hash, err := w.store.PasswordHash(t.Context(), userID)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func (w *world) signsIn(t testing.TB, email, password string) bool {
	t.Helper()
	_, err := w.Authenticate(t.Context(), email, password)
	if err != nil {
		refused(t, err, fault.Unauthenticated, "INVALID_EMAIL_OR_PASSWORD")
	}
	return err == nil
}

// clientAt returns the context of a request from a client.
func clientAt(t testing.TB, network string) context.Context {
	return accounts.WithDevice(t.Context(), accounts.Device{Address: network, Network: network, UserAgent: "Browser"})
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

func TestPasswordRules(t *testing.T) {
	w := newWorld(t)
	cases := []struct{ name, password, code string }{
		{"empty", "", "PASSWORD_TOO_SHORT"},
		{"seven", "q7#kZ!w", "PASSWORD_TOO_SHORT"},
		{"seven of many bytes", "🐳🐙🦑🦀🦞🐡🐠", "PASSWORD_TOO_SHORT"},
		{"eight", "q7#kZ!w8", ""},
		{"eight of many bytes", "🐳🐙🦑🦀🦞🐡🐠🐟", ""},
		{"one case only", "vqzxjkwpr", ""},
		{"128", strings.Repeat("q7 z", 32), ""},
		{"128 of many bytes", strings.Repeat("😀", 128), ""},
		{"129", strings.Repeat("a", 129), "PASSWORD_TOO_LONG"},
		{"a megabyte", strings.Repeat("a", 1<<20), "PASSWORD_TOO_LONG"},
		{"bad UTF-8", "abcdefgh\xff\xfe", "INVALID_PASSWORD"},
		{"common", "password123", "PASSWORD_TOO_COMMON"},
		{"common in another case", "PassWord123", "PASSWORD_TOO_COMMON"},
		{"digits", "12345678", "PASSWORD_TOO_COMMON"},
		{"the product", "pegasus2026!", "PASSWORD_TOO_COMMON"},
		{"the product in another case", "1PEGASUS1", "PASSWORD_TOO_COMMON"},
		{"the address", "grace.hopper@example.test", "PASSWORD_TOO_COMMON"},
		{"its local part", "grace.hopper99", "PASSWORD_TOO_COMMON"},
		{"a name", "!!Lovelace!!", "PASSWORD_TOO_COMMON"},
		{"the whole name", "ada lovelace", "PASSWORD_TOO_COMMON"},
		{"the host", "zebrafish2026", "PASSWORD_TOO_COMMON"},
		{"the whole host", "chat.zebrafish.test", "PASSWORD_TOO_COMMON"},
		{"a phrase with a name in it", "lovelace wrote the first program", ""},
		{"spaces around", "  q7 kZ  ", ""},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			email := "grace.hopper@example.test"
			if c.code == "" {
				email = fmt.Sprintf("p%d@example.test", i)
			}
			_, err := w.SignUp(t.Context(), draft(email, c.password))
			if c.code != "" {
				refused(t, err, fault.Invalid, c.code)
				if fault.From(err).Field != "password" {
					t.Error("the field is not named")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !w.signsIn(t, email, c.password) {
				t.Error("the password does not sign in")
			}
		})
	}
}

func TestPasswordsAreComparedByteForByte(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("ab", 36) // as many bytes as bcrypt reads
	pairs := []struct{ name, one, other string }{
		{"spaces", " password of mine ", "password of mine"},
		{"case", "password of mine", "PASSWORD of mine"},
		{"NFC and NFD", "caf\u00e9 au lait", "cafe\u0301 au lait"},
		{"NFKC", "\uff50assword of mine", "password of mine"},
		{"differ past 72 bytes", strings.Repeat("a", 100) + "1", strings.Repeat("a", 100) + "2"},
		{"72 bytes and one more", long, long + "c"},
		{"73 bytes and one less", long + "c", long},
		{"71 bytes and a zero byte", long[:71], long[:71] + "\x00"},
		{"71 bytes, a zero byte and more", long[:71], long[:71] + "\x00c"},
		{"repeated after a zero byte", "sesame seeds", "sesame seeds\x00sesame seeds"},
		{"cut at a zero byte", "sesame\x00 seeds", "sesame\x00 weeds"},
		{"emoji", strings.Repeat("😀", 128), strings.Repeat("😀", 127) + "😁"},
	}
	for i, c := range pairs {
		t.Run(c.name, func(t *testing.T) {
			email := fmt.Sprintf("p%d@example.test", i)
			w.join(t, email, c.one)
			if w.signsIn(t, email, c.other) {
				t.Error("the other password signs in")
			}
			if !w.signsIn(t, email, c.one) {
				t.Error("the right password does not sign in")
			}
		})
	}
}

func TestALongPasswordDependsOnTheKeyAndIsMarked(t *testing.T) {
	w := newWorld(t)
	password := strings.Repeat("long ", 20)
	u := w.join(t, "ada@example.test", password)
	if hash := w.hash(t, u.ID); !strings.HasPrefix(hash, "$hmac-sha384$$2") {
		t.Errorf("the hash is %s", hash)
	}
	other := accounts.NewService(accounts.Options{
		Store: w.store, Key: []byte("another"), Now: w.now, Cores: 1, Cost: bcrypt.MinCost,
	})
	_, err := other.Authenticate(t.Context(), u.Email, password)
	refused(t, err, fault.Unauthenticated, "INVALID_EMAIL_OR_PASSWORD")
}

func scryptHash(t testing.TB, password string) string {
	t.Helper()
	const salt = "00112233445566778899aabbccddeeff"
	key, err := scrypt.Key([]byte(password), []byte(salt), 16384, 16, 1, 64)
	if err != nil {
		t.Fatal(err)
	}
	return salt + ":" + hex.EncodeToString(key)
}

func bcryptHash(t testing.TB, password, prefix string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return prefix + strings.TrimPrefix(string(hash), "$2a$")
}

func TestImportedHashesVerifyAndAreReplacedAtSignIn(t *testing.T) {
	long := strings.Repeat("x", 80)
	cases := []struct {
		name, password, hash string
		cost                 int // of the service
		replaced             bool
	}{
		{"Flask's bcrypt of the same cost", good, bcryptHash(t, good, "$2b$"), bcrypt.MinCost, false},
		{"Flask's bcrypt of a lower cost", good, bcryptHash(t, good, "$2b$"), bcrypt.MinCost + 1, true},
		{"NextAuth's bcrypt of a lower cost", good, bcryptHash(t, good, "$2a$"), bcrypt.MinCost + 1, true},
		{"bcrypt of PHP", good, bcryptHash(t, good, "$2y$"), bcrypt.MinCost + 1, true},
		{"bcrypt that cut a long password", long, bcryptHash(t, long[:72], "$2b$"), bcrypt.MinCost, true},
		{"Better Auth's scrypt", good, scryptHash(t, good), bcrypt.MinCost, true},
		{"Better Auth's scrypt of a long password", long, scryptHash(t, long), bcrypt.MinCost, true},
		{"Better Auth's scrypt of NFKC", "\uff50assword of mine", scryptHash(t, "password of mine"), bcrypt.MinCost, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(o *accounts.Options) { o.Cost = c.cost })
			u := w.imported(t, "flora", c.hash)
			if len(c.password) < 72 && w.signsIn(t, u.Email, c.password+"!") {
				t.Fatal("a wrong password signs in")
			}
			if !w.signsIn(t, u.Email, c.password) {
				t.Fatal("the password does not sign in")
			}
			next := w.hash(t, u.ID)
			if (next != c.hash) != c.replaced {
				t.Fatalf("replaced %v, want %v: %s", next != c.hash, c.replaced, next)
			}
			if !w.signsIn(t, u.Email, c.password) || w.signsIn(t, u.Email, c.password[1:]) {
				t.Fatal("the new hash does not tell the password from another")
			}
			if again := w.hash(t, u.ID); again != next {
				t.Fatal("a good hash was replaced")
			}
		})
	}
}

func TestAWrongPasswordReplacesNoHash(t *testing.T) {
	w := newWorld(t)
	hash := scryptHash(t, good)
	u := w.imported(t, "flora", hash)
	if w.signsIn(t, u.Email, "wrong password") || w.hash(t, u.ID) != hash {
		t.Fatal("it signed in or replaced the hash")
	}
}

func TestBrokenHashesSignNobodyIn(t *testing.T) {
	w := newWorld(t)
	for i, hash := range []string{
		"", ":", "plain", good, "$2b$", "$2b$04$short", "$hmac-sha384$", "$hmac-sha384$x", strings.Repeat("0", 32) + ":",
		strings.Repeat("0", 32) + ":zz", strings.Repeat("0", 32) + ":" + strings.Repeat("0", 126), "$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA",
	} {
		u := w.imported(t, fmt.Sprint("u", i), hash)
		for _, password := range []string{"", hash, good, "$2b$"} {
			if w.signsIn(t, u.Email, password) {
				t.Errorf("%q signs in with the hash %q", password, hash)
			}
		}
	}
}

func TestEveryFailedSignInIsTheSameError(t *testing.T) {
	w := newWorld(t)
	w.join(t, "ada@example.test", good)
	w.imported(t, "oauth-only", "")
	gone := accounts.User{
		ID: id.New(w.now()), Email: "gone@example.test", Name: "Gone", Username: "gone", Role: accounts.RoleUser, Preferences: "{}",
		Status: accounts.StatusOffline, Deactivated: true, CreatedAt: w.now(), UpdatedAt: w.now(),
	}
	if err := w.store.CreateUser(t.Context(), gone, bcryptHash(t, good, "$2b$")); err != nil {
		t.Fatal(err)
	}
	var first *fault.Error
	for name, try := range map[string][2]string{
		"unknown address": {"nobody@example.test", good}, "wrong password": {"ada@example.test", good + "!"},
		"no password": {"oauth-only@example.test", good}, "empty password": {"oauth-only@example.test", ""},
		"deactivated, right password": {"gone@example.test", good}, "deactivated, wrong password": {"gone@example.test", "x"},
		"not an address": {"ada", good}, "empty": {"", ""}, "operator": {`{"$gt":""}`, good}, "too long": {"ada@example.test", strings.Repeat("a", 1<<20)},
	} {
		_, err := w.Authenticate(t.Context(), try[0], try[1])
		refused(t, err, fault.Unauthenticated, "INVALID_EMAIL_OR_PASSWORD")
		f := fault.From(err)
		if first == nil {
			first = f
		}
		if f.Error() != first.Error() || f.Field != first.Field || f.RetryAfter != first.RetryAfter {
			t.Errorf("%s: %+v differs from %+v", name, f, first)
		}
	}
}

func TestAnAddressIsOneAccountHoweverItIsWritten(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "  Ada.Lovelace@Example.TEST\r\n", good)
	if u.Email != "ada.lovelace@example.test" {
		t.Fatalf("stored as %q", u.Email)
	}
	for _, same := range []string{"ada.lovelace@example.test", "ADA.LOVELACE@EXAMPLE.TEST", "\tada.lovelace@example.test "} {
		_, err := w.SignUp(t.Context(), draft(same, good))
		refused(t, err, fault.Conflict, "EMAIL_TAKEN")
		if !w.signsIn(t, same, good) {
			t.Errorf("%q does not sign in", same)
		}
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	for _, bad := range []string{
		"", " ", "ada", "@", "ada@", "@example.test", "a@b@example.test", "ada@example.test@evil.test", "ada@@example.test",
		"ada@example.test\r\nBcc: x@evil.test", "ada\x00@example.test", "ada @example.test", "a\tb@example.test",
		"ada\uff20example.test", "ada\ufe6bexample.test", "\u0430da@example.test", "vict\u0130m@example.test", "vict\u0131m@example.test",
		"\u212aate@example.test", "ada@ex\u00e4mple.test", "ada\u200b@example.test", "\u202eada@example.test", "ada@example\u3002test",
		`"ada lovelace"@example.test`, "Ada <ada@example.test>", "<ada@example.test>", "ada@example.test, ben@example.test",
		"group: ada@example.test;", "ada(comment)@example.test", ".ada@example.test", "ada.@example.test", "a..b@example.test",
		"{n}@example.test", "`id`@example.test", "ada{{7}}@example.test", "ada@{n}.test", "ada@exa_mple.test", "ada@[127.0.0.1]", "ada@example.test/x",
		"ada@example..test", "ada@.test", "ada@test.", `ada\@example.test`, "ada;ben@example.test",
		strings.Repeat("a", 255) + "@example.test", "ada@" + strings.Repeat("a", 255),
	} {
		if got, err := accounts.CleanEmail(bad); err == nil {
			t.Errorf("%.60q is taken as %q", bad, got)
		} else {
			refused(t, err, fault.Invalid, "INVALID_EMAIL")
		}
	}
}

func TestAddressesThatAreTaken(t *testing.T) {
	for in, want := range map[string]string{
		"a@b.test": "a@b.test", "A+tag@B.Test": "a+tag@b.test", "o'hara@x.test": "o'hara@x.test", "root@localhost": "root@localhost",
		"x_y-z@sub.example.co": "x_y-z@sub.example.co", "1@2.test": "1@2.test", "a.b&c~d!e#f$g*h/i=j?k^l|m%n-o@x.test": "a.b&c~d!e#f$g*h/i=j?k^l|m%n-o@x.test", "a@xn--e1afmkfd.test": "a@xn--e1afmkfd.test",
	} {
		if got, err := accounts.CleanEmail(in); err != nil || got != want {
			t.Errorf("%q is %q, %v", in, got, err)
		}
	}
}

var badNames = []string{
	"admin", "Admin", "ADMIN", " admin ", "administrator", "system", "System", "SYSTEM", "pegasus", "Pegasus", "root", "support",
	"moderator", "everyone", "here", "channel", "all", "bot",
	"\u0430dmin" /* Cyrillic */, "\u0455\u0443\u0455tem", "\u03b1dmin" /* Greek */, "\uff41\uff44\uff4d\uff49\uff4e" /* wide */, "\U0001d41admin", "adm\u00edn", "adm1n1strator"[:0] + "syst3m",
	"sys\u200dtem", "sys\u200btem", "s.y.s.t.e.m", "a d m i n", "_admin_", "admin!",
	"\u202enimda", "a\u2066b", "a\u00adb", "line\nbreak", "nul\x00", "bad\xff", "\ufffd", "\u3164", "\u2800\u2800", "\u200d", "\u115f", "tag\U000e0041",
	strings.Repeat("a", 81),
}

func TestNamesThatCouldPassForTheSystemOrShowNothingAreRefused(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	for i, bad := range badNames {
		d := draft(fmt.Sprintf("n%d@example.test", i), good)
		d.Name = bad
		if _, err := w.SignUp(t.Context(), d); !fault.Is(err, fault.Invalid) || fault.From(err).Field != "name" {
			t.Errorf("sign-up takes the name %q: %v", bad, err)
		}
		d.Name, d.DisplayName = "Ada", bad
		if _, err := w.SignUp(t.Context(), d); !fault.Is(err, fault.Invalid) || fault.From(err).Field != "displayName" {
			t.Errorf("sign-up takes the display name %q: %v", bad, err)
		}
		if _, err := w.ChangeProfile(t.Context(), u.ID, accounts.ProfileChange{Name: &bad}); !fault.Is(err, fault.Invalid) {
			t.Errorf("the profile takes the name %q: %v", bad, err)
		}
		if _, err := w.ChangeProfile(t.Context(), u.ID, accounts.ProfileChange{DisplayName: &bad}); !fault.Is(err, fault.Invalid) {
			t.Errorf("the profile takes the display name %q: %v", bad, err)
		}
	}
	if after, err := w.User(t.Context(), u.ID); err != nil || after.Name != u.Name || after.DisplayName != "" {
		t.Errorf("the profile is now %+v, %v", after, err)
	}
}

func TestNamesOfRealPeopleAreTaken(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	for _, name := range []string{
		"Ada", "Zoë", "José Ñandú", "李小龍", "Мария Иванова", "محمد", "नरेन्द्र", "O'Hara", "Jean-Luc", "X Æ A-12", "Ann 👩‍🚀", "❤️", "김철수",
		"Sir Bot-a-lot", "Adminah", "Allan", "7", "Ελένη", strings.Repeat("é", 80),
	} {
		after, err := w.ChangeProfile(t.Context(), u.ID, accounts.ProfileChange{Name: &name, DisplayName: &name})
		if err != nil || after.Name != name || after.Shown() != name {
			t.Errorf("%q is stored as %q, %v", name, after.Name, err)
		}
	}
	empty, composed := "  ", "Zoe\u0308 "
	after, err := w.ChangeProfile(t.Context(), u.ID, accounts.ProfileChange{Name: &composed, DisplayName: &empty})
	if err != nil || after.Name != "Zo\u00eb" || after.DisplayName != "" {
		t.Errorf("stored %+v, %v", after, err)
	}
	_, err = w.ChangeProfile(t.Context(), u.ID, accounts.ProfileChange{Name: &empty})
	refused(t, err, fault.Invalid, "NAME_REQUIRED")
}

func TestSignUpMakesAPlainUnverifiedUserWhoIsWelcomed(t *testing.T) {
	w := newWorld(t)
	d := draft("ada.b+c@example.test", good)
	d.DisplayName, d.Phone = " Ada ", " +49 30 1 "
	joined, err := w.SignUp(t.Context(), d)
	u := joined.User
	if err != nil {
		t.Fatal(err)
	}
	stored, err := w.User(t.Context(), u.ID)
	if err != nil || stored != u {
		t.Fatalf("stored %+v, %v\nwant %+v", stored, err, u)
	}
	if u.Role != accounts.RoleUser || u.EmailVerified || u.Deactivated || u.Username != "ada.bc" || u.DisplayName != "Ada" || u.Phone != "+49 30 1" {
		t.Errorf("got %+v", u)
	}
	if !slices.Equal(w.welcomed, []string{u.ID}) {
		t.Errorf("welcomed %v", w.welcomed)
	}
	if hash := w.hash(t, u.ID); strings.Contains(hash, good) || !strings.HasPrefix(hash, "$2") {
		t.Errorf("the hash is %q", hash)
	}
}

func TestUsernamesAreMadeOfTheAddressAndAreNeverReservedOrShared(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for i, local := range []string{"ada", "ada", "ada", "admin", "system", "...", "+++", "_root_", strings.Repeat("x", 60), "o'hara", "pegasus."[:7]} {
		u := w.join(t, fmt.Sprintf("%s@d%d.test", strings.Trim(local, ".")+map[bool]string{true: "+"}[strings.Trim(local, ".") == ""], i), good)
		if seen[u.Username] || u.Username == "" || u.Username == "admin" || u.Username == "system" || u.Username == "root" || u.Username == "pegasus" {
			t.Errorf("%s got the username %q", u.Email, u.Username)
		}
		seen[u.Username] = true
	}
}

func TestSignUpThatIsNotOpenMakesNobody(t *testing.T) {
	for _, mode := range []accounts.SignUpMode{accounts.SignUpClosed, accounts.SignUpInvite, "", "OPEN"} {
		w := newWorld(t, func(o *accounts.Options) { o.SignUp = mode })
		_, err := w.SignUp(t.Context(), draft("ada@example.test", good))
		refused(t, err, fault.Forbidden, "SIGN_UP_DISABLED")
		if total, _, err := w.Count(t.Context()); total != 0 || err != nil || w.SignUpOpen() {
			t.Errorf("%q: %d people, %v", mode, total, err)
		}
	}
}

func TestFiftySignUpsOnAnEmptyDatabaseMakeNoAdmin(t *testing.T) {
	w := newWorld(t, func(o *accounts.Options) { o.Cores = 50 })
	var work sync.WaitGroup
	for i := range 50 {
		work.Go(func() {
			if _, err := w.SignUp(t.Context(), draft(fmt.Sprintf("u%d@example.test", i), good)); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	if has, err := w.store.HasAdmin(t.Context()); has || err != nil {
		t.Fatalf("an admin came to be: %v", err)
	}
}

func TestManySignUpsWithOneAddressMakeOneAccount(t *testing.T) {
	w := newWorld(t, func(o *accounts.Options) { o.Cores = 20 })
	if n := atOnce(20, func(i int) error {
		_, err := w.SignUp(t.Context(), draft("ada@example.test", good))
		if err != nil && fault.From(err).Code != "EMAIL_TAKEN" {
			t.Error(err)
		}
		return err
	}); n != 1 {
		t.Fatalf("%d accounts", n)
	}
}

func atOnce(n int, call func(i int) error) int {
	var work sync.WaitGroup
	var won atomic.Int64
	gate := make(chan struct{})
	for i := range n {
		work.Go(func() {
			<-gate
			if call(i) == nil {
				won.Add(1)
			}
		})
	}
	close(gate)
	work.Wait()
	return int(won.Load())
}

func TestTwentyUsesOfTheSetupTokenAtOnceMakeOneAdmin(t *testing.T) {
	w := newWorld(t)
	token, err := w.OpenSetup(t.Context())
	if err != nil || len(token) < 20 {
		t.Fatalf("token %q, %v", token, err)
	}
	won := atOnce(20, func(i int) error {
		_, err := w.Setup(t.Context(), token, draft(fmt.Sprintf("u%d@example.test", i), good))
		if err != nil {
			refused(t, err, fault.NotFound, "SETUP_CLOSED")
		}
		return err
	})
	total, _, err := w.Count(t.Context())
	if won != 1 || total != 1 || err != nil {
		t.Fatalf("%d succeeded, %d people, %v", won, total, err)
	}
	if again, err := w.OpenSetup(t.Context()); again != "" || err != nil {
		t.Errorf("a new token %q, %v", again, err)
	}
	refused(t, w.CheckSetup(token), fault.NotFound, "SETUP_CLOSED")
}

func TestOnlyTheSetupTokenMakesTheFirstAdmin(t *testing.T) {
	w := newWorld(t)
	for _, bad := range []string{"", "x"} { // before a token exists
		refused(t, w.CheckSetup(bad), fault.NotFound, "SETUP_CLOSED")
	}
	first, _ := w.OpenSetup(t.Context())
	token, err := w.OpenSetup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", first, token[1:], token + "x", strings.ToLower(token)} {
		_, err := w.Setup(t.Context(), bad, draft("ada@example.test", good))
		refused(t, err, fault.NotFound, "SETUP_CLOSED")
	}
	_, err = w.Setup(t.Context(), token, draft("ada@example.test", "short"))
	refused(t, err, fault.Invalid, "PASSWORD_TOO_SHORT")
	u, err := w.Setup(t.Context(), token, draft("ada@example.test", good)) // a mistake did not use it up
	if err != nil || u.Role != accounts.RoleAdmin {
		t.Fatalf("%+v, %v", u, err)
	}
}

func TestTheSetupTokenMakesNobodyAnAdminOnceThereIsOne(t *testing.T) {
	w := newWorld(t)
	token, _ := w.OpenSetup(t.Context())
	if _, err := w.CreateAdmin(t.Context(), draft("root@example.test", good)); err != nil {
		t.Fatal(err)
	}
	_, err := w.Setup(t.Context(), token, draft("ada@example.test", good))
	refused(t, err, fault.NotFound, "SETUP_CLOSED")
	if total, _, _ := w.Count(t.Context()); total != 1 {
		t.Fatalf("%d people", total)
	}
}

func TestHashingIsBoundedAndTurnsTheSurplusAway(t *testing.T) {
	w := newWorld(t, func(o *accounts.Options) { o.Cores, o.Cost = 1, 8 })
	w.imported(t, "ada", bcryptHash(t, good, "$2b$"))
	var busy, through atomic.Int64
	atOnce(200, func(i int) error {
		_, err := w.Authenticate(clientAt(t, fmt.Sprint("192.0.2.", i)), "ada@example.test", "wrong password")
		switch {
		case fault.Is(err, fault.Unavailable):
			if f := fault.From(err); f.Code != "BUSY" || f.RetryAfter <= 0 {
				t.Errorf("turned away with %+v", f)
			}
			busy.Add(1)
		case fault.Is(err, fault.Unauthenticated):
			through.Add(1)
		default:
			t.Errorf("got %v", err)
		}
		return err
	})
	if busy.Load() == 0 || through.Load() < 33 {
		t.Errorf("%d were turned away, %d got through", busy.Load(), through.Load())
	}
	if !w.signsIn(t, "ada@example.test", good) {
		t.Error("nobody signs in after the rush")
	}
}

func TestWhoeverGoesAwayLeavesTheQueueForACore(t *testing.T) {
	w := newWorld(t)
	w.join(t, "ada@example.test", good)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 { // more than the queue holds
		if _, err := w.Authenticate(ctx, "ada@example.test", good); err == nil || errors.Is(err, nil) {
			continue
		}
	}
	if !w.signsIn(t, "ada@example.test", good) {
		t.Fatal("the queue is full of the dead")
	}
}

func TestAnUnknownAddressCostsAsMuchWorkAsAWrongPassword(t *testing.T) {
	// What stands in for the hash of nobody must be a hash to bcrypt, not garbage that it refuses at once.
	if err := bcrypt.CompareHashAndPassword([]byte(accounts.DummyHash(bcrypt.MinCost)), []byte("x")); !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		t.Errorf("the stand-in gives %v", err)
	}
}
