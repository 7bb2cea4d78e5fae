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

func (d *door) showSignUp(w http.ResponseWriter, r *http.Request) error {
	if away(w, r) {
		return nil
	}
	secretInAddress(w)
	page, err := d.joining(r, r.URL.Query().Get("invitation"))
	if err != nil {
		return err
	}
	page.ReturnTo = localPath(r.URL.Query())
	render(w, r, http.StatusOK, views.SignUp(page))
	return nil
}

// secretInAddress keeps the address of a page, which holds a token, from going out with its links.
func secretInAddress(w http.ResponseWriter) { w.Header().Set("Referrer-Policy", "no-referrer") }

// joining returns the sign-up page for who comes with an invitation, "" for none.
func (d *door) joining(r *http.Request, invitation string) (views.Account, error) {
	page := views.Account{Token: invitation, Providers: d.providers()}
	switch d.Accounts.SignUpMode() {
	case accounts.SignUpOpen:
		page.Joining = views.JoinOpen
	case accounts.SignUpInvite:
		page.Joining = views.JoinInvite
	default:
		page.Joining = views.JoinClosed
		return page, nil
	}
	policy, err := d.Accounts.Policy(r.Context())
	if err != nil {
		return views.Account{}, err
	}
	page.Domains = policy.SignUpDomains
	if invitation == "" {
		return page, nil
	}
	i, err := d.Accounts.CheckInvitation(r.Context(), invitation)
	if fault.Is(err, fault.NotFound) {
		page.Spent = true
		return page, nil
	}
	if err != nil {
		return views.Account{}, err
	}
	page.Joining, page.Moderator = views.JoinInvited, i.Role == accounts.RoleModerator
	if page.Email, page.Fixed = i.Email, i.Email != ""; page.Fixed {
		page.Domains = nil
	}
	return page, nil
}

func (d *door) signUp(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	returnTo, invitation := localPath(r.PostForm), r.PostForm.Get("invitation")
	err := d.Limits.SignUp.Take(w, r, web.ClientKey(r))
	var joined accounts.SignedUp
	if err == nil {
		draft := draft(r)
		draft.Invitation = invitation
		joined, err = d.Accounts.SignUp(r.Context(), draft)
	}
	if err == nil && joined.Verify {
		d.await(w, awaited{Kind: views.AwaitVerify, Email: joined.User.Email, ReturnTo: returnTo})
		http.Redirect(w, r, "/check-mail", http.StatusSeeOther)
		return nil
	}
	if err == nil {
		err = d.enter(w, r, joined.User, sessions.Entrance{Way: accounts.WaySignUp, Remember: true, ReturnTo: returnTo, Created: true})
	}
	if err == nil {
		return nil
	}
	page, failed := d.joining(r, invitation)
	if failed != nil {
		return failed
	}
	page.Name, page.ReturnTo = r.PostForm.Get("name"), returnTo
	if !page.Fixed {
		page.Email = r.PostForm.Get("email")
	}
	if page.Spent { // somebody was faster, and the page says so
		render(w, r, http.StatusNotFound, views.SignUp(page))
		return nil
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Wrong = problem
		return views.SignUp(page)
	})
}

func draft(r *http.Request) accounts.Draft {
	return accounts.Draft{Email: r.PostForm.Get("email"), Name: r.PostForm.Get("name"), Password: r.PostForm.Get("password")}
}

func (d *door) showSetup(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	if err := d.Accounts.CheckSetup(token); err != nil {
		return err
	}
	secretInAddress(w)
	render(w, r, http.StatusOK, views.Setup(views.Account{Token: token}))
	return nil
}

func (d *door) setUp(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	err := d.Limits.SignUp.Take(w, r, web.ClientKey(r))
	var u accounts.User
	if err == nil {
		u, err = d.Accounts.Setup(r.Context(), r.PostForm.Get("token"), draft(r))
	}
	if err == nil {
		err = d.enter(w, r, u, sessions.Entrance{Way: accounts.WaySignUp, Remember: true, ReturnTo: "/chat", Created: true})
	}
	if err == nil {
		return nil
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		return views.Setup(views.Account{
			Email: r.PostForm.Get("email"), Name: r.PostForm.Get("name"), Token: r.PostForm.Get("token"), Wrong: problem,
		})
	})
}
