package accounts

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"image/png"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// What every authenticator app understands: SHA-1, six digits, a new code every 30 seconds.
const (
	totpDigits = 6
	totpPeriod = 30 // seconds
	totpSecret = 20 // bytes
	qrSide     = 220
)

// newTOTPSecret returns a secret in base32 without padding.
func newTOTPSecret() string {
	secret := make([]byte, totpSecret)
	rand.Read(secret) // never fails
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// totpStep returns the time step that a code is of: the one at now or one of its neighbours. The library checks a code as well
// but does not say which step matched, without which a code could be used twice.
func totpStep(secret, code string, now time.Time) (step int64, ok bool, err error) {
	code = strings.ReplaceAll(code, " ", "")
	present := now.Unix() / totpPeriod
	for _, candidate := range []int64{present - 1, present, present + 1} {
		want, err := hotp.GenerateCodeCustom(secret, uint64(candidate), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = candidate, true
		}
	}
	return step, ok, nil
}

// isTOTPCode reports whether a text has the form of a code, as opposed to a backup code.
func isTOTPCode(code string) bool {
	code = strings.ReplaceAll(code, " ", "")
	return len(code) == totpDigits && !strings.ContainsFunc(code, func(r rune) bool { return r < '0' || r > '9' })
}

// totpURI returns the address that authenticator apps read, in the key URI format of Google Authenticator, with its
// parameters in the order in which Better Auth writes them.
func totpURI(secret, issuer, email string) string {
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(email) +
		"?secret=" + secret + "&issuer=" + strings.ReplaceAll(url.QueryEscape(issuer), "+", "%20") + "&digits=6&period=30"
}

// QR returns a QR code of an address as a PNG of 220 by 220 pixels.
func QR(address string) ([]byte, error) {
	key, err := otp.NewKeyFromURL(address) // which draws every address, not those of authenticators alone
	if err != nil {
		return nil, err
	}
	image, err := key.Image(qrSide, qrSide)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	err = png.Encode(&file, image)
	return file.Bytes(), err
}

// GroupSecret puts a space after every fourth character, as people read a secret aloud and type it.
func GroupSecret(secret string) string {
	var b strings.Builder
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// minImportedSecret is the fewest bytes of a secret from elsewhere: codes made from one that everyone can guess, such as the
// empty one, would let everyone in.
const minImportedSecret = 10

// UnsealedSecret returns the storable form of a TOTP secret that an older system kept in base32, in groups or not, and nil
// for what is none. It is sealed when it is first used.
func UnsealedSecret(text string) []byte {
	text = strings.TrimRight(strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(text)), "=")
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(secret) < minImportedSecret {
		return nil
	}
	return append(bytes.Clone(plain), text...)
}
