package accounts

import (
	"context"
	"strings"
	"time"

	"pegasus/fault"
)

var (
	errCredentials = fault.New(fault.Unauthenticated, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")
	errUnverified  = fault.New(fault.Forbidden, "EMAIL_NOT_VERIFIED", "Please verify your e-mail address first. We have sent you a link.")
)

// Authenticate returns the person whom an address and a password belong to. Every failure is the same error after the
// same work, whether the address is known or not.
//
// Wrong passwords are counted by the address and the client that sends them: 10 in 15 minutes, then it is a Limited
// error. So somebody elsewhere locks no owner out. Only who knows the password learns that the person is banned
// (ErrBanned), or has to prove their address first (EMAIL_NOT_VERIFIED), for which a new mail goes out.
func (s *Service) Authenticate(ctx context.Context, email, password string) (User, error) {
	if len(password) > 4*MaxPassword {
		return User{}, errCredentials
	}
	takeBack, err := s.guess(ctx, Event{Action: ActionSignInBlocked}, "sign-in", strings.ToLower(strings.TrimSpace(email)), deviceFrom(ctx).Network)
	if err != nil {
		return User{}, err
	}
	u, hash, err := s.credentials(ctx, email)
	if err != nil {
		takeBack()
		return User{}, err
	}
	ok, stale, err := s.passwords.check(ctx, hash, password)
	if err != nil {
		takeBack() // it was not checked, so nothing was learnt
		return User{}, err
	}
	if !ok || u.Deactivated {
		return User{}, s.signInFailed(ctx, u)
	}
	takeBack()
	if err := u.MayEnter(s.now()); err != nil {
		return User{}, err
	}
	if stale {
		if next, err := s.passwords.hash(ctx, password); err == nil {
			// A failure leaves the old hash, which is as good and is replaced next time.
			_ = s.store.ReplacePasswordHash(ctx, u.ID, hash, next, s.now())
		}
	}
	if s.requireVerification && !u.EmailVerified {
		return User{}, s.unverified(ctx, u)
	}
	return u, nil
}

// Of failed sign-ins to addresses that nobody has, so many of one client are recorded within so long: anyone can make them up.
const (
	strangersLimit  = 20
	strangersWindow = time.Hour
)

// signInFailed records a failed sign-in. Whether the person is known or not it is two writes, so that time tells nobody. What was
// typed is kept nowhere.
func (s *Service) signInFailed(ctx context.Context, u User) error {
	client := deviceFrom(ctx).Network
	few, err := s.within(ctx, strangersLimit, strangersWindow, "sign-in failed", client)
	if err != nil {
		return err
	}
	if u.ID != "" || few {
		s.record(ctx, Event{Action: ActionSignInFailed, UserID: u.ID})
	} else if _, err = s.within(ctx, strangersLimit, strangersWindow, "sign-in not recorded", client); err != nil {
		return err
	}
	return errCredentials
}

func (s *Service) unverified(ctx context.Context, u User) error {
	allowed, err := s.mayMailUnverified(ctx, u)
	if err == nil && allowed {
		err = s.mailVerification(ctx, u, "")
	}
	if err != nil {
		return err
	}
	return errUnverified
}

// mayMailUnverified reports, once in five minutes, that a person who has to prove their address may get a mail about it.
func (s *Service) mayMailUnverified(ctx context.Context, u User) (bool, error) {
	return s.within(ctx, 1, 5*time.Minute, "unverified", u.ID)
}

// credentials returns the person and the hash for an address, and nothing without an error where there is none.
func (s *Service) credentials(ctx context.Context, email string) (User, string, error) {
	u, err := s.addressee(ctx, email)
	if err != nil || u.ID == "" {
		return User{}, "", err
	}
	hash, err := s.store.PasswordHash(ctx, u.ID)
	return u, hash, err
}

// addressee returns the person whom an address belongs to, and nobody without an error where there is none.
func (s *Service) addressee(ctx context.Context, email string) (User, error) {
	email, err := CleanEmail(email)
	if err != nil {
		return User{}, nil
	}
	u, err := s.store.UserByEmail(ctx, email)
	if fault.Is(err, fault.NotFound) {
		return User{}, nil
	}
	return u, err
}
