// Package betterauth speaks the wire protocol of Better Auth, so that its unmodified client works against this server.
//
// Where releases 1.2 and 1.7 of that protocol differ, answers are a superset that clients of both take. Errors have the
// form of the whole API, which holds that protocol's code and message.
package betterauth

import (
	"net/http"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/web"
)

// Options are the parts of a Door. Every part but Origins must be set.
type Options struct {
	Accounts *accounts.Service
	Sessions *sessions.Manager
	Limits   *web.Limits
	// Origins are trusted beside the host that a request names.
	Origins []string
}

// Door holds the handlers of the protocol.
type Door struct{ Options }

// New returns a Door.
func New(o Options) *Door { return &Door{o} }

// SignUp makes an account and signs it in.
func (d *Door) SignUp(w http.ResponseWriter, r *http.Request) {
	in, err := read(r)
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	draft := accounts.Draft{
		Name: in.text("name"), Email: in.text("email"), Password: in.text("password"),
		DisplayName: in.optional("displayName"), Phone: in.optional("phone"),
	}
	remember, callback := in.flag("rememberMe", true), in.optional("callbackURL")
	current, err := d.signUp(w, r, in, draft, callback, remember)
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	web.WriteJSON(w, http.StatusOK, SignUpResponse{Token: current.Token, User: NewUser(current.User)})
}

func (d *Door) signUp(w http.ResponseWriter, r *http.Request, in *input, draft accounts.Draft, callback string, remember bool) (sessions.Current, error) {
	if err := in.err(); err != nil {
		return sessions.Current{}, err
	}
	if err := checkCallback(callback); err != nil {
		return sessions.Current{}, err
	}
	u, err := d.Accounts.SignUp(r.Context(), draft)
	if err != nil {
		return sessions.Current{}, protocolError(err)
	}
	return d.Sessions.SignIn(w, r, u, remember)
}

// protocolError gives failures of a sign-up the code and status of the protocol.
func protocolError(err error) error {
	switch fault.From(err).Code {
	case "EMAIL_TAKEN":
		return fault.New(fault.Mismatch, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.")
	case "SIGN_UP_DISABLED":
		return fault.New(fault.Invalid, "EMAIL_PASSWORD_SIGN_UP_DISABLED", "Email and password sign up is not enabled")
	}
	return err
}

// SignIn signs in with an address and a password.
func (d *Door) SignIn(w http.ResponseWriter, r *http.Request) {
	in, err := read(r)
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	email, password := in.text("email"), in.text("password")
	remember, callback := in.flag("rememberMe", true), in.optional("callbackURL")
	if err = in.err(); err == nil {
		err = checkCallback(callback)
	}
	var u accounts.User
	if err == nil {
		u, err = d.authenticate(r, email, password)
	}
	var current sessions.Current
	if err == nil {
		current, err = d.Sessions.SignIn(w, r, u, remember)
	}
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	if callback != "" {
		w.Header().Set("Location", callback)
	}
	web.WriteJSON(w, http.StatusOK, SignInResponse{
		Redirect: callback != "", Token: current.Token, URL: callback, User: NewUser(current.User),
	})
}

// authenticate tells an address that cannot be one from a wrong one, as the protocol does.
func (d *Door) authenticate(r *http.Request, email, password string) (accounts.User, error) {
	if _, err := accounts.CleanEmail(email); err != nil {
		return accounts.User{}, err
	}
	return d.Sessions.Authenticate(r, d.Limits.Failures, email, password)
}

// SignOut ends the session that the request came with. Without one it succeeds as well.
func (d *Door) SignOut(w http.ResponseWriter, r *http.Request) {
	if err := d.Sessions.SignOut(w, r); err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	web.WriteJSON(w, http.StatusOK, Success{Success: true})
}

// GetSession answers who is signed in: null for nobody, never 401.
func (d *Door) GetSession(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	current, signedIn := sessions.From(r.Context())
	if !signedIn {
		web.WriteJSON(w, http.StatusOK, nil)
		return
	}
	web.WriteJSON(w, http.StatusOK, SessionAndUser{Session: newSession(current), User: NewUser(current.User)})
}

// OK answers that sign-in works.
func (d *Door) OK(w http.ResponseWriter, _ *http.Request) {
	web.WriteJSON(w, http.StatusOK, OK{OK: true})
}
