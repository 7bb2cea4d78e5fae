package accounts

import (
	"context"

	"pegasus/fault"
)

// What admins do here asks for the right of its name and returns Forbidden with code YOU_ARE_NOT_ALLOWED_TO_… without it.
// A moderator can do nothing to an admin, nor to another moderator.

func (r Role) valid() bool { return r == RoleUser || r == RoleModerator || r == RoleAdmin }

var errRole = fault.Field("role", "INVALID_ROLE", "The role must be user, moderator or admin.")

// CreateUser makes an account for somebody else, whoever may sign up. Without a password they come in by a reset link.
func (s *Service) CreateUser(ctx context.Context, admin User, d Draft, role Role) (User, error) {
	if err := admin.require(RightCreate); err != nil {
		return User{}, err
	}
	if role == "" {
		role = RoleUser
	}
	if !role.valid() {
		return User{}, errRole
	}
	u, err := s.draftUser(d, role)
	if err == nil && d.Password != "" {
		err = s.checkPasswordOf(u, d.Password)
	}
	if err == nil {
		err = s.notLikeBot(ctx, u.Name, u.DisplayName, u.Username)
	}
	if err != nil {
		return User{}, err
	}
	u.Status = StatusOffline
	if u, err = s.create(ctx, u, d.Password, s.store.CreateUser); err != nil {
		return User{}, err
	}
	s.record(ctx, Event{Action: ActionCreated, ActorID: admin.ID, UserID: u.ID, Details: map[string]string{"role": string(role)}})
	if d.Password != "" {
		s.welcomeByMail(ctx, u, d.Callback)
	}
	return u, nil
}

// ChangeUser changes the profile of somebody else.
func (s *Service) ChangeUser(ctx context.Context, admin User, userID string, p ProfileChange) (User, error) {
	if _, err := s.target(ctx, admin, RightUpdate, userID); err != nil {
		return User{}, err
	}
	return s.changeProfile(ctx, admin.ID, userID, p)
}

// SetRole changes a role. The last admin keeps theirs (LAST_ADMIN). It holds from the person's next request on.
func (s *Service) SetRole(ctx context.Context, admin User, userID string, role Role) (User, error) {
	if err := admin.require(RightSetRole); err != nil {
		return User{}, err
	}
	if !role.valid() {
		return User{}, errRole
	}
	release, err := s.holdAdmins(ctx)
	if err != nil {
		return User{}, err
	}
	defer release()
	before, err := s.target(ctx, admin, RightSetRole, userID)
	if err == nil && role != RoleAdmin {
		err = s.notLastAdmin(ctx, before)
	}
	if err != nil {
		return User{}, err
	}
	u, err := s.store.UpdateUser(ctx, userID, UserChange{Role: &role}, s.now())
	if err != nil {
		return User{}, err
	}
	s.record(ctx, Event{Action: ActionRoleChanged, ActorID: admin.ID, UserID: userID, Details: map[string]string{
		"from": string(before.Role), "to": string(role),
	}})
	s.changed(u)
	return u, nil
}

// MaxBanReason is the length of a ban's reason, in characters.
const MaxBanReason = 200

// BanUser keeps a person out and ends their sessions and streams before it returns. Nobody bans themselves
// (YOU_CANNOT_BAN_YOURSELF).
func (s *Service) BanUser(ctx context.Context, admin User, userID string, b Ban) (User, error) {
	if err := admin.require(RightBan); err != nil {
		return User{}, err
	}
	if userID == admin.ID {
		return User{}, fault.New(fault.Invalid, "YOU_CANNOT_BAN_YOURSELF", "You cannot ban yourself")
	}
	reason, err := cleanText("ban_reason", b.Reason, MaxBanReason)
	if err != nil {
		return User{}, err
	}
	if !b.Expires.IsZero() && !b.Expires.After(s.now()) {
		return User{}, fault.Field("ban_expires", "INVALID_BAN_EXPIRES", "A ban must end in the future.")
	}
	u, err := s.ban(ctx, admin, userID, Ban{Banned: true, Reason: reason, Expires: b.Expires})
	if err != nil {
		return User{}, err
	}
	// After the ban: from then on nobody comes in anew.
	if err := s.endOthers(ctx, userID, ""); err != nil {
		return User{}, err
	}
	if err := s.dropTickets(ctx, userID, openTickets...); err != nil {
		return User{}, err
	}
	s.record(ctx, Event{Action: ActionBanned, ActorID: admin.ID, UserID: userID, Details: map[string]string{"reason": reason}})
	return u, nil
}

func (s *Service) ban(ctx context.Context, admin User, userID string, b Ban) (User, error) {
	release, err := s.holdAdmins(ctx)
	if err != nil {
		return User{}, err
	}
	defer release()
	u, err := s.target(ctx, admin, RightBan, userID)
	if err == nil {
		err = s.notLastAdmin(ctx, u)
	}
	if err != nil {
		return User{}, err
	}
	return s.store.UpdateUser(ctx, userID, UserChange{Ban: &b}, s.now())
}

// UnbanUser lets a person in again.
func (s *Service) UnbanUser(ctx context.Context, admin User, userID string) (User, error) {
	if _, err := s.target(ctx, admin, RightBan, userID); err != nil {
		return User{}, err
	}
	u, err := s.store.UpdateUser(ctx, userID, UserChange{Ban: &Ban{}}, s.now())
	if err == nil {
		s.record(ctx, Event{Action: ActionUnbanned, ActorID: admin.ID, UserID: userID})
	}
	return u, err
}

var errOwnPassword = fault.New(fault.Invalid, "CHANGE_YOUR_OWN_PASSWORD", "Change your own password in your profile.")

// SetUserPassword sets somebody's password and ends their sessions. It is not for one's own (CHANGE_YOUR_OWN_PASSWORD):
// that takes the current one.
func (s *Service) SetUserPassword(ctx context.Context, admin User, userID, password string) error {
	u, err := s.target(ctx, admin, RightSetPassword, userID)
	if err != nil {
		return err
	}
	if u.ID == admin.ID {
		return errOwnPassword
	}
	if err := s.checkPasswordOf(u, password); err != nil {
		return err
	}
	hash, err := s.passwords.hash(ctx, password)
	if err == nil {
		err = s.forcePassword(ctx, userID, hash)
	}
	if err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionPasswordChanged, ActorID: admin.ID, UserID: userID})
	s.notice(ctx, u, "An admin has set a new password for your account.")
	return nil
}

// ResetTwoFactor turns off the second factor of somebody who has lost it, and ends their sessions. Whoever asks for it must
// be known to be the owner by other means than their password: with this, the password alone lets in. It is not for one's
// own (YOU_CANNOT_RESET_YOUR_OWN): that takes a code.
func (s *Service) ResetTwoFactor(ctx context.Context, admin User, userID string) error {
	u, err := s.target(ctx, admin, RightSetPassword, userID)
	if err != nil {
		return err
	}
	if u.ID == admin.ID {
		return fault.New(fault.Invalid, "YOU_CANNOT_RESET_YOUR_OWN", "Turn your own second factor off in your profile.")
	}
	if err := s.store.DeleteTwoFactor(ctx, userID, s.now()); err != nil {
		return err
	}
	if err := s.dropTickets(ctx, userID, PurposeTrusted, PurposeChallenge, PurposeEmailCode); err != nil {
		return err
	}
	if err := s.endOthers(ctx, userID, ""); err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionTwoFactorOff, ActorID: admin.ID, UserID: userID})
	s.notice(ctx, u, "An admin has turned off two-factor authentication for your account.")
	return nil
}

// RemoveUser deletes somebody's account (YOU_CANNOT_REMOVE_YOURSELF).
func (s *Service) RemoveUser(ctx context.Context, admin User, userID string) error {
	if _, err := s.target(ctx, admin, RightDelete, userID); err != nil {
		return err
	}
	if userID == admin.ID {
		return fault.New(fault.Invalid, "YOU_CANNOT_REMOVE_YOURSELF", "You cannot remove yourself")
	}
	return s.erase(ctx, admin.ID, userID)
}

// UserSessions lists somebody's sessions.
func (s *Service) UserSessions(ctx context.Context, admin User, userID string) ([]Session, error) {
	if _, err := s.target(ctx, admin, RightListSessions, userID); err != nil {
		return nil, err
	}
	return s.Sessions(ctx, userID)
}

// EndUserSession ends one session, whoever's it is.
func (s *Service) EndUserSession(ctx context.Context, admin User, sessionID string) error {
	if err := admin.require(RightRevokeSessions); err != nil {
		return err
	}
	session, err := s.store.Session(ctx, sessionID)
	if err != nil {
		return err
	}
	if _, err := s.target(ctx, admin, RightRevokeSessions, session.UserID); err != nil {
		return err
	}
	if err := s.end(ctx, session.UserID, sessionID); err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionSessionEnded, ActorID: admin.ID, UserID: session.UserID, Details: map[string]string{"session": sessionID}})
	return nil
}

// EndUserSessions ends all of somebody's sessions.
func (s *Service) EndUserSessions(ctx context.Context, admin User, userID string) error {
	if _, err := s.target(ctx, admin, RightRevokeSessions, userID); err != nil {
		return err
	}
	if err := s.endOthers(ctx, userID, ""); err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionSessionEnded, ActorID: admin.ID, UserID: userID, Details: map[string]string{"session": "all"}})
	return nil
}

// MayImpersonate returns the person whom an admin is about to act as. Admins cannot be acted as
// (YOU_CANNOT_IMPERSONATE_ADMINS), nor can who is kept out.
func (s *Service) MayImpersonate(ctx context.Context, admin User, userID string) (User, error) {
	u, err := s.target(ctx, admin, RightImpersonate, userID)
	if err != nil {
		return User{}, err
	}
	if u.IsAdmin() {
		return User{}, fault.New(fault.Forbidden, "YOU_CANNOT_IMPERSONATE_ADMINS", "You cannot impersonate admins")
	}
	if u.MayEnter(s.now()) != nil {
		return User{}, fault.New(fault.Forbidden, "YOU_CANNOT_IMPERSONATE_BANNED_USERS", "This person is kept out of the workspace.")
	}
	return u, nil
}
