package handlers

import (
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/views"
)

// managed returns the page of the person whom the address names.
func (d *door) managed(r *http.Request, me accounts.User) (views.AdminPerson, error) {
	found, _, err := d.Accounts.FindUsers(r.Context(), me, accounts.UserQuery{
		Limit: 1, Filters: []accounts.UserFilter{{Field: accounts.UserID, Op: accounts.OpEqual, Value: chi.URLParam(r, "person")}},
	})
	if err != nil {
		return views.AdminPerson{}, err
	}
	if len(found) == 0 {
		return views.AdminPerson{}, accounts.ErrUserNotFound
	}
	own, err := d.adminFrame(r, me, views.TabPeople)
	if err != nil {
		return views.AdminPerson{}, err
	}
	u := found[0]
	page := views.AdminPerson{
		Own: own, Managed: views.Managed{Person: person(u, u.Status), User: u}, Now: d.Now(), Self: u.ID == me.ID,
		May: func(right accounts.Right) bool { return me.Has(right) && (me.IsAdmin() || u.Role == accounts.RoleUser) },
	}
	if page.Self || page.May(accounts.RightListSessions) {
		page.Sessions, err = d.Accounts.UserSessions(r.Context(), me, u.ID)
	}
	if err != nil || !me.IsAdmin() || u.Bot {
		return page, err
	}
	used, err := d.Plugins.UsageOfPerson(r.Context(), me, u.ID)
	page.Used = &used
	return page, err
}

func (d *door) showPerson(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.managed(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminPersonPage(page))
	return nil
}

// handled answers a form about somebody: with their page and a notice, or with what went wrong. A failure of rights is
// none of the form's.
func (d *door) handled(w http.ResponseWriter, r *http.Request, me accounts.User, form, notice string, err error) error {
	id := chi.URLParam(r, "person")
	if err == nil {
		d.note(r, notice)
		return done(w, r, "/admin/people/"+id)
	}
	if strings.HasPrefix(fault.From(err).Code, "YOU_ARE_NOT_ALLOWED") {
		return err
	}
	page, failed := d.managed(r, me)
	if failed != nil {
		return failed
	}
	page.Reason, page.Until, page.Budget = r.PostForm.Get("ban_reason"), r.PostForm.Get("ban_expires"), r.PostForm.Get("budget")
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = form, problem
		return views.AdminPersonPage(page)
	})
}

func (d *door) setRole(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	_, err := d.Accounts.SetRole(r.Context(), me, chi.URLParam(r, "person"), accounts.Role(r.PostForm.Get("role")))
	return d.handled(w, r, me, "role", "The role is changed", err)
}

func (d *door) banPerson(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	ban, err := banFrom(r)
	if err == nil {
		_, err = d.Accounts.BanUser(r.Context(), me, chi.URLParam(r, "person"), ban)
	}
	return d.handled(w, r, me, "ban", "Banned, and signed out everywhere", err)
}

// banFrom reads the reason and the end of a ban.
func banFrom(r *http.Request) (ban accounts.Ban, err error) {
	ban.Reason = r.PostForm.Get("ban_reason")
	if until := r.PostForm.Get("ban_expires"); until != "" {
		if ban.Expires, err = time.Parse(time.DateOnly, until); err != nil {
			err = fault.Field("ban_expires", "INVALID_BAN_EXPIRES", "Please enter a date, such as 2030-12-31.")
		}
	}
	return ban, err
}

func (d *door) unbanPerson(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	_, err := d.Accounts.UnbanUser(r.Context(), me, chi.URLParam(r, "person"))
	return d.handled(w, r, me, "ban", "The ban is lifted", err)
}

func (d *door) signPersonOut(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	err := d.Accounts.EndUserSessions(r.Context(), me, chi.URLParam(r, "person"))
	return d.handled(w, r, me, "sessions", "Signed out everywhere", err)
}

func (d *door) endPersonsSession(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	err := d.Accounts.EndUserSession(r.Context(), me, chi.URLParam(r, "session"))
	return d.handled(w, r, me, "sessions", "That device is signed out", err)
}

func (d *door) resetFactor(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	err := d.Accounts.ResetTwoFactor(r.Context(), me, chi.URLParam(r, "person"))
	return d.handled(w, r, me, "access", "The second factor is off, and they are signed out everywhere", err)
}

// makeResetLink shows the link in its answer, and nowhere else.
func (d *door) makeResetLink(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	link, err := d.Accounts.ResetLink(r.Context(), me, chi.URLParam(r, "person"))
	if err != nil {
		return d.handled(w, r, me, "access", "", err)
	}
	page, err := d.managed(r, me)
	if err != nil {
		return err
	}
	page.Link = link
	render(w, r, http.StatusOK, views.AdminPersonPage(page))
	return nil
}

func (d *door) actAs(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if _, err := d.Sessions.Impersonate(w, r, chi.URLParam(r, "person")); err != nil {
		return d.handled(w, r, me, "access", "", err)
	}
	return done(w, r, "/chat")
}

// stopActing brings an admin back to their own session, or to the sign-in page where that has ended.
func (d *door) stopActing(w http.ResponseWriter, r *http.Request, acted accounts.User) error {
	_, err := d.Sessions.StopImpersonating(w, r)
	if fault.Is(err, fault.Unauthenticated) {
		return done(w, r, "/login")
	}
	if err != nil {
		return err
	}
	return done(w, r, "/admin/people/"+acted.ID)
}

func (d *door) deletePerson(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	page, err := d.managed(r, me)
	if err != nil {
		return err
	}
	if !me.Has(accounts.RightDelete) {
		return accounts.RequireAdmin(me)
	}
	if !strings.EqualFold(strings.TrimPrefix(strings.TrimSpace(r.PostForm.Get("username")), "@"), page.User.Username) {
		err = fault.Field("username", "ANOTHER_USERNAME", "This is not the username of this person.")
	}
	if err == nil {
		err = d.Accounts.RemoveUser(r.Context(), me, page.User.ID)
	}
	if err != nil {
		return d.handled(w, r, me, "delete", "", err)
	}
	d.note(r, page.User.Shown()+"’s account is deleted")
	return done(w, r, "/admin/people")
}
