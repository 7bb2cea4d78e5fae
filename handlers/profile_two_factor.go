package handlers

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/sessions"
	"pegasus/views"
	"pegasus/web"
)

// setUpTwoFactor shows the secret. It stands in the answer to the form alone, which no browser keeps.
func (d *door) setUpTwoFactor(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	current, _ := sessions.From(r.Context())
	err := d.Limits.Factor.Take(w, r, web.ClientKey(r))
	var setup accounts.Setup
	if err == nil {
		setup, err = d.Accounts.StartTwoFactor(r.Context(), me, current.Session, r.PostForm.Get("current"), "")
	}
	if err != nil {
		return d.securityAgain(w, r, me, "setup", err)
	}
	own, err := d.own(r, me, views.TabSecurity)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.TwoFactorSetupPage(views.TwoFactorSetup{Own: own, Secret: setup.Secret, QR: setup.QR}))
	return nil
}

func (d *door) confirmTwoFactor(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	current, _ := sessions.From(r.Context())
	err := d.Limits.Factor.Take(w, r, web.ClientKey(r))
	var codes []string
	if err == nil {
		_, codes, err = d.Accounts.ConfirmTwoFactor(r.Context(), me, current.Session, r.PostForm.Get("code"), true)
	}
	if err != nil {
		return d.setUpAgain(w, r, me, err)
	}
	renewed, err := d.Sessions.Renew(w, r)
	if err != nil {
		web.NoteError(r.Context(), err) // the codes are shown once: this must not lose them
		renewed = current
	}
	return d.showCodes(w, r, renewed, codes, true)
}

// setUpAgain shows the secret that the form brought back, beside a code that was not right.
func (d *door) setUpAgain(w http.ResponseWriter, r *http.Request, me accounts.User, err error) error {
	setup, lost := d.Accounts.SetupFor(r.Context(), me, r.PostForm.Get("secret"))
	if lost != nil {
		return d.securityAgain(w, r, me, "setup", err)
	}
	own, failed := d.own(r, me, views.TabSecurity)
	if failed != nil {
		return failed
	}
	page := views.TwoFactorSetup{Own: own, Secret: setup.Secret, QR: setup.QR}
	return ownAgain(w, r, err, views.TabSecurity, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = "confirm", problem
		return views.TwoFactorSetupPage(page)
	})
}

func (d *door) showCodes(w http.ResponseWriter, r *http.Request, c sessions.Current, codes []string, first bool) error {
	own, err := d.own(r, c.User, views.TabSecurity)
	if err != nil {
		return err
	}
	own.MustEnroll, own.Stale = c.MustEnroll, false
	render(w, r, http.StatusOK, views.BackupCodesPage(views.BackupCodes{Own: own, Codes: codes, New: first}))
	return nil
}

func (d *door) renewBackupCodes(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	current, _ := sessions.From(r.Context())
	err := d.Limits.Factor.Take(w, r, web.ClientKey(r))
	var codes []string
	if err == nil {
		codes, err = d.Accounts.NewBackupCodes(r.Context(), me, current.Session, "", r.PostForm.Get("code"))
	}
	if err != nil {
		return d.securityAgain(w, r, me, "codes", missing(err, r.PostForm, "code"))
	}
	return d.showCodes(w, r, current, codes, false)
}

// missing says of a field that was left empty that it is needed, whatever the domain made of that.
func missing(err error, form url.Values, field string) error {
	if strings.TrimSpace(form.Get(field)) == "" {
		return errMissing(field)
	}
	return err
}

func (d *door) disableTwoFactor(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	current, _ := sessions.From(r.Context())
	err := d.Limits.Factor.Take(w, r, web.ClientKey(r))
	if err == nil && strings.TrimSpace(r.PostForm.Get("code")) == "" {
		err = errMissing("code")
	}
	if err == nil {
		_, err = d.Accounts.DisableTwoFactor(r.Context(), me, current.Session, r.PostForm.Get("current"), r.PostForm.Get("code"))
	}
	if err == nil {
		_, err = d.Sessions.Renew(w, r)
	}
	if err != nil {
		return d.securityAgain(w, r, me, "off", err)
	}
	return done(w, r, "/profile/security?done=two-factor")
}
