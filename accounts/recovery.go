package accounts

import (
	"context"
	"errors"
	"time"

	"pegasus/fault"
)

// How long what a mail carries is good.
const (
	ResetLife       = time.Hour
	VerifyLife      = 24 * time.Hour
	ChangeEmailLife = time.Hour
	MagicLinkLife   = 5 * time.Minute
	DeleteLife      = time.Hour
	// FreshFor is how long after proving who they are people may change what guards the account.
	FreshFor = 24 * time.Hour
)

// handedOver is the data of a reset ticket that an admin hands over: using it proves no address.
const handedOver = `{"handed_over":true}`

// RequestPasswordReset mails a link to whom the address belongs to. It answers the same after the same work where there
// is nobody. The link is the API's /api/auth/reset-password/{token}, which goes on to redirect with ?token= added.
// An address gets three in an hour.
func (s *Service) RequestPasswordReset(ctx context.Context, email, redirect string) error {
	email, err := CleanEmail(email)
	if err != nil {
		return err
	}
	if allowed, err := s.mayMail(ctx, LetterReset, email); err != nil || !allowed {
		return err
	}
	u, err := s.addressee(ctx, email)
	if err != nil {
		return err
	}
	// Tries at the addresses of nobody are recorded too: a row more or less would show in the time.
	s.record(ctx, Event{Action: ActionResetRequested, UserID: u.ID})
	if u.ID == "" || u.Deactivated {
		return s.mailNobody(ctx)
	}
	t := Ticket{Purpose: PurposeReset, UserID: u.ID, Email: u.Email}
	return s.mailLink(ctx, t, ResetLife, Letter{Kind: LetterReset, To: u.Email, Name: u.Shown()}, func(secret string) string {
		return s.resetLink(secret, redirect)
	})
}

func (s *Service) resetLink(secret, redirect string) string {
	if redirect == "" {
		redirect = "/reset-password"
	}
	return s.link("/api/auth/reset-password/"+secret, "callbackURL", redirect)
}

// ResetLink makes a reset link for an admin to hand over, where there is no mail.
func (s *Service) ResetLink(ctx context.Context, admin User, userID string) (string, error) {
	u, err := s.target(ctx, admin, RightSetPassword, userID)
	if err != nil {
		return "", err
	}
	if u.ID == admin.ID {
		return "", errOwnPassword
	}
	secret, err := s.issue(ctx, Ticket{Purpose: PurposeReset, UserID: u.ID, Email: u.Email, Data: handedOver}, ResetLife)
	if err != nil {
		return "", err
	}
	s.record(ctx, Event{Action: ActionResetRequested, ActorID: admin.ID, UserID: u.ID})
	return s.resetLink(secret, ""), nil
}

// CheckReset reports, as an error, that a reset token is not good. It uses nothing up.
func (s *Service) CheckReset(ctx context.Context, token string) error {
	_, _, err := s.ticketUser(ctx, PurposeReset, token)
	return err
}

// ticketUser returns the ticket of a mailed secret and its person, as long as they have the address that it went to.
func (s *Service) ticketUser(ctx context.Context, p Purpose, secret string) (Ticket, User, error) {
	t, err := s.peek(ctx, p, secret)
	if err != nil {
		return Ticket{}, User{}, err
	}
	u, err := s.store.User(ctx, t.UserID)
	if err != nil {
		return Ticket{}, User{}, orErrLink(err)
	}
	if u.Email != t.Email || u.Deactivated || u.Bot {
		return Ticket{}, User{}, errLink
	}
	return t, u, nil
}

// ResetPassword sets a new password by a token that was mailed, once, and ends all sessions. It signs nobody in, and the
// second factor stays. A password that breaks the rules does not use the token up.
func (s *Service) ResetPassword(ctx context.Context, token, password string) error {
	t, u, err := s.ticketUser(ctx, PurposeReset, token)
	if err != nil {
		return err
	}
	if err := s.checkPasswordOf(u, password); err != nil {
		return err
	}
	// Before the token is taken, so that it outlives a server that is too busy.
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	if _, err := s.take(ctx, PurposeReset, token); err != nil {
		return err
	}
	proves := t.Data != handedOver && !u.EmailVerified
	if proves {
		if err := s.dropEarlierWays(ctx, u); err != nil {
			return err
		}
	}
	if err := s.forcePassword(ctx, u.ID, hash); err != nil {
		return err
	}
	if proves {
		if _, err := s.proveEmail(ctx, u); err != nil {
			return err
		}
	}
	s.record(ctx, Event{Action: ActionPasswordReset, ActorID: u.ID, UserID: u.ID})
	s.notice(ctx, u, "Your password was reset.")
	return nil
}

// dropEarlierWays removes what lets into an account whose address nobody had proven until now: it may have been set up by
// somebody else who made the account. The second factor stays, as a reset must not be a way around it.
func (s *Service) dropEarlierWays(ctx context.Context, u User) error {
	release, err := s.holdWays(ctx, u.ID)
	if err != nil {
		return err
	}
	defer release()
	return s.dropOtherWaysIn(ctx, u.ID)
}

// forcePassword stores a hash whatever was there before, and ends what the old password opened.
func (s *Service) forcePassword(ctx context.Context, userID, hash string) error {
	for attempt := 0; ; attempt++ {
		current, err := s.store.PasswordHash(ctx, userID)
		if err != nil {
			return err
		}
		err = s.store.ReplacePasswordHash(ctx, userID, current, hash, s.now())
		if attempt < 3 && errors.Is(err, ErrPasswordChanged) {
			continue // a sign-in at the same moment renewed the hash
		}
		if err != nil {
			return err
		}
		if err := s.endOthers(ctx, userID, ""); err != nil {
			return err
		}
		return s.dropTickets(ctx, userID, openTickets...)
	}
}

// HasPassword reports whether a person can sign in with a password.
func (s *Service) HasPassword(ctx context.Context, userID string) (bool, error) {
	hash, err := s.store.PasswordHash(ctx, userID)
	return hash != "", err
}

var errNotFresh = fault.New(fault.Forbidden, "SESSION_NOT_FRESH", "Please confirm your password first.")

// Fresh reports, as an error with code SESSION_NOT_FRESH, that it is too long since a session's person proved who they
// are. The session of an admin who acts as somebody never is (NOT_WHILE_IMPERSONATING).
func (s *Service) Fresh(session Session) error {
	if session.ImpersonatedBy != "" {
		return errNotYours
	}
	if s.now().Sub(session.ProvenAt) >= FreshFor {
		return errNotFresh
	}
	return nil
}
