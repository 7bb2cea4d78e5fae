package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/views"
	"pegasus/web"
)

func (d *door) landing(w http.ResponseWriter, r *http.Request) error {
	if _, ok := sessions.From(r.Context()); ok {
		http.Redirect(w, r, "/chat", http.StatusSeeOther)
		return nil
	}
	render(w, r, http.StatusOK, views.Landing(d.Accounts.SignUpOpen()))
	return nil
}

// away sends somebody who is signed in already to where they wanted to go.
func away(w http.ResponseWriter, r *http.Request) bool {
	_, ok := sessions.From(r.Context())
	if ok {
		http.Redirect(w, r, localPath(r.URL.Query()), http.StatusSeeOther)
	}
	return ok
}

// enter lets in who has proven a first factor, and sends their browser on: to the second factor where one is due.
func (d *door) enter(w http.ResponseWriter, r *http.Request, u accounts.User, e sessions.Entrance) error {
	entry, err := d.Sessions.Enter(w, r, u, e)
	if err != nil {
		return err
	}
	if entry.Challenge != nil {
		http.Redirect(w, r, returning("/two-factor", e.ReturnTo), http.StatusSeeOther)
		return nil
	}
	d.arrived(w, r)
	return done(w, r, e.ReturnTo)
}

// returning adds to the path of a page where its reader goes on to.
func returning(path, returnTo string, query ...string) string {
	values := url.Values{"returnTo": {returnTo}}
	for i := 0; i < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	return path + "?" + values.Encode()
}

// again shows a form that failed, or returns a failure that no form can mend. Who has to wait is told for how long.
func again(w http.ResponseWriter, r *http.Request, err error, show func(problem views.Wrong) templ.Component) error {
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		if f := fault.From(err); f.Kind == fault.Limited && f.RetryAfter > 0 {
			problem.Message += " The next try counts in " + span(f.RetryAfter) + "."
		}
		render(w, r, status, show(problem))
	})
}

// span says how long something takes, rounded up.
func span(d time.Duration) string {
	n, unit := int((d+time.Second-1)/time.Second), "second"
	if d > 90*time.Second {
		n, unit = int((d+time.Minute-1)/time.Minute), "minute"
	}
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

func (d *door) showLogin(w http.ResponseWriter, r *http.Request) error {
	if away(w, r) {
		return nil
	}
	page := d.login(localPath(r.URL.Query()))
	page.Notice = welcomes[r.URL.Query().Get("notice")]
	if code := r.URL.Query().Get("error"); code != "" {
		page.Wrong.Message = saying(code)
	}
	render(w, r, http.StatusOK, views.Login(page))
	return nil
}

// welcomes are what the sign-in page says to who comes from another form, by a code, as an address says nothing else.
var welcomes = map[string]string{
	"email-verified": "Your address is confirmed. You can sign in now.",
	"email-changed":  "Your new address is confirmed. Sign in with it from now on.",
	"password-reset": "Your password is set. Sign in with it.",
}

func (d *door) login(returnTo string) views.SignIn {
	return views.SignIn{
		ReturnTo: returnTo, Remember: true, SignUpOpen: d.Accounts.SignUpOpen(), Mails: d.mails(), Passkeys: d.Passkeys.Available(),
		Providers: d.providers(),
	}
}

func (d *door) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	page := d.login(localPath(r.PostForm))
	page.Email, page.Remember = r.PostForm.Get("email"), r.PostForm.Get("remember") != ""
	err := d.Limits.SignIn.Take(w, r, web.ClientKey(r))
	var u accounts.User
	if err == nil {
		u, err = d.Accounts.Authenticate(r.Context(), page.Email, r.PostForm.Get("password"))
	}
	if err == nil {
		err = d.enter(w, r, u, sessions.Entrance{Way: accounts.WayPassword, Remember: page.Remember, ReturnTo: page.ReturnTo})
	}
	if err == nil {
		return nil
	}
	code := fault.From(err).Code
	if code == "EMAIL_NOT_VERIFIED" {
		page.Unverified = true
		d.await(w, awaited{Kind: views.AwaitVerify, Email: page.Email, ReturnTo: page.ReturnTo})
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		if code == "INVALID_EMAIL_OR_PASSWORD" { // the protocol's words name no way out
			problem.Message = "This address and this password do not go together. Try again, or set a new password."
		}
		page.Wrong = problem
		return views.Login(page)
	})
}

func (d *door) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := d.Sessions.SignOut(w, r); err != nil {
		return err
	}
	return done(w, r, "/login")
}
