package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"pegasus/fault"
)

// NewSecret returns a secret of 260 bits for a link, a cookie or a token, in characters that stand anywhere.
func NewSecret() string { return rand.Text() + rand.Text() }

// HashSecret returns the form in which a secret is stored.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

var errLink = fault.New(fault.Invalid, "INVALID_TOKEN", "This link is not valid, or was used already. Please ask for a new one.")

// issue stores a ticket under a new secret, which it returns. It takes the place of the person's others of its purpose;
// nobody's stand side by side.
func (s *Service) issue(ctx context.Context, t Ticket, life time.Duration) (string, error) {
	secret := NewSecret()
	t.Hash, t.CreatedAt = HashSecret(secret), s.now()
	t.ExpiresAt = t.CreatedAt.Add(life)
	if t.UserID == "" {
		return secret, s.store.CreateTicket(ctx, t)
	}
	return secret, s.store.ReplaceTickets(ctx, t)
}

// peek returns the ticket of a mailed secret without using it up, or errLink.
func (s *Service) peek(ctx context.Context, p Purpose, secret string) (Ticket, error) {
	t, err := s.store.Ticket(ctx, p, HashSecret(secret), s.now())
	return t, orErrLink(err)
}

// take uses the ticket of a mailed secret up, or returns errLink.
func (s *Service) take(ctx context.Context, p Purpose, secret string) (Ticket, error) {
	t, err := s.store.TakeTicket(ctx, p, HashSecret(secret), s.now())
	return t, orErrLink(err)
}

func orErrLink(err error) error {
	if fault.Is(err, fault.NotFound) {
		return errLink
	}
	return err
}

// openTickets are what was handed out on the strength of what guards an account: a change of it ends them.
var openTickets = []Purpose{
	PurposeReset, PurposeMagicLink, PurposeChangeEmail, PurposeDelete, PurposeChallenge, PurposeEmailCode, PurposeTrusted,
}

func (s *Service) dropTickets(ctx context.Context, userID string, purposes ...Purpose) error {
	for _, p := range purposes {
		if err := s.store.DeleteTickets(ctx, p, userID); err != nil {
			return err
		}
	}
	return nil
}

// counter is the ticket that counts uses of a key. It lies in the store so that a restart forgets nothing.
func (s *Service) counter(window time.Duration, key []string) Ticket {
	now := s.now()
	return Ticket{
		Purpose: PurposeFailures, Hash: HashSecret(strings.Join(key, "\x00")), CreatedAt: now, ExpiresAt: now.Add(window),
	}
}

// within counts a use of a key and reports whether it is one of the first limit of its window.
func (s *Service) within(ctx context.Context, limit int, window time.Duration, key ...string) (bool, error) {
	n, err := s.store.CountTicket(ctx, s.counter(window, key))
	return err == nil && n <= limit, err
}

// How often a password may be guessed wrong, by account and client.
const (
	guessLimit  = 10
	guessWindow = 15 * time.Minute
)

// guess counts a guess before it is checked, so that no number of guesses at once gets past the limit, and returns how to
// take it back. Over the limit it is a Limited error, and the first time blocked is recorded.
func (s *Service) guess(ctx context.Context, blocked Event, key ...string) (takeBack func(), err error) {
	t := s.counter(guessWindow, key)
	n, err := s.store.CountTicket(ctx, t)
	if err != nil {
		return nil, err
	}
	if n == guessLimit+1 {
		s.record(ctx, blocked)
	}
	if n > guessLimit {
		wait := guessWindow
		if counted, err := s.store.Ticket(ctx, t.Purpose, t.Hash, t.CreatedAt); err == nil {
			wait = counted.ExpiresAt.Sub(t.CreatedAt)
		}
		return nil, tooMany(wait)
	}
	return func() {
		ctx := context.WithoutCancel(ctx)
		if err := s.store.ReturnTry(ctx, t.Purpose, t.Hash); err != nil && !fault.Is(err, fault.NotFound) {
			s.failed(ctx, "take back a try", err)
		}
	}, nil
}

func tooMany(wait time.Duration) error {
	return &fault.Error{
		Kind: fault.Limited, Code: "TOO_MANY_REQUESTS", Message: "Too many requests. Please try again later.", RetryAfter: wait,
	}
}
