package sessions

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pegasus/accounts"
)

// Names of the cookies, as Better Auth has them. On https they are prefixed with __Secure-.
const (
	cookieSession  = "better-auth.session_token"
	cookieBrief    = "better-auth.dont_remember"
	cookieCached   = "better-auth.session_data" // never issued; cleared where an older system left one
	maxTokenLength = 256
)

// Signed returns a token as it stands in the cookie: the token, a dot and its signature, as Better Auth writes it.
func (m *Manager) Signed(token string) string {
	return url.QueryEscape(token + "." + m.sign(token))
}

func (m *Manager) sign(token string) string {
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(token))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// verified returns the token inside a cookie or bearer value, "" where its form or signature is wrong. A value without
// a signature is taken: the token is the secret, and other programs send it bare.
func (m *Manager) verified(value string) string {
	if len(value) > maxTokenLength {
		return ""
	}
	value, err := url.QueryUnescape(strings.ReplaceAll(value, "+", "%2B"))
	if err != nil {
		return ""
	}
	token, signature, signed := strings.Cut(value, ".")
	if signed && !hmac.Equal([]byte(signature), []byte(m.sign(token))) {
		return ""
	}
	if len(token) < 32 || strings.ContainsFunc(token, notInToken) {
		return ""
	}
	return token
}

func notInToken(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

func (m *Manager) name(cookie string) string {
	if m.secure {
		return "__Secure-" + cookie
	}
	return cookie
}

func (m *Manager) setCookie(w http.ResponseWriter, token string, s accounts.Session) {
	cookie := m.cookie(cookieSession, m.Signed(token))
	if s.Remember {
		// By the clock that made them: the newer one is at most some minutes back.
		from := s.UpdatedAt
		if s.SeenAt.After(from) {
			from = s.SeenAt
		}
		cookie.MaxAge = int(s.ExpiresAt.Sub(from) / time.Second)
	} else {
		http.SetCookie(w, m.cookie(cookieBrief, url.QueryEscape("true."+m.sign("true"))))
	}
	http.SetCookie(w, cookie)
	w.Header().Set("Set-Auth-Token", m.Signed(token))
	w.Header().Add("Access-Control-Expose-Headers", "set-auth-token")
}

func (m *Manager) clear(w http.ResponseWriter) {
	for _, name := range []string{cookieSession, cookieBrief, cookieCached} {
		m.drop(w, name)
	}
}

func (m *Manager) drop(w http.ResponseWriter, name string) {
	cookie := m.cookie(name, "")
	cookie.MaxAge = -1
	http.SetCookie(w, cookie)
}

func (m *Manager) cookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: m.name(name), Value: value, Path: "/", HttpOnly: true, Secure: m.secure, SameSite: http.SameSiteLaxMode,
	}
}

// Cookie names what a browser keeps beside its session. All are signed, HttpOnly and SameSite=Lax.
type Cookie string

// The cookies, by the names of Better Auth where it has one.
const (
	CookieChallenge Cookie = "better-auth.two_factor"
	CookieTrusted   Cookie = "better-auth.trust_device"
	CookieDevice    Cookie = "better-auth.known_device"
	CookieFlow      Cookie = "better-auth.state"
	CookiePasskey   Cookie = "better-auth.better-auth-passkey"
	CookieAdmin     Cookie = "better-auth.admin_session"
)

// Keep sets a cookie for a while; life 0 clears it.
func (m *Manager) Keep(w http.ResponseWriter, c Cookie, value string, life time.Duration) {
	if life <= 0 {
		m.drop(w, string(c))
		return
	}
	cookie := m.cookie(string(c), url.QueryEscape(value+"."+m.sign(string(c)+" "+value)))
	cookie.MaxAge = int(life / time.Second)
	http.SetCookie(w, cookie)
}

// Kept returns the value of a cookie, "" where there is none or its signature is wrong.
func (m *Manager) Kept(r *http.Request, c Cookie) string {
	cookie, err := r.Cookie(m.name(string(c)))
	if err != nil || len(cookie.Value) > 4*maxTokenLength {
		return ""
	}
	text, err := url.QueryUnescape(cookie.Value)
	if err != nil {
		return ""
	}
	dot := strings.LastIndexByte(text, '.')
	if dot < 0 || !hmac.Equal([]byte(text[dot+1:]), []byte(m.sign(string(c)+" "+text[:dot]))) {
		return ""
	}
	return text[:dot]
}
