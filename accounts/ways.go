package accounts

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"sync"

	"pegasus/fault"
)

// wayLocks hold the ways into one account still while one of them is added or removed, so that the last two are not
// removed at once. People share locks by chance, which costs them nothing but a moment.
type wayLocks [64]sync.Mutex

var waySeed = maphash.MakeSeed()

// lock locks a person's ways in and returns what unlocks them.
func (l *wayLocks) lock(userID string) (unlock func()) {
	mu := &l[maphash.String(waySeed, userID)%uint64(len(l))]
	mu.Lock()
	return mu.Unlock
}

// changeWays locks the ways into the account of a signed-in person whose session is fresh. The session is looked up once
// more: it may have ended, together with everything that guarded the account, while this waited.
func (s *Service) changeWays(ctx context.Context, u User, session Session) (unlock func(), err error) {
	if session.UserID != u.ID {
		return nil, errNoSession
	}
	if err := s.Fresh(session); err != nil {
		return nil, err
	}
	if unlock, err = s.holdWays(ctx, u.ID); err != nil {
		return nil, err
	}
	if _, err := s.store.Session(ctx, session.ID); err != nil {
		unlock()
		if fault.Is(err, fault.NotFound) {
			err = errNoSession
		}
		return nil, err
	}
	return unlock, nil
}

// LinkProvider links an identity to a signed-in person whose session is fresh. Somebody else's is
// account_already_linked_to_different_user (Conflict). Its address may be another, and unproven: the person has shown
// that both accounts are theirs.
func (s *Service) LinkProvider(ctx context.Context, u User, session Session, who Identity) error {
	if who.Subject == "" {
		return errNoSubject
	}
	unlock, err := s.changeWays(ctx, u, session)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = s.linkTo(ctx, u, who)
	if !errors.Is(err, ErrProviderTaken) {
		return err
	}
	link, err := s.store.ProviderAccount(ctx, who.Provider, who.Subject)
	switch {
	case err != nil:
		return err
	case link.UserID != u.ID:
		return errLinkedToOther
	}
	return s.store.UpdateProviderAccount(ctx, link.ID, who.Email, who.Scopes, s.now())
}

// UnlinkProvider removes a link. match picks it: by record id, or by provider and, where it is not "", subject. The
// last way in cannot be removed (FAILED_TO_UNLINK_LAST_ACCOUNT): a password and a passkey are ways in too. The provider
// "credential" stands for the password.
func (s *Service) UnlinkProvider(ctx context.Context, u User, session Session, match func(ProviderAccount) bool) error {
	unlock, err := s.changeWays(ctx, u, session)
	if err != nil {
		return err
	}
	defer unlock()
	links, passkeys, err := s.waysIn(ctx, u.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(links, match)
	if i < 0 {
		return ErrNoProvider
	}
	if len(links)+len(passkeys) < 2 {
		return errLastWay
	}
	link := links[i]
	if link.Provider == ProviderCredential {
		return s.removePassword(ctx, u)
	}
	if err := s.store.DeleteProviderAccount(ctx, u.ID, link.ID); err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionProviderUnlinked, ActorID: u.ID, UserID: u.ID, Details: map[string]string{"provider": link.Provider}})
	s.notice(ctx, u, "An account at "+providerName(link.Provider)+" is no longer linked to yours.")
	if link.Provider == providerGoogle && u.GoogleID == link.Subject {
		none := ""
		_, err = s.store.UpdateUser(ctx, u.ID, UserChange{GoogleID: &none, OAuthProvider: &none}, s.now())
	}
	return err
}

func (s *Service) removePassword(ctx context.Context, u User) error {
	hash, err := s.store.PasswordHash(ctx, u.ID)
	if err == nil {
		err = s.store.ReplacePasswordHash(ctx, u.ID, hash, "", s.now())
	}
	if err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionProviderUnlinked, ActorID: u.ID, UserID: u.ID, Details: map[string]string{"provider": ProviderCredential}})
	s.notice(ctx, u, "Your password was removed.")
	return nil
}

// waysIn returns everything that signs a person in. A password is among the links.
func (s *Service) waysIn(ctx context.Context, userID string) ([]ProviderAccount, []Passkey, error) {
	links, err := s.store.ProviderAccounts(ctx, userID)
	if err != nil {
		return nil, nil, err
	}
	hash, err := s.store.PasswordHash(ctx, userID)
	if err != nil {
		return nil, nil, err
	}
	if hash != "" {
		links = append(links, ProviderAccount{ID: userID, UserID: userID, Provider: ProviderCredential, Subject: userID})
	}
	passkeys, err := s.store.Passkeys(ctx, userID)
	return links, passkeys, err
}

// ProviderAccounts lists a person's links, oldest first. A password is not among them.
func (s *Service) ProviderAccounts(ctx context.Context, userID string) ([]ProviderAccount, error) {
	return s.store.ProviderAccounts(ctx, userID)
}
