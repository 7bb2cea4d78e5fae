package accounts

import (
	"context"

	"pegasus/fault"
)

// MagicLink is a request to be let in by mail.
type MagicLink struct {
	Email, Name                              string
	Callback, NewUserCallback, ErrorCallback string // local paths or trusted addresses, "" for none
}

// RequestMagicLink mails a link that signs in. It answers the same where there is no such account. Where sign-up is open
// the link makes an account. The link goes to the page /magic-link, which asks before it lets in, or with a callback to
// the API's /api/auth/magic-link/verify. An address gets three in an hour.
func (s *Service) RequestMagicLink(ctx context.Context, m MagicLink) error {
	email, err := CleanEmail(m.Email)
	if err != nil {
		return err
	}
	if m.Name != "" {
		if _, err := cleanName("name", m.Name); err != nil {
			return err
		}
	}
	if allowed, err := s.mayMail(ctx, LetterMagicLink, email); err != nil || !allowed {
		return err
	}
	u, err := s.addressee(ctx, email)
	if err != nil {
		return err
	}
	policy, err := s.Policy(ctx)
	if err != nil {
		return err
	}
	if u.Deactivated || u.ID == "" && (s.signUp != SignUpOpen || !policy.Welcomes(email)) {
		return s.mailNobody(ctx)
	}
	t := Ticket{Purpose: PurposeMagicLink, UserID: u.ID, Email: email, Data: m.Name}
	l := Letter{Kind: LetterMagicLink, To: email}
	if u.ID != "" {
		l.Name = u.Shown()
	}
	return s.mailLink(ctx, t, MagicLinkLife, l, func(secret string) string {
		if m.Callback == "" {
			return s.link("/magic-link", "token", secret)
		}
		return s.link("/api/auth/magic-link/verify", "token", secret, "callbackURL", m.Callback,
			"newUserCallbackURL", m.NewUserCallback, "errorCallbackURL", m.ErrorCallback)
	})
}

// UseMagicLink takes a token that was mailed, once. created reports a new account. Where the account's address had not been
// proven, whatever was set up on it by others is dropped: password, sessions, provider accounts, passkeys, second factor,
// tokens. Errors: INVALID_TOKEN, SIGN_UP_DISABLED, EMAIL_DOMAIN_NOT_ALLOWED, BANNED_USER.
func (s *Service) UseMagicLink(ctx context.Context, token string) (u User, created bool, err error) {
	t, err := s.take(ctx, PurposeMagicLink, token)
	if err != nil {
		return User{}, false, err
	}
	u, err = s.store.UserByEmail(ctx, t.Email)
	switch {
	case fault.Is(err, fault.NotFound) && t.UserID == "":
		u, err = s.join(ctx, t.Email, t.Data, WayMagicLink)
		return u, err == nil, err
	case err != nil:
		return User{}, false, orErrLink(err)
	case u.Deactivated || t.UserID != "" && t.UserID != u.ID:
		return User{}, false, errLink
	}
	if err := u.MayEnter(s.now()); err != nil {
		return User{}, false, err
	}
	u, err = s.takeOver(ctx, u)
	return u, false, err
}

// takeOver gives an account to who has proven its address. Where nobody had before, whoever made the account may be
// somebody else, so that nothing that they set up lets in any more.
func (s *Service) takeOver(ctx context.Context, u User) (User, error) {
	if u.EmailVerified {
		return u, nil
	}
	release, err := s.holdWays(ctx, u.ID)
	if err != nil {
		return User{}, err
	}
	defer release()
	u, err = s.store.User(ctx, u.ID)
	if err != nil || u.EmailVerified {
		return u, err // somebody else has proven it meanwhile, and may have set up a way in since
	}
	if err := s.dropCredentials(ctx, u); err != nil {
		return User{}, err
	}
	return s.proveEmail(ctx, u)
}

// dropOtherWaysIn removes every way in but the password: provider accounts, passkeys and tokens.
func (s *Service) dropOtherWaysIn(ctx context.Context, userID string) error {
	links, err := s.store.ProviderAccounts(ctx, userID)
	if err != nil {
		return err
	}
	for _, a := range links {
		if err := gone(s.store.DeleteProviderAccount(ctx, userID, a.ID)); err != nil {
			return err
		}
	}
	passkeys, err := s.store.Passkeys(ctx, userID)
	if err != nil {
		return err
	}
	for _, p := range passkeys {
		if err := gone(s.store.DeletePasskey(ctx, userID, p.ID)); err != nil {
			return err
		}
	}
	tokens, err := s.store.Tokens(ctx, userID)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if err := gone(s.store.DeleteToken(ctx, userID, t.ID)); err != nil {
			return err
		}
	}
	return nil
}

// gone is the error of a deletion, but for what somebody else has deleted already.
func gone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
