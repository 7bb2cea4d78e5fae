package accounts

import (
	"context"
	"errors"
	"slices"

	"pegasus/fault"
	"pegasus/id"
)

// Identity is what a provider says of somebody, read over a connection to it.
type Identity struct {
	Provider      string // "github", "google" or "oidc"
	Subject       string
	Email         string
	EmailVerified bool
	Name          string
	Picture       string // a URL; fetched by nobody without the guarded client
	Scopes        []string
}

// ProviderCredential stands for the password among the provider accounts. Its record has the person's id as ID and
// Subject.
const ProviderCredential = "credential"

const providerGoogle = "google"

var (
	errNoSubject      = fault.New(fault.Invalid, "unable_to_get_user_info", "The provider does not say who you are.")
	errNoAddress      = fault.New(fault.Invalid, "email_not_found", "The provider tells no e-mail address of yours.")
	errUnproven       = fault.New(fault.Invalid, "email_not_verified", "The provider has not verified your e-mail address.")
	errNoProviderJoin = fault.New(fault.Forbidden, "signup_disabled", errSignUpClosed.Message)
	errNotLinked      = fault.New(fault.Conflict, "account_not_linked", "Your account here is linked to another account there. Sign in the way you did before.")
	errLinkedToOther  = fault.New(fault.Conflict, "account_already_linked_to_different_user", "This account is linked to somebody else here.")
	errLastWay        = fault.New(fault.Invalid, "FAILED_TO_UNLINK_LAST_ACCOUNT", "This is your last way to sign in. Set up another one first.")
)

// SignInWithProvider returns whom an identity belongs to: by (provider, subject) alone where it is linked; else, where the
// provider has verified the address, the account of that address if its owner has proven it too, or a new account
// where sign-up is open. An account whose address was never proven is taken over by who proves it now: whatever was
// set up on it is dropped. created reports a new account.
//
// An account that is linked to another identity of the same provider is not linked to a second one this way: addresses
// are given to new people when others leave.
//
// Errors, by the codes of the protocol: account_not_linked (Conflict), signup_disabled (Forbidden), email_not_found and
// email_not_verified (Invalid), BANNED_USER, EMAIL_NOT_VERIFIED, and that of a wrong password for somebody deactivated.
func (s *Service) SignInWithProvider(ctx context.Context, who Identity) (u User, created bool, err error) {
	if who.Subject == "" {
		return User{}, false, errNoSubject
	}
	// Somebody was quicker at the same: what they did is found by looking again.
	for range 5 {
		var made bool
		u, made, err = s.signInWithProvider(ctx, who)
		created = created || made
		if !errors.Is(err, ErrProviderTaken) && !errors.Is(err, ErrEmailTaken) {
			break
		}
	}
	if err != nil {
		return User{}, false, err
	}
	return u, created, nil
}

func (s *Service) signInWithProvider(ctx context.Context, who Identity) (u User, created bool, err error) {
	link, err := s.store.ProviderAccount(ctx, who.Provider, who.Subject)
	if err == nil {
		u, err = s.linked(ctx, link, who)
		return u, false, err
	}
	if !fault.Is(err, fault.NotFound) {
		return User{}, false, err
	}
	email, err := CleanEmail(who.Email)
	if err != nil {
		return User{}, false, errNoAddress
	}
	if !who.EmailVerified {
		return User{}, false, errUnproven
	}
	u, err = s.store.UserByEmail(ctx, email)
	if fault.Is(err, fault.NotFound) {
		if s.signUp != SignUpOpen {
			return User{}, false, errNoProviderJoin
		}
		u, err = s.join(ctx, email, who.Name, Way(who.Provider))
		if refused := fault.From(err); err != nil && refused.Kind == fault.Forbidden {
			err = fault.New(fault.Forbidden, errNoProviderJoin.Code, refused.Message)
		}
		created = err == nil
	}
	if err == nil {
		u, err = s.adopt(ctx, u.ID, email, who)
	}
	return u, created, err
}

// linked returns the person of a link, and keeps what the provider says of it now. Their own address stays.
func (s *Service) linked(ctx context.Context, link ProviderAccount, who Identity) (User, error) {
	u, err := s.store.User(ctx, link.UserID)
	if err == nil {
		err = s.mayEnter(ctx, u)
	}
	if err != nil {
		return User{}, err
	}
	if link.Email != who.Email || !slices.Equal(link.Scopes, who.Scopes) {
		err = s.store.UpdateProviderAccount(ctx, link.ID, who.Email, who.Scopes, s.now())
		if err != nil && !fault.Is(err, fault.NotFound) {
			return User{}, err
		}
	}
	return s.noteGoogle(ctx, u, who)
}

// mayEnter returns an error for a person who is kept out, or has to prove their address first.
func (s *Service) mayEnter(ctx context.Context, u User) error {
	if err := u.MayEnter(s.now()); err != nil {
		return err
	}
	if s.requireVerification && !u.EmailVerified {
		return s.unverified(ctx, u)
	}
	return nil
}

// adopt links the account of an address to an identity whose provider has verified that address.
func (s *Service) adopt(ctx context.Context, userID, email string, who Identity) (User, error) {
	release, err := s.holdWays(ctx, userID)
	if err != nil {
		return User{}, err
	}
	defer release()
	u, err := s.store.User(ctx, userID)
	if err == nil {
		err = u.MayEnter(s.now())
	}
	if err != nil {
		return User{}, err
	}
	if u.Email != email {
		return User{}, errNotLinked // it was changed a moment ago
	}
	if !u.EmailVerified {
		if err := s.dropCredentials(ctx, u); err != nil {
			return User{}, err
		}
		if u, err = s.proveEmail(ctx, u); err != nil {
			return User{}, err
		}
	}
	links, err := s.store.ProviderAccounts(ctx, u.ID)
	if err != nil {
		return User{}, err
	}
	for _, link := range links {
		switch {
		case link.Provider == who.Provider && link.Subject == who.Subject:
			return s.noteGoogle(ctx, u, who) // the same sign-in, in another tab
		case link.Provider == who.Provider:
			return User{}, errNotLinked
		}
	}
	return s.linkTo(ctx, u, who)
}

// dropCredentials ends every way into an account, and forgets its devices, for the person who has proven its address
// before anyone else did: the account may have been made, and got ready, by somebody who waits for its owner to come.
func (s *Service) dropCredentials(ctx context.Context, u User) error {
	// Twice: a session that was open at first may have set up something behind the first round.
	for range 2 {
		if err := s.forcePassword(ctx, u.ID, ""); err != nil {
			return err
		}
		if err := s.dropOtherWaysIn(ctx, u.ID); err != nil {
			return err
		}
		if err := s.store.DeleteTwoFactor(ctx, u.ID, s.now()); err != nil {
			return err
		}
		if err := s.dropTickets(ctx, u.ID, PurposeVerify, PurposeDevice, PurposeFlow, PurposePasskey); err != nil {
			return err
		}
	}
	none := ""
	_, err := s.store.UpdateUser(ctx, u.ID, UserChange{GoogleID: &none, OAuthProvider: &none}, s.now())
	return err
}

// linkTo stores a link and tells its owner.
func (s *Service) linkTo(ctx context.Context, u User, who Identity) (User, error) {
	now := s.now()
	err := s.store.CreateProviderAccount(ctx, ProviderAccount{
		ID: id.New(now), UserID: u.ID, Provider: who.Provider, Subject: who.Subject, Email: who.Email, Scopes: who.Scopes,
		CreatedAt: now, UpdatedAt: now,
	})
	if err != nil {
		return User{}, err
	}
	s.record(ctx, Event{Action: ActionProviderLinked, ActorID: u.ID, UserID: u.ID, Details: map[string]string{"provider": who.Provider}})
	s.notice(ctx, u, "An account at "+providerName(who.Provider)+" was linked to yours. It can sign you in from now on.")
	return s.noteGoogle(ctx, u, who)
}

// noteGoogle keeps Google's subject in the profile, where the chat's wire format shows it.
func (s *Service) noteGoogle(ctx context.Context, u User, who Identity) (User, error) {
	if who.Provider != providerGoogle || u.GoogleID == who.Subject {
		return u, nil
	}
	return s.store.UpdateUser(ctx, u.ID, UserChange{GoogleID: &who.Subject, OAuthProvider: &who.Provider}, s.now())
}

func providerName(provider string) string {
	switch provider {
	case "github":
		return "GitHub"
	case providerGoogle:
		return "Google"
	}
	return "your organization"
}
