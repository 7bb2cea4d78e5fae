package api

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"pegasus/accounts"
)

// list returns an array of texts in an answer.
func (a answered) list(key string) []string {
	a.t.Helper()
	var all map[string]json.RawMessage
	must(a.t, json.Unmarshal(a.Body.Bytes(), &all))
	var texts []string
	must(a.t, json.Unmarshal(all[key], &texts))
	return texts
}

// code returns what an authenticator app shows.
func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), at)
	must(t, err)
	return c
}

func TestTheSecondFactorOfTheSeedFromSetupToDisable(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.call(ada, "GET", "/api/2fa/status", nil).exactly(200, `{"two_factor_enabled":false,"setup_in_progress":false}`)
	w.call(ada, "POST", "/api/2fa/setup", `{"password":"not the password"}`).want(401, "INVALID_PASSWORD")
	w.call(ada, "POST", "/api/2fa/verify-setup", `{"code":"123456"}`).want(400)
	setup := w.call(ada, "POST", "/api/2fa/setup", `{"password":"`+password+`"}`).want(200)
	if !regexp.MustCompile(`^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$`).MatchString(setup.field("secret")) {
		t.Errorf("the secret is %q", setup.field("secret"))
	}
	if png, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(setup.field("qr_code"), "data:image/png;base64,")); err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("the QR code is no PNG: %v", err)
	}
	if n := len(setup.list("instructions")); n != 3 {
		t.Errorf("%d instructions", n)
	}
	w.call(ada, "GET", "/api/2fa/status", nil).exactly(200, `{"two_factor_enabled":false,"setup_in_progress":true}`)
	w.call(ada, "POST", "/api/2fa/verify-setup", `{"code":"000000"}`).want(400, "INVALID_CODE")

	secret := setup.field("secret")
	verified := w.call(ada, "POST", "/api/2fa/verify-setup", map[string]string{"code": code(t, secret, w.deps.Now())}).want(200)
	codes := verified.list("backup_codes")
	if len(codes) != 10 || verified.field("warning") == "" {
		t.Fatalf("answer is %s", verified.Body)
	}
	w.call(ada, "GET", "/api/2fa/status", nil).exactly(200, `{"two_factor_enabled":true,"setup_in_progress":false}`)
	w.call(ada, "POST", "/api/2fa/setup", `{"password":"`+password+`"}`).want(400, "TWO_FACTOR_ALREADY_ENABLED")

	fresh := w.call(ada, "POST", "/api/2fa/regenerate-backup-codes", map[string]string{"code": codes[0]}).want(200).list("backup_codes")
	w.call(ada, "POST", "/api/2fa/disable", map[string]string{"password": password, "code": codes[1]}).want(401, "INVALID_BACKUP_CODE")
	w.call(ada, "POST", "/api/2fa/disable", `{"password":"`+password+`","code":""}`).want(400, "INVALID_CODE")
	w.call(ada, "POST", "/api/2fa/disable", map[string]string{"password": "not the password", "code": fresh[1]}).want(401, "INVALID_PASSWORD")
	w.call(ada, "POST", "/api/2fa/disable", map[string]string{"password": password, "code": fresh[2]}).want(200)
	w.call(ada, "GET", "/api/2fa/status", nil).exactly(200, `{"two_factor_enabled":false,"setup_in_progress":false}`)
}

func TestWhereASecondFactorIsRequiredNothingElseCanBeDoneBeforeItIsSetUp(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.call(boss, "PUT", "/api/admin/policy", `{"require_two_factor":true}`).want(403, "TWO_FACTOR_REQUIRED_FIRST")
	w.enroll(boss)
	boss = w.signIn(boss)
	w.call(boss, "PUT", "/api/admin/policy", `{"require_two_factor":true}`).want(200)
	for _, path := range []string{"/api/chat/channels", "/api/users", "/api/events"} {
		w.call(ada, "GET", path, nil).want(403, "TWO_FACTOR_SETUP_REQUIRED")
	}
	w.call(ada, "GET", "/api/users/me", nil).want(200)
	w.call(ada, "GET", "/api/auth/get-session", nil).want(200)
	w.enroll(ada)
	w.call(w.signIn(ada), "GET", "/api/chat/channels", nil).want(200)
}

// enroll gives an actor a second factor.
func (w *world) enroll(a *actor) {
	w.t.Helper()
	ctx := w.t.Context()
	u, err := w.accounts.User(ctx, a.ID)
	must(w.t, err)
	session := accounts.Session{ID: "000000000000000000000000", UserID: u.ID, ProvenAt: w.deps.Now()}
	setup, err := w.accounts.StartTwoFactor(ctx, u, session, password, "")
	must(w.t, err)
	c, err := totp.GenerateCode(setup.Secret, w.deps.Now())
	must(w.t, err)
	a.User, _, err = w.accounts.ConfirmTwoFactor(ctx, u, session, c, false)
	must(w.t, err)
}
