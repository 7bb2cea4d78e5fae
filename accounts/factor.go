package accounts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
)

// checkFactor checks a code of an app or a backup code, and uses it up.
func (s *Service) checkFactor(ctx context.Context, u User, f Factor, code string) error {
	record, err := s.store.TwoFactor(ctx, u.ID)
	if errors.Is(err, ErrNoTwoFactor) || err == nil && !record.Confirmed {
		return errTOTPOff
	}
	if err != nil {
		return err
	}
	if f != FactorBackup {
		step, err := s.matchTOTP(record, code)
		if err == nil {
			err = s.store.UseStep(ctx, u.ID, step)
		}
		if errors.Is(err, ErrCodeUsed) {
			return errCode
		}
		if err == nil && bytes.HasPrefix(record.Secret, plain) {
			s.reseal(ctx, record)
		}
		return err
	}
	left, err := s.useBackupCode(ctx, record, code)
	if errors.Is(err, ErrTicketNotFound) || errors.Is(err, ErrNoTwoFactor) {
		return errBackupCode // another request was faster
	}
	if err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionBackupCodeUsed, ActorID: u.ID, UserID: u.ID, Details: map[string]string{"left": strconv.Itoa(left)}})
	what := fmt.Sprintf("A backup code was used to sign in. %d are left.", left)
	if left <= backupFew {
		what += " Please make new ones soon."
	}
	s.notice(ctx, u, what)
	return nil
}

// reseal seals a secret that an older system left in the clear. A failure leaves it as it is, until the next code.
func (s *Service) reseal(ctx context.Context, record TwoFactor) {
	secret, err := s.openSecret(record.UserID, record.Secret)
	var next []byte
	if err == nil {
		next, err = s.sealSecret(record.UserID, secret)
	}
	if err == nil {
		err = s.store.ReplaceSecret(ctx, record.UserID, record.Secret, next)
	}
	if err != nil {
		s.failed(ctx, "seal an imported second factor", err)
	}
}

// matchTOTP returns the time step that a code is of, or errCode.
func (s *Service) matchTOTP(record TwoFactor, code string) (step int64, err error) {
	if len(record.Secret) == 0 {
		return 0, errCode // an older system left none that can be used: a backup code or an admin helps
	}
	secret, err := s.openSecret(record.UserID, record.Secret)
	if err != nil {
		return 0, err
	}
	step, ok, err := totpStep(secret, code, s.now())
	if err == nil && !ok {
		err = errCode
	}
	return step, err
}

// proveFactor asks for a code, or, where there is none, for a session in which one was proven not long ago.
func (s *Service) proveFactor(ctx context.Context, u User, session Session, code string) error {
	if code == "" {
		return s.proven(ctx, session)
	}
	return s.guessFactor(ctx, u, budgetSession, factorOf(code), func() error { return s.checkFactor(ctx, u, factorOf(code), code) })
}

// factorOf tells the two kinds of code apart where either is taken.
func factorOf(code string) Factor {
	if isTOTPCode(code) {
		return FactorTOTP
	}
	return FactorBackup
}
