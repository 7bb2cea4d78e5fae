package betterauth

import (
	"net/http"

	"pegasus/fault"
	"pegasus/sessions"
)

// SessionsResponse lists somebody's sessions.
type SessionsResponse struct {
	Sessions []Session `json:"sessions" nullable:"false"`
}

// ListUserSessions lists somebody's sessions, with handles for tokens.
func (d *Door) ListUserSessions(_ http.ResponseWriter, r *http.Request, in UserIDRequest) (SessionsResponse, error) {
	all, err := d.Accounts.UserSessions(r.Context(), me(r).User, in.UserID)
	out := SessionsResponse{Sessions: make([]Session, len(all))}
	for i, s := range all {
		out.Sessions[i] = otherSession(s)
	}
	return out, err
}

// RevokeUserSessionRequest names a session by its handle.
type RevokeUserSessionRequest struct {
	SessionToken string `json:"sessionToken"`
}

// RevokeUserSession ends a session, whoever's it is. One that is not there is as good as ended.
func (d *Door) RevokeUserSession(_ http.ResponseWriter, r *http.Request, in RevokeUserSessionRequest) (Success, error) {
	err := d.Accounts.EndUserSession(r.Context(), me(r).User, in.SessionToken)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return Success{Success: true}, err
}

// RevokeUserSessions ends all of somebody's sessions.
func (d *Door) RevokeUserSessions(_ http.ResponseWriter, r *http.Request, in UserIDRequest) (Success, error) {
	return Success{Success: true}, d.Accounts.EndUserSessions(r.Context(), me(r).User, in.UserID)
}

// Impersonate lets an admin act as somebody for an hour.
func (d *Door) Impersonate(w http.ResponseWriter, r *http.Request, in UserIDRequest) (SessionAndUser, error) {
	return whoNow(d.Sessions.Impersonate(w, r, in.UserID))
}

// StopImpersonating brings the admin's own session back.
func (d *Door) StopImpersonating(w http.ResponseWriter, r *http.Request, _ None) (SessionAndUser, error) {
	return whoNow(d.Sessions.StopImpersonating(w, r))
}

func whoNow(c sessions.Current, err error) (SessionAndUser, error) {
	return SessionAndUser{Session: newSession(c), User: NewUser(c.User)}, err
}
