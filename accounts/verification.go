package accounts

import (
	"context"

	"pegasus/fault"
)

// MustVerify reports whether an address has to be proven before its first sign-in.
func (s *Service) MustVerify() bool { return s.requireVerification }

// SendVerification mails a link that proves an address. It answers the same where there is no such account, or where the
// address is proven already. callback is where the link goes on to, "" for the product's own page. An address gets three
// in an hour.
func (s *Service) SendVerification(ctx context.Context, email, callback string) error {
	email, err := CleanEmail(email)
	if err != nil {
		return err
	}
	if allowed, err := s.mayMail(ctx, LetterVerify, email); err != nil || !allowed {
		return err
	}
	u, err := s.addressee(ctx, email)
	if err != nil {
		return err
	}
	if u.ID == "" || u.Deactivated || u.EmailVerified {
		return s.mailNobody(ctx)
	}
	return s.mailVerification(ctx, u, callback)
}

func (s *Service) mailVerification(ctx context.Context, u User, callback string) error {
	t := Ticket{Purpose: PurposeVerify, UserID: u.ID, Email: u.Email}
	return s.mailLink(ctx, t, VerifyLife, Letter{Kind: LetterVerify, To: u.Email, Name: u.Shown()}, func(secret string) string {
		return s.verifyLink(secret, callback)
	})
}

// verifyLink goes to a page with a button, as mail scanners open links; to the protocol's path only for its clients.
func (s *Service) verifyLink(secret, callback string) string {
	if callback == "" {
		return s.link("/verify-email", "token", secret)
	}
	return s.link("/api/auth/verify-email", "token", secret, "callbackURL", callback)
}

// VerifyEmail proves an address by a token that was mailed, once. Where the token was for a change of address, changed is
// true and the address is the new one from now on. It signs nobody in. A token that is not good, past its end included, is
// INVALID_TOKEN.
func (s *Service) VerifyEmail(ctx context.Context, token string) (u User, changed bool, err error) {
	_, u, err = s.ticketUser(ctx, PurposeVerify, token)
	if fault.Is(err, fault.Invalid) {
		u, err = s.changeEmail(ctx, token)
		return u, err == nil, err
	}
	if err == nil {
		_, err = s.take(ctx, PurposeVerify, token)
	}
	if err != nil {
		return User{}, false, err
	}
	u, err = s.proveEmail(ctx, u)
	return u, false, err
}

// proveEmail records that the address of a person is theirs.
func (s *Service) proveEmail(ctx context.Context, u User) (User, error) {
	if u.EmailVerified {
		return u, nil
	}
	proven := true
	u, err := s.store.UpdateUser(ctx, u.ID, UserChange{EmailVerified: &proven}, s.now())
	if err != nil {
		return User{}, err
	}
	s.record(ctx, Event{Action: ActionEmailVerified, ActorID: u.ID, UserID: u.ID})
	return u, nil
}

var errSameEmail = fault.Field("email", "EMAIL_IS_THE_SAME", "Email is the same")

// RequestEmailChange mails a link to a new address; the account keeps its address until that link is opened. The session
// must be fresh. A taken address answers as a free one does, and mails its owner instead. Where no mail leaves this machine
// and addresses need not be proven, the address changes at once, unproven, and a taken one is a Conflict with code
// EMAIL_TAKEN. EMAIL_IS_THE_SAME where nothing would change.
func (s *Service) RequestEmailChange(ctx context.Context, u User, session Session, email, callback string) error {
	if err := s.Fresh(session); err != nil {
		return err
	}
	email, err := CleanEmail(email)
	if err != nil {
		return err
	}
	if email == u.Email {
		return errSameEmail
	}
	if !s.mailer.Delivers() && !s.requireVerification {
		_, err := s.moveEmail(ctx, u, email, false)
		return err
	}
	holder, err := s.addressee(ctx, email)
	if err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionEmailChange, ActorID: u.ID, UserID: u.ID})
	if holder.ID != "" {
		return s.mailExists(ctx, email)
	}
	if allowed, err := s.mayMail(ctx, LetterChangeEmail, email); err != nil || !allowed {
		return err
	}
	// It is bound to the old address as well: after another change it is good no more.
	t := Ticket{Purpose: PurposeChangeEmail, UserID: u.ID, Email: email, Data: u.Email}
	return s.mailLink(ctx, t, ChangeEmailLife, Letter{Kind: LetterChangeEmail, To: email, Name: u.Shown()}, func(secret string) string {
		return s.verifyLink(secret, callback)
	})
}

// changeEmail completes a change of address by the token that was mailed to the new one.
func (s *Service) changeEmail(ctx context.Context, token string) (User, error) {
	t, err := s.take(ctx, PurposeChangeEmail, token)
	if err != nil {
		return User{}, err
	}
	u, err := s.store.User(ctx, t.UserID)
	if err != nil {
		return User{}, orErrLink(err)
	}
	if u.Email != t.Data || u.Deactivated {
		return User{}, errLink
	}
	return s.moveEmail(ctx, u, t.Email, true)
}

// moveEmail gives a person another address and tells the old one. Links that were mailed there end.
func (s *Service) moveEmail(ctx context.Context, before User, email string, proven bool) (User, error) {
	u, err := s.store.UpdateUser(ctx, before.ID, UserChange{Email: &email, EmailVerified: &proven}, s.now())
	if err != nil {
		return User{}, err
	}
	if err := s.dropTickets(ctx, u.ID, PurposeReset, PurposeMagicLink, PurposeVerify, PurposeChangeEmail, PurposeDelete); err != nil {
		return User{}, err
	}
	s.record(ctx, Event{Action: ActionEmailChanged, ActorID: u.ID, UserID: u.ID})
	s.tell(ctx, Letter{Kind: LetterEmailChanged, To: before.Email, Name: u.Shown(), About: map[string]string{"email": email}})
	s.changed(u)
	return u, nil
}
