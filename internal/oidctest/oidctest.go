// Package oidctest runs an OpenID provider inside a test: an issuer with discovery, and the endpoints of a GitHub
// Enterprise server and of Google beside it. It checks what a careful provider checks: the client, the redirect address,
// PKCE with S256, and that a code is used once.
package oidctest

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"pegasus/sessions/oauth"
)

// The application that is registered at the provider, for all three protocols.
const (
	ClientID     = "pegasus-client"
	ClientSecret = "secret-of-the-client"
)

// Paths of the issuer and of the GitHub server.
const (
	PathDiscovery    = "/.well-known/openid-configuration"
	PathKeys         = "/jwks"
	PathAuthorize    = "/authorize"
	PathToken        = "/token"
	PathUserInfo     = "/userinfo"
	PathGitHubToken  = "/login/oauth/access_token"
	PathGitHubUser   = "/api/v3/user"
	PathGitHubEmails = "/api/v3/user/emails"
	PathGoogleToken  = "/oauth2.googleapis.com/token"
	PathGoogleUser   = "/www.googleapis.com/oauth2/v2/userinfo"
	PathGoogleKeys   = "/www.googleapis.com/oauth2/v3/certs"

	pathGitHubAuthorize = "/login/oauth/authorize"
	pathGoogleAuthorize = "/accounts.google.com/o/oauth2/auth"
	issuerGoogle        = "https://accounts.google.com"
)

// Person is who signs in at the provider: they are signed in there and agree to everything.
type Person struct {
	Subject       string // for GitHub a decimal number
	Email         string // "" for none
	EmailVerified any    // true, false, text, or nil to leave it out
	Name          string
}

// Behaviour is what a test can change about a provider. The zero value behaves well.
type Behaviour struct {
	Person   Person
	Error    string               // what authorization answers with in place of a code
	State    string               // what authorization answers with in place of the state that it was given
	Issuer   string               // what authorization names as the issuer in place of the right one; "-" leaves it out
	Marker   string               // begins every access, refresh and ID token's jti, for a test to look for
	Claims   func(map[string]any) // changes the claims of an ID token before it is signed
	UserInfo func(map[string]any) // changes what the user endpoints say
	Metadata func(map[string]any) // changes the discovery document
}

// Provider is a running provider. It is safe for concurrent use.
type Provider struct {
	URL string // of the issuer, and the base of the GitHub server

	routes    map[string]http.HandlerFunc
	mu        sync.Mutex
	behaviour Behaviour
	replaced  map[string]http.HandlerFunc
	grants    map[string]grant  // by code
	tokens    map[string]Person // by access token
	calls     []string
}

type grant struct {
	path, redirect, challenge, nonce string
	person                           Person
}

// Start runs a provider until the test ends. Ada is signed in at it.
func Start(t testing.TB) *Provider {
	t.Helper()
	p := &Provider{
		behaviour: Behaviour{Person: Person{Subject: "4711", Email: "ada@example.test", EmailVerified: true, Name: "Ada Lovelace"}},
		replaced:  map[string]http.HandlerFunc{}, grants: map[string]grant{}, tokens: map[string]Person{},
	}
	p.routes = map[string]http.HandlerFunc{
		PathDiscovery: p.discovery, PathKeys: p.keys, PathGoogleKeys: p.keys,
		PathAuthorize: p.authorize, pathGitHubAuthorize: p.authorize, pathGoogleAuthorize: p.authorize,
		PathToken: p.token, PathGitHubToken: p.token, PathGoogleToken: p.token,
		PathUserInfo: p.userInfo, PathGoogleUser: p.userInfo, PathGitHubUser: p.userInfo, PathGitHubEmails: p.emails,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.calls = append(p.calls, r.Method+" "+r.URL.Path)
		handle := p.replaced[r.URL.Path]
		p.mu.Unlock()
		if handle == nil {
			handle = p.routes[r.URL.Path]
		}
		if handle == nil {
			handle = http.NotFound
		}
		handle(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	p.URL = server.URL
	return p
}

// Settings register the product at the provider as all three kinds. Google's needs Transport as well.
func (p *Provider) Settings() oauth.Settings {
	return oauth.Settings{
		GitHubID: ClientID, GitHubSecret: ClientSecret, GitHubBaseURL: p.URL,
		GoogleID: ClientID, GoogleSecret: ClientSecret,
		OIDCIssuer: p.URL, OIDCID: ClientID, OIDCSecret: ClientSecret,
	}
}

// SignIn changes who is signed in at the provider.
func (p *Provider) SignIn(person Person) { p.Set(func(b *Behaviour) { b.Person = person }) }

// Set changes how the provider behaves from now on.
func (p *Provider) Set(change func(*Behaviour)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.behaviour)
}

// Replace answers a path with something else from now on, such as Hang, Huge or Redirect; nil brings the right answer back.
func (p *Provider) Replace(path string, h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replaced[path] = h
}

// Calls counts the requests to a path, such as "POST /token".
func (p *Provider) Calls(call string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, c := range p.calls {
		if c == call {
			n++
		}
	}
	return n
}

// Visit goes where a browser is sent by a flow, and returns the address that the provider sends it back to.
func (p *Provider) Visit(address string) (*url.URL, error) {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := p.Transport().RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusFound {
		return nil, fmt.Errorf("authorization answers %s", answer.Status)
	}
	return answer.Location()
}

// Transport carries what is meant for Google to this provider, and everything else where it is meant to go.
func (p *Provider) Transport() http.RoundTripper { return transport{p.URL} }

type transport struct{ base string }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	switch r.URL.Host {
	case "accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com":
		to, err := url.Parse(t.base + "/" + r.URL.Host + r.URL.Path)
		if err != nil {
			return nil, err
		}
		to.RawQuery = r.URL.RawQuery
		r = r.Clone(r.Context())
		r.URL, r.Host = to, to.Host
	}
	return http.DefaultTransport.RoundTrip(r)
}

// Hang never answers.
func Hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the caller has gone
	<-r.Context().Done()
}

// Huge gives the right answer of a path, behind 256 KiB of blanks.
func (p *Provider) Huge(path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		right := httptest.NewRecorder()
		p.routes[path](right, r)
		maps.Copy(w.Header(), right.Header())
		w.WriteHeader(right.Code)
		_, _ = io.WriteString(w, strings.Repeat(" ", 256<<10)+right.Body.String())
	}
}

// Redirect sends whoever comes to another address.
func Redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusTemporaryRedirect) }
}
