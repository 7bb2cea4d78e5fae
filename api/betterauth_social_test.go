package api

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"pegasus/accounts"
	"pegasus/internal/doortest"
	"pegasus/sessions/oauth"
)

// provider stands in for a GitHub server and for an OpenID Connect issuer.
type provider struct {
	*httptest.Server
	key      *rsa.PrivateKey
	id       int
	email    string
	verified bool
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{id: 7, email: "new@example.test", verified: true, key: must1(rsa.GenerateKey(rand.Reader, 2048))}
	mux := http.NewServeMux()
	answer := func(pattern string, body func() any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(body())
		})
	}
	answer("POST /login/oauth/access_token", func() any {
		return map[string]string{"access_token": "marker-of-a-token", "token_type": "bearer", "scope": "read:user,user:email"}
	})
	answer("GET /api/v3/user", func() any { return map[string]any{"id": p.id, "login": "octo", "name": "Octo Cat"} })
	answer("GET /api/v3/user/emails", func() any { return []any{map[string]any{"email": p.email, "primary": true, "verified": p.verified}} })
	answer("GET /.well-known/openid-configuration", func() any {
		return map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		}
	})
	answer("GET /keys", func() any {
		text := base64.RawURLEncoding.EncodeToString
		return map[string]any{"keys": []any{map[string]string{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": text(p.key.N.Bytes()), "e": text(big.NewInt(int64(p.key.E)).Bytes()),
		}}}
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) idToken(t *testing.T, subject string) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": p.URL, "aud": "id", "sub": subject, "email": p.email, "email_verified": p.verified, "name": "Octo Cat", "nonce": "once",
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
	})
	token.Header["kid"] = "1"
	return must1(token.SignedString(p.key))
}

func newSocialWorld(t *testing.T) (*world, *provider) {
	t.Helper()
	p := newProvider(t)
	return newWorldOf(t, doortest.Options{Providers: oauth.Settings{
		GitHubID: "id", GitHubSecret: "secret", GitHubBaseURL: p.URL, OIDCIssuer: p.URL, OIDCID: "id", OIDCSecret: "secret",
	}}), p
}

// state begins a flow and returns its state.
func (b *browser) state(path, body string) string {
	b.w.t.Helper()
	got := b.post(path, body).want(200)
	page, err := url.Parse(got.field("url"))
	must(b.w.t, err)
	if got.field("redirect") != "true" || got.Header().Get("Location") != page.String() {
		b.w.t.Fatalf("answer is %s", got.Body)
	}
	return page.Query().Get("state")
}

const toGitHub = `{"provider":"github","callbackURL":"/chat?x=1","newUserCallbackURL":"/new","errorCallbackURL":"/failed"}`

func TestSocialSignIn(t *testing.T) {
	w, p := newSocialWorld(t)
	b := w.browser()
	got := b.post("sign-in/social", `{"provider":"github","disableRedirect":true}`).want(200)
	page := must1(url.Parse(got.field("url")))
	q := page.Query()
	if got.field("redirect") != "false" || got.Header().Get("Location") != "" || q.Get("redirect_uri") != doortest.URL+"/api/auth/callback/github" ||
		q.Get("code_challenge_method") != "S256" || len(q.Get("state")) < 32 {
		t.Errorf("answer is %s", got.Body)
	}
	for name, code := range map[string]string{
		"callbackURL": "INVALID_CALLBACK_URL", "newUserCallbackURL": "INVALID_NEW_USER_CALLBACK_URL", "errorCallbackURL": "INVALID_ERROR_CALLBACK_URL",
	} {
		b.post("sign-in/social", `{"provider":"github","`+name+`":"https://evil.test"}`).want(403, code)
	}
	b.post("sign-in/social", `{"provider":"twitter"}`).want(404, "PROVIDER_NOT_FOUND")
	b.post("sign-in/social", `{"provider":7}`).want(400, "VALIDATION_ERROR")
	b.post("sign-in/social", `{"provider":"github","idToken":{"token":"x"}}`).want(404, "ID_TOKEN_NOT_SUPPORTED")
	b.post("sign-in/social", `{"provider":"github","idToken":{}}`).want(400, "VALIDATION_ERROR")

	state := b.state("sign-in/social", toGitHub)
	answer := b.get("callback/github?code=c&state=" + state).goesTo("/new")
	if got := b.get("get-session"); got.field("user.email") != "new@example.test" || got.field("user.name") != "Octo Cat" || got.field("user.emailVerified") != "true" {
		t.Errorf("session is %s", got.Body)
	}
	if b.cookies["better-auth.state"] != nil || strings.Contains(answer.Body.String(), "marker") {
		t.Error("the flow leaves something behind")
	}
	again := w.browser()
	again.get("callback/github?code=c&state=" + again.state("sign-in/social", toGitHub)).goesTo("/chat?x=1")
	if again.get("get-session").field("user.id") != b.get("get-session").field("user.id") {
		t.Error("the same account is another person")
	}
	p.verified, p.id = false, 8
	again.get("callback/github?code=c&state=" + again.state("sign-in/social", toGitHub)).goesTo("/failed?error=email_not_verified")
}

func TestACallbackThatIsNoAnswerOfThisBrowser(t *testing.T) {
	w, _ := newSocialWorld(t)
	b, other := w.browser(), w.browser()
	b.state("sign-in/social", toGitHub)
	b.get("callback/github?code=c").goesTo("/api/auth/error?error=state_not_found")
	b.get("callback/github?code=c&state=forged").goesTo("/api/auth/error?error=state_mismatch")
	b.get("callback/nowhere?code=c&state=x").goesTo("/api/auth/error?error=oauth_provider_not_found")
	state := b.state("sign-in/social", toGitHub)
	other.get("callback/github?code=c&state=" + state).goesTo("/api/auth/error?error=state_mismatch")
	b.get("callback/github?code=c&state=" + state).goesTo("/api/auth/error?error=state_mismatch") // it is spent
	b.get("callback/oidc?code=c&state=" + b.state("sign-in/social", toGitHub)).goesTo("/api/auth/error?error=state_mismatch")
	b.get("callback/github?state=" + b.state("sign-in/social", toGitHub)).goesTo("/failed?error=no_code")
	b.get("callback/github?error=access_denied&error_description=evil&state=" + b.state("sign-in/social", toGitHub)).goesTo("/failed?error=access_denied")
	if b.in() || other.in() {
		t.Error("somebody is signed in")
	}
	r := httptest.NewRequest("POST", "/api/auth/callback/github?a=1", strings.NewReader("code=c&state=s"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://github.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	w.do(r).goesTo("/api/auth/callback/github?a=1&code=c&state=s")
}

// A provider is a first factor only, and lets in nobody who is kept out.
func TestAProviderSkipsNeitherTheSecondFactorNorABan(t *testing.T) {
	w, p := newSocialWorld(t)
	ada := w.join("ada")
	proven := true
	must1(w.store.UpdateUser(t.Context(), ada.ID, accounts.UserChange{EmailVerified: &proven}, now()))
	p.email = "ada@example.test"
	owner := w.open("ada")
	a, _ := owner.enrolled(t)
	b := w.browser()
	b.get("callback/github?code=c&state=" + b.state("sign-in/social", toGitHub)).goesTo("/two-factor?returnTo=%2Fchat%3Fx%3D1")
	if b.in() {
		t.Fatal("signed in without a second factor")
	}
	b.post("two-factor/verify-totp", a.code(t)).want(200)
	boss := w.admin("boss")
	must1(w.accounts.BanUser(t.Context(), boss.User, ada.ID, accounts.Ban{Banned: true}))
	got := b.get("callback/github?code=c&state=" + b.state("sign-in/social", toGitHub))
	if location := got.Header().Get("Location"); !strings.HasPrefix(location, "/api/auth/error?error=banned&error_description=") || b.in() {
		t.Errorf("sent to %s", location)
	}
}

func TestAccountsAreLinkedAndUnlinked(t *testing.T) {
	w, p := newSocialWorld(t)
	w.join("ada")
	w.join("ben")
	b, ben := w.open("ada"), w.open("ben")
	id := b.get("get-session").field("user.id")
	const own = `{"id":"ID","provider":"credential","providerId":"credential","accountId":"ID","userId":"ID","createdAt":"TIME","updatedAt":"TIME","scopes":[]}`
	b.get("list-accounts").exactly(200, "["+own+"]")
	b.post("unlink-account", `{}`).want(400, "VALIDATION_ERROR")
	b.post("unlink-account", `{"providerId":"credential"}`).want(400, "FAILED_TO_UNLINK_LAST_ACCOUNT")
	b.post("unlink-account", `{"accountId":"`+id+`"}`).want(400, "FAILED_TO_UNLINK_LAST_ACCOUNT")
	b.post("unlink-account", `{"providerId":"github"}`).want(400, "ACCOUNT_NOT_FOUND")
	w.browser().post("link-social", toGitHub).want(401, "UNAUTHORIZED")

	// The answer to a flow that one person began links nothing for another, in whose browser it arrives.
	state := b.state("link-social", toGitHub)
	ben.cookies["better-auth.state"] = b.cookies["better-auth.state"]
	ben.get("callback/github?code=c&state=" + state).goesTo("/failed?error=unable_to_link_account")
	ben.get("list-accounts").exactly(200, "["+own+"]")

	b.get("callback/github?code=c&state=" + b.state("link-social", toGitHub)).goesTo("/chat?x=1")
	linked := `{"id":"ID","provider":"github","providerId":"github","accountId":"7","userId":"ID","createdAt":"TIME","updatedAt":"TIME","scopes":["read:user","user:email"]}`
	list := b.get("list-accounts").exactly(200, "["+own+","+linked+"]")
	ben.get("callback/github?code=c&state=" + ben.state("link-social", toGitHub)).goesTo("/failed?error=account_already_linked_to_different_user")
	var rows []struct{ ID string }
	must(t, json.Unmarshal(list.Body.Bytes(), &rows))
	ben.post("unlink-account", `{"accountId":"`+rows[1].ID+`"}`).want(400, "ACCOUNT_NOT_FOUND")
	b.post("unlink-account", `{"providerId":"github","accountId":"8"}`).want(400, "ACCOUNT_NOT_FOUND")
	b.post("unlink-account", `{"accountId":"`+rows[1].ID+`"}`).exactly(200, `{"status":true}`)
	b.get("callback/github?code=c&state=" + b.state("link-social", toGitHub)).goesTo("/chat?x=1")
	b.post("unlink-account", `{"providerId":"github","accountId":"7"}`).exactly(200, `{"status":true}`)

	b.post("link-social", `{"provider":"oidc","idToken":{"token":"x.y.z"}}`).want(401, "INVALID_TOKEN")
	b.post("link-social", `{"provider":"oidc","idToken":{"token":"`+p.idToken(t, "s")+`","nonce":"once"}}`).exactly(200, `{"url":"","redirect":false,"status":true}`)
	ben.post("link-social", `{"provider":"oidc","idToken":{"token":"`+p.idToken(t, "s")+`"}}`).want(409, "SOCIAL_ACCOUNT_ALREADY_LINKED")
	b.post("unlink-account", `{"accountId":"`+id+`"}`).exactly(200, `{"status":true}`)
	b.post("set-password", `{"newPassword":"`+another+`"}`).exactly(200, `{"status":true}`)
}

func TestSignInWithAnIDToken(t *testing.T) {
	w, p := newSocialWorld(t)
	b := w.browser()
	in := func(token, more string) answered {
		return b.post("sign-in/social", `{"provider":"oidc","idToken":{"token":"`+token+`"`+more+`}}`)
	}
	in(p.idToken(t, "s"), `,"nonce":"other"`).want(401, "INVALID_TOKEN")
	in(p.idToken(t, "s")[1:], "").want(401, "INVALID_TOKEN")
	if b.in() {
		t.Fatal("signed in by a bad token")
	}
	got := in(p.idToken(t, "s"), `,"nonce":"once"`).want(200)
	if got.field("redirect") != "false" || got.field("token") == "" || got.field("user.email") != "new@example.test" || got.field("url") != "" || !b.in() {
		t.Errorf("answer is %s", got.Body)
	}
	p.verified = false
	in(p.idToken(t, "t"), "").want(403, "EMAIL_NOT_VERIFIED")
	p.email = ""
	in(p.idToken(t, "u"), "").want(401, "USER_EMAIL_NOT_FOUND")
}
