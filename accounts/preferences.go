package accounts

import "encoding/json"

// sendKey is the preference for the key that sends a message, ctrlEnter the value of it that is not the usual one.
const (
	sendKey   = "sendKey"
	ctrlEnter = "ctrl-enter"
)

// CtrlEnterSends reports whether the person wants Enter to break the line and Ctrl Enter to send.
func (u User) CtrlEnterSends() bool {
	var chosen map[string]any
	_ = json.Unmarshal([]byte(u.Preferences), &chosen) // what cannot be read chooses nothing
	return chosen[sendKey] == ctrlEnter
}

// WithSendKey returns the person's preferences with the key that sends messages. The others stay.
func (u User) WithSendKey(byCtrlEnter bool) (preferences string) {
	chosen := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(u.Preferences), &chosen); err != nil || chosen == nil {
		chosen = map[string]json.RawMessage{}
	}
	delete(chosen, sendKey)
	if byCtrlEnter {
		chosen[sendKey] = json.RawMessage(`"` + ctrlEnter + `"`)
	}
	text, _ := json.Marshal(chosen) // all of it was read as JSON
	return string(text)
}
