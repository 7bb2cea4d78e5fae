package accounts

import "testing"

func TestTheKeyThatSendsIsOnePreferenceAmongOthers(t *testing.T) {
	for _, before := range []string{`{}`, ``, `null`, `[]`, `{"theme":"dark","sendKey":7}`} {
		u := User{Preferences: before}
		if u.CtrlEnterSends() {
			t.Errorf("%s chooses Ctrl Enter", before)
		}
		u.Preferences = u.WithSendKey(true)
		if !u.CtrlEnterSends() || checkPreferences(u.Preferences) != nil {
			t.Errorf("%s becomes %s", before, u.Preferences)
		}
		u.Preferences = u.WithSendKey(false)
		if u.CtrlEnterSends() {
			t.Errorf("%s does not go back", before)
		}
	}
	if got := (User{Preferences: `{"theme": "dark"}`}).WithSendKey(true); got != `{"sendKey":"ctrl-enter","theme":"dark"}` {
		t.Errorf("the other preferences become %s", got)
	}
}
