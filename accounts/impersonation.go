package accounts

import (
	"context"
	"time"

	"pegasus/fault"
)

// ImpersonationLife is how long an admin acts as somebody.
const ImpersonationLife = time.Hour

// Impersonate records that an admin acts as somebody for an hour, on the device of the context. The session is never
// fresh, so that what guards the account stays its owner's. The rights are those of MayImpersonate.
func (s *Service) Impersonate(ctx context.Context, admin User, userID, tokenHash string) (Session, User, error) {
	u, err := s.MayImpersonate(ctx, admin, userID)
	if err != nil {
		return Session{}, User{}, err
	}
	now := s.now()
	session := newSession(ctx, u.ID, tokenHash, now)
	session.Way, session.ImpersonatedBy, session.ExpiresAt = WayImpersonation, admin.ID, now.Add(ImpersonationLife)
	if err := s.store.CreateSession(ctx, session); err != nil {
		return Session{}, User{}, err
	}
	s.record(ctx, Event{Action: ActionImpersonated, ActorID: admin.ID, UserID: u.ID})
	return session, u, nil
}

// EndImpersonation ends a session in which an admin acts as somebody. One that has ended already is no error.
func (s *Service) EndImpersonation(ctx context.Context, session Session) error {
	if err := s.end(ctx, session.UserID, session.ID); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	s.record(ctx, Event{Action: ActionImpersonationOver, ActorID: session.ImpersonatedBy, UserID: session.UserID})
	return nil
}

// mayStillImpersonate returns errNoSession where an admin has lost, since, the right to act as others.
func (s *Service) mayStillImpersonate(ctx context.Context, adminID string) error {
	admin, err := s.store.User(ctx, adminID)
	if fault.Is(err, fault.NotFound) || err == nil && (admin.MayEnter(s.now()) != nil || !admin.Has(RightImpersonate)) {
		return errNoSession
	}
	return err
}
