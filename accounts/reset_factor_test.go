package accounts_test

import (
	"testing"

	"pegasus/accounts"
	"pegasus/fault"
)

func TestAnAdminTurnsOffALostSecondFactor(t *testing.T) {
	w := newWorld(t)
	boss := w.boss(t, "boss@example.test")
	ada := w.enroll(t, "ada@example.test").User
	session := w.open(t, ada, "elsewhere", true)
	if err := w.ResetTwoFactor(t.Context(), boss, ada.ID); err != nil {
		t.Fatal(err)
	}
	if after, err := w.User(t.Context(), ada.ID); err != nil || after.TwoFactorEnabled {
		t.Errorf("the factor is on still: %v", err)
	}
	if _, err := w.store.Session(t.Context(), session.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a session lives on: %v", err)
	}
	letter, sent := w.letters.Last("ada@example.test", accounts.LetterNotice)
	if !sent || letter.About["what"] == "" {
		t.Error("the owner is not told")
	}
}

func TestOnlyAdminsTurnOffSecondFactorsAndNotTheirOwn(t *testing.T) {
	w := newWorld(t)
	boss := w.boss(t, "boss@example.test")
	ada := w.enroll(t, "ada@example.test").User
	for _, who := range []accounts.User{{ID: ada.ID, Role: accounts.RoleUser}, {ID: "x", Role: accounts.RoleModerator}} {
		if err := w.ResetTwoFactor(t.Context(), who, ada.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", who.Role, err)
		}
	}
	if err := w.ResetTwoFactor(t.Context(), boss, boss.ID); fault.From(err).Code != "YOU_CANNOT_RESET_YOUR_OWN" {
		t.Errorf("one's own: %v", err)
	}
	if state, err := w.TwoFactorState(t.Context(), ada.ID); err != nil || !state.Enabled {
		t.Errorf("the factor is gone: %v", err)
	}
}
