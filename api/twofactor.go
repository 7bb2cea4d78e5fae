package api

import (
	"context"
	"encoding/base64"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
)

type passwordRequest struct {
	Body struct {
		Password string `json:"password" doc:"One's password; empty where one has none and has just signed in"`
	}
}

type codeRequest struct {
	Body struct {
		Code string `json:"code" doc:"Six digits from the authenticator app"`
	}
}

type twoFactorSetup struct {
	Message      string   `json:"message"`
	QRCode       string   `json:"qr_code" doc:"A PNG as a data URL"`
	Secret       string   `json:"secret" example:"ABCD EFGH IJKL MNOP" doc:"In groups of four, to be typed by hand"`
	Instructions []string `json:"instructions" nullable:"false"`
}

// by returns who calls a route and by which session.
func by(ctx context.Context) (accounts.User, accounts.Session) {
	current, _ := sessions.From(ctx)
	return current.User, current.Session
}

// codeError gives failures of a second factor the status of these paths: a wrong password is 401, a wrong code 400.
func codeError(err error) error {
	f := fault.From(err)
	if f == nil {
		return nil
	}
	kind := f.Kind
	switch f.Code {
	case "INVALID_PASSWORD":
		kind = fault.Unauthenticated
	case "INVALID_CODE", "TWO_FACTOR_ALREADY_ENABLED", "TWO_FACTOR_NOT_ENABLED", "TOTP_NOT_ENABLED":
		kind = fault.Invalid
	}
	return &fault.Error{Kind: kind, Code: f.Code, Message: f.Message, Field: f.Field, RetryAfter: f.RetryAfter, Err: f.Err}
}

func (d *door) setUpTwoFactor(ctx context.Context, in *passwordRequest) (*reply[twoFactorSetup], error) {
	u, session := by(ctx)
	setup, err := d.Accounts.StartTwoFactor(ctx, u, session, in.Body.Password, "")
	if err != nil {
		return nil, codeError(err)
	}
	return ok(twoFactorSetup{
		Message: "Scan the QR code with your authenticator app, then confirm with a code.",
		QRCode:  "data:image/png;base64," + base64.StdEncoding.EncodeToString(setup.QR),
		Secret:  accounts.GroupSecret(setup.Secret),
		Instructions: []string{
			"Open your authenticator app and add an account.",
			"Scan the QR code, or type the secret.",
			"Enter the six digits that the app shows.",
		},
	})
}

type backupCodes struct {
	Message     string   `json:"message"`
	BackupCodes []string `json:"backup_codes" nullable:"false" doc:"Each works once, instead of a code of the app"`
	Warning     string   `json:"warning"`
}

const keepCodes = "Keep these codes in a safe place. Each works once, and they are not shown again."

func (d *door) verifyTwoFactorSetup(ctx context.Context, in *codeRequest) (*reply[backupCodes], error) {
	u, session := by(ctx)
	_, codes, err := d.Accounts.ConfirmTwoFactor(ctx, u, session, in.Body.Code, true)
	if err != nil {
		return nil, codeError(err)
	}
	return ok(backupCodes{Message: "Two-factor authentication is on.", BackupCodes: codes, Warning: keepCodes})
}

type disableTwoFactorRequest struct {
	Body struct {
		Password string `json:"password" doc:"One's password; empty where one has none"`
		Code     string `json:"code" doc:"Six digits from the authenticator app, or a backup code"`
	}
}

func (d *door) disableTwoFactor(ctx context.Context, in *disableTwoFactorRequest) (*reply[notice], error) {
	if in.Body.Code == "" {
		return nil, fault.Field("code", "INVALID_CODE", "Please enter a code of your authenticator app.")
	}
	u, session := by(ctx)
	if _, err := d.Accounts.DisableTwoFactor(ctx, u, session, in.Body.Password, in.Body.Code); err != nil {
		return nil, codeError(err)
	}
	return ok(notice{Message: "Two-factor authentication is off."})
}

type twoFactorStatus struct {
	Enabled    bool `json:"two_factor_enabled"`
	InProgress bool `json:"setup_in_progress"`
}

func (d *door) twoFactorStatus(ctx context.Context, _ *none) (*reply[twoFactorStatus], error) {
	state, err := d.Accounts.TwoFactorState(ctx, me(ctx).ID)
	return &reply[twoFactorStatus]{Body: twoFactorStatus{Enabled: state.Enabled, InProgress: state.InProgress}}, err
}

func (d *door) regenerateBackupCodes(ctx context.Context, in *codeRequest) (*reply[backupCodes], error) {
	u, session := by(ctx)
	codes, err := d.Accounts.NewBackupCodes(ctx, u, session, "", in.Body.Code)
	if err != nil {
		return nil, codeError(err)
	}
	return ok(backupCodes{Message: "New backup codes are made. The old ones no longer work.", BackupCodes: codes, Warning: keepCodes})
}
