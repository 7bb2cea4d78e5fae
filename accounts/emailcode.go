package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"pegasus/fault"
)

// Codes by mail: so many for one challenge, and for one account within an hour.
const (
	mailsPerChallenge = 3
	mailsPerAccount   = 12
)

var (
	errEmailCodeOff  = fault.New(fault.Invalid, "OTP_NOT_ENABLED", "Codes by mail are not available.")
	errEmailCodeOver = fault.New(fault.Invalid, "OTP_HAS_EXPIRED", "This code has expired. Please ask for a new one.")
)

// emailCode is what the ticket of a mailed code keeps. The ticket lasts as long as its challenge, so that a new code always
// finds the old one to replace.
type emailCode struct {
	MAC   string    `json:"mac"`
	Until time.Time `json:"until"`
}

// SendCode mails a code for a challenge, in place of the one before. Errors: INVALID_TWO_FACTOR_COOKIE,
// TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE, OTP_NOT_ENABLED where no mail goes out, TOO_MANY_REQUESTS after the third.
func (s *Service) SendCode(ctx context.Context, challenge string) error {
	ticket, err := s.openChallenge(ctx, challenge)
	if err != nil {
		return err
	}
	c, err := s.challengeOf(ctx, ticket)
	if err != nil {
		return err
	}
	if !s.mailer.Delivers() {
		return errEmailCodeOff
	}
	if err := s.countMail(ctx, ticket); err != nil {
		return err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		return err
	}
	code := fmt.Sprintf("%08d", n)
	err = s.keepEmailCode(ctx, ticket, code)
	if errors.Is(err, ErrTicketExists) {
		return nil // a request beside this one mails a code
	}
	if err != nil {
		return err
	}
	return s.mailer.Send(ctx, Letter{Kind: LetterCode, To: c.User.Email, Name: c.User.Shown(), Code: code, Until: "5 minutes"})
}

// countMail counts a mail for a challenge and for its account.
func (s *Service) countMail(ctx context.Context, challenge Ticket) error {
	for _, bound := range []struct {
		limit  int
		window time.Duration
		of     string
	}{{mailsPerChallenge, ChallengeLife, challenge.Hash}, {mailsPerAccount, time.Hour, challenge.UserID}} {
		allowed, err := s.within(ctx, bound.limit, bound.window, "code by mail", bound.of)
		if err != nil {
			return err
		}
		if !allowed {
			return tooMany(bound.window)
		}
	}
	return nil
}

func (s *Service) emailCodeMAC(challengeHash, code string) string {
	return hex.EncodeToString(s.keyed("code by mail", challengeHash, code))
}

// keepEmailCode stores a code for a challenge in place of the one before.
func (s *Service) keepEmailCode(ctx context.Context, challenge Ticket, code string) error {
	now := s.now()
	data, err := json.Marshal(emailCode{MAC: s.emailCodeMAC(challenge.Hash, code), Until: now.Add(EmailCodeLife)})
	if err != nil {
		return err
	}
	if _, err := s.store.TakeTicket(ctx, PurposeEmailCode, challenge.Hash, now); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return s.store.CreateTicket(ctx, Ticket{
		Purpose: PurposeEmailCode, Hash: challenge.Hash, UserID: challenge.UserID, Data: string(data), CreatedAt: now, ExpiresAt: challenge.ExpiresAt,
	})
}

// checkEmailCode checks the code that was mailed for a challenge, and uses it up.
func (s *Service) checkEmailCode(ctx context.Context, challengeHash, code string) error {
	ticket, err := s.store.Ticket(ctx, PurposeEmailCode, challengeHash, s.now())
	if fault.Is(err, fault.NotFound) {
		return errEmailCodeOver
	}
	if err != nil {
		return err
	}
	var kept emailCode
	if err := json.Unmarshal([]byte(ticket.Data), &kept); err != nil {
		return err
	}
	if !s.now().Before(kept.Until) {
		return errEmailCodeOver
	}
	given := s.emailCodeMAC(challengeHash, strings.ReplaceAll(code, " ", ""))
	if !hmac.Equal([]byte(given), []byte(kept.MAC)) {
		return errCode
	}
	_, err = s.store.TakeTicket(ctx, PurposeEmailCode, challengeHash, s.now())
	if errors.Is(err, ErrTicketNotFound) {
		return errCode // another request was faster
	}
	return err
}
