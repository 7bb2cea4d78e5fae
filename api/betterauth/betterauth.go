// Package betterauth speaks the wire protocol of Better Auth, so that its unmodified client works against this server.
//
// Where releases 1.2 and 1.7 of that protocol differ, answers are a superset that clients of both take. Errors have the
// form of the whole API, which holds that protocol's code and message.
package betterauth

import (
	"context"
	"net/http"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/sessions/oauth"
	"pegasus/sessions/passkey"
	"pegasus/web"
)

// Options are the parts of a Door. Every part but Origins must be set.
type Options struct {
	Accounts  *accounts.Service
	Sessions  *sessions.Manager
	Providers *oauth.Providers
	Passkeys  *passkey.Ceremonies
	Now       func() time.Time
	// Picture gives a person the picture at an address of the web, or with "" takes theirs away.
	Picture func(ctx context.Context, u accounts.User, address string) (accounts.User, error)
	// Origins are trusted beside the host that a request names, and callbacks may lead there.
	Origins []string
	// Refuse answers a request that was refused before it came to a handler.
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
}

// Door holds the handlers of the protocol.
type Door struct{ Options }

// New returns a Door.
func New(o Options) *Door { return &Door{o} }

// Handler answers a request whose input was read: the body, or the query of a GET. It may set headers and cookies; what
// it returns is written as JSON.
type Handler[I, O any] func(w http.ResponseWriter, r *http.Request, in I) (O, error)

// None is the input of a handler that takes none.
type None struct{}

var (
	// ErrNobody is the protocol's answer to nobody where somebody is needed.
	ErrNobody  = fault.New(fault.Unauthenticated, "UNAUTHORIZED", "Unauthorized")
	errSession = fault.New(fault.Forbidden, "SESSION_REQUIRED", "Please sign in for this: no token reaches it.")
)

// BySession refuses who came by anything but a session: by a personal access token, a JWT or a proxy.
func BySession(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if current, signedIn := sessions.From(r.Context()); signedIn && !current.HasSession() {
			web.WriteJSONError(w, r, errSession)
			return
		}
		next(w, r)
	}
}

// Handle returns what serves a handler.
func Handle[I, O any](handle Handler[I, O]) http.HandlerFunc {
	return BySession(func(w http.ResponseWriter, r *http.Request) {
		in, err := read[I](r)
		var out O
		if err == nil {
			out, err = handle(w, r, in)
		}
		if err != nil {
			web.WriteJSONError(w, r, translate(err))
			return
		}
		web.WriteJSON(w, http.StatusOK, out)
	})
}

// me returns who calls a route that is not public, and by which session.
func me(r *http.Request) sessions.Current {
	current, _ := sessions.From(r.Context())
	return current
}

// Status is the answer of most changes.
type Status struct {
	Status bool `json:"status"`
}

// Success is the same in the words of other endpoints.
type Success struct {
	Success bool `json:"success"`
}

// OK is the answer of the self-check.
type OK struct {
	OK bool `json:"ok"`
}

// OK answers that sign-in works.
func (d *Door) OK(w http.ResponseWriter, _ *http.Request) {
	web.WriteJSON(w, http.StatusOK, OK{OK: true})
}

// SessionAndUser is who is signed in.
type SessionAndUser struct {
	Session Session `json:"session"`
	User    User    `json:"user"`
}

// GetSession answers who is signed in: null for nobody, never 401. Who came by a token has no session to show.
func (d *Door) GetSession(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	current, signedIn := sessions.From(r.Context())
	if !signedIn || !current.HasSession() {
		web.WriteJSON(w, http.StatusOK, nil)
		return
	}
	web.WriteJSON(w, http.StatusOK, SessionAndUser{Session: newSession(current), User: NewUser(current.User)})
}
