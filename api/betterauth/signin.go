package betterauth

import (
	"encoding/json"
	"net/http"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
)

// SignUpRequest is the body of a sign-up. A role in it is ignored, as is a picture.
type SignUpRequest struct {
	Name        string          `json:"name"`
	Email       string          `json:"email"`
	Password    string          `json:"password" doc:"8 to 128 characters"`
	DisplayName string          `json:"displayName,omitempty"`
	Username    string          `json:"username,omitempty" doc:"Made of the address where it is left out"`
	Phone       string          `json:"phone,omitempty"`
	Preferences json.RawMessage `json:"preferences,omitempty" doc:"A JSON object, or one as text"`
	Invitation  string          `json:"invitation,omitempty" doc:"The token of an invitation, where sign-up is not open"`
	CallbackURL string          `json:"callbackURL,omitempty" doc:"Where the link that proves the address goes on to: a local path or a trusted origin"`
	RememberMe  *bool           `json:"rememberMe,omitempty" doc:"true where it is left out; false ends with the browser, or after a day"`
}

// SignUpResponse is the answer to a sign-up.
type SignUpResponse struct {
	Token *string `json:"token" doc:"null where the address has to be proven first"`
	User  User    `json:"user"`
}

// SignUp makes an account and signs it in, unless its address has to be proven first.
func (d *Door) SignUp(w http.ResponseWriter, r *http.Request, in SignUpRequest) (SignUpResponse, error) {
	preferences, err := objectText("preferences", in.Preferences)
	if err != nil {
		return SignUpResponse{}, err
	}
	if err := d.checkTarget(in.CallbackURL, errCallback); err != nil {
		return SignUpResponse{}, err
	}
	joined, err := d.Accounts.SignUp(r.Context(), accounts.Draft{
		Name: in.Name, Email: in.Email, Password: in.Password, DisplayName: in.DisplayName, Username: in.Username,
		Phone: in.Phone, Preferences: preferences, Invitation: in.Invitation, Callback: in.CallbackURL,
	})
	if err != nil || joined.Verify {
		return SignUpResponse{User: NewUser(joined.User)}, err
	}
	entry, err := d.Sessions.Enter(w, r, joined.User, sessions.Entrance{
		Way: accounts.WaySignUp, Remember: in.RememberMe == nil || *in.RememberMe, Created: true,
	})
	return SignUpResponse{Token: &entry.Token, User: NewUser(entry.User)}, err
}

// SignInRequest is the body of a sign-in.
type SignInRequest struct {
	Email       string `json:"email"`
	Password    string `json:"password"`
	CallbackURL string `json:"callbackURL,omitempty" doc:"A local path or a trusted origin"`
	RememberMe  *bool  `json:"rememberMe,omitempty" doc:"true where it is left out; false ends with the browser, or after a day"`
}

// SignInResponse is the answer to a sign-in. Clients go to URL where Redirect is true. Where a second factor is due,
// there is only what says so.
type SignInResponse struct {
	Redirect *bool  `json:"redirect,omitempty"`
	Token    string `json:"token,omitempty"`
	URL      string `json:"url,omitempty"`
	User     *User  `json:"user,omitempty"`

	TwoFactorRedirect bool     `json:"twoFactorRedirect,omitempty" doc:"A second factor is due: nobody is signed in yet"`
	TwoFactorMethods  []string `json:"twoFactorMethods,omitempty" nullable:"false" doc:"totp, otp; backup codes always work"`
}

// SignIn signs in with an address and a password.
func (d *Door) SignIn(w http.ResponseWriter, r *http.Request, in SignInRequest) (SignInResponse, error) {
	if err := d.checkTarget(in.CallbackURL, errCallback); err != nil {
		return SignInResponse{}, err
	}
	// The protocol tells an address that cannot be one from a wrong one.
	if _, err := accounts.CleanEmail(in.Email); err != nil {
		return SignInResponse{}, err
	}
	u, err := d.Accounts.Authenticate(r.Context(), in.Email, in.Password)
	if err != nil {
		return SignInResponse{}, err
	}
	return d.signIn(w, r, u, sessions.Entrance{
		Way: accounts.WayPassword, Remember: in.RememberMe == nil || *in.RememberMe, ReturnTo: in.CallbackURL,
	})
}

// signIn lets a person in, or says that a second factor is due.
func (d *Door) signIn(w http.ResponseWriter, r *http.Request, u accounts.User, e sessions.Entrance) (SignInResponse, error) {
	entry, err := d.Sessions.Enter(w, r, u, e)
	if err != nil {
		return SignInResponse{}, err
	}
	if entry.Challenge != nil {
		return SignInResponse{TwoFactorRedirect: true, TwoFactorMethods: entry.Challenge.Methods}, nil
	}
	redirect, user := e.ReturnTo != "", NewUser(entry.User)
	if redirect {
		w.Header().Set("Location", e.ReturnTo)
	}
	return SignInResponse{Redirect: &redirect, Token: entry.Token, URL: e.ReturnTo, User: &user}, nil
}

// SignOut ends the session that the request came with. Without one it succeeds as well.
func (d *Door) SignOut(w http.ResponseWriter, r *http.Request, _ None) (Success, error) {
	return Success{Success: true}, d.Sessions.SignOut(w, r)
}

// objectText returns a JSON object as text: clients send it as an object or as the text of one. What the text says is
// for the domain to check.
func objectText(field string, raw json.RawMessage) (string, error) {
	if len(raw) == 0 || raw[0] == '{' {
		return string(raw), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", fault.Field(field, "VALIDATION_ERROR", "[body."+field+"] Invalid input: expected an object")
	}
	return text, nil
}
