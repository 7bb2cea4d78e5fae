package betterauth

import (
	"net/http"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/web"
)

// SendVerificationRequest is the body of a request for a link that proves an address.
type SendVerificationRequest struct {
	Email       string `json:"email"`
	CallbackURL string `json:"callbackURL,omitempty" doc:"Where the link goes on to: a local path or a trusted origin"`
}

var (
	errMismatch = fault.New(fault.Invalid, "EMAIL_MISMATCH", "Email mismatch")
	errVerified = fault.New(fault.Invalid, "EMAIL_ALREADY_VERIFIED", "Email is already verified")
)

// SendVerification mails a link that proves an address. Who is signed in gets one for their own address only; nobody is
// told of anyone else's.
func (d *Door) SendVerification(_ http.ResponseWriter, r *http.Request, in SendVerificationRequest) (Status, error) {
	if err := d.checkTarget(in.CallbackURL, errCallback); err != nil {
		return Status{}, err
	}
	email, err := accounts.CleanEmail(in.Email)
	if err != nil {
		return Status{}, err
	}
	if c := me(r); c.HasSession() {
		if email != c.User.Email {
			return Status{}, errMismatch
		}
		if c.User.EmailVerified {
			return Status{}, errVerified
		}
	}
	return Status{Status: true}, d.Accounts.SendVerification(r.Context(), email, in.CallbackURL)
}

// VerifiedResponse is the answer to a proven address.
type VerifiedResponse struct {
	Status bool  `json:"status"`
	User   *User `json:"user" doc:"Where the address was changed; else null"`
}

// VerifyEmail proves an address by the token of a link, once. It signs nobody in.
func (d *Door) VerifyEmail(w http.ResponseWriter, r *http.Request) {
	token, target := r.URL.Query().Get("token"), r.URL.Query().Get("callbackURL")
	if err := d.checkTarget(target, errCallback); err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	u, changed, err := d.Accounts.VerifyEmail(r.Context(), token)
	if err != nil {
		err = translate(as(err, fault.Unauthenticated, "INVALID_TOKEN", "TOKEN_EXPIRED", "USER_NOT_FOUND", "INVALID_USER"))
	}
	switch {
	case err != nil && target != "":
		redirectFailure(w, r, target, err)
	case err != nil:
		web.WriteJSONError(w, r, err)
	case target != "":
		redirect(w, target)
	default:
		out := VerifiedResponse{Status: true}
		if changed {
			user := NewUser(u)
			out.User = &user
		}
		web.WriteJSON(w, http.StatusOK, out)
	}
}

// ChangeEmailRequest is the body of a change of one's address.
type ChangeEmailRequest struct {
	NewEmail    string `json:"newEmail"`
	CallbackURL string `json:"callbackURL,omitempty" doc:"Where the link of the mail goes on to: a local path or a trusted origin"`
}

// ChangeEmail mails a link to a new address, which takes the place of the old one when that link is opened.
func (d *Door) ChangeEmail(_ http.ResponseWriter, r *http.Request, in ChangeEmailRequest) (Status, error) {
	if err := d.checkTarget(in.CallbackURL, errCallback); err != nil {
		return Status{}, err
	}
	c := me(r)
	return Status{Status: true}, d.Accounts.RequestEmailChange(r.Context(), c.User, c.Session, in.NewEmail, in.CallbackURL)
}
