// Package sessions connects requests to people: it issues, reads and ends the cookie of a signed-in device.
//
// The sign-in state lies in an scs store under the hash of a random token. Beside it stands the device's session
// record of package accounts, and that record alone decides: scs writes a session back when a request that began
// before a sign-out ends, but nobody can write the record back.
package sessions

import (
	"context"
	"net/http"
	"net/netip"
	"time"

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
	// JWTKey checks JSON web tokens signed with HS256; nil takes none.
	JWTKey []byte
	// ProxySecret lets a proxy within Proxies name the person in X-User-ID or X-User-Email; "" lets none.
	ProxySecret string
	Proxies     []netip.Prefix
}

// Manager issues and reads sessions.
type Manager struct {
	state       *scs.SessionManager
	accounts    *accounts.Service
	key         []byte
	secure      bool
	jwtKey      []byte
	proxySecret string
	proxies     []netip.Prefix
}

// New returns a Manager.
func New(o Options) *Manager {
	// By hand: scs.New starts the clean-up of a store in memory, which nobody would end.
	state := &scs.SessionManager{Store: o.Store, Codec: codec{}, Lifetime: accounts.SessionMaxLife, HashTokenInStore: true}
	return &Manager{
		state: state, accounts: o.Accounts, key: o.Key, secure: o.Secure,
		jwtKey: o.JWTKey, proxySecret: o.ProxySecret, proxies: o.Proxies,
	}
}

// codec reads a state that it cannot decode as an empty one: that of an older version costs a notice, not the session.
type codec struct{ scs.GobCodec }

// Decode implements scs.Codec.
func (c codec) Decode(b []byte) (time.Time, map[string]any, error) {
	deadline, values, err := c.GobCodec.Decode(b)
	if err != nil {
		return time.Now().Add(accounts.SessionMaxLife), map[string]any{}, nil
	}
	return deadline, values, nil
}

// Current is who makes a request, and by which session.
type Current struct {
	User    accounts.User
	Session accounts.Session // empty where the request came without one: by a personal token, a JWT or a proxy
	Token   string           // the raw session token that the request carried
	// Personal is the personal access token that the request carried, nil for any other way. Its scopes bound what the
	// request may do.
	Personal *accounts.Token
	// MustEnroll says that the person has to set up a second factor before anything else.
	MustEnroll bool

	bearer string // a personal token or JWT, to ask again whether it is good
}

// HasSession reports whether the request came by a session, which alone may change what guards an account.
func (c Current) HasSession() bool { return c.Session.ID != "" }

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

// session returns who makes the request where it came by a session, else ErrSignIn.
func session(ctx context.Context) (Current, error) {
	c, ok := From(ctx)
	if !ok || !c.HasSession() {
		return Current{}, ErrSignIn
	}
	return c, nil
}

// Live reports, as an error, that what let the request in has ended since: its session, its token, or the person's right
// to enter.
func (m *Manager) Live(ctx context.Context) error {
	current, ok := From(ctx)
	if !ok {
		return ErrSignIn
	}
	var err error
	switch {
	case current.HasSession():
		_, _, _, err = m.accounts.SessionUser(ctx, accounts.HashSecret(current.Token))
	case current.bearer != "":
		_, err = m.byBearer(ctx, current.bearer)
	default:
		_, err = m.accounts.Named(ctx, current.User.ID, "")
	}
	return err
}

// SignOut ends the session that the request came with, if any, with its streams, and clears the cookies. The session of an
// admin who acts as somebody ends with it.
func (m *Manager) SignOut(w http.ResponseWriter, r *http.Request) error {
	current, err := session(r.Context())
	if err != nil {
		m.clear(w)
		return nil
	}
	if err := m.endAdmin(w, r, current.Session); err != nil {
		return err
	}
	if err := m.accounts.SignOut(r.Context(), current.Session); err != nil {
		return err // the cookie stays, so that the person can try again
	}
	m.clear(w)
	m.destroy(r.Context(), current.Token)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return nil
}

// destroy removes the sign-in state of a session that has ended. The record is gone, which is what counts: a state that
// stays expires.
func (m *Manager) destroy(ctx context.Context, token string) {
	state, err := m.state.Load(ctx, token)
	if err == nil {
		err = m.state.Destroy(state)
	}
	if err != nil {
		web.NoteError(ctx, err)
	}
}

// Forget clears the cookies of a browser whose session has ended otherwise.
func (m *Manager) Forget(w http.ResponseWriter) { m.clear(w) }

// newToken stores the sign-in state of a person under a new token, which it returns.
func (m *Manager) newToken(ctx context.Context, userID string) (string, error) {
	ctx, err := m.state.Load(ctx, "")
	if err != nil {
		return "", err
	}
	m.state.Put(ctx, keyUser, userID)
	token, _, err := m.state.Commit(ctx)
	if err != nil {
		return "", fault.Away("DATABASE_UNAVAILABLE", "The database does not answer. Please try again in a moment.", err)
	}
	return token, nil
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
	current, err := session(ctx)
	if err != nil {
		return nil
	}
	ctx, err = m.state.Load(ctx, current.Token)
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
