package accounts

import (
	"context"
	"strings"
	"time"

	"pegasus/fault"
	"pegasus/id"
)

// How long a device stays signed in.
const (
	SessionLife      = 7 * 24 * time.Hour
	BriefSessionLife = 24 * time.Hour      // where the person asked not to be remembered
	SessionMaxLife   = 30 * 24 * time.Hour // however often it was extended
	extendAfter      = 24 * time.Hour
)

// Device is what is kept about where a session was opened.
type Device struct {
	Address   string
	UserAgent string
}

// OpenSession records that a person signed in on a device. tokenHash is the hex SHA-256 of the cookie's token.
func (s *Service) OpenSession(ctx context.Context, u User, tokenHash string, d Device, remember bool) (Session, User, error) {
	if err := s.welcome(ctx, u.ID); err != nil {
		return Session{}, User{}, err
	}
	now := s.now()
	life := SessionLife
	if !remember {
		life = BriefSessionLife
	}
	d.UserAgent = strings.ToValidUTF8(d.UserAgent[:min(len(d.UserAgent), 512)], "")
	session := Session{
		ID: id.New(now), UserID: u.ID, TokenHash: tokenHash, Address: d.Address, UserAgent: d.UserAgent,
		Remember: remember, CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(life),
	}
	if err := s.store.CreateSession(ctx, session); err != nil {
		return Session{}, User{}, err
	}
	change := UserChange{LastLogin: &now}
	if u.Status == StatusOffline {
		online := StatusOnline
		change.Status = &online
	}
	u, err := s.store.UpdateUser(ctx, u.ID, change, now)
	return session, u, err
}

var errNoSession = fault.New(fault.Unauthenticated, "UNAUTHORIZED", "Please sign in.")

// SessionUser returns the live session of a token and its person. extended reports that the session got a new end,
// which happens at most once a day.
func (s *Service) SessionUser(ctx context.Context, tokenHash string) (session Session, u User, extended bool, err error) {
	session, u, err = s.store.SessionUser(ctx, tokenHash)
	if fault.Is(err, fault.NotFound) {
		return Session{}, User{}, false, errNoSession
	}
	if err != nil {
		return Session{}, User{}, false, err
	}
	now := s.now()
	end := session.CreatedAt.Add(SessionMaxLife)
	if !now.Before(session.ExpiresAt) || !now.Before(end) || u.Deactivated {
		return Session{}, User{}, false, errNoSession
	}
	if session.Remember && now.Sub(session.UpdatedAt) >= extendAfter {
		expires := now.Add(SessionLife)
		if expires.After(end) {
			expires = end
		}
		err := s.store.ExtendSession(ctx, session.ID, now, expires)
		if fault.Is(err, fault.NotFound) {
			return Session{}, User{}, false, errNoSession
		}
		if err != nil {
			return Session{}, User{}, false, err // the session may well be good: nobody is signed out by an outage
		}
		session.UpdatedAt, session.ExpiresAt, extended = now, expires, true
	}
	return session, u, extended, nil
}

// SignOut ends a session and its streams, and shows the person as offline.
func (s *Service) SignOut(ctx context.Context, session Session) error {
	if err := s.EndSession(ctx, session.UserID, session.ID); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	offline := StatusOffline
	u, err := s.store.UpdateUser(ctx, session.UserID, UserChange{Status: &offline}, s.now())
	if err == nil {
		s.changed(u)
	}
	return err
}

// EndSession ends one of a person's sessions. When it returns, no request and no stream of that session goes on.
func (s *Service) EndSession(ctx context.Context, userID, sessionID string) error {
	if err := s.store.DeleteSession(ctx, userID, sessionID); err != nil {
		return err
	}
	s.endStreams(ctx, userID, sessionID, "")
	return nil
}

// EndSessions ends all of a person's sessions but the one excepted ("" for none), with their streams.
func (s *Service) EndSessions(ctx context.Context, userID, except string) error {
	if _, err := s.store.DeleteSessions(ctx, userID, except); err != nil {
		return err
	}
	s.endStreams(ctx, userID, "", except)
	return nil
}

// Sessions lists a person's signed-in devices, newest first.
func (s *Service) Sessions(ctx context.Context, userID string) ([]Session, error) {
	return s.store.ListSessions(ctx, userID, s.now())
}

// Tidy removes sessions that are past their end. It returns when ctx does.
func (s *Service) Tidy(ctx context.Context, every time.Duration, failed func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := s.store.DeleteExpiredSessions(ctx, s.now()); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}
