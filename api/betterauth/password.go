package betterauth

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/web"
)

// ChangePasswordRequest is the body of a change of one's password.
type ChangePasswordRequest struct {
	CurrentPassword     string `json:"currentPassword"`
	NewPassword         string `json:"newPassword" doc:"8 to 128 characters"`
	RevokeOtherSessions bool   `json:"revokeOtherSessions,omitempty" doc:"End all other sessions, and give this one a new token"`
}

// ChangePasswordResponse is the answer to it.
type ChangePasswordResponse struct {
	Token   *string `json:"token" doc:"The new one; null where no session was ended"`
	User    User    `json:"user"`
	Success bool    `json:"success"`
	Message string  `json:"message"`
}

// ChangePassword replaces one's password.
func (d *Door) ChangePassword(w http.ResponseWriter, r *http.Request, in ChangePasswordRequest) (ChangePasswordResponse, error) {
	c := me(r)
	out := ChangePasswordResponse{User: NewUser(c.User), Success: true, Message: "Password changed successfully"}
	err := d.Accounts.ChangePassword(r.Context(), c.User, c.Session, in.CurrentPassword, in.NewPassword, in.RevokeOtherSessions)
	if err != nil || !in.RevokeOtherSessions {
		return out, err
	}
	renewed, err := d.Sessions.Renew(w, r)
	out.Token, out.User = &renewed.Token, NewUser(renewed.User)
	return out, err
}

// NewPasswordRequest is the body of a first password.
type NewPasswordRequest struct {
	NewPassword string `json:"newPassword" doc:"8 to 128 characters"`
}

// SetPassword gives oneself a first password.
func (d *Door) SetPassword(_ http.ResponseWriter, r *http.Request, in NewPasswordRequest) (Status, error) {
	c := me(r)
	return Status{Status: true}, d.Accounts.SetPassword(r.Context(), c.User, c.Session, in.NewPassword)
}

// PasswordRequest is a body that proves who one is.
type PasswordRequest struct {
	Password string `json:"password"`
}

// VerifyPassword says whether a password is one's own.
func (d *Door) VerifyPassword(_ http.ResponseWriter, r *http.Request, in PasswordRequest) (Status, error) {
	return Status{Status: true}, d.Accounts.VerifyPassword(r.Context(), me(r).User, in.Password)
}

// RequestResetRequest is the body of a request for a reset link.
type RequestResetRequest struct {
	Email      string `json:"email"`
	RedirectTo string `json:"redirectTo,omitempty" doc:"Where the link goes on to with ?token=: a local path or a trusted origin. Left out: our own page"`
}

// StatusAndMessage is the answer to a request for mail.
type StatusAndMessage struct {
	Status  bool   `json:"status"`
	Message string `json:"message"`
}

// RequestReset mails a link by which a password can be set. It tells nobody whether there is such an account.
func (d *Door) RequestReset(_ http.ResponseWriter, r *http.Request, in RequestResetRequest) (StatusAndMessage, error) {
	out := StatusAndMessage{Status: true, Message: "If this email exists in our system, check your email for the reset link"}
	if err := d.checkTarget(in.RedirectTo, errRedirect); err != nil {
		return out, err
	}
	if _, err := accounts.CleanEmail(in.Email); err != nil {
		return out, err
	}
	return out, d.Accounts.RequestPasswordReset(r.Context(), in.Email, in.RedirectTo)
}

// OpenReset takes a browser from the link of the mail to where the new password is entered.
func (d *Door) OpenReset(w http.ResponseWriter, r *http.Request) {
	target, token := r.URL.Query().Get("callbackURL"), chi.URLParam(r, "token")
	if err := d.checkTarget(target, errCallback); err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	if target == "" {
		target = "/reset-password"
	}
	if err := d.Accounts.CheckReset(r.Context(), token); err != nil {
		redirectFailure(w, r, target, translate(err))
		return
	}
	redirect(w, withQuery(target, "token", token))
}

// ResetRequest is the body of a new password by a link.
type ResetRequest struct {
	NewPassword string `json:"newPassword" doc:"8 to 128 characters"`
	Token       string `json:"token,omitempty" doc:"Also taken from the query"`
}

// StatusAndSuccess is the answer to it.
type StatusAndSuccess struct {
	Status  bool `json:"status"`
	Success bool `json:"success"`
}

// Reset sets a new password by the token of a link, once. It signs nobody in.
func (d *Door) Reset(_ http.ResponseWriter, r *http.Request, in ResetRequest) (StatusAndSuccess, error) {
	if in.Token == "" {
		in.Token = r.URL.Query().Get("token")
	}
	if in.Token == "" {
		return StatusAndSuccess{}, fault.New(fault.Invalid, "INVALID_TOKEN", "Invalid token")
	}
	return StatusAndSuccess{Status: true, Success: true}, d.Accounts.ResetPassword(r.Context(), in.Token, in.NewPassword)
}
