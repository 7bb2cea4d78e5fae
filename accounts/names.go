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
	email = strings.TrimSpace(email)
	bad := fault.Field("email", "INVALID_EMAIL", "Please enter a valid e-mail address.")
	if email == "" || len(email) > MaxEmail {
		return "", bad
	}
	for _, r := range email {
		if r <= ' ' || r > '~' {
			return "", bad
		}
	}
	// After the check: some letters of other alphabets have a lower case in ASCII.
	email = strings.ToLower(email)
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email {
		return "", bad
	}
	// Of what the standard allows, what mailboxes are named in practice: nothing that is code to a template or a shell.
	local, domain, _ := strings.Cut(email, "@")
	if strings.Trim(local, lettersAndDigits+"._%+-'&~!#$*/=?^|") != "" || strings.Trim(domain, lettersAndDigits+".-") != "" {
		return "", bad
	}
	return email, nil
}

const lettersAndDigits = "abcdefghijklmnopqrstuvwxyz0123456789"

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

// blanks are letters and signs that show nothing.
const blanks = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"

// hidden reports characters that show nothing or turn the direction of the text around them. The joiner that emoji
// are made of is let through.
func hidden(r rune) bool {
	if r == '\u200d' {
		return false
	}
	return strings.ContainsRune(blanks, r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}

func cleanName(field, name string) (string, error) {
	name, err := cleanText(field, name, MaxName)
	if err != nil {
		return "", err
	}
	if strings.Trim(name, "\u200d\ufe0f") == "" {
		return "", fault.Field(field, strings.ToUpper(field)+"_REQUIRED", "Please enter a name.")
	}
	return name, notReserved(field, name)
}

// cleanShownName is cleanName for a name that may be left out.
func cleanShownName(field, name string) (string, error) {
	if strings.TrimSpace(name) == "" {
		return "", nil
	}
	return cleanName(field, name)
}

func notReserved(field, name string) error {
	if reservedUsernames[skeleton(name)] {
		return fault.Field(field, strings.ToUpper(field)+"_RESERVED", "This name is reserved.")
	}
	return nil
}

// lookalikes are the letters of other alphabets, and the digits, that pass for a letter of a reserved name.
var lookalikes = strings.NewReplacer(
	"а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "і", "i", "ѕ", "s", "т", "t", "м", "m", "н", "h",
	"в", "b", "ԁ", "d", "һ", "h", "ո", "n", "α", "a", "ο", "o", "ν", "v", "ρ", "p", "τ", "t", "ε", "e", "ι", "i", "υ", "u",
	"ı", "i", "0", "o", "1", "l", "3", "e", "4", "a", "5", "s",
)

// skeleton returns what a name looks like: its letters alone, in the case, form and alphabet of the reserved names.
func skeleton(name string) string {
	name = lookalikes.Replace(strings.ToLower(norm.NFKD.String(name)))
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, name)
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

// MinUsername and MaxUsername are the lengths of a username, in characters.
const (
	MinUsername = 2
	MaxUsername = 32
)

// CleanHandle returns what a group of people is called by, in the form in which it is stored and compared: what a username may
// be.
func CleanHandle(handle string) (string, error) {
	clean, err := cleanUsername(handle)
	if err != nil {
		return "", fault.Field("handle", "INVALID_HANDLE",
			"A handle has 2 to 32 letters, digits, dots, dashes and underscores, begins and ends with a letter or digit, and is not reserved.")
	}
	return clean, nil
}

// cleanUsername returns a username in the form in which it is stored and compared.
func cleanUsername(name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	odd := strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-'
	})
	if odd || len(name) < MinUsername || len(name) > MaxUsername || strings.Trim(name, "._-") != name {
		return "", fault.Field("username", "INVALID_USERNAME",
			"A username has 2 to 32 letters, digits, dots, dashes and underscores, and begins and ends with a letter or digit.")
	}
	return name, notReserved("username", name)
}
