package handlers

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/views"
	"pegasus/web"
)

// factor returns the page that asks for the second factor. Without a sign-in that waits for one there is no such page:
// the browser is sent away, and ok is false.
func (d *door) factor(w http.ResponseWriter, r *http.Request, values url.Values) (page views.SecondFactor, ok bool, err error) {
	page = views.SecondFactor{ReturnTo: localPath(values), Method: values.Get("method")}
	c, err := d.Sessions.Challenge(r)
	if err != nil {
		return page, false, d.factorFailed(w, r, page, err)
	}
	if !values.Has("returnTo") && c.ReturnTo != "" { // a program signed in, and left the rest to the page
		page.ReturnTo = localPath(url.Values{"returnTo": {c.ReturnTo}})
	}
	page.Name, page.Mails = c.User.Shown(), slices.Contains(c.Methods, views.MethodMail)
	if page.Method != views.MethodBackup && (page.Method != views.MethodMail || !page.Mails) {
		page.Method = views.MethodApp
	}
	return page, true, nil
}

func (d *door) showFactor(w http.ResponseWriter, r *http.Request) error {
	page, ok, err := d.factor(w, r, r.URL.Query())
	if ok {
		render(w, r, http.StatusOK, views.SecondFactorPage(page))
	}
	return err
}

// answerFactor lets in who has the second factor.
func (d *door) answerFactor(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	page, ok, err := d.factor(w, r, r.PostForm)
	if !ok {
		return err
	}
	if err = d.Limits.Factor.Take(w, r, web.ClientKey(r)); err == nil {
		_, _, err = d.Sessions.Answer(w, r, accounts.Factor(page.Method), r.PostForm.Get("code"), r.PostForm.Get("trust") != "")
	}
	if err == nil {
		d.arrived(w, r)
		return done(w, r, page.ReturnTo)
	}
	return d.factorFailed(w, r, page, err)
}

// sendFactor mails a code for the sign-in that waits.
func (d *door) sendFactor(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	page, ok, err := d.factor(w, r, r.PostForm)
	if !ok {
		return err
	}
	if err = d.Limits.Mail.Take(w, r, web.ClientKey(r)); err == nil {
		err = d.Sessions.SendCode(r)
	}
	if err != nil {
		return d.factorFailed(w, r, page, err)
	}
	http.Redirect(w, r, returning("/two-factor", page.ReturnTo, "method", views.MethodMail), http.StatusSeeOther)
	return nil
}

func (d *door) factorFailed(w http.ResponseWriter, r *http.Request, page views.SecondFactor, err error) error {
	f := fault.From(err)
	if f.Code == "INVALID_TWO_FACTOR_COOKIE" {
		http.Redirect(w, r, returning("/login", page.ReturnTo), http.StatusSeeOther)
		return nil
	}
	page.Over = f.Code == "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE"
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Wrong = problem
		if f.Kind == fault.Unauthenticated || f.Code == "OTP_HAS_EXPIRED" {
			page.Wrong.Field = "code"
		}
		return views.SecondFactorPage(page)
	})
}
