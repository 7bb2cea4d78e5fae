package accounts

import (
	"cmp"
	"context"
	"encoding/base32"
	"errors"
	"strings"

	"pegasus/fault"
)

const (
	product   = "Pegasus"
	maxIssuer = 64
)

// Failures of a second factor, by the codes of Better Auth.
var (
	errTwoFactorOff = fault.New(fault.Invalid, "TWO_FACTOR_NOT_ENABLED", "There is no second factor on this account.")
	errTOTPOff      = fault.New(fault.Invalid, "TOTP_NOT_ENABLED", "No authenticator app is being set up.")
	errCode         = fault.New(fault.Unauthenticated, "INVALID_CODE", "This code is not right. Codes change every 30 seconds and work once.")
	errBackupCode   = fault.New(fault.Unauthenticated, "INVALID_BACKUP_CODE", "This backup code is not right, or was used already.")
	errNotYours     = fault.New(fault.Forbidden, "NOT_WHILE_IMPERSONATING", "Only the owner of an account may change what guards it.")
)

// Setup is what an authenticator app needs, shown while a second factor is set up and never again.
type Setup struct {
	Secret      string // base32 without padding
	URI         string // otpauth://totp/…
	QR          []byte // the same as a PNG of 220 by 220 pixels
	BackupCodes []string
}

// StartTwoFactor begins to set up a second factor: it is off until a code was proven. The person proves themselves by the
// password (INVALID_PASSWORD), or, having none, by a fresh session. TWO_FACTOR_ALREADY_ENABLED where one is on.
// issuer is what the app shows, "" for the workspace's name.
func (s *Service) StartTwoFactor(ctx context.Context, u User, session Session, password, issuer string) (Setup, error) {
	if session.ImpersonatedBy != "" {
		return Setup{}, errNotYours
	}
	if u.TwoFactorEnabled {
		return Setup{}, ErrTwoFactorOn
	}
	issuer, err := cleanText("issuer", noColons(issuer), maxIssuer)
	if err != nil {
		return Setup{}, err
	}
	issuer = cmp.Or(issuer, s.issuer(ctx))
	if err := s.proveOwner(ctx, u, session, password); err != nil {
		return Setup{}, err
	}
	setup, err := newSetup(newTOTPSecret(), issuer, u.Email)
	if err != nil {
		return Setup{}, err
	}
	record := TwoFactor{UserID: u.ID, CreatedAt: s.now()}
	if record.Secret, err = s.sealSecret(u.ID, setup.Secret); err != nil {
		return Setup{}, err
	}
	setup.BackupCodes, record.Salt = s.newBackupCodes()
	if record.BackupCodes, err = s.hashBackupCodes(ctx, record.Salt, setup.BackupCodes); err != nil {
		return Setup{}, err
	}
	return setup, s.store.StartTwoFactor(ctx, record)
}

// Workspace returns what the workspace is called.
func (s *Service) Workspace(ctx context.Context) string { return s.workspace(ctx) }

// issuer is what an authenticator app calls the workspace, where nobody says otherwise.
func (s *Service) issuer(ctx context.Context) string {
	return cmp.Or(strings.TrimSpace(noColons(s.workspace(ctx))), product)
}

// noColons is a text that can be the issuer's part of a label, which a colon would end.
func noColons(text string) string { return strings.ReplaceAll(text, ":", " ") }

func newSetup(secret, issuer, email string) (setup Setup, err error) {
	setup = Setup{Secret: secret, URI: totpURI(secret, issuer, email)}
	setup.QR, err = QR(setup.URI)
	return setup, err
}

// SetupFor returns what an app needs for a secret that a form brought back from StartTwoFactor, to be shown once more beside
// a code that was not right. It knows nothing of what is stored: any other text is TOTP_NOT_ENABLED.
func (s *Service) SetupFor(ctx context.Context, u User, secret string) (Setup, error) {
	if raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err != nil || len(raw) != totpSecret {
		return Setup{}, errTOTPOff
	}
	return newSetup(secret, s.issuer(ctx), u.Email)
}

// proveOwner asks for the password, or, of a person who has none, for a fresh session.
func (s *Service) proveOwner(ctx context.Context, u User, session Session, password string) error {
	has, err := s.HasPassword(ctx, u.ID)
	if err != nil {
		return err
	}
	if has {
		return s.VerifyPassword(ctx, u, password)
	}
	return s.Fresh(session)
}

// ConfirmTwoFactor turns a second factor on by a first code (INVALID_CODE, TOTP_NOT_ENABLED where no set-up is running) and
// ends the person's other sessions. With fresh codes new backup codes take the place of those of the start.
func (s *Service) ConfirmTwoFactor(ctx context.Context, u User, session Session, code string, freshCodes bool) (User, []string, error) {
	if session.ImpersonatedBy != "" {
		return User{}, nil, errNotYours
	}
	record, err := s.store.TwoFactor(ctx, u.ID)
	if errors.Is(err, ErrNoTwoFactor) || err == nil && record.Confirmed {
		return User{}, nil, errTOTPOff
	}
	if err != nil {
		return User{}, nil, err
	}
	var step int64
	err = s.guessFactor(ctx, u, budgetSession, FactorTOTP, func() error {
		step, err = s.matchTOTP(record, code)
		return err
	})
	if err != nil {
		return User{}, nil, err
	}
	var codes, hashes []string
	if freshCodes {
		codes, _ = s.newBackupCodes()
		if hashes, err = s.hashBackupCodes(ctx, record.Salt, codes); err != nil {
			return User{}, nil, err
		}
	}
	err = s.store.ConfirmTwoFactor(ctx, u.ID, record.Secret, step, hashes, s.now())
	if errors.Is(err, ErrNoTwoFactor) {
		return User{}, nil, errTOTPOff // another set-up was begun, or confirmed, in the meantime
	}
	if err != nil {
		return User{}, nil, err
	}
	if err := s.markProven(ctx, session); err != nil {
		s.failed(ctx, "note a proven second factor", err) // the codes below are shown once: this must not lose them
	}
	u, err = s.guardChanged(ctx, u, session, ActionTwoFactorOn, "Two-factor authentication was turned on.")
	return u, codes, err
}

// guardChanged follows a change to a second factor: everything that got by without knowing of it ends, and the owner
// is told. It returns the person as they are now.
func (s *Service) guardChanged(ctx context.Context, u User, session Session, a Action, what string) (User, error) {
	if err := s.dropTickets(ctx, u.ID, PurposeTrusted, PurposeChallenge, PurposeEmailCode); err != nil {
		return User{}, err
	}
	if err := s.endOthers(ctx, u.ID, session.ID); err != nil {
		return User{}, err
	}
	s.record(ctx, Event{Action: a, ActorID: u.ID, UserID: u.ID})
	s.notice(ctx, u, what)
	return s.store.User(ctx, u.ID)
}

// TwoFactorState is what a person may know of their second factor.
type TwoFactorState struct {
	Enabled         bool
	InProgress      bool
	BackupCodesLeft int
}

// TwoFactorState returns the state of a person's second factor.
func (s *Service) TwoFactorState(ctx context.Context, userID string) (TwoFactorState, error) {
	record, err := s.store.TwoFactor(ctx, userID)
	if errors.Is(err, ErrNoTwoFactor) {
		return TwoFactorState{}, nil
	}
	if err != nil || !record.Confirmed {
		return TwoFactorState{InProgress: err == nil}, err
	}
	return TwoFactorState{Enabled: true, BackupCodesLeft: len(record.BackupCodes)}, nil
}

// TOTPURI returns the URI of a set-up that is running, by the password. Once the factor is on its secret is shown to
// nobody (TOTP_NOT_ENABLED is the answer where there is none to show).
func (s *Service) TOTPURI(ctx context.Context, u User, password string) (string, error) {
	if err := s.VerifyPassword(ctx, u, password); err != nil {
		return "", err
	}
	record, err := s.store.TwoFactor(ctx, u.ID)
	if errors.Is(err, ErrNoTwoFactor) || err == nil && record.Confirmed {
		return "", errTOTPOff
	}
	if err != nil {
		return "", err
	}
	secret, err := s.openSecret(u.ID, record.Secret)
	return totpURI(secret, s.issuer(ctx), u.Email), err
}

// DisableTwoFactor turns the second factor off and ends the other sessions and trusted devices. It takes the password
// and a code; code may be "" only where the session itself was opened with a second factor within FreshFor, password
// only where there is none.
func (s *Service) DisableTwoFactor(ctx context.Context, u User, session Session, password, code string) (User, error) {
	if session.ImpersonatedBy != "" {
		return User{}, errNotYours
	}
	if !u.TwoFactorEnabled {
		return User{}, errTwoFactorOff
	}
	has, err := s.HasPassword(ctx, u.ID)
	if err == nil && has {
		err = s.VerifyPassword(ctx, u, password)
	}
	if err != nil {
		return User{}, err
	}
	if err := s.proveFactor(ctx, u, session, code); err != nil {
		return User{}, err
	}
	if err := s.store.DeleteTwoFactor(ctx, u.ID, s.now()); err != nil {
		return User{}, err
	}
	return s.guardChanged(ctx, u, session, ActionTwoFactorOff, "Two-factor authentication was turned off.")
}
