package handlers

import (
	"net/http"

	"pegasus/accounts"
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

func (d *door) showLogin(w http.ResponseWriter, r *http.Request) error {
	if away(w, r) {
		return nil
	}
	render(w, r, http.StatusOK, views.Login(views.Account{ReturnTo: localPath(r.URL.Query()), SignUpOpen: d.Accounts.SignUpOpen()}))
	return nil
}

// account fills a form in again after a failure, all but the password.
func (d *door) account(r *http.Request) views.Account {
	return views.Account{
		Email: r.PostForm.Get("email"), Name: r.PostForm.Get("name"), Token: r.PostForm.Get("token"),
		ReturnTo: localPath(r.PostForm), SignUpOpen: d.Accounts.SignUpOpen(),
	}
}

func (d *door) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	err := d.Limits.SignIn.Take(w, r, web.ClientKey(r))
	var u accounts.User
	if err == nil {
		u, err = d.Sessions.Authenticate(r, d.Limits.Failures, r.PostForm.Get("email"), r.PostForm.Get("password"))
	}
	if err == nil {
		_, err = d.Sessions.SignIn(w, r, u, r.PostForm.Get("remember") != "")
	}
	if err == nil {
		return done(w, r, localPath(r.PostForm))
	}
	page := d.account(r)
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		page.Wrong = problem
		render(w, r, status, views.Login(page))
	})
}

func (d *door) showSignUp(w http.ResponseWriter, r *http.Request) error {
	if away(w, r) {
		return nil
	}
	render(w, r, http.StatusOK, views.SignUp(views.Account{ReturnTo: localPath(r.URL.Query()), SignUpOpen: d.Accounts.SignUpOpen()}))
	return nil
}

func (d *door) signUp(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	err := d.Limits.SignUp.Take(w, r, web.ClientKey(r))
	var u accounts.User
	if err == nil {
		u, err = d.Accounts.SignUp(r.Context(), draft(r))
	}
	if err == nil {
		_, err = d.Sessions.SignIn(w, r, u, true)
	}
	if err == nil {
		return done(w, r, localPath(r.PostForm))
	}
	page := d.account(r)
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		page.Wrong = problem
		render(w, r, status, views.SignUp(page))
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
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds the token
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
		_, err = d.Sessions.SignIn(w, r, u, true)
	}
	if err == nil {
		return done(w, r, "/chat")
	}
	page := d.account(r)
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		page.Wrong = problem
		render(w, r, status, views.Setup(page))
	})
}

func (d *door) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := d.Sessions.SignOut(w, r); err != nil {
		return err
	}
	return done(w, r, "/login")
}
