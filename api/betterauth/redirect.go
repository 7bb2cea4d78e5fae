package betterauth

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/web"
)

const (
	callbackPath = "/api/auth/callback/"
	errorPath    = "/api/auth/error"
)

func redirect(w http.ResponseWriter, target string) {
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusFound)
}

// withQuery returns an address, which was checked, with parameters added: names and values in turn.
func withQuery(target string, pairs ...string) string {
	u, err := url.Parse(target)
	if err != nil {
		return target
	}
	query := u.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// redirectFailure sends a browser on with the code of a failure: in the form of the protocol, to where the client wants
// failures to go, or to the page of errors.
func redirectFailure(w http.ResponseWriter, r *http.Request, target string, err error) {
	web.NoteError(r.Context(), err)
	if f := fault.From(err); strings.EqualFold(f.Code, accounts.ErrBanned.Code) {
		redirect(w, withQuery(errorPath, "error", "banned", "error_description", f.Message))
		return
	}
	if target == "" {
		target = errorPath
	}
	redirect(w, withQuery(target, "error", failureCode(err)))
}

func failureCode(err error) string {
	f := fault.From(err)
	switch f.Kind {
	case fault.Internal:
		return "internal_server_error"
	case fault.Unavailable, fault.Full:
		return "temporarily_unavailable"
	}
	return f.Code
}

// shownCode is what of an address may be read out on our page.
var shownCode = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

const errorPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign-in failed</title>
<h1>Sign-in failed</h1>
<p>%s</p>
<p>Code: %s</p>
<p><a href="/login">Back to sign-in</a></p>
</html>
`

// sayings are what people are told for a code. What an address says beside its code is never shown: anyone can write it.
var sayings = map[string]string{
	"banned":             "This account has been banned. Please contact an admin.",
	"account_not_linked": "There is an account with this address that is not linked. Sign in another way and link it in your profile.",
	"signup_disabled":    "Sign-up is closed here. Ask an admin for an invitation.",
	"access_denied":      "The provider says that access was denied.",
	"invalid_token":      "This link is not valid, or was used already.",
	"token_expired":      "This link is too old.",
}

// Error is the page for failures of a sign-in that happened in between.
func (d *Door) Error(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("error")
	if !shownCode.MatchString(code) {
		code = "unknown"
	}
	saying := sayings[strings.ToLower(code)]
	if saying == "" {
		saying = "Something went wrong. Please try again."
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	page := strings.Replace(strings.Replace(errorPage, "%s", html.EscapeString(saying), 1), "%s", html.EscapeString(code), 1)
	// Nobody is left to tell where the connection is gone.
	_, _ = io.WriteString(w, page)
}
