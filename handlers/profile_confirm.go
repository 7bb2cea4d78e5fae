package handlers

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/views"
	"pegasus/web"
)

func errMissing(field string) error {
	return fault.Field(field, "FIELD_REQUIRED", "Please fill this in.")
}

// backTo returns where a person was before they were asked who they are.
func backTo(values url.Values) string {
	if values.Get("returnTo") == "" {
		return "/profile/security"
	}
	return localPath(values)
}

func (d *door) confirmPage(r *http.Request, me accounts.User, returnTo string) (views.Confirm, error) {
	own, err := d.own(r, me, views.TabSecurity)
	if err != nil {
		return views.Confirm{}, err
	}
	own.Stale = false // the page itself is what to do about it
	has, err := d.Accounts.HasPassword(r.Context(), me.ID)
	return views.Confirm{Own: own, ReturnTo: returnTo, HasPassword: has, TwoFactor: me.TwoFactorEnabled}, err
}

func (d *door) showConfirm(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	returnTo := backTo(r.URL.Query())
	current, _ := sessions.From(r.Context())
	if d.Accounts.Fresh(current.Session) == nil {
		http.Redirect(w, r, returnTo, http.StatusSeeOther)
		return nil
	}
	page, err := d.confirmPage(r, me, returnTo)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.ConfirmPage(page))
	return nil
}

// confirm makes the session fresh by the password or a code.
func (d *door) confirm(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	current, _ := sessions.From(r.Context())
	form, err := "password", d.Limits.Factor.Take(w, r, web.ClientKey(r))
	code := strings.TrimSpace(r.PostForm.Get("code"))
	if r.PostForm.Has("code") {
		form = "code"
	}
	switch {
	case err != nil:
	case form == "code":
		err = d.Sessions.ProveSecondFactor(r, kindOfCode(code), code)
	default:
		err = d.Accounts.Reauthenticate(r.Context(), me, current.Session, r.PostForm.Get("current"))
	}
	returnTo := backTo(r.PostForm)
	if err == nil {
		d.note(r, "Thank you. You can go on")
		return done(w, r, returnTo)
	}
	page, failed := d.confirmPage(r, me, returnTo)
	if failed != nil {
		return failed
	}
	return ownAgain(w, r, err, views.TabSecurity, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = form, problem
		return views.ConfirmPage(page)
	})
}

// kindOfCode tells a code of an app from a backup code, where either is taken.
func kindOfCode(code string) accounts.Factor {
	digits := strings.ReplaceAll(code, " ", "")
	if len(digits) == 6 && strings.Trim(digits, "0123456789") == "" {
		return accounts.FactorTOTP
	}
	return accounts.FactorBackup
}

// confirmAgain lets who has neither password nor second factor sign in anew.
func (d *door) confirmAgain(w http.ResponseWriter, r *http.Request, _ accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := d.Sessions.SignOut(w, r); err != nil {
		return err
	}
	http.Redirect(w, r, returning("/login", backTo(r.PostForm)), http.StatusSeeOther)
	return nil
}
