package accounts_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pegasus/accounts"
	"pegasus/fault"
)

func passkey(credential string) accounts.Passkey {
	return accounts.Passkey{CredentialID: credential, PublicKey: []byte("key"), DeviceType: "singleDevice", Transports: []string{"internal"}, Data: "{}"}
}

func TestAPasskeyIsKeptForItsOwner(t *testing.T) {
	w := newWorld(t)
	ada := w.prove(t, w.join(t, "ada@example.test", good))
	session := w.open(t, ada, token("a"), true)
	sent := passkey("one")
	sent.UserID, sent.ID = "somebody", "chosen"
	key, err := w.AddPasskey(t.Context(), ada, session, sent)
	if err != nil {
		t.Fatal(err)
	}
	if key.UserID != ada.ID || key.ID == "chosen" || key.Name != "Passkey" || !key.CreatedAt.Equal(w.now()) || !key.LastUsedAt.IsZero() {
		t.Errorf("got %+v", key)
	}
	found, u, err := w.PasskeyUser(t.Context(), "one")
	if err != nil || u.ID != ada.ID || found.ID != key.ID {
		t.Errorf("%+v, %+v, %v", found, u, err)
	}
	if err := w.UsedPasskey(t.Context(), found, 7, true, `{"a":1}`); err != nil {
		t.Fatal(err)
	}
	list, err := w.Passkeys(t.Context(), ada.ID)
	if err != nil || len(list) != 1 || list[0].Counter != 7 || !list[0].BackedUp || list[0].Data != `{"a":1}` || !list[0].LastUsedAt.Equal(w.now()) {
		t.Errorf("%+v, %v", list, err)
	}
	if w.events(t, ada, accounts.ActionPasskeyAdded) != 1 {
		t.Error("the audit log does not tell it")
	}
	if what := w.mailed(t, ada.Email, accounts.LetterNotice).About["what"]; !strings.Contains(what, "Passkey") {
		t.Errorf("the owner is told %q", what)
	}
	_, _, err = w.PasskeyUser(t.Context(), "two")
	refused(t, err, fault.Unauthenticated, "PASSKEY_NOT_FOUND")
}

func TestAddingAPasskeyTakesAFreshSessionOfOnesOwn(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join(t, "ada@example.test", good), w.join(t, "ben@example.test", good)
	session := w.open(t, ada, token("a"), true)
	_, err := w.AddPasskey(t.Context(), ben, session, passkey("k"))
	refused(t, err, fault.Unauthenticated, "UNAUTHORIZED")
	named := passkey("k")
	named.Name = strings.Repeat("x", 81)
	_, err = w.AddPasskey(t.Context(), ada, session, named)
	refused(t, err, fault.Invalid, "NAME_TOO_LONG")
	if _, err := w.AddPasskey(t.Context(), ada, session, passkey("k")); err != nil {
		t.Fatal(err)
	}
	_, err = w.AddPasskey(t.Context(), ben, w.open(t, ben, token("b"), true), passkey("k"))
	refused(t, err, fault.Conflict, "PASSKEY_EXISTS")
	w.later(accounts.FreshFor)
	_, err = w.AddPasskey(t.Context(), ada, session, passkey("l"))
	refused(t, err, fault.Forbidden, "SESSION_NOT_FRESH")
}

func TestTwentyPasskeysAreEnough(t *testing.T) {
	w := newWorld(t)
	ada := w.join(t, "ada@example.test", good)
	session := w.open(t, ada, token("a"), true)
	var added atomic.Int32
	var work sync.WaitGroup
	for i := range 50 {
		work.Go(func() {
			_, err := w.AddPasskey(context.Background(), ada, session, passkey(fmt.Sprint(i)))
			if err == nil {
				added.Add(1)
			} else if fault.From(err).Code != "TOO_MANY_PASSKEYS" {
				t.Error(err)
			}
		})
	}
	work.Wait()
	if list, err := w.Passkeys(t.Context(), ada.ID); err != nil || len(list) != accounts.MaxPasskeys || added.Load() != accounts.MaxPasskeys {
		t.Errorf("%d were added, %d are there, %v", added.Load(), len(list), err)
	}
}

func TestNobodyRenamesOrRemovesThePasskeyOfSomebodyElse(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join(t, "ada@example.test", good), w.join(t, "ben@example.test", good)
	adas, bens := w.open(t, ada, token("a"), true), w.open(t, ben, token("b"), true)
	key, err := w.AddPasskey(t.Context(), ada, adas, passkey("k"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.RenamePasskey(t.Context(), ben, key.ID, "mine")
	refused(t, err, fault.NotFound, "PASSKEY_NOT_FOUND")
	refused(t, w.RemovePasskey(t.Context(), ben, bens, key.ID), fault.NotFound, "PASSKEY_NOT_FOUND")
	refused(t, w.RemovePasskey(t.Context(), ada, bens, key.ID), fault.Unauthenticated, "UNAUTHORIZED")
	refused(t, w.RemovePasskey(t.Context(), ben, adas, key.ID), fault.Unauthenticated, "UNAUTHORIZED")
	for name, code := range map[string]string{"": "NAME_REQUIRED", " ": "NAME_REQUIRED", strings.Repeat("x", 81): "NAME_TOO_LONG", "a\x00": "INVALID_NAME"} {
		_, err = w.RenamePasskey(t.Context(), ada, key.ID, name)
		refused(t, err, fault.Invalid, code)
	}
	if renamed, err := w.RenamePasskey(t.Context(), ada, key.ID, " Laptop "); err != nil || renamed.Name != "Laptop" {
		t.Errorf("%+v, %v", renamed, err)
	}
	if err := w.RemovePasskey(t.Context(), ada, adas, key.ID); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.PasskeyUser(t.Context(), "k")
	refused(t, err, fault.Unauthenticated, "PASSKEY_NOT_FOUND")
	refused(t, w.UsedPasskey(t.Context(), key, 1, false, "{}"), fault.Unauthenticated, "PASSKEY_NOT_FOUND")
	if w.events(t, ada, accounts.ActionPasskeyRemoved) != 1 {
		t.Error("the audit log does not tell it")
	}
}

func TestTheLastWayInIsNotRemoved(t *testing.T) {
	w := newWorld(t)
	ada := w.join(t, "ada@example.test", good)
	session := w.open(t, ada, token("a"), true)
	key, err := w.AddPasskey(t.Context(), ada, session, passkey("k"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.UnlinkProvider(t.Context(), ada, session, by("credential", "")); err != nil {
		t.Fatal(err)
	}
	refused(t, w.RemovePasskey(t.Context(), ada, session, key.ID), fault.Invalid, "FAILED_TO_UNLINK_LAST_ACCOUNT")
	w.later(accounts.FreshFor)
	refused(t, w.RemovePasskey(t.Context(), ada, session, key.ID), fault.Forbidden, "SESSION_NOT_FRESH")
}

func TestAPasskeyOfSomebodyWhoIsKeptOutNamesNobody(t *testing.T) {
	w := newWorld(t)
	ada := w.join(t, "ada@example.test", good)
	if _, err := w.AddPasskey(t.Context(), ada, w.open(t, ada, token("a"), true), passkey("k")); err != nil {
		t.Fatal(err)
	}
	ban := accounts.Ban{Banned: true}
	if _, err := w.store.UpdateUser(t.Context(), ada.ID, accounts.UserChange{Ban: &ban}, w.now()); err != nil {
		t.Fatal(err)
	}
	_, u, err := w.PasskeyUser(t.Context(), "k")
	refused(t, err, fault.Forbidden, "BANNED_USER")
	if u.ID != "" {
		t.Error("it names them")
	}
}
