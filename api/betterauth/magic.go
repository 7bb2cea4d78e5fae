package betterauth

import (
	"net/http"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/web"
)

// MagicLinkRequest is the body of a request to be let in by mail.
type MagicLinkRequest struct {
	Email              string `json:"email"`
	Name               string `json:"name,omitempty" doc:"Of a new account"`
	CallbackURL        string `json:"callbackURL,omitempty" doc:"Where the link goes on to: a local path or a trusted origin"`
	NewUserCallbackURL string `json:"newUserCallbackURL,omitempty" doc:"The same for a new account"`
	ErrorCallbackURL   string `json:"errorCallbackURL,omitempty" doc:"The same for a failure, with ?error="`
}

// SendMagicLink mails a link that signs in. It tells nobody whether there is such an account.
func (d *Door) SendMagicLink(_ http.ResponseWriter, r *http.Request, in MagicLinkRequest) (Status, error) {
	if err := d.checkTargets(in.CallbackURL, in.NewUserCallbackURL, in.ErrorCallbackURL); err != nil {
		return Status{}, err
	}
	if _, err := accounts.CleanEmail(in.Email); err != nil {
		return Status{}, err
	}
	return Status{Status: true}, d.Accounts.RequestMagicLink(r.Context(), accounts.MagicLink{
		Email: in.Email, Name: in.Name,
		Callback: in.CallbackURL, NewUserCallback: in.NewUserCallbackURL, ErrorCallback: in.ErrorCallbackURL,
	})
}

// MagicLinkResponse is the answer to a link without a place to go on to. Where a second factor is due, there is only what
// says so.
type MagicLinkResponse struct {
	Token   string   `json:"token,omitempty"`
	User    *User    `json:"user,omitempty"`
	Session *Session `json:"session,omitempty"`

	TwoFactorRedirect bool     `json:"twoFactorRedirect,omitempty" doc:"A second factor is due: nobody is signed in yet"`
	TwoFactorMethods  []string `json:"twoFactorMethods,omitempty" nullable:"false"`
}

// VerifyMagicLink signs in by the token of a link, once.
func (d *Door) VerifyMagicLink(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	callback, newUser, failed := q.Get("callbackURL"), q.Get("newUserCallbackURL"), q.Get("errorCallbackURL")
	if err := d.checkTargets(callback, newUser, failed); err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	if failed == "" {
		failed = callback
	}
	u, created, err := d.Accounts.UseMagicLink(r.Context(), q.Get("token"))
	if err != nil {
		redirectFailure(w, r, failed, magicFailure(err))
		return
	}
	if created && newUser != "" && callback != "" {
		callback = newUser
	}
	entrance := sessions.Entrance{Way: accounts.WayMagicLink, Remember: true, ReturnTo: callback, Created: created}
	if callback != "" {
		target, err := d.enter(w, r, u, entrance)
		if err != nil {
			redirectFailure(w, r, failed, err)
			return
		}
		redirect(w, target)
		return
	}
	entry, err := d.Sessions.Enter(w, r, u, entrance)
	if err != nil {
		redirectFailure(w, r, failed, err)
		return
	}
	if entry.Challenge != nil {
		web.WriteJSON(w, http.StatusOK, MagicLinkResponse{TwoFactorRedirect: true, TwoFactorMethods: entry.Challenge.Methods})
		return
	}
	user, session := NewUser(entry.User), newSession(entry.Current)
	web.WriteJSON(w, http.StatusOK, MagicLinkResponse{Token: entry.Token, User: &user, Session: &session})
}

// magicFailure names failures of a link as its plugin does.
func magicFailure(err error) error {
	if f := fault.From(err); f.Code == "SIGN_UP_DISABLED" || f.Code == "EMAIL_DOMAIN_NOT_ALLOWED" {
		return fault.New(f.Kind, "new_user_signup_disabled", f.Message)
	}
	return translate(err)
}
