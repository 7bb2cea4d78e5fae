package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

var tokenInLink = regexp.MustCompile(`(?:token=|reset-password/)([A-Za-z0-9_-]{30,})`)

// tokenMailed waits for the nth mail, which goes to an address, and returns the token of its link.
func tokenMailed(t *testing.T, post *post, to, subject string) string {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		for _, m := range post.Messages() {
			if m.To[0] == to && strings.Contains(strings.ToLower(m.Subject), subject) {
				if found := tokenInLink.FindStringSubmatch(m.Text); found != nil {
					return found[1]
				}
			}
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Fatalf("no mail about %q to %s: %+v", subject, to, post.Messages())
	return ""
}

// Whoever reads the log or steals the disk learns no secret that was alive: passwords, tokens of sessions and of links,
// codes, what an authenticator app shares.
func TestNoSecretIsInTheLogOrOnTheDisk(t *testing.T) {
	t.Parallel()
	s, post := startMailing(t, "LOG_LEVEL=debug")
	ada := s.signUp(t, "Ada")
	secrets := map[string]string{"the password": password, "a session's token": ada.token}

	secrets["a verification link"] = tokenMailed(t, post, ada.email, "confirm")
	ada.must("POST", "/api/auth/request-password-reset", map[string]string{"email": ada.email, "redirectTo": "/reset-password"}, nil)
	secrets["a reset link"] = tokenMailed(t, post, ada.email, "reset")
	ada.must("POST", "/api/auth/sign-in/magic-link", map[string]string{"email": ada.email, "callbackURL": "/chat"}, nil)
	secrets["a magic link"] = tokenMailed(t, post, ada.email, "sign")

	var personal struct{ Secret string }
	ada.must("POST", "/api/users/me/tokens", map[string]any{"name": "script", "scopes": []string{"read"}}, &personal)
	secrets["a personal token"] = personal.Secret
	var setup struct{ Secret string }
	ada.must("POST", "/api/2fa/setup", map[string]string{"password": password}, &setup)
	secret := strings.ReplaceAll(setup.Secret, " ", "")
	secrets["a second factor's secret"] = secret
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var confirmed struct {
		Codes []string `json:"backup_codes"`
	}
	ada.must("POST", "/api/2fa/verify-setup", map[string]string{"code": code}, &confirmed)
	secrets["a backup code"] = confirmed.Codes[0]
	secrets["a backup code without its dash"] = strings.ReplaceAll(confirmed.Codes[0], "-", "")

	// Wrong tries, with the secret in the place of another.
	for _, path := range []string{"/api/auth/sign-in/email", "/api/auth/sign-up/email"} {
		if _, _, err := ada.call("POST", path, map[string]string{"email": "nobody@pegasus.example", "name": "x", "password": password + "!"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	secrets["a wrong password"] = password + "!"
	if _, _, err := ada.call("GET", "/api/users/me?session="+ada.token+"&token="+personal.Secret, nil, nil); err != nil {
		t.Fatal(err)
	}

	look := func(where string, content []byte) {
		for name, secret := range secrets {
			if len(secret) < 8 {
				t.Fatalf("%s is %q", name, secret)
			}
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s is in %s", name, where)
			}
		}
	}
	look("the log", []byte(s.log()))
	disk := func() {
		err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			look(filepath.Base(path), content)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	disk() // the log of SQLite holds what the file does not yet
	s.signal(syscall.SIGTERM)
	disk()
	look("the log", []byte(s.log()))
	if content, err := os.ReadFile(filepath.Join(s.dir, "data", "pegasus.db")); err != nil || !bytes.Contains(content, []byte(ada.email)) {
		t.Errorf("not even the address is found: the search is wrong (%v)", err)
	}
}
