package accounts

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// FromElsewhere returns a person whom another system knew in the form in which people are stored here: text without what
// cannot be seen and within its limits, and the least that a field can mean where what it holds is unknown here. Names
// that are reserved stay with admins alone. The id and the address must be set, the address clean.
func FromElsewhere(u User) User {
	u.Name, u.DisplayName = visible(u.Name, MaxName), visible(u.DisplayName, MaxName)
	if u.Bot { // whose program stays where it was
		u.Email, u.EmailVerified, u.Role, u.Deactivated = botAddress(u.ID), false, RoleUser, true
		if _, err := cleanName("name", u.Name); err != nil {
			u.Name = "Bot"
		}
	}
	if u.Role != RoleAdmin || u.Name == "" {
		u.Name = nameFor(u.Email, u.Name)
	}
	if _, err := cleanShownName("displayName", u.DisplayName); err != nil && u.Role != RoleAdmin {
		u.DisplayName = ""
	}
	u.Phone, u.StatusMessage = visible(u.Phone, MaxPhone), visible(u.StatusMessage, MaxStatusMessage)
	if checkPreferences(u.Preferences) != nil {
		u.Preferences = "{}"
	}
	if u.Role != RoleAdmin && u.Role != RoleModerator {
		u.Role = RoleUser
	}
	if !u.Status.Valid() {
		u.Status = StatusOffline
	}
	return u
}

// UsernameFromElsewhere returns a username for a person with the one that they had, or, failing that, made of the address.
// Each attempt gives another one, and the same attempt the same one, so that a repeated import does as the first did.
func UsernameFromElsewhere(u User, attempt int) string {
	local, _, _ := strings.Cut(u.Email, "@")
	name := "member"
	for _, candidate := range []string{u.Username, local} {
		candidate = usernameLetters(candidate)
		if cleaned, err := cleanUsername(candidate); err == nil {
			name = cleaned
			break
		}
	}
	if attempt == 0 && name != "member" {
		return name
	}
	suffix := "-" + u.ID[len(u.ID)-min(max(4*attempt, 4), len(u.ID)):]
	return strings.Trim(name[:min(len(name), MaxUsername-len(suffix))], "._-") + suffix
}

func usernameLetters(text string) string {
	text = strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return -1
	}, strings.ToLower(text)), "._-")
	return strings.Trim(text[:min(len(text), MaxUsername)], "._-")
}

// visible returns a line of text without what shows nothing, cut to a number of characters.
func visible(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\r' {
			return ' '
		}
		if hidden(r) {
			return -1
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(text, "")))
	runes := []rune(strings.TrimSpace(text))
	return strings.TrimSpace(string(runes[:min(len(runes), limit)]))
}
