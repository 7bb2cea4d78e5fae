package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/sessions/oauth"
	"pegasus/views"
	"pegasus/web"
)

func (d *door) providers() []views.Provider {
	var on []views.Provider
	for _, p := range d.Providers.List() {
		on = append(on, views.Provider{Name: p.Name, Label: p.Label})
	}
	return on
}

// startProvider sends a browser to a provider to sign in there. The way back is the API's.
func (d *door) startProvider(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	if _, in := sessions.From(r.Context()); in {
		return done(w, r, localPath(r.PostForm))
	}
	if err := d.Limits.Auth.Take(w, r, web.ClientKey(r)); err != nil {
		return err
	}
	returnTo := localPath(r.PostForm)
	return d.goToProvider(w, r, oauth.Flow{
		Provider: chi.URLParam(r, "provider"), Callback: returnTo, ErrorCallback: returning("/login", returnTo),
	})
}

// goToProvider begins a flow. It answers by a page and no redirect: the policy of our pages lets no form lead to another
// server, by redirects neither.
func (d *door) goToProvider(w http.ResponseWriter, r *http.Request, f oauth.Flow) error {
	address, binding, err := d.Providers.Start(r.Context(), f)
	if err != nil && fault.From(err).Code == "PROVIDER_UNAVAILABLE" {
		web.NoteError(r.Context(), err)
		mark := "?"
		if strings.Contains(f.ErrorCallback, mark) {
			mark = "&"
		}
		http.Redirect(w, r, f.ErrorCallback+mark+"error=temporarily_unavailable", http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	label := f.Provider
	if i := slices.IndexFunc(d.Providers.List(), func(p oauth.Provider) bool { return p.Name == f.Provider }); i >= 0 {
		label = d.Providers.List()[i].Label
	}
	d.Sessions.Keep(w, sessions.CookieFlow, binding, oauth.FlowLife)
	secretInAddress(w)
	w.Header().Set("Refresh", "0; url="+address)
	render(w, r, http.StatusOK, views.Onward(label, address))
	return nil
}

// showSignInError is the page for failures of a sign-in that happened in between, by their codes.
func (d *door) showSignInError(w http.ResponseWriter, r *http.Request) error {
	_, in := sessions.From(r.Context())
	render(w, r, http.StatusOK, views.SignInFailed(saying(r.URL.Query().Get("error")), in))
	return nil
}

// saying returns what people are told for a code that an address carries. What else stands there is never shown: anyone can
// write it.
func saying(code string) string {
	for _, form := range []string{code, strings.ToLower(code)} {
		if text, ok := sayings[form]; ok {
			return text
		}
	}
	return "Something went wrong on the way. Please try again."
}

const (
	sayBanned   = "This account has been banned. Please contact an admin."
	sayClosed   = "Sign-up is closed here. Ask an admin for an invitation."
	sayBegin    = "This sign-in took too long, or was begun elsewhere. Please begin again."
	sayProvider = "The provider's answer could not be used. Please try again."
	sayLink     = "This link is not valid, or was used already. Please ask for a new one."
	sayLinked   = "That account is linked to somebody else here."
	sayAway     = "The provider does not answer. Please try again in a moment."
)

// sayings are by the codes of package oauth, of the domain and of Better Auth.
var sayings = map[string]string{
	"access_denied":                            "You did not let the provider tell us who you are, so we cannot sign you in.",
	"account_not_linked":                       "There is an account here with your address that is not linked to this one. Sign in the way you did before, then link it in your profile.",
	"email_not_found":                          "The provider tells no e-mail address of yours. Make one visible there, or sign in another way.",
	"email_not_verified":                       "The provider has not verified your e-mail address. Verify it there first.",
	"EMAIL_NOT_VERIFIED":                       "Please confirm your e-mail address first. We have sent you a link.",
	"invalid_email_or_password":                "This account cannot sign in. Please ask an admin.",
	"oauth_provider_not_found":                 "This provider is not set up here.",
	"provider_not_found":                       "This provider is not set up here.",
	"internal_server_error":                    "Something broke on our side. Please try again.",
	"account_already_linked_to_different_user": sayLinked, "linked_account_already_exists": sayLinked,
	"unable_to_link_account": "The account could not be linked: another session began it. Please begin again.",
	"banned":                 sayBanned, "banned_user": sayBanned,
	"signup_disabled": sayClosed, "new_user_signup_disabled": sayClosed, "sign_up_disabled": sayClosed,
	"state_mismatch": sayBegin, "state_not_found": sayBegin, "state_invalid": sayBegin, "please_restart_the_process": sayBegin,
	"issuer_mismatch": sayProvider, "no_code": sayProvider, "invalid_code": sayProvider, "oauth_error": sayProvider,
	"unable_to_get_user_info": sayProvider, "server_error": sayProvider,
	"temporarily_unavailable": sayAway, "provider_unavailable": sayAway,
	"invalid_token": sayLink, "token_expired": sayLink, "expired_token": sayLink,
}
