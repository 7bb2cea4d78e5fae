package oidctest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func (p *Provider) now() Behaviour {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.behaviour
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + PathAuthorize, "token_endpoint": p.URL + PathToken,
		"userinfo_endpoint": p.URL + PathUserInfo, "jwks_uri": p.URL + PathKeys,
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"},
		"authorization_response_iss_parameter_supported": true,
	}
	if change := p.now().Metadata; change != nil {
		change(document)
	}
	answer(w, http.StatusOK, document)
}

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	b, q := p.now(), r.URL.Query()
	oidc := r.URL.Path != pathGitHubAuthorize
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case err != nil || q.Get("redirect_uri") == "" || q.Get("client_id") != ClientID || q.Get("response_type") != "code":
		http.Error(w, "the request is not an authorization request of the client", http.StatusBadRequest)
		return
	case q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 32:
		http.Error(w, "PKCE or the state is missing", http.StatusBadRequest)
		return
	case oidc && (q.Get("nonce") == "" || !slices.Contains(strings.Fields(q.Get("scope")), "openid")):
		http.Error(w, "the nonce or the scope openid is missing", http.StatusBadRequest)
		return
	}
	out := url.Values{"state": {q.Get("state")}}
	if b.State != "" {
		out.Set("state", b.State)
	}
	switch {
	case b.Issuer != "" && b.Issuer != "-":
		out.Set("iss", b.Issuer)
	case b.Issuer == "" && oidc:
		out.Set("iss", p.issuer(r.URL.Path))
	}
	if b.Error != "" {
		out.Set("error", b.Error)
		out.Set("error_description", "The provider says no.")
	} else {
		code := rand.Text()
		out.Set("code", code)
		p.mu.Lock()
		p.grants[code] = grant{r.URL.Path, q.Get("redirect_uri"), q.Get("code_challenge"), q.Get("nonce"), b.Person}
		p.mu.Unlock()
	}
	back.RawQuery = out.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (p *Provider) issuer(path string) string {
	if path == pathGoogleAuthorize {
		return issuerGoogle
	}
	return p.URL
}

// tokenOf names the token endpoint at which the codes of an authorization endpoint are good.
var tokenOf = map[string]string{PathAuthorize: PathToken, pathGitHubAuthorize: PathGitHubToken, pathGoogleAuthorize: PathGoogleToken}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	client, secret, ok := r.BasicAuth()
	if !ok {
		client, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if client != ClientID || secret != ClientSecret {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	p.mu.Lock()
	b := p.behaviour
	g, found := p.grants[r.PostFormValue("code")]
	delete(p.grants, r.PostFormValue("code"))
	access := b.Marker + rand.Text()
	p.tokens[access] = g.person
	p.mu.Unlock()
	if !found || tokenOf[g.path] != r.URL.Path || r.PostFormValue("grant_type") != "authorization_code" ||
		g.redirect != r.PostFormValue("redirect_uri") || g.challenge != challenge(r.PostFormValue("code_verifier")) {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": b.Marker})
		return
	}
	body := map[string]any{"access_token": access, "token_type": "Bearer", "scope": "read:user,user:email"}
	if g.path != pathGitHubAuthorize {
		body["scope"], body["expires_in"], body["refresh_token"] = "openid email profile", 3600, b.Marker+rand.Text()
		body["id_token"] = p.idToken(b, g.person, p.issuer(g.path), g.nonce)
	}
	answer(w, http.StatusOK, body)
}

// IDToken returns an ID token of who is signed in, as native apps get theirs: of this issuer, or of Google.
func (p *Provider) IDToken(google bool, nonce string) string {
	issuer, b := p.URL, p.now()
	if google {
		issuer = issuerGoogle
	}
	return p.idToken(b, b.Person, issuer, nonce)
}

func (p *Provider) idToken(b Behaviour, person Person, issuer, nonce string) string {
	claims := map[string]any{
		"iss": issuer, "sub": person.Subject, "aud": ClientID, "iat": time.Now().Unix(), "jti": b.Marker + rand.Text(),
		// Tests turn the clocks of what they test, but not this one's.
		"exp": time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).Unix(),
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	describe(claims, person)
	if b.Claims != nil {
		b.Claims(claims)
	}
	return Sign(claims)
}

// Sign signs claims with the key of every Provider.
func Sign(claims map[string]any) string {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
	token.Header["kid"] = "key-1"
	signed, err := token.SignedString(key())
	if err != nil {
		panic(err)
	}
	return signed
}

// describe adds what is known of a person to claims.
func describe(claims map[string]any, person Person) {
	claims["name"] = person.Name
	if person.Email != "" {
		claims["email"] = person.Email
	}
	if person.EmailVerified != nil {
		claims["email_verified"] = person.EmailVerified
	}
}

func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	person, err := p.bearer(r)
	if err != nil {
		answer(w, http.StatusUnauthorized, map[string]any{"message": err.Error()})
		return
	}
	body := map[string]any{"sub": person.Subject}
	switch r.URL.Path {
	case PathGitHubUser:
		// The public address comes without a word on whether it was verified.
		body = map[string]any{"id": json.Number(person.Subject), "login": "someone", "name": person.Name, "email": person.Email, "avatar_url": p.URL + "/face.png"}
	case PathGoogleUser:
		// Version 2 of the endpoint says "id" and "verified_email".
		body = map[string]any{"id": person.Subject, "name": person.Name, "email": person.Email}
		if person.EmailVerified != nil {
			body["verified_email"] = person.EmailVerified
		}
	default:
		describe(body, person)
	}
	if change := p.now().UserInfo; change != nil {
		change(body)
	}
	answer(w, http.StatusOK, body)
}

func (p *Provider) emails(w http.ResponseWriter, r *http.Request) {
	person, err := p.bearer(r)
	if err != nil {
		answer(w, http.StatusUnauthorized, map[string]any{"message": err.Error()})
		return
	}
	list := []map[string]any{{"email": "other@example.test", "primary": false, "verified": true}}
	if person.Email != "" {
		primary := map[string]any{"email": person.Email, "primary": true}
		if person.EmailVerified != nil {
			primary["verified"] = person.EmailVerified
		}
		list = append(list, primary)
	}
	answer(w, http.StatusOK, list)
}

func (p *Provider) bearer(r *http.Request) (Person, error) {
	if r.URL.Query().Has("access_token") {
		return Person{}, errors.New("the token stands in the address")
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.mu.Lock()
	defer p.mu.Unlock()
	person, ok := p.tokens[token]
	if !ok {
		return Person{}, errors.New("the token is not known")
	}
	return person, nil
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	public := key().PublicKey
	answer(w, http.StatusOK, map[string]any{"keys": []map[string]any{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "key-1",
		"n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
	}}})
}

// key is made once: making one takes a while.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	made, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return made
})

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
