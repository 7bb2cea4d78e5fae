package accounts

import "encoding/json"

// sendKey is the preference for the key that sends a message, ctrlEnter the value of it that is not the usual one.
const (
	sendKey   = "sendKey"
	ctrlEnter = "ctrl-enter"
)

// Preference returns one of a person's preferences, the zero value where it is not there or something else.
func Preference[T any](u User, name string) (value T) {
	var chosen map[string]json.RawMessage
	_ = json.Unmarshal([]byte(u.Preferences), &chosen) // what cannot be read chooses nothing
	if json.Unmarshal(chosen[name], &value) != nil {
		return *new(T)
	}
	return value
}

// WithPreference returns the person's preferences with one of them, or without it where value is nil. The others stay.
func (u User) WithPreference(name string, value any) (preferences string) {
	chosen := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(u.Preferences), &chosen); err != nil || chosen == nil {
		chosen = map[string]json.RawMessage{}
	}
	delete(chosen, name)
	if value != nil {
		chosen[name], _ = json.Marshal(value) // values of ours always encode
	}
	text, _ := json.Marshal(chosen) // all of it was read as JSON
	return string(text)
}

// CtrlEnterSends reports whether the person wants Enter to break the line and Ctrl Enter to send.
func (u User) CtrlEnterSends() bool { return Preference[string](u, sendKey) == ctrlEnter }

// WithSendKey returns the person's preferences with the key that sends messages. The others stay.
func (u User) WithSendKey(byCtrlEnter bool) (preferences string) {
	if !byCtrlEnter {
		return u.WithPreference(sendKey, nil)
	}
	return u.WithPreference(sendKey, ctrlEnter)
}
