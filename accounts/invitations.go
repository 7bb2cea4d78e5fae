package accounts

import (
	"context"
	"strconv"
	"time"

	"pegasus/fault"
	"pegasus/id"
)

// InvitationDraft is what an admin says of an invitation.
type InvitationDraft struct {
	Email   string        // only this address may use it, and it is mailed there; "" for a link that anyone may use
	Role    Role          // "" is RoleUser; never admin
	MaxUses int           // 1 to 1000, 0 is 1; with Email it is 1
	Life    time.Duration // 1 hour to 30 days; 0 is 7 days
}

// Invite makes an invitation and returns its link, which is shown once. Admins only. Where sign-up is closed to everyone
// it is SIGN_UP_DISABLED, and for the address of an account EMAIL_TAKEN.
func (s *Service) Invite(ctx context.Context, admin User, d InvitationDraft) (Invitation, string, error) {
	if err := RequireAdmin(admin); err != nil {
		return Invitation{}, "", err
	}
	if s.signUp != SignUpOpen && s.signUp != SignUpInvite {
		return Invitation{}, "", errSignUpClosed
	}
	d, err := d.clean()
	if err != nil {
		return Invitation{}, "", err
	}
	if d.Email != "" {
		if holder, err := s.addressee(ctx, d.Email); err != nil {
			return Invitation{}, "", err
		} else if holder.ID != "" {
			return Invitation{}, "", ErrEmailTaken
		}
	}
	now, secret := s.now(), NewSecret()
	i := Invitation{
		ID: id.New(now), TokenHash: HashSecret(secret), Email: d.Email, Role: d.Role, CreatedBy: admin.ID, MaxUses: d.MaxUses,
		CreatedAt: now, ExpiresAt: now.Add(d.Life),
	}
	if err := s.store.CreateInvitation(ctx, i); err != nil {
		return Invitation{}, "", err
	}
	s.record(ctx, Event{Action: ActionInvited, ActorID: admin.ID, Details: map[string]string{
		"invitation": i.ID, "email": i.Email, "role": string(i.Role), "uses": strconv.Itoa(i.MaxUses),
	}})
	link := s.link("/signup", "invitation", secret)
	if i.Email != "" {
		s.tell(ctx, Letter{
			Kind: LetterInvitation, To: i.Email, URL: link, Until: lifeText(d.Life), About: map[string]string{"by": admin.Shown()},
		})
	}
	return i, link, nil
}

func (d InvitationDraft) clean() (InvitationDraft, error) {
	if d.Email != "" {
		email, err := CleanEmail(d.Email)
		if err != nil {
			return d, err
		}
		d.Email, d.MaxUses = email, 1
	}
	if d.Role == "" {
		d.Role = RoleUser
	}
	if d.Role != RoleUser && d.Role != RoleModerator {
		return d, fault.Field("role", "INVALID_ROLE", "An invitation is for a user or a moderator.")
	}
	if d.MaxUses == 0 {
		d.MaxUses = 1
	}
	if d.MaxUses < 1 || d.MaxUses > 1000 {
		return d, fault.Field("max_uses", "INVALID_MAX_USES", "An invitation is good for 1 to 1000 people.")
	}
	if d.Life == 0 {
		d.Life = 7 * 24 * time.Hour
	}
	if d.Life < time.Hour || d.Life > 30*24*time.Hour {
		return d, fault.Field("expires_in", "INVALID_LIFE", "An invitation is good for 1 hour to 30 days.")
	}
	return d, nil
}

// Good reports whether an invitation can be used at a time.
func (i Invitation) Good(now time.Time) bool {
	return i.RevokedAt.IsZero() && i.Uses < i.MaxUses && now.Before(i.ExpiresAt)
}

// CheckInvitation returns an invitation that is good, or ErrNoInvitation.
func (s *Service) CheckInvitation(ctx context.Context, token string) (Invitation, error) {
	i, err := s.store.Invitation(ctx, HashSecret(token))
	if err != nil {
		return Invitation{}, err
	}
	if !i.Good(s.now()) {
		return Invitation{}, ErrNoInvitation
	}
	return i, nil
}

var errInvitedOther = fault.Field("email", "INVITATION_FOR_ANOTHER_ADDRESS", "This invitation is for another address.")

// useInvitation uses an invitation up, if there is one, and gives u what it grants.
func (s *Service) useInvitation(ctx context.Context, token string, u *User) (Invitation, error) {
	if token == "" {
		return Invitation{}, nil
	}
	i, err := s.CheckInvitation(ctx, token)
	if err != nil {
		return Invitation{}, err
	}
	if i.Email != "" && i.Email != u.Email {
		return Invitation{}, errInvitedOther
	}
	if i, err = s.store.UseInvitation(ctx, i.TokenHash, s.now()); err != nil {
		return Invitation{}, err
	}
	if i.Role == RoleModerator {
		u.Role = RoleModerator
	}
	// The link was mailed to the one address that may use it, so whoever has it reads that mailbox.
	u.EmailVerified = i.Email != "" && s.mailer.Delivers()
	return i, nil
}

func (s *Service) returnInvitation(ctx context.Context, i Invitation) {
	if i.ID == "" {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.store.ReturnInvitation(ctx, i.ID); err != nil {
		s.failed(ctx, "return the use of an invitation", err)
	}
}

// Invitations lists invitations for admins, newest first.
func (s *Service) Invitations(ctx context.Context, admin User, after string, limit int) ([]Invitation, error) {
	if err := RequireAdmin(admin); err != nil {
		return nil, err
	}
	return s.store.Invitations(ctx, after, limit)
}

// maxOpenInvitations is how many of the newest invitations OpenInvitations looks at.
const maxOpenInvitations = 500

// OpenInvitations returns how many invitations are good now, of the newest 500, for admins.
func (s *Service) OpenInvitations(ctx context.Context, admin User) (n int, err error) {
	newest, err := s.Invitations(ctx, admin, "", maxOpenInvitations)
	now := s.now()
	for _, i := range newest {
		if i.Good(now) {
			n++
		}
	}
	return n, err
}

// RevokeInvitation ends an invitation.
func (s *Service) RevokeInvitation(ctx context.Context, admin User, id string) error {
	if err := RequireAdmin(admin); err != nil {
		return err
	}
	if err := s.store.RevokeInvitation(ctx, id, s.now()); err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionInvitationRevoked, ActorID: admin.ID, Details: map[string]string{"invitation": id}})
	return nil
}
