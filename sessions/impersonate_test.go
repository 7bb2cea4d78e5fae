package sessions_test

import (
	"net/http"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
)

const adminCookie = "better-auth.admin_session"

func (w *world) role(t testing.TB, u accounts.User, role accounts.Role) accounts.User {
	t.Helper()
	u, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Role: &role}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (b *browser) impersonate(userID string) (current sessions.Current, err error) {
	b.send(func(rw http.ResponseWriter, r *http.Request) { current, err = b.Impersonate(rw, r, userID) })
	return current, err
}

func (b *browser) stop() (current sessions.Current, err error) {
	b.send(func(rw http.ResponseWriter, r *http.Request) { current, err = b.StopImpersonating(rw, r) })
	return current, err
}

// acting is a browser in which an admin, ada, acts as ben.
func acting(t testing.TB, w *world) (b *browser, admin sessions.Entry, acted sessions.Current) {
	t.Helper()
	w.ada = w.role(t, w.ada, accounts.RoleAdmin)
	b = w.browser()
	admin = b.enter(t, w.ada, accounts.WayPassword)
	acted, err := b.impersonate(w.ben.ID)
	if err != nil {
		t.Fatal(err)
	}
	return b, admin, acted
}

func TestAnAdminActsAsSomebodyForAnHourAndComesBack(t *testing.T) {
	w := newWorld(t, false)
	b, admin, acted := acting(t, w)
	if acted.User.ID != w.ben.ID || acted.Session.ImpersonatedBy != w.ada.ID || acted.Session.Way != accounts.WayImpersonation ||
		acted.Session.ExpiresAt.Sub(acted.Session.CreatedAt) != time.Hour || acted.Token == admin.Token {
		t.Fatalf("acts as %+v", acted)
	}
	if w.who(t, b.headers()...) != w.ben.ID || b.jar["better-auth.dont_remember"] == "" {
		t.Errorf("the browser keeps %v", b.jar)
	}
	if err := w.accounts.Fresh(acted.Session); !fault.Is(err, fault.Forbidden) || !acted.Session.ProvenAt.IsZero() {
		t.Errorf("an impersonated session is fresh: %v", err)
	}
	if ben, _ := w.accounts.User(t.Context(), w.ben.ID); !ben.LastLogin.IsZero() {
		t.Error("ben is said to have signed in")
	}
	if _, err := b.impersonate(w.ben.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("one behind the other: %v", err)
	}
	back, err := b.stop()
	if err != nil || back.User.ID != w.ada.ID || back.Token != admin.Token || back.Session.ID != admin.Session.ID {
		t.Fatalf("back as %+v, %v", back, err)
	}
	if w.who(t, b.headers()...) != w.ada.ID || b.jar[adminCookie] != "" || b.jar["better-auth.dont_remember"] != "" {
		t.Errorf("the browser keeps %v", b.jar)
	}
	if w.who(t, cookie(name, acted.Token)...) != "" {
		t.Error("the impersonated session lives on")
	}
	if _, err := b.stop(); fault.From(err).Code != "YOU_ARE_NOT_IMPERSONATING" {
		t.Error(err)
	}
	for _, action := range []accounts.Action{accounts.ActionImpersonated, accounts.ActionImpersonationOver} {
		events, err := w.store.Events(t.Context(), accounts.EventQuery{UserID: w.ben.ID, Action: action, Limit: 10})
		if err != nil || len(events) != 1 || events[0].ActorID != w.ada.ID {
			t.Errorf("%s: %+v, %v", action, events, err)
		}
	}
}

func TestABriefAdminSessionComesBackBrief(t *testing.T) {
	w := newWorld(t, false)
	w.ada = w.role(t, w.ada, accounts.RoleAdmin)
	b := w.browser()
	b.send(func(rw http.ResponseWriter, r *http.Request) {
		if _, err := w.Enter(rw, r, w.ada, sessions.Entrance{Way: accounts.WayPassword}); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := b.impersonate(w.ben.ID); err != nil {
		t.Fatal(err)
	}
	if back, err := b.stop(); err != nil || back.Session.Remember || b.jar["better-auth.dont_remember"] == "" {
		t.Errorf("%+v, %v, %v", back, err, b.jar)
	}
}

func TestNobodyElseActsAsSomebody(t *testing.T) {
	w := newWorld(t, false)
	admin := w.role(t, w.person(t, "cleo"), accounts.RoleAdmin)
	for _, role := range []accounts.Role{accounts.RoleUser, accounts.RoleModerator} {
		b := w.browser()
		b.enter(t, w.role(t, w.ada, role), accounts.WayPassword)
		if _, err := b.impersonate(w.ben.ID); !fault.Is(err, fault.Forbidden) || w.who(t, b.headers()...) != w.ada.ID {
			t.Errorf("a %s: %v", role, err)
		}
	}
	b := w.browser()
	b.enter(t, w.role(t, w.ada, accounts.RoleAdmin), accounts.WayPassword)
	if _, err := b.impersonate(admin.ID); fault.From(err).Code != "YOU_CANNOT_IMPERSONATE_ADMINS" {
		t.Error(err)
	}
	if _, err := b.impersonate("0123456789abcdef01234567"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, err := w.browser().impersonate(w.ben.ID); !fault.Is(err, fault.Unauthenticated) {
		t.Error(err)
	}
	if _, err := w.browser().stop(); !fault.Is(err, fault.Unauthenticated) {
		t.Error(err)
	}
}

func TestWhoIsNoAdminAnyMoreActsAsNobodyAtTheNextRequest(t *testing.T) {
	w := newWorld(t, false)
	b, _, _ := acting(t, w)
	w.role(t, w.ada, accounts.RoleModerator)
	if got := w.who(t, b.headers()...); got != "" {
		t.Errorf("still acts as %s", got)
	}
	w.role(t, w.ada, accounts.RoleAdmin)
	if _, err := w.store.UpdateUser(t.Context(), w.ada.ID, accounts.UserChange{Ban: &accounts.Ban{Banned: true}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := w.who(t, b.headers()...); got != "" {
		t.Errorf("banned, still acts as %s", got)
	}
}

func TestTheWayBackIsTheAdminsOwn(t *testing.T) {
	w := newWorld(t, false)
	cleo := w.role(t, w.person(t, "cleo"), accounts.RoleAdmin)
	b, admin, _ := acting(t, w)
	other := w.browser()
	other.enter(t, cleo, accounts.WayPassword)
	if _, err := other.impersonate(w.ben.ID); err != nil {
		t.Fatal(err)
	}
	for what, value := range map[string]string{"another admin's": other.jar[adminCookie], "none": "", "unsigned": admin.Token + ":", "the impersonated": b.jar[name]} {
		thief := w.browser()
		thief.jar[name], thief.jar[adminCookie] = b.jar[name], value
		if what != "another admin's" {
			// Each ends the impersonation, so each has one of its own.
			c, _, _ := acting(t, w)
			thief.jar[name] = c.jar[name]
		}
		if current, err := thief.stop(); !fault.Is(err, fault.Unauthenticated) || thief.jar[name] != "" || w.who(t, thief.headers()...) != "" {
			t.Errorf("%s cookie leads to %s, %v", what, current.User.ID, err)
		}
	}
}

func TestWhereTheAdminsSessionHasEndedNobodyComesBack(t *testing.T) {
	w := newWorld(t, false)
	b, admin, acted := acting(t, w)
	if err := w.accounts.EndSession(t.Context(), w.ada.ID, admin.Session.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.stop(); !fault.Is(err, fault.Unauthenticated) {
		t.Error(err)
	}
	if b.jar[name] != "" || b.jar[adminCookie] != "" || w.who(t, cookie(name, acted.Token)...) != "" || w.who(t, cookie(name, admin.Token)...) != "" {
		t.Errorf("the browser keeps %v", b.jar)
	}
}

func TestSigningOutWhileActingAsSomebodyEndsBoth(t *testing.T) {
	w := newWorld(t, false)
	b, admin, acted := acting(t, w)
	b.send(func(rw http.ResponseWriter, r *http.Request) {
		if err := w.SignOut(rw, r); err != nil {
			t.Error(err)
		}
	})
	for _, token := range []string{admin.Token, acted.Token} {
		if got := w.who(t, cookie(name, token)...); got != "" {
			t.Errorf("%s is signed in still", got)
		}
	}
	if b.jar[name] != "" || b.jar[adminCookie] != "" {
		t.Errorf("the browser keeps %v", b.jar)
	}
	if ben, _ := w.accounts.User(t.Context(), w.ben.ID); ben.Status != accounts.StatusOnline {
		t.Errorf("ben is shown as %s", ben.Status)
	}
}

func TestSigningInWhileActingAsSomebodyEndsBoth(t *testing.T) {
	w := newWorld(t, false)
	b, admin, acted := acting(t, w)
	b.enter(t, w.person(t, "cleo"), accounts.WayPassword)
	for _, token := range []string{admin.Token, acted.Token} {
		if got := w.who(t, cookie(name, token)...); got != "" {
			t.Errorf("%s is signed in still", got)
		}
	}
	if b.jar[adminCookie] != "" {
		t.Errorf("the browser keeps %v", b.jar)
	}
}
