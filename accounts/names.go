package accounts

import (
	"crypto/rand"
	"math/big"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"pegasus/fault"
)

// Limits of a profile, in characters.
const (
	MaxName          = 80
	MaxEmail         = 254
	MaxPhone         = 32
	MaxStatusMessage = 100
	MaxPreferences   = 16 << 10 // bytes
)

// reservedUsernames would let a person pass for the system or for everyone.
var reservedUsernames = map[string]bool{
	"admin": true, "administrator": true, "all": true, "bot": true, "channel": true, "everyone": true, "group": true,
	"here": true, "moderator": true, "pegasus": true, "root": true, "support": true, "system": true, "user": true,
}

// CleanEmail returns an address in the form in which it is stored and compared. Only plain ASCII addresses are taken:
// look-alikes of another alphabet must not become a second account.
func CleanEmail(email string) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	bad := fault.Field("email", "INVALID_EMAIL", "Please enter a valid e-mail address.")
	if email == "" || len(email) > MaxEmail {
		return "", bad
	}
	for _, r := range email {
		if r <= ' ' || r > '~' {
			return "", bad
		}
	}
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || strings.Count(email, "@") != 1 || strings.ContainsAny(email, "\"<>()") {
		return "", bad
	}
	return email, nil
}

// cleanText returns one line of text for a profile field, or an error that names the field.
func cleanText(field, text string, limit int) (string, error) {
	text = norm.NFC.String(strings.TrimSpace(text))
	if !utf8.ValidString(text) || strings.ContainsFunc(text, hidden) {
		return "", fault.Field(field, "INVALID_"+strings.ToUpper(field), "Please use plain visible characters.")
	}
	if utf8.RuneCountInString(text) > limit {
		return "", fault.Field(field, strings.ToUpper(field)+"_TOO_LONG", "This text is too long.")
	}
	return text, nil
}

// hidden reports characters that show nothing or turn the direction of the text around them. The joiner that emoji
// are made of is let through.
func hidden(r rune) bool {
	if r == '\u200d' {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}

func cleanName(field, name string) (string, error) {
	name, err := cleanText(field, name, MaxName)
	if err != nil {
		return "", err
	}
	if name == "" {
		return "", fault.Field(field, strings.ToUpper(field)+"_REQUIRED", "Please enter a name.")
	}
	if reservedUsernames[strings.ToLower(name)] {
		return "", fault.Field(field, strings.ToUpper(field)+"_RESERVED", "This name is reserved.")
	}
	return name, nil
}

// usernameFrom makes a username of the local part of an address; attempt > 0 appends digits.
func usernameFrom(email string, attempt int) string {
	local, _, _ := strings.Cut(email, "@")
	name := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return -1
	}, local), "._-")
	if len(name) > 32 {
		name = name[:32]
	}
	if name == "" {
		name = "member"
	}
	if attempt == 0 && !reservedUsernames[name] {
		return name
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand does not fail on a supported system
	}
	return name + "-" + n.String()
}
