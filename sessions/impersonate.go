package sessions

import (
	"net/http"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// errNotImpersonating is the answer to a stop without a start.
var errNotImpersonating = fault.New(fault.Invalid, "YOU_ARE_NOT_IMPERSONATING", "You are not impersonating anybody.")

// Impersonate lets an admin act as somebody for an hour, in place of their own session, which waits.
func (m *Manager) Impersonate(w http.ResponseWriter, r *http.Request, userID string) (Current, error) {
	admin, err := session(r.Context())
	if err != nil {
		return Current{}, err
	}
	// One right after another would lose the way back.
	if admin.Session.ImpersonatedBy != "" {
		return Current{}, fault.New(fault.Forbidden, "NOT_WHILE_IMPERSONATING", "Stop impersonating first.")
	}
	token, err := m.newToken(r.Context(), userID)
	if err != nil {
		return Current{}, err
	}
	acted, u, err := m.accounts.Impersonate(r.Context(), admin.User, userID, accounts.HashSecret(token))
	if err != nil {
		m.destroy(r.Context(), token)
		return Current{}, err
	}
	brief := ""
	if !admin.Session.Remember {
		brief = "true"
	}
	m.Keep(w, CookieAdmin, admin.Token+":"+brief, time.Until(admin.Session.ExpiresAt))
	m.setCookie(w, token, acted)
	return Current{User: u, Session: acted, Token: token}, nil
}

// StopImpersonating ends it and brings the admin's own session back. Where that has ended in the meantime nobody is signed in
// (ErrSignIn).
func (m *Manager) StopImpersonating(w http.ResponseWriter, r *http.Request) (Current, error) {
	current, err := session(r.Context())
	if err != nil {
		return Current{}, err
	}
	if current.Session.ImpersonatedBy == "" {
		return Current{}, errNotImpersonating
	}
	admin, gone := m.waiting(r, current.Session)
	if gone != nil && !fault.Is(gone, fault.Unauthenticated) {
		return Current{}, gone
	}
	if err := m.accounts.EndImpersonation(r.Context(), current.Session); err != nil {
		return Current{}, err
	}
	m.destroy(r.Context(), current.Token)
	m.Keep(w, CookieAdmin, "", 0)
	if gone != nil {
		m.clear(w)
		return Current{}, ErrSignIn
	}
	if admin.Session.Remember {
		m.drop(w, cookieBrief) // which the impersonated session had
	}
	m.setCookie(w, admin.Token, admin.Session)
	return admin, nil
}

// waiting returns the session of the admin who acts as somebody by the session given, or Unauthenticated.
func (m *Manager) waiting(r *http.Request, acted accounts.Session) (Current, error) {
	token, _, _ := strings.Cut(m.Kept(r, CookieAdmin), ":")
	admin, _, err := m.bySession(r.Context(), token)
	if err == nil && (admin.User.ID != acted.ImpersonatedBy || admin.Session.ImpersonatedBy != "") {
		err = ErrSignIn
	}
	return admin, err
}

// endAdmin ends the session of an admin that waits behind an impersonated one, if it is one.
func (m *Manager) endAdmin(w http.ResponseWriter, r *http.Request, acted accounts.Session) error {
	if acted.ImpersonatedBy == "" {
		return nil
	}
	admin, err := m.waiting(r, acted)
	if err == nil {
		err = m.accounts.SignOut(r.Context(), admin.Session)
	}
	if err != nil && !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	m.Keep(w, CookieAdmin, "", 0)
	return nil
}
