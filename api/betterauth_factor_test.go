package api

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"pegasus/accounts"
)

// app is an authenticator app. Each time step's code works once, so it hands out that of the step before, then this one,
// then the next.
type app struct {
	secret string
	step   int
}

func newApp(t *testing.T, uri string) *app {
	t.Helper()
	u, err := url.Parse(uri)
	must(t, err)
	if left := 30 - time.Now().Unix()%30; left < 6 {
		time.Sleep(time.Duration(left) * time.Second) // a step that ends meanwhile would make all codes late
	}
	return &app{secret: u.Query().Get("secret"), step: -1}
}

func (a *app) code(t *testing.T) string {
	t.Helper()
	code, err := totp.GenerateCode(a.secret, time.Now().Add(time.Duration(a.step)*30*time.Second))
	must(t, err)
	a.step++
	return `{"code":"` + code + `"}`
}

const wrongCode = `{"code":"000000"}`

// enrolled sets up a second factor and returns the app and the backup codes.
func (b *browser) enrolled(t *testing.T) (*app, []string) {
	t.Helper()
	var setup struct {
		Method, TOTPURI string
		BackupCodes     []string
	}
	got := b.post("two-factor/enable", `{"password":"`+password+`","issuer":"Team"}`).want(200)
	must(t, json.Unmarshal(got.Body.Bytes(), &setup))
	if setup.Method != "totp" || len(setup.BackupCodes) != 10 || !strings.HasPrefix(setup.TOTPURI, "otpauth://totp/Team:") {
		t.Fatalf("set-up is %s", got.Body)
	}
	a := newApp(t, setup.TOTPURI)
	b.post("two-factor/verify-totp", wrongCode).want(401, "INVALID_CODE")
	done := b.post("two-factor/verify-totp", a.code(t)).want(200)
	if done.field("user.twoFactorEnabled") != "true" || done.field("token") == "" {
		t.Fatalf("answer is %s", done.Body)
	}
	return a, setup.BackupCodes
}

func TestASecondFactorIsSetUp(t *testing.T) {
	s := newScene(t)
	b, phone := s.open("member"), s.open("member")
	b.post("two-factor/enable", `{"password":"wrong wrong"}`).want(400, "INVALID_PASSWORD")
	b.post("two-factor/enable", `{"password":"`+password+`","method":"otp"}`).want(400, "OTP_NOT_CONFIGURED")
	b.post("two-factor/get-totp-uri", `{"password":"`+password+`"}`).want(400, "TOTP_NOT_ENABLED")
	b.post("two-factor/verify-totp", wrongCode).want(400, "TOTP_NOT_ENABLED")
	b.post("two-factor/generate-backup-codes", `{"password":"`+password+`"}`).want(400, "TWO_FACTOR_NOT_ENABLED")
	b.post("two-factor/enable", `{"password":"`+password+`"}`).want(200)
	if uri := b.post("two-factor/get-totp-uri", `{"password":"`+password+`"}`).want(200).field("totpURI"); !strings.HasPrefix(uri, "otpauth://totp/") {
		t.Errorf("the address of the set-up is %s", uri)
	}
	s.open("member") // no code is asked for yet
	before := b.get("get-session").field("session.token")
	b.enrolled(t)
	if b.get("get-session").field("session.token") == before || phone.in() {
		t.Error("the session of the set-up keeps its token, or others go on")
	}
	b.post("two-factor/enable", `{"password":"`+password+`"}`).want(400, "TOTP_ALREADY_ENABLED")
	b.post("two-factor/get-totp-uri", `{"password":"`+password+`"}`).want(400, "TOTP_NOT_ENABLED")
	s.browser().post("two-factor/enable", `{"password":"x"}`).want(401, "UNAUTHORIZED")
}

func TestASecondFactorIsAskedForAndAnswered(t *testing.T) {
	s := newScene(t)
	owner := s.open("member")
	a, backup := owner.enrolled(t)
	due := func(b *browser) answered {
		t.Helper()
		return b.post("sign-in/email", signInBody+`,"callbackURL":"/chat"}`).exactly(200, `{"twoFactorRedirect":true,"twoFactorMethods":["totp","otp"]}`)
	}
	b := s.browser()
	got := due(b)
	if c := b.cookies["better-auth.two_factor"]; len(b.cookies) != 1 || c == nil || c.MaxAge != 600 || got.Header().Get("Location") != "" || b.in() {
		t.Fatalf("cookies are %v", b.cookies)
	}
	for pattern, c := range protocolTable { // with what the password alone has won, nothing opens
		method, path, _ := strings.Cut(pattern, " ")
		if c.want[0] == 401 && !challenged[pattern] {
			b.call(method, strings.TrimPrefix(path, "/api/auth/"), nil).want(401, "UNAUTHORIZED")
		}
	}
	s.browser().post("two-factor/verify-totp", wrongCode).want(401, "INVALID_TWO_FACTOR_COOKIE")
	s.browser().post("two-factor/send-otp", `{}`).want(401, "INVALID_TWO_FACTOR_COOKIE")
	b.post("two-factor/verify-totp", wrongCode).want(401, "INVALID_CODE")
	b.post("two-factor/verify-backup-code", `{"code":"none"}`).want(401, "INVALID_BACKUP_CODE")
	code := a.code(t)
	trusting := strings.Replace(code, "}", `,"trustDevice":true}`, 1)
	done := b.post("two-factor/verify-totp", trusting).want(200)
	if done.field("token") == "" || done.field("user.id") != s.member.ID || b.cookies["better-auth.two_factor"] != nil || b.cookies["better-auth.trust_device"].MaxAge != 30*24*3600 {
		t.Fatalf("answer is %s, cookies %v", done.Body, b.cookies)
	}
	b.post("two-factor/verify-totp", code).want(401) // signed in it proves the factor again, but each code works once
	b.post("sign-out", `{}`).want(200)
	if got := b.post("sign-in/email", signInBody+`}`).want(200); got.field("token") == "" {
		t.Errorf("a trusted browser is asked: %s", got.Body)
	}

	phone := s.browser()
	due(phone)
	phone.post("two-factor/verify-backup-code", map[string]string{"code": backup[0]}).want(200)
	tablet := s.browser()
	due(tablet)
	tablet.post("two-factor/verify-backup-code", map[string]string{"code": backup[0]}).want(401, "INVALID_BACKUP_CODE")
	tablet.post("two-factor/verify-otp", wrongCode).want(400, "OTP_HAS_EXPIRED")
	tablet.post("two-factor/send-otp", `{}`).exactly(200, `{"status":true}`)
	letter, found := s.letters.Last("member@example.test", accounts.LetterCode)
	if !found {
		t.Fatal("no mail")
	}
	tablet.post("two-factor/verify-otp", map[string]string{"code": letter.Code}).want(200)
	if !phone.in() || !tablet.in() {
		t.Error("nobody is signed in")
	}

	codes := phone.post("two-factor/generate-backup-codes", `{"password":"`+password+`"}`).want(200)
	if codes.field("status") != "true" || strings.Contains(codes.Body.String(), backup[1]) {
		t.Errorf("answer is %s", codes.Body)
	}
	phone.post("two-factor/disable", `{"password":"wrong wrong"}`).want(400, "INVALID_PASSWORD")
	phone.post("two-factor/disable", `{"password":"`+password+`"}`).exactly(200, `{"status":true}`)
	if got := s.browser().post("sign-in/email", signInBody+`}`).want(200); got.field("token") == "" {
		t.Errorf("a code is asked for still: %s", got.Body)
	}
}

func TestAChallengeEndsWithTheFifthWrongCode(t *testing.T) {
	s := newScene(t)
	a, _ := s.open("member").enrolled(t)
	b := s.browser()
	b.post("sign-in/email", signInBody+`}`).want(200)
	for range 4 {
		b.post("two-factor/verify-totp", wrongCode).want(401, "INVALID_CODE")
	}
	if got := b.post("two-factor/verify-totp", wrongCode); got.field("code") != "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE" && got.field("code") != "INVALID_CODE" {
		t.Errorf("the fifth is %s", got.Body)
	}
	if got := b.post("two-factor/verify-totp", a.code(t)); got.Code != 401 && got.Code != 400 || b.in() {
		t.Errorf("the right code afterwards is %d %s", got.Code, got.Body)
	}
}

// Doors without a password ask for the second factor as well, on a page of ours.
func TestAMagicLinkLeadsToTheSecondFactor(t *testing.T) {
	s := newScene(t)
	proven := true // else the link would take the account over, and drop what was set up on it
	must1(s.store.UpdateUser(t.Context(), s.member.ID, accounts.UserChange{EmailVerified: &proven}, now()))
	a, _ := s.open("member").enrolled(t)
	b := s.browser()
	b.post("sign-in/magic-link", `{"email":"member@example.test","callbackURL":"/chat?x=1"}`).want(200)
	_, token := s.mailed("member@example.test", accounts.LetterMagicLink)
	b.get("magic-link/verify?token=" + token + "&callbackURL=%2Fchat%3Fx%3D1").goesTo("/two-factor?returnTo=%2Fchat%3Fx%3D1")
	if b.in() {
		t.Fatal("signed in without a second factor")
	}
	b.post("two-factor/verify-totp", a.code(t)).want(200)
	c := s.browser()
	c.post("sign-in/magic-link", `{"email":"member@example.test"}`).want(200)
	_, token = s.mailed("member@example.test", accounts.LetterMagicLink)
	c.get("magic-link/verify?token="+token).exactly(200, `{"twoFactorRedirect":true,"twoFactorMethods":["totp","otp"]}`)
	if !b.in() || c.in() {
		t.Error("the wrong one is signed in")
	}
}
