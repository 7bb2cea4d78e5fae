package betterauth

import (
	"net/http"

	"pegasus/accounts"
	"pegasus/fault"
)

// EnableRequest is the body that begins to set up a second factor.
type EnableRequest struct {
	Password string `json:"password,omitempty" doc:"Left out only by who has none, in a fresh session"`
	Issuer   string `json:"issuer,omitempty" doc:"What the app shows; left out: the name of the workspace"`
	Method   string `json:"method,omitempty" enum:"totp"`
}

// EnableResponse is what an authenticator app needs, and the backup codes.
type EnableResponse struct {
	Method      string   `json:"method" enum:"totp"`
	TOTPURI     string   `json:"totpURI"`
	BackupCodes []string `json:"backupCodes" nullable:"false"`
}

// EnableTwoFactor begins to set up a second factor. It is off until a code was verified.
func (d *Door) EnableTwoFactor(_ http.ResponseWriter, r *http.Request, in EnableRequest) (EnableResponse, error) {
	if in.Method != "" && in.Method != "totp" {
		return EnableResponse{}, fault.New(fault.Invalid, "OTP_NOT_CONFIGURED", "OTP is not available")
	}
	c := me(r)
	setup, err := d.Accounts.StartTwoFactor(r.Context(), c.User, c.Session, in.Password, in.Issuer)
	return EnableResponse{Method: "totp", TOTPURI: setup.URI, BackupCodes: setup.BackupCodes}, err
}

// TOTPURIResponse is what an authenticator app needs.
type TOTPURIResponse struct {
	TOTPURI string `json:"totpURI"`
}

// GetTOTPURI answers what an authenticator app needs, while a second factor is set up.
func (d *Door) GetTOTPURI(_ http.ResponseWriter, r *http.Request, in PasswordRequest) (TOTPURIResponse, error) {
	uri, err := d.Accounts.TOTPURI(r.Context(), me(r).User, in.Password)
	return TOTPURIResponse{TOTPURI: uri}, err
}

// DisableRequest is the body that turns a second factor off.
type DisableRequest struct {
	Password string `json:"password,omitempty" doc:"Left out only by who has none"`
	Code     string `json:"code,omitempty" doc:"Needed where this session was not opened with the second factor within the last day"`
}

// DisableTwoFactor turns the second factor off.
func (d *Door) DisableTwoFactor(w http.ResponseWriter, r *http.Request, in DisableRequest) (Status, error) {
	c := me(r)
	if _, err := d.Accounts.DisableTwoFactor(r.Context(), c.User, c.Session, in.Password, in.Code); err != nil {
		return Status{}, err
	}
	_, err := d.Sessions.Renew(w, r)
	return Status{Status: true}, err
}

// BackupCodesRequest is the body of a request for new backup codes.
type BackupCodesRequest struct {
	Password string `json:"password,omitempty" doc:"Left out only by who has none"`
	Code     string `json:"code,omitempty"`
}

// BackupCodesResponse is the answer to it.
type BackupCodesResponse struct {
	Status      bool     `json:"status"`
	BackupCodes []string `json:"backupCodes" nullable:"false"`
}

// NewBackupCodes replaces the backup codes.
func (d *Door) NewBackupCodes(_ http.ResponseWriter, r *http.Request, in BackupCodesRequest) (BackupCodesResponse, error) {
	c := me(r)
	codes, err := d.Accounts.NewBackupCodes(r.Context(), c.User, c.Session, in.Password, in.Code)
	return BackupCodesResponse{Status: true, BackupCodes: codes}, err
}

// CodeRequest is the body that proves a second factor.
type CodeRequest struct {
	Code        string `json:"code"`
	TrustDevice bool   `json:"trustDevice,omitempty" doc:"Ask this browser for no second factor for 30 days"`
}

// TokenAndUser is who is signed in by which token.
type TokenAndUser struct {
	Token string `json:"token"`
	User  User   `json:"user"`
}

// VerifyTOTP takes a code of the app: to finish a sign-in, or, signed in, to turn the factor on or to prove it again.
func (d *Door) VerifyTOTP(w http.ResponseWriter, r *http.Request, in CodeRequest) (TokenAndUser, error) {
	c := me(r)
	if !c.HasSession() || c.User.TwoFactorEnabled {
		return d.verify(w, r, accounts.FactorTOTP, in)
	}
	u, _, err := d.Accounts.ConfirmTwoFactor(r.Context(), c.User, c.Session, in.Code, false)
	if err != nil {
		return TokenAndUser{}, err
	}
	renewed, err := d.Sessions.Renew(w, r)
	return TokenAndUser{Token: renewed.Token, User: NewUser(u)}, err
}

// VerifyBackupCode takes a backup code, once.
func (d *Door) VerifyBackupCode(w http.ResponseWriter, r *http.Request, in CodeRequest) (TokenAndUser, error) {
	return d.verify(w, r, accounts.FactorBackup, in)
}

// VerifyOTP takes a code that was mailed.
func (d *Door) VerifyOTP(w http.ResponseWriter, r *http.Request, in CodeRequest) (TokenAndUser, error) {
	return d.verify(w, r, accounts.FactorEmail, in)
}

func (d *Door) verify(w http.ResponseWriter, r *http.Request, f accounts.Factor, in CodeRequest) (TokenAndUser, error) {
	if c := me(r); c.HasSession() {
		return TokenAndUser{Token: c.Token, User: NewUser(c.User)}, d.Sessions.ProveSecondFactor(r, f, in.Code)
	}
	current, _, err := d.Sessions.Answer(w, r, f, in.Code, in.TrustDevice)
	return TokenAndUser{Token: current.Token, User: NewUser(current.User)}, err
}

// SendOTP mails a code for the sign-in that waits for one.
func (d *Door) SendOTP(_ http.ResponseWriter, r *http.Request, _ None) (Status, error) {
	return Status{Status: true}, d.Sessions.SendCode(r)
}
