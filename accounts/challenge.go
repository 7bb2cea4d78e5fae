package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"pegasus/fault"
)

// Limits on guessing a second factor.
const (
	ChallengeLife  = 10 * time.Minute
	ChallengeTries = 5
	TrustedLife    = 30 * 24 * time.Hour
	EmailCodeLife  = 5 * time.Minute
)

var (
	errChallenge = fault.New(fault.Unauthenticated, "INVALID_TWO_FACTOR_COOKIE", "This sign-in has ended. Please sign in again.")
	errTries     = fault.New(fault.Invalid, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE", "Too many wrong codes. Please sign in again.")
)

// Challenge is a sign-in that waits for its second factor.
type Challenge struct {
	User     User
	Way      Way
	Remember bool
	ReturnTo string
	Created  bool     // the account was made by this sign-in
	Methods  []string // "totp", "otp" where mail goes out; backup codes always work
}

// challengeData is what a challenge's ticket keeps.
type challengeData struct {
	Way      Way    `json:"way"`
	Remember bool   `json:"remember"`
	ReturnTo string `json:"returnTo,omitempty"`
	Created  bool   `json:"created,omitempty"`
}

// StartChallenge opens a challenge for a person who has proven a first factor and may enter, and returns the token of
// its cookie.
func (s *Service) StartChallenge(ctx context.Context, c Challenge) (token string, err error) {
	if err := c.User.MayEnter(s.now()); err != nil {
		return "", err
	}
	data, err := json.Marshal(challengeData{Way: c.Way, Remember: c.Remember, ReturnTo: c.ReturnTo, Created: c.Created})
	if err != nil {
		return "", err
	}
	now := s.now()
	token = NewSecret()
	return token, s.store.CreateTicket(ctx, Ticket{
		Purpose: PurposeChallenge, Hash: HashSecret(token), UserID: c.User.ID, Data: string(data), CreatedAt: now, ExpiresAt: now.Add(ChallengeLife),
	})
}

// Challenge returns a challenge that is open (INVALID_TWO_FACTOR_COOKIE).
func (s *Service) Challenge(ctx context.Context, token string) (Challenge, error) {
	ticket, err := s.openChallenge(ctx, token)
	if err != nil {
		return Challenge{}, err
	}
	return s.challengeOf(ctx, ticket)
}

// openChallenge returns the ticket of a challenge that has tries left. It counts none.
func (s *Service) openChallenge(ctx context.Context, token string) (Ticket, error) {
	ticket, err := s.store.Ticket(ctx, PurposeChallenge, HashSecret(token), s.now())
	switch {
	case fault.Is(err, fault.NotFound):
		return Ticket{}, errChallenge
	case err == nil && ticket.Tries >= ChallengeTries:
		return Ticket{}, errTries
	}
	return ticket, err
}

// challengeOf returns the challenge of a ticket, with its person as they are now: they may have been kept out, or have
// turned the second factor off, since the first.
func (s *Service) challengeOf(ctx context.Context, ticket Ticket) (Challenge, error) {
	var data challengeData
	if err := json.Unmarshal([]byte(ticket.Data), &data); err != nil {
		return Challenge{}, err
	}
	u, err := s.store.User(ctx, ticket.UserID)
	if fault.Is(err, fault.NotFound) || err == nil && !u.TwoFactorEnabled {
		return Challenge{}, errChallenge
	}
	if err == nil {
		err = u.MayEnter(s.now())
	}
	if err != nil {
		return Challenge{}, err
	}
	return Challenge{User: u, Way: data.Way, Remember: data.Remember, ReturnTo: data.ReturnTo, Created: data.Created, Methods: s.Methods()}, nil
}

// Methods returns the ways to answer a challenge beside backup codes, by the names of the protocol.
func (s *Service) Methods() []string {
	if s.mailer.Delivers() {
		return []string{string(FactorTOTP), string(FactorEmail)}
	}
	return []string{string(FactorTOTP)}
}

// Factor is how a challenge is answered.
type Factor string

// The factors.
const (
	FactorTOTP   Factor = "totp"
	FactorBackup Factor = "backup-code"
	FactorEmail  Factor = "otp"
)

// AnswerChallenge checks a code. The challenge ends with the first right one and with the fifth wrong one
// (TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE). Wrong ones are counted by account as well (ACCOUNT_TEMPORARILY_LOCKED, Limited):
// those from devices that the account was never signed in on have a budget of their own, so that who has only the
// password locks out nobody but others like them. device is the token of the known-device cookie, "" for none.
// Errors: INVALID_CODE, INVALID_BACKUP_CODE, OTP_HAS_EXPIRED, INVALID_TWO_FACTOR_COOKIE.
func (s *Service) AnswerChallenge(ctx context.Context, challenge string, f Factor, code, device string) (Challenge, error) {
	hash := HashSecret(challenge)
	// Counted before it is looked at: of any number of guesses at once five are looked at.
	ticket, err := s.store.TryTicket(ctx, PurposeChallenge, hash, ChallengeTries, s.now())
	if fault.Is(err, fault.NotFound) {
		if _, err = s.openChallenge(ctx, challenge); err == nil {
			err = errTries
		}
	}
	if err != nil {
		return Challenge{}, err
	}
	c, err := s.challengeOf(ctx, ticket)
	if err != nil {
		return Challenge{}, err
	}
	budget, err := s.deviceBudget(ctx, c.User, device)
	if err != nil {
		return Challenge{}, err
	}
	err = s.guessFactor(ctx, c.User, budget, f, func() error {
		if f == FactorEmail {
			return s.checkEmailCode(ctx, hash, code)
		}
		return s.checkFactor(ctx, c.User, f, code)
	})
	if err != nil {
		return Challenge{}, err
	}
	if _, err := s.store.TakeTicket(ctx, PurposeChallenge, hash, s.now()); errors.Is(err, ErrTicketNotFound) {
		return Challenge{}, errChallenge // another right answer was faster
	} else if err != nil {
		return Challenge{}, err
	}
	return c, nil
}

// ProveSecondFactor checks a code of somebody who is signed in, with the same limits, and makes the session fresh.
func (s *Service) ProveSecondFactor(ctx context.Context, u User, session Session, f Factor, code, device string) error {
	switch {
	case session.ImpersonatedBy != "":
		return errNotYours
	case !u.TwoFactorEnabled:
		return errTwoFactorOff
	case f == FactorEmail:
		return errEmailCodeOff // codes are mailed for challenges alone
	}
	budget, err := s.deviceBudget(ctx, u, device)
	if err != nil {
		return err
	}
	if err := s.guessFactor(ctx, u, budget, f, func() error { return s.checkFactor(ctx, u, f, code) }); err != nil {
		return err
	}
	now := s.now()
	if err := s.store.UpdateSession(ctx, session.ID, SessionChange{ProvenAt: &now}, now); err != nil {
		return err
	}
	return s.markProven(ctx, session)
}

// provenHash names the ticket that says that a second factor was proven in a session.
func provenHash(sessionID string) string { return HashSecret("proven " + sessionID) }

// markProven notes that a second factor was proven in a session.
func (s *Service) markProven(ctx context.Context, session Session) error {
	now, hash := s.now(), provenHash(session.ID)
	if _, err := s.store.TakeTicket(ctx, PurposeProven, hash, now); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	// One that a request beside this one made says the same.
	err := s.store.CreateTicket(ctx, Ticket{Purpose: PurposeProven, Hash: hash, UserID: session.UserID, CreatedAt: now, ExpiresAt: now.Add(FreshFor)})
	if errors.Is(err, ErrTicketExists) {
		return nil
	}
	return err
}

// proven returns errCode where no second factor was proven in a session within FreshFor.
func (s *Service) proven(ctx context.Context, session Session) error {
	_, err := s.store.Ticket(ctx, PurposeProven, provenHash(session.ID), s.now())
	if fault.Is(err, fault.NotFound) {
		return errCode
	}
	return err
}
