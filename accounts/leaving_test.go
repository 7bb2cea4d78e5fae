package accounts_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/fault"
)

// erased checks that nothing of a person is left but what their messages hang on.
func (w *world) erased(t testing.TB, u accounts.User) {
	t.Helper()
	left, err := w.User(t.Context(), u.ID)
	if err != nil || left.Email != u.ID+"@deleted.invalid" || left.Username != "deleted-"+u.ID || left.Name != "Deleted account" ||
		!left.Deactivated || left.Role != accounts.RoleUser || left.Phone != "" || left.DisplayName != "" {
		t.Errorf("left: %+v, %v", left, err)
	}
	if w.hash(t, u.ID) != "" || w.sessions(t, u.ID) != 0 || w.countWaysIn(t, u) != 0 {
		t.Error("a way in is left")
	}
	if !slices.Contains(w.left, u.ID) || !slices.Contains(w.ended, u.ID+"  ") {
		t.Errorf("left %v, streams ended %q", w.left, w.ended)
	}
	if last := w.changed[len(w.changed)-1]; last != left {
		t.Errorf("others see %+v", last)
	}
	if _, err := w.Authenticate(t.Context(), u.Email, good); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("signing in: %v", err)
	}
}

func TestAnAccountIsDeletedAtOnceByItsPassword(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	w.otherWaysIn(t, u)
	session := w.open(t, u, token("a"), true)
	w.later(accounts.FreshFor)
	done, err := w.RequestDeletion(t.Context(), u, session, "wrong password", "")
	refused(t, err, fault.Invalid, "INVALID_PASSWORD")
	if done || len(w.left) != 0 {
		t.Fatal("a wrong password deletes")
	}
	if done, err = w.RequestDeletion(t.Context(), u, session, good, ""); !done || err != nil {
		t.Fatal(done, err)
	}
	w.erased(t, u)
	if _, err := w.SignUp(t.Context(), draft(u.Email, good)); err != nil {
		t.Errorf("the address is not free: %v", err)
	}
}

func TestAnAccountWithoutAPasswordIsDeletedByAFreshSessionOrAMail(t *testing.T) {
	w := newWorld(t)
	u := w.imported(t, "flora", "")
	session := w.open(t, u, token("a"), true)
	w.later(accounts.FreshFor)
	if done, err := w.RequestDeletion(t.Context(), u, session, "", ""); done || err != nil {
		t.Fatal(done, err)
	}
	if w.mailed(t, u.Email, accounts.LetterDelete); len(w.left) != 0 {
		t.Fatal("it is deleted already")
	}
	session = w.open(t, u, token("b"), true)
	if done, err := w.RequestDeletion(t.Context(), u, session, "", ""); !done || err != nil {
		t.Fatal(done, err)
	}
	w.erased(t, u)
}

func TestAMailedDeletionIsForItsPersonAloneAndOnce(t *testing.T) {
	w := newWorld(t)
	u, other := w.join(t, "ada@example.test", good), w.join(t, "ben@example.test", good)
	session := w.open(t, u, token("a"), true)
	if done, err := w.RequestDeletion(t.Context(), u, session, "", ""); done || err != nil {
		t.Fatal(done, err)
	}
	secret := secretOf(t, w.mailed(t, u.Email, accounts.LetterDelete).URL)
	refused(t, w.ConfirmDeletion(t.Context(), other, secret), fault.Invalid, "INVALID_TOKEN")
	refused(t, w.ConfirmDeletion(t.Context(), u, secret[1:]), fault.Invalid, "INVALID_TOKEN")
	if won := atOnce(20, func(int) error { return w.ConfirmDeletion(t.Context(), u, secret) }); won != 1 {
		t.Errorf("%d won", won)
	}
	w.erased(t, u)
	if !w.signsIn(t, other.Email, good) {
		t.Error("somebody else is gone")
	}
}

func TestTheLastAdminCannotGoOnAnyPath(t *testing.T) {
	w := newWorld(t)
	admin := w.boss(t, "root@example.test")
	session := w.open(t, admin, token("a"), true)
	_, err := w.RequestDeletion(t.Context(), admin, session, good, "")
	refused(t, err, fault.Conflict, "LAST_ADMIN")
	_, err = w.SetRole(t.Context(), admin, admin.ID, accounts.RoleUser)
	refused(t, err, fault.Conflict, "LAST_ADMIN")
	second := w.boss(t, "second@example.test")
	if _, err := w.BanUser(t.Context(), admin, second.ID, accounts.Ban{}); err != nil {
		t.Fatal(err)
	}
	_, err = w.SetRole(t.Context(), admin, admin.ID, accounts.RoleModerator) // who is banned does not count
	refused(t, err, fault.Conflict, "LAST_ADMIN")
	if _, err := w.UnbanUser(t.Context(), admin, second.ID); err != nil {
		t.Fatal(err)
	}
	if done, err := w.RequestDeletion(t.Context(), admin, session, good, ""); !done || err != nil {
		t.Fatal(done, err)
	}
}

func TestWhenAllAdminsGoAtOnceOneStays(t *testing.T) {
	w := newWorld(t)
	var admins []accounts.User
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"} {
		admins = append(admins, w.boss(t, name+"@example.test"))
	}
	n := len(admins)
	won := atOnce(n, func(i int) error {
		var err error
		switch i % 3 {
		case 0:
			_, err = w.RequestDeletion(t.Context(), admins[i], accounts.Session{}, good, "")
		case 1:
			_, err = w.SetRole(t.Context(), admins[i], admins[i].ID, accounts.RoleUser)
		default:
			_, err = w.BanUser(t.Context(), admins[i], admins[(i+1)%n].ID, accounts.Ban{})
		}
		if err != nil && fault.From(err).Code != "LAST_ADMIN" {
			t.Error(err)
		}
		return err
	})
	if left, err := w.store.CountAdmins(t.Context()); left < 1 || err != nil {
		t.Errorf("%d succeeded, %d admins are left, %v", won, left, err)
	}
}

func TestADeletionThatBrokeOffIsFinishedByAskingAgain(t *testing.T) {
	broken := true
	w := newWorld(t, func(o *accounts.Options) {
		leave := o.Leave
		o.Leave = func(ctx context.Context, userID string) error {
			if broken {
				return errors.New("no")
			}
			return leave(ctx, userID)
		}
	})
	u := w.join(t, "ada@example.test", good)
	session := w.open(t, u, token("a"), true)
	if done, err := w.RequestDeletion(t.Context(), u, session, good, ""); done || err == nil {
		t.Fatal("it succeeded")
	}
	if !w.signsIn(t, u.Email, good) {
		t.Fatal("the person cannot ask again")
	}
	broken = false
	if done, err := w.RequestDeletion(t.Context(), u, session, good, ""); !done || err != nil {
		t.Fatal(done, err)
	}
	w.erased(t, u)
}

func TestAnExportHoldsWhatIsKeptOfAPersonAndNoSecret(t *testing.T) {
	w := newWorld(t)
	admin := w.boss(t, "root@example.test")
	u, other := w.join(t, "ada@example.test", good), w.join(t, "ben@example.test", good)
	session := w.open(t, u, token("a"), true)
	w.otherWaysIn(t, u)
	w.otherWaysIn(t, other)
	if _, err := w.Authenticate(clientAt(t, "192.0.2.7"), u.Email, "wrong password"); err == nil {
		t.Fatal("it succeeded")
	}
	if _, err := w.SetRole(clientAt(t, "198.51.100.9"), admin, u.ID, accounts.RoleModerator); err != nil {
		t.Fatal(err)
	}
	e, err := w.Export(t.Context(), u, session)
	if err != nil || e.User != u || !e.HasPassword || len(e.Sessions) != 1 || len(e.Accounts) != 1 || len(e.Passkeys) != 1 || len(e.Tokens) != 1 || len(e.Events) < 3 {
		t.Fatalf("%+v, %v", e, err)
	}
	text, _ := json.Marshal(e)
	for name, secret := range map[string]string{"session": token("a"), "password": w.hash(t, u.ID), "another": other.ID, "an admin's address": "198.51.100.9"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%s: %s stands in the export", name, secret)
		}
	}
	if e.Tokens[0].Hash != "" || !strings.Contains(string(text), "192.0.2.7") {
		t.Error("it tells a hash, or not whence somebody tried to come in")
	}
	for range 4 {
		if _, err := w.Export(t.Context(), u, session); err != nil {
			t.Fatal(err)
		}
	}
	_, err = w.Export(t.Context(), u, session)
	refused(t, err, fault.Limited, "TOO_MANY_REQUESTS")
	if _, err := w.Export(t.Context(), other, accounts.Session{}); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}

func TestAnExportHoldsMoreEventsThanAPage(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	for range accounts.MaxEvents + 10 {
		if err := w.store.RecordEvent(t.Context(), accounts.Event{ID: newID(w), Action: accounts.ActionSignOut, UserID: u.ID, At: w.now()}); err != nil {
			t.Fatal(err)
		}
	}
	e, err := w.Export(t.Context(), u, accounts.Session{})
	seen := map[string]bool{}
	for _, event := range e.Events {
		seen[event.ID] = true
	}
	if err != nil || len(e.Events) != accounts.MaxEvents+11 || len(seen) != len(e.Events) {
		t.Errorf("%d events, %d different, %v", len(e.Events), len(seen), err)
	}
}
