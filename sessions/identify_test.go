package sessions_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/web"
)

var jwtKey = []byte("another system's secret, which it shares")

func withJWT(o *sessions.Options) { o.JWTKey = jwtKey }

func sign(t testing.TB, method jwt.SigningMethod, key any, c jwt.MapClaims) string {
	t.Helper()
	text, err := jwt.NewWithClaims(method, c).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAJWTNamesAPersonOnlyWhereItIsSignedAndInTime(t *testing.T) {
	w := newWorld(t, false, withJWT)
	banned := w.person(t, "cleo")
	if _, err := w.store.UpdateUser(t.Context(), banned.ID, accounts.UserChange{Ban: &accounts.Ban{Banned: true}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	in, ago := time.Now().Add(time.Hour).Unix(), time.Now().Add(-time.Hour).Unix()
	good := jwt.MapClaims{"id": w.ada.ID, "exp": in}
	hs := jwt.SigningMethodHS256
	valid := sign(t, hs, jwtKey, good)
	for what, c := range map[string]struct{ token, want string }{
		"id":               {valid, w.ada.ID},
		"sub":              {sign(t, hs, jwtKey, jwt.MapClaims{"sub": w.ada.ID, "exp": in, "iat": ago, "nbf": ago}), w.ada.ID},
		"role is ignored":  {sign(t, hs, jwtKey, jwt.MapClaims{"id": w.ada.ID, "role": "admin", "exp": in}), w.ada.ID},
		"none":             {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good), ""},
		"HS512":            {sign(t, jwt.SigningMethodHS512, jwtKey, good), ""},
		"HS384":            {sign(t, jwt.SigningMethodHS384, jwtKey, good), ""},
		"RS256":            {sign(t, jwt.SigningMethodRS256, foreign, good), ""},
		"a foreign key":    {sign(t, hs, []byte("a foreign key"), good), ""},
		"an empty key":     {sign(t, hs, []byte{}, good), ""},
		"our cookies' key": {sign(t, hs, key, good), ""},
		"no end":           {sign(t, hs, jwtKey, jwt.MapClaims{"id": w.ada.ID}), ""},
		"past its end":     {sign(t, hs, jwtKey, jwt.MapClaims{"id": w.ada.ID, "exp": ago}), ""},
		"not yet":          {sign(t, hs, jwtKey, jwt.MapClaims{"id": w.ada.ID, "exp": in, "nbf": in}), ""},
		"made tomorrow":    {sign(t, hs, jwtKey, jwt.MapClaims{"id": w.ada.ID, "exp": in, "iat": in}), ""},
		"nobody":           {sign(t, hs, jwtKey, jwt.MapClaims{"exp": in}), ""},
		"unknown":          {sign(t, hs, jwtKey, jwt.MapClaims{"id": "0123456789abcdef01234567", "exp": in}), ""},
		"an odd id":        {sign(t, hs, jwtKey, jwt.MapClaims{"id": "' OR 1=1 --", "exp": in}), ""},
		"a number":         {sign(t, hs, jwtKey, jwt.MapClaims{"id": 1, "exp": in}), ""},
		"an object":        {sign(t, hs, jwtKey, jwt.MapClaims{"id": map[string]any{"$ne": nil}, "exp": in}), ""},
		"an address":       {sign(t, hs, jwtKey, jwt.MapClaims{"email": w.ada.Email, "exp": in}), ""},
		"banned":           {sign(t, hs, jwtKey, jwt.MapClaims{"id": banned.ID, "exp": in}), ""},
		"cut":              {valid[:len(valid)-2], ""},
		"no signature":     {valid[:strings.LastIndex(valid, ".")+1], ""},
	} {
		if got := w.who(t, "Authorization", "Bearer "+c.token); got != c.want {
			t.Errorf("%s is %q's, want %q", what, got, c.want)
		}
		if got := w.who(t, cookie(name, c.token)...); got != "" {
			t.Errorf("%s in the cookie is %q's", what, got)
		}
	}
	if got := newWorld(t, false).who(t, "Authorization", "Bearer "+valid); got != "" {
		t.Errorf("without a key it is %s's", got)
	}
	empty := newWorld(t, false, func(o *sessions.Options) { o.JWTKey = []byte{} })
	if got := empty.who(t, "Authorization", "Bearer "+sign(t, hs, []byte{}, jwt.MapClaims{"id": empty.ada.ID, "exp": in})); got != "" {
		t.Errorf("an empty key signs for %s", got)
	}
	w.do(func(_ http.ResponseWriter, r *http.Request) {
		if c, _ := sessions.From(r.Context()); c.HasSession() || c.Personal != nil || c.User.Role != accounts.RoleUser || w.Live(r.Context()) != nil {
			t.Errorf("by JWT %+v", c)
		}
	}, "Authorization", "Bearer "+valid)
}

func TestAPersonalTokenIsItsPersonsWithoutASession(t *testing.T) {
	w := newWorld(t, false)
	current, _ := w.signIn(t, w.ada, true)
	made, secret, err := w.accounts.CreateToken(t.Context(), w.ada, current.Session, "ci", []accounts.Scope{accounts.ScopeRead}, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.do(func(rw http.ResponseWriter, r *http.Request) {
		c, ok := sessions.From(r.Context())
		if !ok || c.User.ID != w.ada.ID || c.Personal == nil || c.Personal.ID != made.ID || len(c.Personal.Scopes) != 1 || c.HasSession() || c.Token != "" {
			t.Errorf("by token %+v", c)
		}
		if err := w.Live(r.Context()); err != nil {
			t.Error(err)
		}
		if err := w.SetNotice(r.Context(), "x"); err != nil {
			t.Error(err)
		}
		for what, err := range map[string]error{
			"renew":       second(w.Renew(rw, r)),
			"impersonate": second(w.Impersonate(rw, r, w.ben.ID)),
			"stop":        second(w.StopImpersonating(rw, r)),
			"prove":       w.ProveSecondFactor(r, accounts.FactorTOTP, "123456"),
		} {
			if !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s by a token: %v", what, err)
			}
		}
		if err := w.accounts.DeleteToken(r.Context(), c.User, made.ID); err != nil {
			t.Error(err)
		}
		if err := w.Live(r.Context()); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("alive after its end: %v", err)
		}
	}, "Authorization", "Bearer "+secret)
	for _, headers := range [][]string{{"Authorization", "Bearer " + secret}, cookie(name, secret), {"Authorization", "Token " + secret}} {
		if got := w.who(t, headers...); got != "" {
			t.Errorf("%.40q is %s's", headers, got)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestABearerTokenStandsForTheRequestAndAnotherSchemeDoesNot(t *testing.T) {
	w := newWorld(t, false, withJWT)
	ada, _ := w.signIn(t, w.ada, true)
	ben, _ := w.signIn(t, w.ben, true)
	for header, want := range map[string]string{
		"Bearer " + ben.Token: w.ben.ID, "bearer " + w.Signed(ben.Token): w.ben.ID,
		"Bearer": "", "Bearer ": "", "Bearer x": "", "Bearer pgs_x": "", "Bearer a.b.c": "", "BEARER " + strings.Repeat("a", 43): "",
		"": w.ada.ID, "Basic dXNlcjpwYXNz": w.ada.ID, "Digest x": w.ada.ID, "Negotiate": w.ada.ID, "Bearerx y": w.ada.ID, ben.Token: w.ada.ID,
	} {
		headers := append([]string{"Authorization", header}, cookie(name, ada.Token)...)
		if got := w.who(t, headers...); got != want {
			t.Errorf("%.30q beside ada's cookie is %q's, want %q", header, got, want)
		}
	}
}

func TestOddBearersAreNobodysWithEveryDoorOpen(t *testing.T) {
	w := newWorld(t, false, withJWT, withProxy)
	current, _ := w.signIn(t, w.ada, true)
	values := odd(current, w.Signed(current.Token))
	for i := range 60 {
		values = append(values, strings.Repeat(".", i), "pgs_"+strings.Repeat(string(rune(33+i)), i), fmt.Sprintf("eyJhbGciOiJIUzI1NiJ9.%x.%x", strings.Repeat("a", i), i))
	}
	values = append(values, strings.Repeat("a.", 5000), "pgs_"+strings.Repeat("A", 8<<10))
	for _, value := range values {
		if got := w.who(t, "Authorization", "Bearer "+value); got != "" {
			t.Errorf("%.80q is %s's", value, got)
		}
	}
}

func withProxy(o *sessions.Options) {
	o.ProxySecret = "what the proxy knows"
	o.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
}

// from sends a request from a peer.
func (w *world) from(t testing.TB, peer string, headers ...string) string {
	t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = peer
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	var userID string
	rec := httptest.NewRecorder()
	w.Load(web.WriteJSONError)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c, ok := sessions.From(r.Context())
		userID = c.User.ID
		if ok && (c.HasSession() != (c.Token != "") || c.User.Role != accounts.RoleUser || w.Live(r.Context()) != nil) {
			t.Errorf("by proxy %+v", c)
		}
	})).ServeHTTP(rec, r)
	if rec.Code != 200 {
		t.Errorf("answered %d", rec.Code)
	}
	return userID
}

func TestAProxyNamesThePersonOnlyWithItsSecretFromItsPlace(t *testing.T) {
	w := newWorld(t, false, withProxy)
	const place, secret = "192.0.2.9:4711", "what the proxy knows"
	named := []string{"X-Proxy-Secret", secret, "X-User-ID", w.ada.ID, "X-User-Role", "admin"}
	banned := w.person(t, "cleo")
	if _, err := w.store.UpdateUser(t.Context(), banned.ID, accounts.UserChange{Ban: &accounts.Ban{Banned: true}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		peer    string
		headers []string
		want    string
	}{
		"by id":               {place, named, w.ada.ID},
		"over IPv6":           {"[2001:db8::1]:80", named, w.ada.ID},
		"IPv4 in IPv6":        {"[::ffff:192.0.2.9]:80", named, w.ada.ID},
		"by address":          {place, []string{"X-Proxy-Secret", secret, "X-User-Email", " Ada@Example.test "}, w.ada.ID},
		"id before address":   {place, []string{"X-Proxy-Secret", secret, "X-User-Email", w.ben.Email, "X-User-ID", w.ada.ID}, w.ada.ID},
		"no secret":           {place, named[2:], ""},
		"an empty secret":     {place, append([]string{"X-Proxy-Secret", ""}, named[2:]...), ""},
		"a wrong secret":      {place, append([]string{"X-Proxy-Secret", secret + "x"}, named[2:]...), ""},
		"two secrets":         {place, append([]string{"X-Proxy-Secret", "x"}, named...), ""},
		"from elsewhere":      {"198.51.100.1:80", named, ""},
		"forwarded from it":   {"198.51.100.1:80", append([]string{"X-Forwarded-For", "192.0.2.9", "X-Real-IP", "192.0.2.9"}, named...), ""},
		"no peer":             {"", named, ""},
		"an odd peer":         {"@", named, ""},
		"nobody named":        {place, named[:2], ""},
		"unknown":             {place, []string{"X-Proxy-Secret", secret, "X-User-ID", "0123456789abcdef01234567"}, ""},
		"unknown id, address": {place, []string{"X-Proxy-Secret", secret, "X-User-ID", "x", "X-User-Email", w.ben.Email}, ""},
		"no address":          {place, []string{"X-Proxy-Secret", secret, "X-User-Email", "ada"}, ""},
		"two ids":             {place, append([]string{"X-User-ID", w.ben.ID}, named...), ""},
		"two addresses":       {place, append([]string{"X-User-Email", w.ben.Email, "X-User-Email", w.ada.Email}, named...), ""},
		"a banned person":     {place, []string{"X-Proxy-Secret", secret, "X-User-ID", banned.ID}, ""},
		"a bad bearer":        {place, append([]string{"Authorization", "Bearer x"}, named...), ""},
		"a dead cookie":       {place, append(cookie(name, "x"), named...), w.ada.ID},
	} {
		if got := w.from(t, c.peer, c.headers...); got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
	for what, closed := range map[string]func(*sessions.Options){
		"no proxy is set":  func(*sessions.Options) {},
		"no secret is set": func(o *sessions.Options) { withProxy(o); o.ProxySecret = "" },
		"no place is set":  func(o *sessions.Options) { withProxy(o); o.Proxies = nil },
	} {
		other := newWorld(t, false, closed)
		for _, given := range []string{secret, ""} {
			if got := other.from(t, place, "X-Proxy-Secret", given, "X-User-ID", other.ada.ID); got != "" {
				t.Errorf("%s: %s", what, got)
			}
		}
	}
	ben, _ := w.signIn(t, w.ben, true)
	if got := w.from(t, place, append(cookie(name, ben.Token), named...)...); got != w.ben.ID {
		t.Errorf("beside ben's cookie it is %s", got)
	}
}
