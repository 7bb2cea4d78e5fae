package sessions

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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

// Hash returns the form of a token in which it is stored.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Signed returns a token as it stands in the cookie: the token, a dot and its signature, as Better Auth writes it.
func (m *Manager) Signed(token string) string {
	return url.QueryEscape(token + "." + m.sign(token))
}

func (m *Manager) sign(token string) string {
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(token))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// token returns the raw token of a request, from the cookie or as a bearer token, and which of the two it was.
func (m *Manager) token(r *http.Request) (token string, byCookie bool) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, value, found := strings.Cut(header, " ")
		if !found || !strings.EqualFold(scheme, "Bearer") {
			return "", false
		}
		return m.verified(value), false
	}
	cookie, err := r.Cookie(m.name(cookieSession))
	if err != nil {
		return "", false
	}
	return m.verified(cookie.Value), true
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
		cookie.MaxAge = int(time.Until(s.ExpiresAt).Round(time.Second) / time.Second)
	} else {
		http.SetCookie(w, m.cookie(cookieBrief, url.QueryEscape("true."+m.sign("true"))))
	}
	http.SetCookie(w, cookie)
	w.Header().Set("Set-Auth-Token", m.Signed(token))
	w.Header().Add("Access-Control-Expose-Headers", "set-auth-token")
}

func (m *Manager) clear(w http.ResponseWriter) {
	for _, name := range []string{cookieSession, cookieBrief, cookieCached} {
		cookie := m.cookie(name, "")
		cookie.MaxAge = -1
		http.SetCookie(w, cookie)
	}
}

func (m *Manager) cookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: m.name(name), Value: value, Path: "/", HttpOnly: true, Secure: m.secure, SameSite: http.SameSiteLaxMode,
	}
}
