package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/views"
	"pegasus/web"
)

func (d *door) showSessions(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	own, err := d.own(r, me, views.TabSessions)
	if err != nil {
		return err
	}
	all, err := d.Accounts.Sessions(r.Context(), me.ID)
	if err != nil {
		return err
	}
	current, _ := sessions.From(r.Context())
	page := views.Sessions{Own: own, Here: current.Session}
	for _, s := range all {
		if s.ID != current.Session.ID {
			page.Others = append(page.Others, s)
		}
	}
	render(w, r, http.StatusOK, views.SessionsPage(page))
	return nil
}

func (d *door) endSession(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := d.Accounts.EndSession(r.Context(), me.ID, chi.URLParam(r, "session")); err != nil {
		return err
	}
	d.note(r, "Signed out there")
	return done(w, r, "/profile/sessions")
}

func (d *door) endOtherSessions(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	current, _ := sessions.From(r.Context())
	if err := d.Accounts.EndSessions(r.Context(), me.ID, current.Session.ID); err != nil {
		return err
	}
	d.note(r, "Signed out everywhere else")
	return done(w, r, "/profile/sessions")
}

func (d *door) tokens(r *http.Request, me accounts.User) (views.Tokens, error) {
	own, err := d.own(r, me, views.TabTokens)
	if err != nil {
		return views.Tokens{}, err
	}
	all, err := d.Accounts.Tokens(r.Context(), me.ID)
	return views.Tokens{Own: own, Tokens: all, Now: d.Now(), Scopes: map[accounts.Scope]bool{accounts.ScopeRead: true}, Life: "30"}, err
}

func (d *door) showTokens(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.tokens(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.TokensPage(page))
	return nil
}

// createToken shows the new token in its answer, and nowhere else.
func (d *door) createToken(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	current, _ := sessions.From(r.Context())
	var scopes []accounts.Scope
	for _, s := range r.PostForm["scopes"] {
		scopes = append(scopes, accounts.Scope(s))
	}
	err := d.Limits.Factor.Take(w, r, web.ClientKey(r))
	var life time.Duration
	if err == nil {
		life, err = many(r, "life", 24*time.Hour)
	}
	var secret string
	if err == nil {
		_, secret, err = d.Accounts.CreateToken(r.Context(), me, current.Session, r.PostForm.Get("name"), scopes, life)
	}
	page, failed := d.tokens(r, me)
	if failed != nil {
		return failed
	}
	if err == nil {
		page.Made = secret
		render(w, r, http.StatusOK, views.TokensPage(page))
		return nil
	}
	page.Name, page.Life, page.Scopes = r.PostForm.Get("name"), r.PostForm.Get("life"), map[accounts.Scope]bool{}
	for _, s := range scopes {
		page.Scopes[s] = true
	}
	return ownAgain(w, r, err, views.TabTokens, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = "token", problem
		return views.TokensPage(page)
	})
}

// many reads a field that counts units of time, up to some years.
func many(r *http.Request, field string, unit time.Duration) (time.Duration, error) {
	n, err := strconv.ParseUint(r.PostForm.Get(field), 10, 16)
	if err != nil {
		return 0, fault.Field("expires_in", "INVALID_EXPIRY", "Please choose from the list.")
	}
	return time.Duration(n) * unit, nil
}

func (d *door) deleteToken(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := d.Accounts.DeleteToken(r.Context(), me, chi.URLParam(r, "token")); err != nil {
		return err
	}
	d.note(r, "The token is deleted")
	return done(w, r, "/profile/tokens")
}

func (d *door) showNotifications(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.notifications(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.NotificationsPage(page))
	return nil
}

func (d *door) notifications(r *http.Request, me accounts.User) (views.Notifications, error) {
	own, err := d.own(r, me, views.TabNotifications)
	if err != nil {
		return views.Notifications{}, err
	}
	messages, err := d.preferences(r, me)
	if err != nil {
		return views.Notifications{}, err
	}
	browsers, err := d.browsers(r, me)
	return views.Notifications{Own: own, NewDevice: me.Notify.NewDevice, Messages: messages, Browsers: browsers}, err
}

func (d *door) changeNotifications(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	notify := accounts.Notify{NewDevice: r.PostForm.Get("new_device") != ""}
	if _, err := d.Accounts.ChangeProfile(r.Context(), me.ID, accounts.ProfileChange{Notify: &notify}); err != nil {
		return err
	}
	d.note(r, "Saved")
	return done(w, r, "/profile/notifications")
}

// logPage is how many events the security log shows at once.
const logPage = 50

func (d *door) showSecurityLog(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	own, err := d.own(r, me, views.TabLog)
	if err != nil {
		return err
	}
	found, err := d.Accounts.Events(r.Context(), accounts.EventQuery{
		UserID: me.ID, Before: r.URL.Query().Get("before"), Limit: logPage + 1,
	})
	if err != nil {
		return err
	}
	found, more := upTo(found, logPage)
	page := views.SecurityLog{Own: own, Events: found}
	if more {
		page.Older = "/profile/log?" + url.Values{"before": {found[logPage-1].ID}}.Encode()
	}
	render(w, r, http.StatusOK, views.SecurityLogPage(page))
	return nil
}

func (d *door) data(r *http.Request, me accounts.User) (views.OwnData, error) {
	own, err := d.own(r, me, views.TabData)
	if err != nil {
		return views.OwnData{}, err
	}
	has, err := d.Accounts.HasPassword(r.Context(), me.ID)
	own.Stale = own.Stale && !has // the password is asked for anyway
	return views.OwnData{Own: own, Email: me.Email, HasPassword: has}, err
}

func (d *door) showData(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.data(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.OwnDataPage(page))
	return nil
}

// showDeletion is where a mailed link leads. It deletes nothing: programs that look through mail open links too.
func (d *door) showDeletion(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	own, err := d.own(r, me, views.TabData)
	if err != nil {
		return err
	}
	own.Stale = false // the link proves who one is
	secretInAddress(w)
	render(w, r, http.StatusOK, views.DeletionPage(views.Deletion{Own: own, Email: me.Email, Token: r.URL.Query().Get("token")}))
	return nil
}

// deleteAccount deletes the account by the token of a mailed link, or by address and password.
func (d *door) deleteAccount(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	err := d.Limits.Factor.Take(w, r, web.ClientKey(r))
	if token := r.PostForm.Get("token"); err == nil && token != "" {
		err = d.Accounts.ConfirmDeletion(r.Context(), me, token)
	} else if err == nil {
		err = d.deleteOwn(r, me)
	}
	if err == nil {
		d.Sessions.Forget(w)
		w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
		render(w, r, http.StatusOK, views.DeletedPage())
		return nil
	}
	page, failed := d.data(r, me)
	if failed != nil {
		return failed
	}
	page.Typed = r.PostForm.Get("email")
	return ownAgain(w, r, err, views.TabData, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = "delete", problem
		return views.OwnDataPage(page)
	})
}

// deleteOwn asks for proof of the owner here and now: the page waits for no mail.
func (d *door) deleteOwn(r *http.Request, me accounts.User) error {
	if !strings.EqualFold(strings.TrimSpace(r.PostForm.Get("email")), me.Email) {
		return fault.Field("email", "ANOTHER_ADDRESS", "This is not the address of this account.")
	}
	current, _ := sessions.From(r.Context())
	password := r.PostForm.Get("current")
	has, err := d.Accounts.HasPassword(r.Context(), me.ID)
	switch {
	case err != nil:
		return err
	case has && password == "":
		return errMissing("current")
	case !has:
		if err := d.Accounts.Fresh(current.Session); err != nil {
			return err
		}
	}
	_, err = d.Accounts.RequestDeletion(r.Context(), me, current.Session, password, "")
	return err
}
