package accounts

import (
	"context"
	"errors"

	"pegasus/fault"
)

var (
	errPassword    = fault.New(fault.Invalid, "INVALID_PASSWORD", "Invalid password")
	errNoPassword  = fault.New(fault.Invalid, "CREDENTIAL_ACCOUNT_NOT_FOUND", "There is no password on this account.")
	errHasPassword = fault.New(fault.Invalid, "USER_ALREADY_HAS_PASSWORD", "There is a password on this account already.")
)

// ChangePassword replaces a password by someone who knows the current one. With endOthers all other sessions end.
// Trusted devices and open links end in any case.
// Errors: INVALID_PASSWORD (wrong current one), CREDENTIAL_ACCOUNT_NOT_FOUND (there is none), those of a new password.
func (s *Service) ChangePassword(ctx context.Context, u User, session Session, current, next string, endOthers bool) error {
	if session.ImpersonatedBy != "" {
		return errNotYours
	}
	if err := s.checkPasswordOf(u, next); err != nil {
		return err
	}
	before, err := s.provePassword(ctx, u, current)
	if err != nil {
		return err
	}
	hash, err := s.passwords.hash(ctx, next)
	if err != nil {
		return err
	}
	if err := s.store.ReplacePasswordHash(ctx, u.ID, before, hash, s.now()); err != nil {
		return err
	}
	if endOthers {
		if err := s.endOthers(ctx, u.ID, session.ID); err != nil {
			return err
		}
	}
	return s.passwordChanged(ctx, u, "Your password was changed.")
}

// SetPassword gives a first password to a person who has none (else USER_ALREADY_HAS_PASSWORD). The session must be fresh.
func (s *Service) SetPassword(ctx context.Context, u User, session Session, password string) error {
	if err := s.Fresh(session); err != nil {
		return err
	}
	if err := s.checkPasswordOf(u, password); err != nil {
		return err
	}
	if has, err := s.HasPassword(ctx, u.ID); err != nil {
		return err
	} else if has {
		return errHasPassword
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	err = s.store.ReplacePasswordHash(ctx, u.ID, "", hash, s.now())
	if errors.Is(err, ErrPasswordChanged) {
		return errHasPassword
	}
	if err != nil {
		return err
	}
	return s.passwordChanged(ctx, u, "A password was set on your account.")
}

func (s *Service) passwordChanged(ctx context.Context, u User, what string) error {
	if err := s.dropTickets(ctx, u.ID, openTickets...); err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionPasswordChanged, ActorID: u.ID, UserID: u.ID})
	s.notice(ctx, u, what)
	return nil
}

// VerifyPassword reports, as an error, that a password is not a person's: INVALID_PASSWORD, or CREDENTIAL_ACCOUNT_NOT_FOUND
// where there is none. Wrong guesses are counted.
func (s *Service) VerifyPassword(ctx context.Context, u User, password string) error {
	_, err := s.provePassword(ctx, u, password)
	return err
}

// provePassword returns the hash that a password matches. Wrong ones are counted by person, as who has stolen a session must
// not guess on: 10 in 15 minutes, then it is a Limited error.
func (s *Service) provePassword(ctx context.Context, u User, password string) (string, error) {
	hash, err := s.store.PasswordHash(ctx, u.ID)
	if err != nil {
		return "", err
	}
	if hash == "" {
		return "", errNoPassword
	}
	if len(password) > 4*MaxPassword {
		return "", errPassword
	}
	takeBack, err := s.guess(ctx, Event{Action: ActionSignInBlocked, ActorID: u.ID, UserID: u.ID, Details: map[string]string{"at": "confirmation"}}, "password", u.ID)
	if err != nil {
		return "", err
	}
	ok, _, err := s.passwords.check(ctx, hash, password)
	if err != nil {
		takeBack()
		return "", err
	}
	if !ok {
		s.record(ctx, Event{Action: ActionSignInFailed, ActorID: u.ID, UserID: u.ID, Details: map[string]string{"at": "confirmation"}})
		return "", errPassword
	}
	takeBack()
	return hash, nil
}

// Reauthenticate makes a session fresh again by the password.
func (s *Service) Reauthenticate(ctx context.Context, u User, session Session, password string) error {
	if session.ImpersonatedBy != "" {
		return errNotYours
	}
	if err := s.VerifyPassword(ctx, u, password); err != nil {
		return err
	}
	now := s.now()
	return s.store.UpdateSession(ctx, session.ID, SessionChange{ProvenAt: &now}, now)
}
