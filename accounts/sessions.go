package accounts

import (
	"context"
	"strconv"
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
	seenAfter        = 5 * time.Minute
	activeAfter      = 15 * time.Minute // on whatever device
)

// Device is what is kept about where a session was opened.
type Device struct {
	Address   string
	Network   string // what counts as one client: the address, or its network
	UserAgent string
}

// Entrance is how a person comes in.
type Entrance struct {
	Way          Way
	Remember     bool
	SecondFactor bool // a code was proven just now, or a passkey
	NewDevice    bool // the person was not signed in on this device before
}

// OpenSession records that a person who may enter came in on the device of the context. tokenHash is the hex SHA-256 of the
// cookie's token. Of a new device the person is told, unless this is the first time that they come in at all.
func (s *Service) OpenSession(ctx context.Context, u User, tokenHash string, e Entrance) (Session, User, error) {
	now := s.now()
	if err := u.MayEnter(now); err != nil {
		return Session{}, User{}, err
	}
	if err := s.welcome(ctx, u.ID); err != nil {
		return Session{}, User{}, err
	}
	life := SessionLife
	if !e.Remember {
		life = BriefSessionLife
	}
	session := newSession(ctx, u.ID, tokenHash, now)
	session.Way, session.Remember, session.ProvenAt, session.ExpiresAt = e.Way, e.Remember, now, now.Add(life)
	if err := s.store.CreateSession(ctx, session); err != nil {
		return Session{}, User{}, err
	}
	if e.SecondFactor {
		if err := s.markProven(ctx, session); err != nil {
			return Session{}, User{}, err
		}
	}
	change := UserChange{LastLogin: &now, LastActive: &now}
	if u.Status == StatusOffline {
		online := StatusOnline
		change.Status = &online
	}
	newDevice := e.NewDevice && !u.LastLogin.IsZero()
	u, err := s.store.UpdateUser(ctx, u.ID, change, now)
	if err != nil {
		return Session{}, User{}, err
	}
	s.record(ctx, Event{
		Action: ActionSignIn, ActorID: u.ID, UserID: u.ID,
		Details: map[string]string{"way": string(e.Way), "new_device": strconv.FormatBool(newDevice)},
	})
	if newDevice && u.Notify.NewDevice {
		s.tellOfDevice(ctx, u, session)
	}
	return session, u, nil
}

// newSession returns the record of a session on the device of the context, but for how it was opened and its end.
func newSession(ctx context.Context, userID, tokenHash string, now time.Time) Session {
	d := deviceFrom(ctx)
	return Session{
		ID: id.New(now), UserID: userID, TokenHash: tokenHash, Address: d.Address, UserAgent: d.UserAgent,
		CreatedAt: now, UpdatedAt: now, SeenAt: now,
	}
}

// tellOfDevice mails a person that they were signed in on a device that was not known.
func (s *Service) tellOfDevice(ctx context.Context, u User, session Session) {
	s.tell(ctx, Letter{
		Kind: LetterNewDevice, To: u.Email, Name: u.Shown(), URL: s.url + "/profile/sessions",
		About: map[string]string{
			"device": DeviceName(session.UserAgent), "address": session.Address, "time": letterTime(session.CreatedAt),
		},
	})
}

// letterTime returns a time as it stands in a letter.
func letterTime(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 MST") }

// RenewSession puts a session under a new token in place of one whose person has just proven who they are. The old one and
// its streams end. An impersonated session gets no longer by it.
func (s *Service) RenewSession(ctx context.Context, old Session, tokenHash string) (Session, error) {
	now := s.now()
	session := newSession(ctx, old.UserID, tokenHash, now)
	session.Way, session.Remember, session.ImpersonatedBy = old.Way, old.Remember, old.ImpersonatedBy
	switch {
	case old.ImpersonatedBy != "":
		session.CreatedAt, session.ExpiresAt = old.CreatedAt, old.ExpiresAt
	case old.Remember:
		session.ProvenAt, session.ExpiresAt = now, now.Add(SessionLife)
	default:
		session.ProvenAt, session.ExpiresAt = now, now.Add(BriefSessionLife)
	}
	if err := s.store.CreateSession(ctx, session); err != nil {
		return Session{}, err
	}
	if s.proven(ctx, old) == nil {
		if err := s.markProven(ctx, session); err != nil {
			return Session{}, err
		}
	}
	s.moved(ctx, old.UserID, old.ID, session.ID)
	if err := s.end(ctx, old.UserID, old.ID); err != nil && !fault.Is(err, fault.NotFound) {
		return Session{}, err
	}
	return session, nil
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
	if !now.Before(session.ExpiresAt) || !now.Before(end) || u.MayEnter(now) != nil {
		return Session{}, User{}, false, errNoSession
	}
	if session.ImpersonatedBy != "" {
		if err := s.mayStillImpersonate(ctx, session.ImpersonatedBy); err != nil {
			return Session{}, User{}, false, err
		}
	}
	var change SessionChange
	if now.Sub(session.SeenAt) >= seenAfter {
		session.SeenAt, change.SeenAt = now, &now
	}
	if extended = session.Remember && session.ImpersonatedBy == "" && now.Sub(session.UpdatedAt) >= extendAfter; extended {
		expires := now.Add(SessionLife)
		if expires.After(end) {
			expires = end
		}
		session.UpdatedAt, session.ExpiresAt = now, expires
		change.UpdatedAt, change.ExpiresAt = &now, &expires
	}
	if change == (SessionChange{}) {
		return session, u, false, nil
	}
	err = s.store.UpdateSession(ctx, session.ID, change, now)
	if fault.Is(err, fault.NotFound) {
		return Session{}, User{}, false, errNoSession
	}
	if err != nil && extended {
		return Session{}, User{}, false, err // the session may well be good: nobody is signed out by an outage
	}
	if session.ImpersonatedBy == "" && now.Sub(u.LastActive) >= activeAfter {
		if err := s.store.TouchUser(ctx, u.ID, now); err != nil {
			s.failed(ctx, "record who is here", err)
		}
	}
	return session, u, extended, nil // when it was last seen is not worth a failure
}

// Named returns the person whom somebody trusted names, by id or, without one, by address, if they may enter.
func (s *Service) Named(ctx context.Context, userID, email string) (User, error) {
	var u User
	var err error
	if userID != "" {
		u, err = s.store.User(ctx, userID)
	} else if email, err = CleanEmail(email); err == nil {
		u, err = s.store.UserByEmail(ctx, email)
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) || err == nil && u.MayEnter(s.now()) != nil {
		return User{}, errNoSession
	}
	return u, err
}

// SignOut ends a session and its streams, and shows the person as offline, unless it was an admin who acted as them.
func (s *Service) SignOut(ctx context.Context, session Session) error {
	if session.ImpersonatedBy != "" {
		return s.EndImpersonation(ctx, session)
	}
	err := s.end(ctx, session.UserID, session.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err == nil {
		s.record(ctx, Event{Action: ActionSignOut, ActorID: session.UserID, UserID: session.UserID})
	}
	offline := StatusOffline
	u, err := s.store.UpdateUser(ctx, session.UserID, UserChange{Status: &offline}, s.now())
	if err == nil {
		s.changed(u)
	}
	return err
}

// EndSession ends one of a person's sessions, by themselves. When it returns, no request and no stream of that session
// goes on.
func (s *Service) EndSession(ctx context.Context, userID, sessionID string) error {
	if err := s.end(ctx, userID, sessionID); err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionSessionEnded, ActorID: userID, UserID: userID, Details: map[string]string{"session": sessionID}})
	return nil
}

// EndSessions ends all of a person's sessions but the one excepted ("" for none), with their streams, by themselves.
func (s *Service) EndSessions(ctx context.Context, userID, except string) error {
	if err := s.endOthers(ctx, userID, except); err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionSessionEnded, ActorID: userID, UserID: userID, Details: map[string]string{"session": "all", "except": except}})
	return nil
}

// end is EndSession without the audit log.
func (s *Service) end(ctx context.Context, userID, sessionID string) error {
	if err := s.store.DeleteSession(ctx, userID, sessionID); err != nil {
		return err
	}
	s.endStreams(ctx, userID, sessionID, "")
	return nil
}

// endOthers is EndSessions without the audit log.
func (s *Service) endOthers(ctx context.Context, userID, except string) error {
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
