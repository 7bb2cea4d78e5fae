package sessions

import (
	"context"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/web"
)

// maxBearer bounds what is read of a bearer token: a JWT is the longest.
const maxBearer = 4 << 10

// Load finds out who makes each request. A request without a good session goes on as nobody's; where the database does
// not answer, fail does.
func (m *Manager) Load(fail func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = r.WithContext(accounts.WithDevice(r.Context(), accounts.Device{
				Address: web.ClientAddress(r.Context()), Network: web.ClientKey(r), UserAgent: r.UserAgent(),
			}))
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
	current, err := m.who(w, r)
	if fault.Is(err, fault.Unauthenticated) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	web.NoteUser(r.Context(), current.User.ID)
	if current.User.IsAdmin() {
		web.ShowTiming(r.Context())
	}
	return r.WithContext(context.WithValue(r.Context(), contextKey{}, current)), nil
}

// who returns who makes a request: by a bearer token, else by the cookie, else as a trusted proxy says. It is Unauthenticated
// for nobody. A bearer token that is no good is nobody's, whatever else the request carries: who sends one means it.
func (m *Manager) who(w http.ResponseWriter, r *http.Request) (Current, error) {
	// A header of another scheme is for a proxy on the way.
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return m.byBearer(r.Context(), value)
	}
	if cookie, err := r.Cookie(m.name(cookieSession)); err == nil {
		current, err := m.byCookie(w, r, cookie.Value)
		if !fault.Is(err, fault.Unauthenticated) {
			return current, err
		}
	}
	return m.byProxy(r)
}

// byCookie clears a cookie that is no good and sets one again whose session got a new end.
func (m *Manager) byCookie(w http.ResponseWriter, r *http.Request, value string) (Current, error) {
	current, extended, err := m.bySession(r.Context(), m.verified(value))
	if fault.Is(err, fault.Unauthenticated) {
		m.clear(w)
	}
	if err == nil && extended {
		m.setCookie(w, current.Token, current.Session)
	}
	return current, err
}

func (m *Manager) bySession(ctx context.Context, token string) (current Current, extended bool, err error) {
	if token == "" {
		return Current{}, false, ErrSignIn
	}
	session, u, extended, err := m.accounts.SessionUser(ctx, accounts.HashSecret(token))
	if err != nil {
		return Current{}, false, err
	}
	current = Current{User: u, Session: session, Token: token}
	if session.ImpersonatedBy == "" { // an admin who acts as somebody can set up nothing for them
		current.MustEnroll, err = m.accounts.MustEnroll(ctx, u, session)
	}
	return current, extended, err
}

func (m *Manager) byBearer(ctx context.Context, value string) (Current, error) {
	switch {
	case len(value) > maxBearer:
		return Current{}, ErrSignIn
	case strings.HasPrefix(value, accounts.TokenPrefix):
		personal, u, err := m.accounts.TokenUser(ctx, value)
		return Current{User: u, Personal: &personal, bearer: value}, err
	case len(m.jwtKey) > 0 && strings.Count(value, ".") == 2:
		u, err := m.byJWT(ctx, value)
		return Current{User: u, bearer: value}, err
	}
	current, _, err := m.bySession(ctx, m.verified(value))
	return current, err
}

// claims are what is read of a JWT, as NextAuth and Flask make them.
type claims struct {
	ID string `json:"id"`
	jwt.RegisteredClaims
}

// byJWT returns the person whom a JWT names. Nothing else that it says counts.
func (m *Manager) byJWT(ctx context.Context, text string) (accounts.User, error) {
	var c claims
	_, err := jwt.ParseWithClaims(text, &c, func(*jwt.Token) (any, error) { return m.jwtKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
	if err != nil {
		return accounts.User{}, ErrSignIn
	}
	userID := c.ID
	if userID == "" {
		userID = c.Subject
	}
	if userID == "" {
		return accounts.User{}, ErrSignIn
	}
	return m.accounts.Named(ctx, userID, "")
}

// byProxy returns the person whom a trusted proxy names. The peer of the connection is asked, not whom a header says that
// the request is from.
func (m *Manager) byProxy(r *http.Request) (Current, error) {
	secret, ok := only(r, "X-Proxy-Secret")
	if m.proxySecret == "" || !ok || subtle.ConstantTimeCompare([]byte(secret), []byte(m.proxySecret)) != 1 || !m.fromProxy(r) {
		return Current{}, ErrSignIn
	}
	userID, named := only(r, "X-User-ID")
	email, addressed := only(r, "X-User-Email")
	if !named || !addressed || userID == "" && email == "" {
		return Current{}, ErrSignIn
	}
	u, err := m.accounts.Named(r.Context(), userID, email)
	return Current{User: u}, err
}

// only returns the value of a header, "" where there is none. ok is false where there are several: one of them may be the
// client's.
func only(r *http.Request, header string) (value string, ok bool) {
	return r.Header.Get(header), len(r.Header.Values(header)) <= 1
}

func (m *Manager) fromProxy(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	address := peer.Addr().Unmap().WithZone("")
	for _, proxy := range m.proxies {
		if proxy.Contains(address) {
			return true
		}
	}
	return false
}
