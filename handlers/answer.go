package handlers

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/views"
	"pegasus/web"
)

// handle turns a handler that returns its failure into one that answers with it.
func handle(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil && !web.Ended(err) {
			Fail(w, r, err)
		}
	}
}

// member is handle for those who are signed in.
func member(h func(http.ResponseWriter, *http.Request, accounts.User) error) http.HandlerFunc {
	return handle(func(w http.ResponseWriter, r *http.Request) error {
		u, err := entered(r)
		if err != nil {
			return err
		}
		return h(w, r, u)
	})
}

var (
	errEnroll = fault.New(fault.Forbidden, "TWO_FACTOR_REQUIRED", "This workspace asks everyone for a second factor. Please set one up first.")
	errToken  = fault.New(fault.Forbidden, "TOKEN_FOR_API", "A token opens the API, not the pages.")
)

// enrolment is where people set up a second factor, who may see nothing else before.
const enrolment = "/profile/security"

// entered returns who makes a request for a page, as long as nothing else comes first. A personal access token opens no
// page: forms know nothing of its scopes.
func entered(r *http.Request) (accounts.User, error) {
	current, ok := sessions.From(r.Context())
	path := r.URL.Path
	switch {
	case !ok:
		return accounts.User{}, sessions.ErrSignIn
	case current.Personal != nil:
		return accounts.User{}, errToken
	case current.MustEnroll && path != enrolment && !strings.HasPrefix(path, enrolment+"/") && !strings.HasPrefix(path, "/avatars/"):
		return accounts.User{}, errEnroll
	}
	return current.User, nil
}

// Fail answers with a failure: the page that has to come first where there is one, a line for a script, else a page.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	f := web.Fault(err)
	web.NoteError(r.Context(), err)
	web.SetRetryAfter(w.Header(), f)
	if f.Kind == fault.Unauthenticated && reads(r) && !fragment(r) {
		http.Redirect(w, r, "/login?returnTo="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	if errors.Is(err, errEnroll) && !fragment(r) && r.URL.Path != "/events" {
		http.Redirect(w, r, enrolment, http.StatusSeeOther)
		return
	}
	showFailure(w, r, web.Status(f.Kind), headline(f.Kind), f.Message)
}

// reads reports whether a request changes nothing.
func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

func showFailure(w http.ResponseWriter, r *http.Request, status int, headline, message string) {
	if fragment(r) {
		render(w, r, status, views.Alert(message))
		return
	}
	_, signedIn := sessions.From(r.Context())
	render(w, r, status, views.ErrorPage(views.Failure{
		Status: status, Headline: headline, Message: message, RequestID: web.RequestID(r.Context()), SignedIn: signedIn,
	}))
}

func headline(kind fault.Kind) string {
	switch kind {
	case fault.NotFound:
		return "Nothing here"
	case fault.Forbidden:
		return "Not yours to see"
	case fault.Unauthenticated:
		return "Please sign in"
	case fault.Limited:
		return "A little slower, please"
	case fault.Unavailable:
		return "Back in a moment"
	case fault.Internal:
		return "Something broke"
	default:
		return "That did not work"
	}
}

func notFound(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.NotFound, "NOT_FOUND", "There is nothing at this address.")
}

func wrongMethod(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		if chi.RouteContext(r.Context()).Routes.Match(chi.NewRouteContext(), method, r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	showFailure(w, r, http.StatusMethodNotAllowed, "That did not work", "This address does not take this method.")
}

// render writes a page or a part of one, once the whole of it is there.
func render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	var page bytes.Buffer
	if err := c.Render(templ.WithNonce(r.Context(), web.Nonce(r.Context())), &page); err != nil {
		web.NoteError(r.Context(), err)
		http.Error(w, "Something went wrong on our side.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "HX-Request, X-Fragment")
	w.WriteHeader(status)
	w.Write(page.Bytes())
}

// fragment reports whether a script asks, for a part of a page.
func fragment(r *http.Request) bool {
	return r.Header.Get("HX-Request") != "" || r.Header.Get("X-Fragment") != ""
}

// done answers a form that was carried out: a script with nothing, a browser with the page to see next.
func done(w http.ResponseWriter, r *http.Request, next string) error {
	if fragment(r) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// parse reads a form, or says that it is too large or broken.
func parse(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		if f := web.Fault(err); f.Kind == fault.TooLarge {
			return f
		}
		return fault.New(fault.Invalid, "INVALID_FORM", "The form could not be read.")
	}
	return nil
}

// wrong returns what to show beside a field, and false where there is no failure, or none of the person's input.
func wrong(err error) (views.Wrong, bool) {
	if err == nil {
		return views.Wrong{}, false
	}
	f := web.Fault(err)
	problem := views.Wrong{Field: f.Field, Message: f.Message}
	switch f.Code {
	case "EMAIL_TAKEN":
		problem.Field = "email"
	case "CHANNEL_EXISTS":
		problem.Field = "name"
	}
	switch f.Kind {
	case fault.Invalid, fault.Conflict, fault.Mismatch, fault.Limited, fault.Unauthenticated, fault.Forbidden:
		return problem, true
	}
	return views.Wrong{}, false
}

// showWrong lets show put a failure beside the form that caused it, and returns one that no form can mend.
func showWrong(w http.ResponseWriter, r *http.Request, err error, show func(problem views.Wrong, status int)) error {
	problem, theirs := wrong(err)
	if !theirs {
		return err
	}
	f := web.Fault(err)
	web.NoteError(r.Context(), err)
	web.SetRetryAfter(w.Header(), f)
	show(problem, web.Status(f.Kind))
	return nil
}

// localPath returns where to go after a form: one of our own pages, "/chat" where the form names anything else. A
// browser takes a backslash for a slash and drops control characters, so neither may stand in it, written out or
// escaped.
func localPath(values url.Values) string {
	for _, name := range []string{"returnTo", "callbackUrl", "callbackURL"} {
		target := values.Get(name)
		folded := strings.ToLower(target)
		bad := !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") || len(target) > 2048 ||
			strings.Contains(folded, `\`) || strings.Contains(folded, "%5c") || strings.HasPrefix(folded, "/%2f") ||
			strings.ContainsFunc(target, func(c rune) bool { return c <= ' ' || c == 0x7f })
		if !bad {
			return target
		}
	}
	return "/chat"
}
