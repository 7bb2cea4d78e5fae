package accounts

import (
	"context"

	"pegasus/fault"
	"pegasus/id"
)

// MaxPasskeys is how many passkeys a person may have.
const MaxPasskeys = 20

var (
	errTooManyPasskeys = fault.New(fault.Conflict, "TOO_MANY_PASSKEYS", "You have 20 passkeys already. Remove one that you do not use.")
	errUnknownPasskey  = fault.New(fault.Unauthenticated, "PASSKEY_NOT_FOUND", "This passkey is not known here.")
)

// AddPasskey registers a passkey of a signed-in person whose session is fresh. Up to 20 a person.
func (s *Service) AddPasskey(ctx context.Context, u User, session Session, p Passkey) (Passkey, error) {
	if p.Name == "" {
		p.Name = "Passkey"
	}
	name, err := cleanText("name", p.Name, MaxName)
	if err != nil {
		return Passkey{}, err
	}
	unlock, err := s.changeWays(ctx, u, session)
	if err != nil {
		return Passkey{}, err
	}
	defer unlock()
	have, err := s.store.Passkeys(ctx, u.ID)
	if err != nil {
		return Passkey{}, err
	}
	if len(have) >= MaxPasskeys {
		return Passkey{}, errTooManyPasskeys
	}
	p.CreatedAt = s.now()
	p.ID, p.UserID, p.Name = id.New(p.CreatedAt), u.ID, name
	if err := s.store.CreatePasskey(ctx, p); err != nil {
		return Passkey{}, err
	}
	s.record(ctx, Event{Action: ActionPasskeyAdded, ActorID: u.ID, UserID: u.ID, Details: map[string]string{"name": p.Name}})
	s.notice(ctx, u, "The passkey “"+p.Name+"” was added to your account. It can sign you in from now on.")
	return p, nil
}

// Passkeys lists a person's passkeys, oldest first.
func (s *Service) Passkeys(ctx context.Context, userID string) ([]Passkey, error) {
	return s.store.Passkeys(ctx, userID)
}

// PasskeyUser returns a passkey by its credential id and the person whom it belongs to, who may enter. An unknown one is
// Unauthenticated with code PASSKEY_NOT_FOUND; else the errors are those of a person who is kept out.
func (s *Service) PasskeyUser(ctx context.Context, credentialID string) (Passkey, User, error) {
	p, err := s.store.PasskeyByCredential(ctx, credentialID)
	if fault.Is(err, fault.NotFound) {
		return Passkey{}, User{}, errUnknownPasskey
	}
	if err != nil {
		return Passkey{}, User{}, err
	}
	u, err := s.store.User(ctx, p.UserID)
	if err == nil {
		err = s.mayEnter(ctx, u)
	}
	if err != nil {
		return Passkey{}, User{}, err
	}
	return p, u, nil
}

// UsedPasskey records a sign-in with a passkey. One that was removed meanwhile signs nobody in: PASSKEY_NOT_FOUND.
func (s *Service) UsedPasskey(ctx context.Context, p Passkey, counter uint32, backedUp bool, data string) error {
	now := s.now()
	_, err := s.store.UpdatePasskey(ctx, p.UserID, p.ID, PasskeyChange{Counter: &counter, BackedUp: &backedUp, Data: &data, LastUsedAt: &now})
	if fault.Is(err, fault.NotFound) {
		return errUnknownPasskey
	}
	return err
}

// RenamePasskey changes a passkey's name, 1 to 80 characters.
func (s *Service) RenamePasskey(ctx context.Context, u User, passkeyID, name string) (Passkey, error) {
	name, err := cleanText("name", name, MaxName)
	if err != nil {
		return Passkey{}, err
	}
	if name == "" {
		return Passkey{}, fault.Field("name", "NAME_REQUIRED", "Please enter a name.")
	}
	return s.store.UpdatePasskey(ctx, u.ID, passkeyID, PasskeyChange{Name: &name})
}

// RemovePasskey ends a passkey; the last way in cannot be removed.
func (s *Service) RemovePasskey(ctx context.Context, u User, session Session, passkeyID string) error {
	unlock, err := s.changeWays(ctx, u, session)
	if err != nil {
		return err
	}
	defer unlock()
	links, passkeys, err := s.waysIn(ctx, u.ID)
	if err != nil {
		return err
	}
	i := 0
	for i < len(passkeys) && passkeys[i].ID != passkeyID {
		i++
	}
	if i == len(passkeys) {
		return ErrPasskeyNotFound
	}
	if len(links)+len(passkeys) < 2 {
		return errLastWay
	}
	if err := s.store.DeletePasskey(ctx, u.ID, passkeyID); err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionPasskeyRemoved, ActorID: u.ID, UserID: u.ID, Details: map[string]string{"name": passkeys[i].Name}})
	s.notice(ctx, u, "The passkey “"+passkeys[i].Name+"” was removed from your account.")
	return nil
}
