package betterauth

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/sessions/oauth"
)

// IDToken is what an app got from a provider by itself.
type IDToken struct {
	Token string `json:"token"`
	Nonce string `json:"nonce,omitempty"`
}

// SocialRequest is the body of a sign-in, or of a link, by a provider.
type SocialRequest struct {
	Provider           string   `json:"provider" example:"github" doc:"github, google or oidc"`
	CallbackURL        string   `json:"callbackURL,omitempty" doc:"Where the browser goes on to: a local path or a trusted origin"`
	NewUserCallbackURL string   `json:"newUserCallbackURL,omitempty" doc:"The same for a new account"`
	ErrorCallbackURL   string   `json:"errorCallbackURL,omitempty" doc:"The same for a failure, with ?error="`
	DisableRedirect    bool     `json:"disableRedirect,omitempty" doc:"The client goes to the provider by itself"`
	RequestSignUp      bool     `json:"requestSignUp,omitempty"`
	IDToken            *IDToken `json:"idToken,omitempty" doc:"Instead of going to the provider"`
}

// checkSocial checks where a body leads, and that an ID token is there where it is meant to be.
func (d *Door) checkSocial(in SocialRequest) error {
	if in.IDToken != nil && in.IDToken.Token == "" {
		return fault.Field("idToken.token", "VALIDATION_ERROR", "[body.idToken.token] Invalid input: expected string, received undefined")
	}
	return d.checkTargets(in.CallbackURL, in.NewUserCallbackURL, in.ErrorCallbackURL)
}

// SocialResponse is the answer to it: where to go, or, with an ID token, what any sign-in answers.
type SocialResponse struct {
	URL      *string `json:"url,omitempty" doc:"The page of the provider; clients go there where redirect is true"`
	Redirect *bool   `json:"redirect,omitempty"`
	Status   bool    `json:"status,omitempty" doc:"An account was linked by its ID token"`
	Token    string  `json:"token,omitempty"`
	User     *User   `json:"user,omitempty"`

	TwoFactorRedirect bool     `json:"twoFactorRedirect,omitempty" doc:"A second factor is due: nobody is signed in yet"`
	TwoFactorMethods  []string `json:"twoFactorMethods,omitempty" nullable:"false"`
}

// SignInSocial begins a sign-in at a provider, or finishes one by an ID token.
func (d *Door) SignInSocial(w http.ResponseWriter, r *http.Request, in SocialRequest) (SocialResponse, error) {
	if err := d.checkSocial(in); err != nil {
		return SocialResponse{}, err
	}
	if in.IDToken == nil {
		return d.start(w, r, in, sessions.Current{})
	}
	identity, err := d.Providers.IDToken(r.Context(), in.Provider, in.IDToken.Token, in.IDToken.Nonce)
	if err != nil {
		return SocialResponse{}, as(err, fault.Unauthenticated, "INVALID_TOKEN")
	}
	u, created, err := d.Accounts.SignInWithProvider(r.Context(), identity)
	if err != nil {
		return SocialResponse{}, err
	}
	out, err := d.signIn(w, r, u, sessions.Entrance{Way: accounts.Way(identity.Provider), Remember: true, Created: created})
	return SocialResponse{
		Redirect: out.Redirect, Token: out.Token, User: out.User,
		TwoFactorRedirect: out.TwoFactorRedirect, TwoFactorMethods: out.TwoFactorMethods,
	}, err
}

// start begins a flow: a sign-in, or with link the linking to whom it is.
func (d *Door) start(w http.ResponseWriter, r *http.Request, in SocialRequest, link sessions.Current) (SocialResponse, error) {
	page, binding, err := d.Providers.Start(r.Context(), oauth.Flow{
		Provider: in.Provider, Callback: in.CallbackURL, NewUserCallback: in.NewUserCallbackURL, ErrorCallback: in.ErrorCallbackURL,
		UserID: link.User.ID, SessionID: link.Session.ID, RequestSignUp: in.RequestSignUp,
	})
	if err != nil {
		return SocialResponse{}, err
	}
	d.Sessions.Keep(w, sessions.CookieFlow, binding, oauth.FlowLife)
	move := !in.DisableRedirect
	if move {
		w.Header().Set("Location", page)
	}
	return SocialResponse{URL: &page, Redirect: &move}, nil
}

// PostCallback turns a provider's answer that came as a form into a GET, which brings the cookie of the flow along.
func (d *Door) PostCallback(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		redirectFailure(w, r, "", fault.New(fault.Invalid, "invalid_callback_request", "The provider's answer cannot be read."))
		return
	}
	redirect(w, callbackPath+url.PathEscape(chi.URLParam(r, "provider"))+"?"+r.Form.Encode())
}

// Callback takes a browser that comes back from a provider on to where it wanted to go. It answers by a redirect,
// whatever happens.
func (d *Door) Callback(w http.ResponseWriter, r *http.Request) {
	binding := d.Sessions.Kept(r, sessions.CookieFlow)
	d.Sessions.Keep(w, sessions.CookieFlow, "", 0)
	identity, flow, err := d.Providers.Finish(r.Context(), chi.URLParam(r, "provider"), r.URL.Query(), binding)
	if err != nil {
		redirectFailure(w, r, flow.ErrorCallback, socialFailure(err))
		return
	}
	if flow.Callback == "" {
		flow.Callback = "/"
	}
	var target string
	if flow.UserID != "" {
		target, err = flow.Callback, d.link(r, flow, identity)
	} else {
		target, err = d.arrive(w, r, flow, identity)
	}
	if err != nil {
		redirectFailure(w, r, flow.ErrorCallback, socialFailure(err))
		return
	}
	redirect(w, target)
}

// socialFailure names failures of a callback as the protocol does there: in lower case.
func socialFailure(err error) error {
	changed := *fault.From(err)
	changed.Code = strings.ToLower(changed.Code)
	return &changed
}

// link links an identity to the person who began the flow, in the session in which they did.
func (d *Door) link(r *http.Request, flow oauth.Flow, identity accounts.Identity) error {
	c := me(r)
	if !c.HasSession() || c.User.ID != flow.UserID || c.Session.ID != flow.SessionID {
		return fault.New(fault.Forbidden, "unable_to_link_account", "Another session began to link this account.")
	}
	return d.Accounts.LinkProvider(r.Context(), c.User, c.Session, identity)
}

// arrive lets a person in and returns where the browser goes: to our page for the second factor where one is due.
func (d *Door) arrive(w http.ResponseWriter, r *http.Request, flow oauth.Flow, identity accounts.Identity) (string, error) {
	u, created, err := d.Accounts.SignInWithProvider(r.Context(), identity)
	if err != nil {
		return "", err
	}
	target := flow.Callback
	if created && flow.NewUserCallback != "" {
		target = flow.NewUserCallback
	}
	return d.enter(w, r, u, sessions.Entrance{Way: accounts.Way(identity.Provider), Remember: true, ReturnTo: target, Created: created})
}

// enter lets in a person who came by a link or a provider, and returns where their browser goes.
func (d *Door) enter(w http.ResponseWriter, r *http.Request, u accounts.User, e sessions.Entrance) (string, error) {
	entry, err := d.Sessions.Enter(w, r, u, e)
	if err == nil && entry.Challenge != nil {
		return withQuery("/two-factor", "returnTo", e.ReturnTo), nil
	}
	return e.ReturnTo, err
}

// LinkSocial begins to link a provider's account to oneself, or does so by an ID token.
func (d *Door) LinkSocial(w http.ResponseWriter, r *http.Request, in SocialRequest) (SocialResponse, error) {
	c := me(r)
	if err := d.checkSocial(in); err != nil {
		return SocialResponse{}, err
	}
	if err := d.Accounts.Fresh(c.Session); err != nil {
		return SocialResponse{}, err // now, and not after the way to the provider
	}
	if in.IDToken == nil {
		return d.start(w, r, in, c)
	}
	identity, err := d.Providers.IDToken(r.Context(), in.Provider, in.IDToken.Token, in.IDToken.Nonce)
	if err != nil {
		return SocialResponse{}, as(err, fault.Unauthenticated, "INVALID_TOKEN")
	}
	if err := d.Accounts.LinkProvider(r.Context(), c.User, c.Session, identity); err != nil {
		return SocialResponse{}, err
	}
	nowhere, stay := "", false
	return SocialResponse{URL: &nowhere, Redirect: &stay, Status: true}, nil
}
