package accounts_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

func TestATokenIsItsPersonsUntilItEnds(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	made, secret, err := w.CreateToken(t.Context(), u, session, " build server ", []accounts.Scope{accounts.ScopeRead, accounts.ScopeWrite, accounts.ScopeRead}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^pgs_[A-Z2-7]{40,}$`).MatchString(secret) || made.Hint != secret[len(secret)-4:] || strings.Contains(made.Hash, secret) ||
		made.Name != "build server" || len(made.Scopes) != 2 || !made.ExpiresAt.Equal(w.now().Add(time.Hour)) {
		t.Errorf("%s: %+v", secret, made)
	}
	got, owner, err := w.TokenUser(t.Context(), secret)
	if err != nil || owner.ID != u.ID || got.ID != made.ID || len(got.Scopes) != 2 {
		t.Fatalf("%+v, %v, %v", got, owner.ID, err)
	}
	for _, bad := range []string{"", "pgs_", secret[4:], secret + "A", secret[:len(secret)-1], strings.ToLower(secret), made.Hash, "pgs_" + made.Hash, made.ID} {
		_, _, err := w.TokenUser(t.Context(), bad)
		refused(t, err, fault.Unauthenticated, "INVALID_TOKEN")
	}
	w.later(time.Hour - time.Millisecond)
	if _, _, err := w.TokenUser(t.Context(), secret); err != nil {
		t.Error(err)
	}
	w.later(time.Millisecond)
	_, _, err = w.TokenUser(t.Context(), secret)
	refused(t, err, fault.Unauthenticated, "INVALID_TOKEN")
	if w.events(t, u, accounts.ActionTokenCreated) != 1 {
		t.Error("not in the audit log")
	}
	if letter, ok := w.letters.Last(u.Email, accounts.LetterNotice); !ok || strings.Contains(letter.About["what"], secret) {
		t.Errorf("%+v", letter)
	}
}

func TestWhatMakesNoToken(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	acted := session
	acted.ImpersonatedBy = "0123456789abcdef01234567"
	stale := session
	stale.ProvenAt = w.now().Add(-25 * time.Hour)
	read := []accounts.Scope{accounts.ScopeRead}
	for what, c := range map[string]struct {
		session accounts.Session
		name    string
		scopes  []accounts.Scope
		life    time.Duration
		want    string
	}{
		"no name":         {session, "  ", read, 0, "NAME_REQUIRED"},
		"a long name":     {session, strings.Repeat("é", 81), read, 0, "NAME_TOO_LONG"},
		"a hidden name":   {session, "a\u202eb", read, 0, "INVALID_NAME"},
		"no scope":        {session, "x", nil, 0, "INVALID_SCOPE"},
		"an odd scope":    {session, "x", []accounts.Scope{"read", "root"}, 0, "INVALID_SCOPE"},
		"admin's rights":  {session, "x", []accounts.Scope{"admin"}, 0, "FORBIDDEN"},
		"a short life":    {session, "x", read, time.Minute, "INVALID_EXPIRY"},
		"a negative life": {session, "x", read, -time.Hour, "INVALID_EXPIRY"},
		"a long life":     {session, "x", read, 2 * 365 * 24 * time.Hour, "INVALID_EXPIRY"},
		"no fresh proof":  {stale, "x", read, 0, "SESSION_NOT_FRESH"},
		"no session":      {accounts.Session{}, "x", read, 0, "SESSION_NOT_FRESH"},
		"an impersonator": {acted, "x", read, 0, "NOT_WHILE_IMPERSONATING"},
	} {
		_, secret, err := w.CreateToken(t.Context(), u, c.session, c.name, c.scopes, c.life)
		if f := fault.From(err); f == nil || f.Code != c.want || secret != "" {
			t.Errorf("%s: %v, want %s", what, err, c.want)
		}
	}
	if list, err := w.Tokens(t.Context(), u.ID); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestFiftyTokensAPerson(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	var last accounts.Token
	for range 50 {
		var err error
		if last, _, err = w.CreateToken(t.Context(), u, session, "x", []accounts.Scope{accounts.ScopeRead}, 0); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := w.CreateToken(t.Context(), u, session, "x", []accounts.Scope{accounts.ScopeRead}, 0)
	refused(t, err, fault.Conflict, "TOO_MANY_TOKENS")
	if err := w.DeleteToken(t.Context(), u, last.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.CreateToken(t.Context(), u, session, "x", []accounts.Scope{accounts.ScopeRead}, 0); err != nil {
		t.Error(err)
	}
}

func TestATokenEndsAtOnceByItsOwnerAlone(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join(t, "ada@example.test", good), w.join(t, "ben@example.test", good)
	made, secret, err := w.CreateToken(t.Context(), ada, w.open(t, ada, token("a"), true), "x", []accounts.Scope{accounts.ScopeRead}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.DeleteToken(t.Context(), ben, made.ID); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, _, err := w.TokenUser(t.Context(), secret); err != nil {
		t.Error(err)
	}
	if err := w.DeleteToken(t.Context(), ada, made.ID); err != nil {
		t.Error(err)
	}
	_, _, err = w.TokenUser(t.Context(), secret)
	refused(t, err, fault.Unauthenticated, "INVALID_TOKEN")
	if w.events(t, ada, accounts.ActionTokenDeleted) != 1 {
		t.Error("not in the audit log")
	}
}

func TestATokenFollowsItsPerson(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	role := accounts.RoleAdmin
	u, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Role: &role}, w.now())
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := w.CreateToken(t.Context(), u, w.open(t, u, token("a"), true), "x", []accounts.Scope{accounts.ScopeAdmin}, 0)
	if err != nil {
		t.Fatal(err)
	}
	role = accounts.RoleUser
	if _, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Role: &role}, w.now()); err != nil {
		t.Fatal(err)
	}
	if _, now, err := w.TokenUser(t.Context(), secret); err != nil || now.IsAdmin() {
		t.Errorf("admin %v, %v", now.IsAdmin(), err)
	}
	if _, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Ban: &accounts.Ban{Banned: true}}, w.now()); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.TokenUser(t.Context(), secret)
	refused(t, err, fault.Unauthenticated, "INVALID_TOKEN")
}

// forgetful is the store on a day on which it does not note uses of tokens.
type forgetful struct{ accounts.Store }

func (forgetful) TouchToken(context.Context, string, time.Time) error { return errors.New("away") }

func TestTheUseOfATokenIsNotedOnceAMinuteAndIsWorthNoFailure(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	_, secret, err := w.CreateToken(t.Context(), u, w.open(t, u, token("a"), true), "x", []accounts.Scope{accounts.ScopeRead}, 0)
	if err != nil {
		t.Fatal(err)
	}
	first := w.now()
	for _, step := range []struct {
		after time.Duration
		want  time.Duration
	}{{0, 0}, {59 * time.Second, 0}, {time.Second, time.Minute}} {
		w.later(step.after)
		if _, _, err := w.TokenUser(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
		if list, err := w.Tokens(t.Context(), u.ID); err != nil || !list[0].LastUsedAt.Equal(first.Add(step.want)) {
			t.Errorf("used at %s, %v", list[0].LastUsedAt, err)
		}
	}
	w.later(time.Hour)
	broken := newWorld(t, func(o *accounts.Options) { o.Store, o.Now = forgetful{w.store}, w.now })
	if _, _, err := broken.TokenUser(t.Context(), secret); err != nil {
		t.Error(err)
	}
}
