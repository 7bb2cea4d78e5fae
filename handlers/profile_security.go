package handlers

import (
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/sessions"
	"pegasus/sessions/oauth"
	"pegasus/views"
	"pegasus/web"
)

func (d *door) security(r *http.Request, me accounts.User) (views.Security, error) {
	ctx := r.Context()
	own, err := d.own(r, me, views.TabSecurity)
	if err != nil {
		return views.Security{}, err
	}
	page := views.Security{Own: own, TwoFactor: me.TwoFactorEnabled, PasskeysOn: d.Passkeys.Available()}
	if page.HasPassword, err = d.Accounts.HasPassword(ctx, me.ID); err != nil {
		return page, err
	}
	state, err := d.Accounts.TwoFactorState(ctx, me.ID)
	if err != nil {
		return page, err
	}
	page.CodesLeft = state.BackupCodesLeft
	if page.Passkeys, err = d.Accounts.Passkeys(ctx, me.ID); err != nil {
		return page, err
	}
	linked, err := d.Accounts.ProviderAccounts(ctx, me.ID)
	if err != nil {
		return page, err
	}
	page.Links, page.Providers = d.linked(linked)
	ways := len(page.Links) + len(page.Passkeys)
	if page.HasPassword {
		ways++
	}
	page.LastWay = ways < 2
	return page, nil
}

// linked returns a person's accounts elsewhere, and the providers at which they have none.
func (d *door) linked(all []accounts.ProviderAccount) (links []views.Link, others []views.Provider) {
	labels, has := map[string]string{}, map[string]bool{}
	for _, p := range d.providers() {
		labels[p.Name] = p.Label
	}
	for _, a := range all {
		label := labels[a.Provider]
		if label == "" { // the provider was switched off
			label = a.Provider
		}
		has[a.Provider] = true
		links = append(links, views.Link{ID: a.ID, Label: label, Email: a.Email, Since: a.CreatedAt})
	}
	for _, p := range d.providers() {
		if !has[p.Name] {
			others = append(others, p)
		}
	}
	return links, others
}

func (d *door) showSecurity(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.security(r, me)
	if err != nil {
		return err
	}
	if code := r.URL.Query().Get("error"); code != "" {
		page.Problem = saying(code)
	}
	render(w, r, http.StatusOK, views.SecurityPage(page))
	return nil
}

// securityAgain shows the page with what went wrong in one of its forms.
func (d *door) securityAgain(w http.ResponseWriter, r *http.Request, me accounts.User, form string, err error) error {
	page, failed := d.security(r, me)
	if failed != nil {
		return failed
	}
	return ownAgain(w, r, err, views.TabSecurity, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = form, problem
		return views.SecurityPage(page)
	})
}

// changePassword replaces the password, or sets the first.
func (d *door) changePassword(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	current, _ := sessions.From(r.Context())
	has, err := d.Accounts.HasPassword(r.Context(), me.ID)
	if err == nil {
		err = d.Limits.Factor.Take(w, r, web.ClientKey(r))
	}
	if err == nil && has {
		err = d.Accounts.ChangePassword(r.Context(), me, current.Session, r.PostForm.Get("current"), r.PostForm.Get("password"),
			r.PostForm.Get("others") != "")
	} else if err == nil {
		err = d.Accounts.SetPassword(r.Context(), me, current.Session, r.PostForm.Get("password"))
	}
	if err != nil {
		return d.securityAgain(w, r, me, "password", err)
	}
	if _, err := d.Sessions.Renew(w, r); err != nil {
		return err
	}
	return done(w, r, "/profile/security?done=password")
}

func (d *door) renamePasskey(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	id := chi.URLParam(r, "passkey")
	if _, err := d.Accounts.RenamePasskey(r.Context(), me, id, r.PostForm.Get("name")); err != nil {
		return d.securityAgain(w, r, me, "rename-"+id, err)
	}
	d.note(r, "The passkey has its new name")
	return done(w, r, "/profile/security")
}

func (d *door) removePasskey(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	id := chi.URLParam(r, "passkey")
	current, _ := sessions.From(r.Context())
	if err := d.Accounts.RemovePasskey(r.Context(), me, current.Session, id); err != nil {
		return d.securityAgain(w, r, me, "remove-"+id, err)
	}
	d.note(r, "The passkey is removed")
	return done(w, r, "/profile/security")
}

// linkAccount sends a browser to a provider, to come back with an account there. The way back is the API's.
func (d *door) linkAccount(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	current, _ := sessions.From(r.Context())
	err := d.Limits.Auth.Take(w, r, web.ClientKey(r))
	if err == nil {
		err = d.Accounts.Fresh(current.Session) // now, and not after the way to the provider
	}
	if err != nil {
		return d.securityAgain(w, r, me, "link", err)
	}
	return d.goToProvider(w, r, oauth.Flow{
		Provider: chi.URLParam(r, "account"), Callback: "/profile/security?done=linked", ErrorCallback: "/profile/security",
		UserID: me.ID, SessionID: current.Session.ID,
	})
}

func (d *door) unlinkAccount(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	id := chi.URLParam(r, "account")
	current, _ := sessions.From(r.Context())
	err := d.Accounts.UnlinkProvider(r.Context(), me, current.Session, func(a accounts.ProviderAccount) bool {
		return a.ID == id && a.Provider != accounts.ProviderCredential
	})
	if err != nil {
		return d.securityAgain(w, r, me, "unlink-"+id, err)
	}
	d.note(r, "The account is no longer linked")
	return done(w, r, "/profile/security")
}
