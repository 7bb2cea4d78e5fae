package handlers

import (
	"net/http"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/views"
	"pegasus/web"
)

// mailed is a page behind a link that was mailed: it asks before it does what the link is for, as mail scanners open
// links.
type mailed struct {
	kind string
	page func(views.MailedLink, views.MailForm) templ.Component
}

var (
	resetPage  = mailed{views.AwaitReset, views.ResetPage}
	verifyPage = mailed{views.AwaitVerify, views.VerifyPage}
	magicPage  = mailed{views.AwaitMagic, views.MagicPage}
)

// showLink shows a page behind a link, with what went wrong: where it is the link, with a form for another.
func (d *door) showLink(w http.ResponseWriter, r *http.Request, m mailed, link views.MailedLink, err error) error {
	secretInAddress(w)
	form := d.mailForm(m.kind, link.ReturnTo)
	if err == nil {
		render(w, r, http.StatusOK, m.page(link, form))
		return nil
	}
	link.Bad = fault.From(err).Code == "INVALID_TOKEN"
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		if !link.Bad {
			link.Wrong = problem
		}
		return m.page(link, form)
	})
}

// read returns the link that a form is about.
func (d *door) read(w http.ResponseWriter, r *http.Request, limit *web.Limit) (views.MailedLink, error) {
	if err := parse(r); err != nil {
		return views.MailedLink{}, err
	}
	link := views.MailedLink{Token: r.PostForm.Get("token"), ReturnTo: localPath(r.PostForm)}
	return link, limit.Take(w, r, web.ClientKey(r))
}

func (d *door) showReset(w http.ResponseWriter, r *http.Request) error {
	link := views.MailedLink{Token: r.URL.Query().Get("token"), ReturnTo: localPath(r.URL.Query())}
	return d.showLink(w, r, resetPage, link, d.Accounts.CheckReset(r.Context(), link.Token))
}

func (d *door) reset(w http.ResponseWriter, r *http.Request) error {
	link, err := d.read(w, r, d.Limits.Factor)
	if err == nil {
		err = d.Accounts.ResetPassword(r.Context(), link.Token, r.PostForm.Get("password"))
	}
	if err != nil {
		return d.showLink(w, r, resetPage, link, err)
	}
	d.arrived(w, r)
	http.Redirect(w, r, returning("/login", link.ReturnTo, "notice", "password-reset"), http.StatusSeeOther)
	return nil
}

func (d *door) showVerify(w http.ResponseWriter, r *http.Request) error {
	a, _ := d.awaits(r)
	token := r.URL.Query().Get("token")
	if token == "" {
		render(w, r, http.StatusOK, views.MailPage(d.mailForm(views.AwaitVerify, a.ReturnTo)))
		return nil
	}
	return d.showLink(w, r, verifyPage, views.MailedLink{Token: token, ReturnTo: a.ReturnTo}, nil)
}

// verify proves an address. Who is signed in goes on from there; others sign in.
func (d *door) verify(w http.ResponseWriter, r *http.Request) error {
	a, _ := d.awaits(r)
	link, err := d.read(w, r, d.Limits.Factor)
	link.ReturnTo = a.ReturnTo
	var u accounts.User
	var changed bool
	if err == nil {
		u, changed, err = d.Accounts.VerifyEmail(r.Context(), link.Token)
	}
	if err != nil {
		return d.showLink(w, r, verifyPage, link, err)
	}
	d.arrived(w, r)
	if _, in := sessions.From(r.Context()); in {
		d.note(r, u.Email+" is confirmed")
		return done(w, r, link.ReturnTo)
	}
	notice := "email-verified"
	if changed {
		notice = "email-changed"
	}
	http.Redirect(w, r, returning("/login", link.ReturnTo, "notice", notice), http.StatusSeeOther)
	return nil
}

func (d *door) showMagicLink(w http.ResponseWriter, r *http.Request) error {
	a, _ := d.awaits(r)
	token := r.URL.Query().Get("token")
	if token == "" {
		form := d.mailForm(views.AwaitMagic, a.ReturnTo)
		if r.URL.Query().Has("returnTo") {
			form.ReturnTo = localPath(r.URL.Query())
		}
		render(w, r, http.StatusOK, views.MailPage(form))
		return nil
	}
	return d.showLink(w, r, magicPage, views.MailedLink{Token: token, ReturnTo: a.ReturnTo}, nil)
}

func (d *door) useMagicLink(w http.ResponseWriter, r *http.Request) error {
	a, _ := d.awaits(r)
	link, err := d.read(w, r, d.Limits.Magic)
	link.ReturnTo = a.ReturnTo
	var u accounts.User
	var created bool
	if err == nil {
		u, created, err = d.Accounts.UseMagicLink(r.Context(), link.Token)
	}
	if err == nil {
		err = d.enter(w, r, u, sessions.Entrance{Way: accounts.WayMagicLink, Remember: true, ReturnTo: link.ReturnTo, Created: created})
	}
	if err != nil {
		return d.showLink(w, r, magicPage, link, err)
	}
	return nil
}
