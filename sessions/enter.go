package sessions

import (
	"net/http"

	"pegasus/accounts"
)

// Entrance is how a person comes in.
type Entrance struct {
	Way      accounts.Way
	Remember bool
	ReturnTo string // where a browser goes on to after a challenge
	Created  bool   // the account was made by this sign-in
}

// Entry is what coming in led to: a session, or a challenge.
type Entry struct {
	Current
	Challenge *accounts.Challenge // nil where the person is in
}

// Enter lets a person in who has proven a first factor: it opens a session under a new token and ends the one that the
// request came with; or, where a second factor is due, it opens a challenge and signs nobody in. A passkey is both factors,
// and a trusted device stands in for the second. A person who may not enter is the error of User.MayEnter.
func (m *Manager) Enter(w http.ResponseWriter, r *http.Request, u accounts.User, e Entrance) (Entry, error) {
	passkey := e.Way == accounts.WayPasskey
	if u.TwoFactorEnabled && !passkey {
		next, ok, err := m.accounts.Trusted(r.Context(), u, m.Kept(r, CookieTrusted))
		if err != nil {
			return Entry{}, err
		}
		if !ok {
			c, err := m.challenge(w, r, u, e)
			return Entry{Challenge: c}, err
		}
		m.Keep(w, CookieTrusted, next, accounts.TrustedLife)
	}
	current, err := m.open(w, r, u, accounts.Entrance{Way: e.Way, Remember: e.Remember, SecondFactor: passkey})
	return Entry{Current: current}, err
}

// challenge leaves a browser with nothing but the cookie of a challenge.
func (m *Manager) challenge(w http.ResponseWriter, r *http.Request, u accounts.User, e Entrance) (*accounts.Challenge, error) {
	c := accounts.Challenge{User: u, Way: e.Way, Remember: e.Remember, ReturnTo: e.ReturnTo, Created: e.Created, Methods: m.accounts.Methods()}
	token, err := m.accounts.StartChallenge(r.Context(), c)
	if err != nil {
		return nil, err
	}
	if before, err := session(r.Context()); err == nil && before.User.ID == u.ID {
		m.leave(w, r, before)
	}
	m.clear(w)
	m.Keep(w, CookieChallenge, token, accounts.ChallengeLife)
	return &c, nil
}

// Challenge returns the challenge that a browser has before it (INVALID_TWO_FACTOR_COOKIE).
func (m *Manager) Challenge(r *http.Request) (accounts.Challenge, error) {
	return m.accounts.Challenge(r.Context(), m.Kept(r, CookieChallenge))
}

// SendCode mails a code for the challenge of a browser.
func (m *Manager) SendCode(r *http.Request) error {
	return m.accounts.SendCode(r.Context(), m.Kept(r, CookieChallenge))
}

// Answer answers the challenge of a browser and lets the person in. With trust this browser is not asked again for 30 days.
func (m *Manager) Answer(w http.ResponseWriter, r *http.Request, f accounts.Factor, code string, trust bool) (Current, accounts.Challenge, error) {
	c, err := m.accounts.AnswerChallenge(r.Context(), m.Kept(r, CookieChallenge), f, code, m.Kept(r, CookieDevice))
	if err != nil {
		return Current{}, accounts.Challenge{}, err
	}
	m.Keep(w, CookieChallenge, "", 0)
	current, err := m.open(w, r, c.User, accounts.Entrance{Way: c.Way, Remember: c.Remember, SecondFactor: true})
	if err != nil {
		return Current{}, accounts.Challenge{}, err
	}
	if trust {
		token, err := m.accounts.TrustDevice(r.Context(), c.User)
		if err != nil {
			return Current{}, accounts.Challenge{}, err
		}
		m.Keep(w, CookieTrusted, token, accounts.TrustedLife)
		m.drop(w, cookieBrief) // as the protocol has it; the session's end is on its record
	}
	return current, c, nil
}

// ProveSecondFactor checks a code of whom the request is from, who is signed in.
func (m *Manager) ProveSecondFactor(r *http.Request, f accounts.Factor, code string) error {
	current, err := session(r.Context())
	if err != nil {
		return err
	}
	return m.accounts.ProveSecondFactor(r.Context(), current.User, current.Session, f, code, m.Kept(r, CookieDevice))
}

// open opens a session under a new token and ends the one that the request came with.
func (m *Manager) open(w http.ResponseWriter, r *http.Request, u accounts.User, e accounts.Entrance) (Current, error) {
	ctx := r.Context()
	next, known, err := m.accounts.KnownDevice(ctx, u, m.Kept(r, CookieDevice))
	if err != nil {
		return Current{}, err
	}
	token, err := m.newToken(ctx, u.ID)
	if err != nil {
		return Current{}, err
	}
	e.NewDevice = !known
	opened, u, err := m.accounts.OpenSession(ctx, u, accounts.HashSecret(token), e)
	if err != nil {
		return Current{}, err
	}
	current := Current{User: u, Session: opened, Token: token}
	if current.MustEnroll, err = m.accounts.MustEnroll(ctx, u, opened); err != nil {
		return Current{}, err
	}
	if before, err := session(ctx); err == nil {
		m.leave(w, r, before)
	}
	if next != "" {
		m.Keep(w, CookieDevice, next, accounts.DeviceLife)
	}
	m.setCookie(w, token, opened)
	return current, nil
}

// leave ends the session that a request came with, for another to take its place. A failure leaves an old session that ends
// by itself.
func (m *Manager) leave(w http.ResponseWriter, r *http.Request, before Current) {
	_ = m.endAdmin(w, r, before.Session)
	_ = m.accounts.EndSession(r.Context(), before.User.ID, before.Session.ID)
}

// Renew gives the session of a request a new token, as is due when what guards the account has changed.
func (m *Manager) Renew(w http.ResponseWriter, r *http.Request) (Current, error) {
	current, err := session(r.Context())
	if err != nil {
		return Current{}, err
	}
	// As they are now: the request changed them.
	u, err := m.accounts.User(r.Context(), current.User.ID)
	if err != nil {
		return Current{}, err
	}
	token, err := m.newToken(r.Context(), u.ID)
	if err != nil {
		return Current{}, err
	}
	renewed, err := m.accounts.RenewSession(r.Context(), current.Session, accounts.HashSecret(token))
	if err != nil {
		return Current{}, err
	}
	m.destroy(r.Context(), current.Token)
	m.setCookie(w, token, renewed)
	next := Current{User: u, Session: renewed, Token: token}
	if renewed.ImpersonatedBy == "" {
		next.MustEnroll, err = m.accounts.MustEnroll(r.Context(), u, renewed)
	}
	return next, err
}
