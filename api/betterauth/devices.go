package betterauth

import (
	"net/http"

	"pegasus/accounts"
	"pegasus/fault"
)

// ListSessions lists one's signed-in devices. Only the token of this one is a token; those of others are handles, since
// their tokens are stored nowhere. Sessions of admins who act as the person are theirs to see, not the person's to end.
func (d *Door) ListSessions(_ http.ResponseWriter, r *http.Request, _ None) ([]Session, error) {
	c := me(r)
	all, err := d.Accounts.Sessions(r.Context(), c.User.ID)
	out := make([]Session, 0, len(all))
	for _, s := range all {
		switch {
		case s.ImpersonatedBy != "":
		case s.ID == c.Session.ID:
			c.Session = s
			out = append(out, newSession(c))
		default:
			out = append(out, otherSession(s))
		}
	}
	return out, err
}

// RevokeSessionRequest names a session by its token or handle.
type RevokeSessionRequest struct {
	Token string `json:"token"`
}

// RevokeSession ends one of one's sessions. What is no session of one's own is as good as ended.
func (d *Door) RevokeSession(w http.ResponseWriter, r *http.Request, in RevokeSessionRequest) (Status, error) {
	c := me(r)
	all, err := d.Accounts.Sessions(r.Context(), c.User.ID)
	if err != nil {
		return Status{}, err
	}
	hash := accounts.HashSecret(in.Token)
	for _, s := range all {
		if s.ID != in.Token && s.TokenHash != hash {
			continue
		}
		if err := d.Accounts.EndSession(r.Context(), c.User.ID, s.ID); err != nil && !fault.Is(err, fault.NotFound) {
			return Status{}, err
		}
		if s.ID == c.Session.ID {
			d.Sessions.Forget(w)
		}
	}
	return Status{Status: true}, nil
}

// RevokeSessions ends all of one's sessions, this one included.
func (d *Door) RevokeSessions(w http.ResponseWriter, r *http.Request, _ None) (Status, error) {
	if err := d.Accounts.EndSessions(r.Context(), me(r).User.ID, ""); err != nil {
		return Status{}, err
	}
	d.Sessions.Forget(w)
	return Status{Status: true}, nil
}

// RevokeOtherSessions ends all of one's sessions but this one.
func (d *Door) RevokeOtherSessions(_ http.ResponseWriter, r *http.Request, _ None) (Status, error) {
	c := me(r)
	return Status{Status: true}, d.Accounts.EndSessions(r.Context(), c.User.ID, c.Session.ID)
}

// SessionResponse is the answer to a change of one's session.
type SessionResponse struct {
	Session Session `json:"session"`
}

// UpdateSession changes nothing: a session has no fields of its own here.
func (d *Door) UpdateSession(_ http.ResponseWriter, r *http.Request, _ None) (SessionResponse, error) {
	return SessionResponse{Session: newSession(me(r))}, nil
}
