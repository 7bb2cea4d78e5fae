package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
	"golang.org/x/text/unicode/norm"

	"pegasus/fault"
)

// Password lengths in characters, and the cost of a new hash.
const (
	MinPassword = 8
	MaxPassword = 128
	bcryptCost  = 12
	// reduced marks a bcrypt hash over base64(HMAC-SHA-384(key, password)): bcrypt reads 72 bytes and no more, so what
	// it cannot tell from another password is reduced first.
	reduced     = "$hmac-sha384$"
	bcryptReads = 72
)

// ambiguous reports whether bcrypt takes the password for others too: those that begin with the same 72 bytes, or, as
// it repeats the password with a zero byte after it until it has 72, those with such a byte inside.
func ambiguous(password string) bool {
	return len(password) >= bcryptReads || strings.IndexByte(password, 0) >= 0
}

// hashQueue is how many callers may wait for a core; one more is turned away.
const hashQueue = 32

var errBusy = &fault.Error{
	Kind: fault.Unavailable, Code: "BUSY", RetryAfter: 2 * time.Second,
	Message: "The server is busy. Please try again in a moment.",
}

// passwords hashes and checks, on as many cores as it has slots: hashing is slow on purpose, and unbounded it would
// starve everything else.
type passwords struct {
	key   []byte
	cost  int
	slots chan struct{}
	queue chan struct{}
	dummy string // checked where there is no hash, so that both cases take the same time
}

func newPasswords(key []byte, cost, cores int) *passwords {
	return &passwords{
		key: key, cost: cost,
		slots: make(chan struct{}, cores),
		queue: make(chan struct{}, cores+hashQueue),
		dummy: fmt.Sprintf("$2a$%02d$%s", cost, dummyHash),
	}
}

// dummyHash is a salt and a hash that no password is known for, without the cost before them.
const dummyHash = "0123456789abcdefghijkO0123456789abcdefghijklmnopqrstu"

func (p *passwords) run(ctx context.Context, work func()) error {
	select {
	case p.queue <- struct{}{}:
	default:
		return errBusy
	}
	defer func() { <-p.queue }()
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.slots }()
	work()
	return nil
}

// hash returns a password's storable form.
func (p *passwords) hash(ctx context.Context, password string) (hash string, err error) {
	mark, input := "", []byte(password)
	if ambiguous(password) {
		mark, input = reduced, p.reduce(password)
	}
	var failed error
	err = p.run(ctx, func() {
		var h []byte
		h, failed = bcrypt.GenerateFromPassword(input, p.cost)
		hash = mark + string(h)
	})
	if err == nil {
		err = failed
	}
	return hash, err
}

// check reports whether the password made the hash, and whether the hash should be replaced by a new one. An empty
// hash matches nothing, and takes as long.
func (p *passwords) check(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	err = p.run(ctx, func() { ok, stale = p.compare(hash, password) })
	return ok, stale, err
}

func (p *passwords) compare(hash, password string) (ok, stale bool) {
	if salt, key, found := betterAuthHash(hash); found {
		return scryptMatches(salt, key, password), true
	}
	if bare, marked := strings.CutPrefix(hash, reduced); marked {
		return bcrypt.CompareHashAndPassword([]byte(bare), p.reduce(password)) == nil, p.weaker(bare)
	}
	if hash == "" {
		bcrypt.CompareHashAndPassword([]byte(p.dummy), []byte(password))
		return false, false
	}
	// An imported hash may stand for the first 72 bytes of a longer password; it is replaced at this sign-in.
	matches := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil
	return matches && strings.IndexByte(password, 0) < 0, p.weaker(hash) || ambiguous(password)
}

func (p *passwords) weaker(hash string) bool {
	cost, err := bcrypt.Cost([]byte(hash))
	return err != nil || cost < p.cost
}

func (p *passwords) reduce(password string) []byte {
	mac := hmac.New(sha512.New384, p.key)
	mac.Write([]byte(password))
	return []byte(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// betterAuthHash splits the format of Better Auth: "salt:key", both hex, where the text of the salt is the salt.
func betterAuthHash(hash string) (salt string, key []byte, ok bool) {
	salt, text, found := strings.Cut(hash, ":")
	if !found || len(salt) != 32 {
		return "", nil, false
	}
	key, err := hex.DecodeString(text)
	return salt, key, err == nil && len(key) == 64
}

func scryptMatches(salt string, key []byte, password string) bool {
	made, err := scrypt.Key(norm.NFKC.Bytes([]byte(password)), []byte(salt), 16384, 16, 1, 64)
	return err == nil && subtle.ConstantTimeCompare(made, key) == 1
}

// checkPasswordOf applies the rules for a new password of a person.
func (s *Service) checkPasswordOf(u User, password string) error {
	return s.checkNewPassword(password, u.Email, u.Name, u.DisplayName, u.Username, s.host)
}

// checkNewPassword applies the rules for a password that is being set. context holds words that make a bad password
// here: the address, the name, the product.
func (s *Service) checkNewPassword(password string, context ...string) error {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return fault.Field("password", "INVALID_PASSWORD", "The password is not valid text.")
	case n < MinPassword:
		return fault.Field("password", "PASSWORD_TOO_SHORT", "Password too short: use at least 8 characters.")
	case n > MaxPassword:
		return fault.Field("password", "PASSWORD_TOO_LONG", "Password too long: use at most 128 characters.")
	}
	folded := strings.ToLower(password)
	if s.common(folded) || guessable(folded, context) {
		return fault.Field("password", "PASSWORD_TOO_COMMON", "This password is easy to guess. Please choose another.")
	}
	return nil
}

// guessable reports whether the password is a context word with no more than digits and signs around it.
func guessable(password string, context []string) bool {
	core := strings.TrimFunc(password, func(r rune) bool { return r < 'a' || r > 'z' })
	if core == "" {
		return false
	}
	for _, words := range append(context, "pegasus") {
		words = strings.ToLower(words)
		local, _, _ := strings.Cut(words, "@")
		for _, word := range append(strings.FieldsFunc(words, func(r rune) bool { return r == ' ' || r == '.' }), words, local) {
			if len(word) >= 4 && (core == word || password == word) {
				return true
			}
		}
	}
	return false
}
