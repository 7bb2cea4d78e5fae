// Package sessions connects requests to people: it issues, reads and ends the cookie of a signed-in device.
//
// The sign-in state lies in an scs store under the hash of a random token. Beside it stands the device's session
// record of package accounts, and that record alone decides: scs writes a session back when a request that began
// before a sign-out ends, but nobody can write the record back.
package sessions

import (
	"context"
	"net/http"
	"strings"

	"github.com/alexedwards/scs/v2"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/web"
)

// Keys of the sign-in state.
const (
	keyUser   = "user_id"
	keyNotice = "notice"
)

// Options are the parts of a Manager.
type Options struct {
	Store    scs.Store
	Accounts *accounts.Service
	Key      []byte // signs cookies
	Secure   bool   // the server is reached by https
}

// Manager issues and reads sessions.
type Manager struct {
	state    *scs.SessionManager
	accounts *accounts.Service
	key      []byte
	secure   bool
}

// New returns a Manager.
func New(o Options) *Manager {
	state := scs.New()
	state.Store = o.Store
	state.Lifetime = accounts.SessionMaxLife
	state.HashTokenInStore = true
	return &Manager{state: state, accounts: o.Accounts, key: o.Key, secure: o.Secure}
}

// Current is who makes a request, and by which session.
type Current struct {
	User    accounts.User
	Session accounts.Session
	Token   string // the raw token that the request carried
}

type contextKey struct{}

// From returns who makes the request that ctx belongs to.
func From(ctx context.Context) (Current, bool) {
	c, ok := ctx.Value(contextKey{}).(Current)
	return c, ok
}

// ErrSignIn is the answer to a request of nobody's where somebody is needed.
var ErrSignIn = fault.New(fault.Unauthenticated, "AUTH_REQUIRED", "Authentication required")

// User returns who makes the request, or ErrSignIn.
func User(ctx context.Context) (accounts.User, error) {
	c, ok := From(ctx)
	if !ok {
		return accounts.User{}, ErrSignIn
	}
	return c.User, nil
}

// Live reports, as an error, that the session by which the request came has ended since.
func (m *Manager) Live(ctx context.Context) error {
	current, ok := From(ctx)
	if !ok {
		return ErrSignIn
	}
	_, _, _, err := m.accounts.SessionUser(ctx, Hash(current.Token))
	return err
}

// Load finds out who makes each request. A request without a good session goes on as nobody's; where the database does
// not answer, fail does.
func (m *Manager) Load(fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r, err := m.identify(w, r)
			if err != nil {
				fail(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// identify returns the request with who makes it. It is apart from Load to be off the stack of what comes after: a
// stream stands on that stack for hours.
func (m *Manager) identify(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	token, byCookie := m.token(r)
	if token == "" {
		if byCookie {
			m.clear(w)
		}
		return r, nil
	}
	session, user, extended, err := m.accounts.SessionUser(r.Context(), Hash(token))
	if fault.Is(err, fault.Unauthenticated) {
		if byCookie {
			m.clear(w)
		}
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if extended && byCookie {
		m.setCookie(w, token, session)
	}
	web.NoteUser(r.Context(), user.ID)
	current := Current{User: user, Session: session, Token: token}
	return r.WithContext(context.WithValue(r.Context(), contextKey{}, current)), nil
}

// SignIn opens a session for a person who has proven who they are, under a new token, and ends the one that the
// request came with.
func (m *Manager) SignIn(w http.ResponseWriter, r *http.Request, u accounts.User, remember bool) (Current, error) {
	ctx, err := m.state.Load(r.Context(), "")
	if err != nil {
		return Current{}, err
	}
	m.state.Put(ctx, keyUser, u.ID)
	token, _, err := m.state.Commit(ctx)
	if err != nil {
		return Current{}, fault.Away("DATABASE_UNAVAILABLE", "The database does not answer. Please try again in a moment.", err)
	}
	device := accounts.Device{Address: web.ClientAddress(r.Context()), UserAgent: r.UserAgent()}
	session, u, err := m.accounts.OpenSession(r.Context(), u, Hash(token), device, remember)
	if err != nil {
		return Current{}, err
	}
	if before, ok := From(r.Context()); ok {
		// A failure leaves an old session that ends by itself.
		_ = m.accounts.EndSession(r.Context(), before.User.ID, before.Session.ID)
	}
	m.setCookie(w, token, session)
	return Current{User: u, Session: session, Token: token}, nil
}

// SignOut ends the session that the request came with, if any, with its streams, and clears the cookie.
func (m *Manager) SignOut(w http.ResponseWriter, r *http.Request) error {
	current, ok := From(r.Context())
	if !ok {
		m.clear(w)
		return nil
	}
	if err := m.accounts.SignOut(r.Context(), current.Session); err != nil {
		return err // the cookie stays, so that the person can try again
	}
	m.clear(w)
	ctx, err := m.state.Load(r.Context(), current.Token)
	if err == nil {
		err = m.state.Destroy(ctx)
	}
	if err != nil {
		web.NoteError(r.Context(), err) // the record is gone, which is what counts; the state expires
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return nil
}

// SetNotice keeps a line of text for the next page that this session reads.
func (m *Manager) SetNotice(ctx context.Context, text string) error {
	return m.change(ctx, func(ctx context.Context) { m.state.Put(ctx, keyNotice, text) })
}

// TakeNotice returns the line of text that was kept for this session, once.
func (m *Manager) TakeNotice(ctx context.Context) (text string, err error) {
	err = m.change(ctx, func(ctx context.Context) { text = m.state.PopString(ctx, keyNotice) })
	return text, err
}

func (m *Manager) change(ctx context.Context, do func(context.Context)) error {
	current, ok := From(ctx)
	if !ok {
		return nil
	}
	ctx, err := m.state.Load(ctx, current.Token)
	if err != nil {
		return err
	}
	do(ctx)
	if m.state.Status(ctx) != scs.Modified {
		return nil
	}
	_, _, err = m.state.Commit(ctx)
	return err
}

// Authenticate checks an address and a password within the limit on wrong ones. They are counted by account, known or
// not, and by client: who guesses is slowed down, and cannot lock the owner out from elsewhere.
func (m *Manager) Authenticate(r *http.Request, failures *web.Limit, email, password string) (accounts.User, error) {
	key := strings.ToLower(strings.TrimSpace(email)) + " " + web.ClientKey(r)
	if err := failures.Check(key); err != nil {
		return accounts.User{}, err
	}
	u, err := m.accounts.Authenticate(r.Context(), email, password)
	if fault.Is(err, fault.Unauthenticated) {
		failures.Count(key)
	}
	return u, err
}
