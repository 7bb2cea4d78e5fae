package accounts

import (
	"context"
	"time"

	"pegasus/fault"
)

var errLastAdmin = fault.New(fault.Conflict, "LAST_ADMIN", "This is the last admin. Make somebody else an admin first.")

// RequestDeletion deletes an account at once where the password proves its owner, or where there is no password and the
// session is fresh; else it mails a link, and done is false. The last admin cannot go (LAST_ADMIN).
func (s *Service) RequestDeletion(ctx context.Context, u User, session Session, password, callback string) (done bool, err error) {
	if session.ImpersonatedBy != "" {
		return false, errNotYours
	}
	if err := s.notLastAdmin(ctx, u); err != nil {
		return false, err
	}
	has, err := s.HasPassword(ctx, u.ID)
	if err != nil {
		return false, err
	}
	if password != "" || !has && s.Fresh(session) == nil {
		if has || password != "" {
			if err := s.VerifyPassword(ctx, u, password); err != nil {
				return false, err
			}
		}
		err := s.erase(ctx, u.ID, u.ID)
		return err == nil, err
	}
	t := Ticket{Purpose: PurposeDelete, UserID: u.ID, Email: u.Email}
	return false, s.mailLink(ctx, t, DeleteLife, Letter{Kind: LetterDelete, To: u.Email, Name: u.Shown()}, func(secret string) string {
		if callback == "" {
			return s.link("/profile/delete", "token", secret)
		}
		return s.link("/api/auth/delete-user/callback", "token", secret, "callbackURL", callback)
	})
}

// ConfirmDeletion deletes the account of a signed-in person by a token that was mailed to them.
func (s *Service) ConfirmDeletion(ctx context.Context, u User, token string) error {
	_, owner, err := s.ticketUser(ctx, PurposeDelete, token)
	if err != nil {
		return err
	}
	if owner.ID != u.ID {
		return errLink // and it stays good for its owner
	}
	if err := s.notLastAdmin(ctx, owner); err != nil {
		return err
	}
	if _, err := s.take(ctx, PurposeDelete, token); err != nil {
		return err
	}
	return s.erase(ctx, u.ID, u.ID)
}

// erase deletes an account. Each step may be done again: after a crash between two of them, whoever asks once more ends up
// with the same.
func (s *Service) erase(ctx context.Context, actorID, userID string) error {
	release, err := s.holdAdmins(ctx)
	if err != nil {
		return err
	}
	defer release()
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return err
	}
	if err := s.notLastAdmin(ctx, u); err != nil {
		return err
	}
	if err := s.endOthers(ctx, userID, ""); err != nil {
		return err
	}
	if err := s.leave(ctx, userID); err != nil {
		return err
	}
	tombstone := Tombstone{Email: userID + "@deleted.invalid", Username: "deleted-" + userID, Name: "Deleted account"}
	if err := s.store.EraseUser(ctx, userID, tombstone, s.now()); err != nil {
		return err
	}
	s.forgetAvatar(ctx, u)
	s.endStreams(ctx, userID, "", "") // of who came in meanwhile
	s.record(ctx, Event{Action: ActionDeleted, ActorID: actorID, UserID: userID})
	left, err := s.store.User(ctx, userID)
	if err != nil {
		return err
	}
	s.changed(left)
	return nil
}

// notLastAdmin reports, as an error, that without this person nobody would run the workspace. What follows from it is done
// with s.admins held.
func (s *Service) notLastAdmin(ctx context.Context, u User) error {
	if u.Role != RoleAdmin || u.Banned || u.Deactivated {
		return nil
	}
	n, err := s.store.CountAdmins(ctx)
	if err == nil && n <= 1 {
		return errLastAdmin
	}
	return err
}

// Export is everything that is kept of a person, but for messages and secrets.
type Export struct {
	User        User
	Profile     []ProfileValue
	HasPassword bool
	Sessions    []Session
	Accounts    []ProviderAccount
	Passkeys    []Passkey
	Tokens      []Token
	Events      []Event
}

// Export gathers what is kept of a person, for a session that is their own, up to five times in an hour.
func (s *Service) Export(ctx context.Context, u User, session Session) (e Export, err error) {
	if session.ImpersonatedBy != "" {
		return Export{}, errNotYours
	}
	if allowed, err := s.within(ctx, 5, time.Hour, "export", u.ID); err != nil {
		return Export{}, err
	} else if !allowed {
		return Export{}, tooMany(time.Hour)
	}
	e.User = u
	if e.HasPassword, err = s.HasPassword(ctx, u.ID); err != nil {
		return Export{}, err
	}
	if e.Profile, err = s.Profile(ctx, u.ID); err != nil {
		return Export{}, err
	}
	if e.Sessions, err = s.Sessions(ctx, u.ID); err != nil {
		return Export{}, err
	}
	if e.Accounts, err = s.store.ProviderAccounts(ctx, u.ID); err != nil {
		return Export{}, err
	}
	if e.Passkeys, err = s.store.Passkeys(ctx, u.ID); err != nil {
		return Export{}, err
	}
	if e.Tokens, err = s.store.Tokens(ctx, u.ID); err != nil {
		return Export{}, err
	}
	if e.Events, err = s.eventsAbout(ctx, u.ID); err != nil {
		return Export{}, err
	}
	for i := range e.Sessions {
		e.Sessions[i].TokenHash = ""
	}
	for i := range e.Tokens {
		e.Tokens[i].Hash = ""
	}
	s.record(ctx, Event{Action: ActionExported, ActorID: u.ID, UserID: u.ID})
	return e, nil
}

// eventsAbout returns all events about a person. Those that others caused do not say from where.
func (s *Service) eventsAbout(ctx context.Context, userID string) ([]Event, error) {
	var all []Event
	for before := ""; ; {
		page, err := s.store.Events(ctx, EventQuery{UserID: userID, Before: before, Limit: MaxEvents})
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			before = e.ID
			all = append(all, e.shownTo(userID))
		}
		if len(page) < MaxEvents {
			return all, nil
		}
	}
}
