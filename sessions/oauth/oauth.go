// Package oauth signs people in at GitHub, Google or any OpenID Connect issuer.
//
// goth says where the providers are and reads what they tell of a person. Its own sessions and its web handlers are not
// used: they take the state from the request, know no PKCE for GitHub and Google, believe in addresses that nobody
// verified, read ID tokens without checking their signature, and keep tokens in a cookie. So the flow is kept here, on
// the server; golang.org/x/oauth2 trades the code and go-oidc checks ID tokens.
//
// A provider's tokens live within Finish. They are stored nowhere, logged nowhere and returned to nobody.
package oauth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"pegasus/accounts"
	"pegasus/fault"
)

// Settings name the applications registered at the providers. A provider without an id is off.
type Settings struct {
	GitHubID, GitHubSecret string
	GitHubBaseURL          string // of a GitHub Enterprise server, "" for github.com
	GoogleID, GoogleSecret string
	OIDCIssuer             string
	OIDCID, OIDCSecret     string
}

// Tickets keep a flow between its two requests.
type Tickets interface {
	CreateTicket(ctx context.Context, t accounts.Ticket) error
	TakeTicket(ctx context.Context, p accounts.Purpose, hash string, now time.Time) (accounts.Ticket, error)
}

// Options are the parts of Providers.
type Options struct {
	Settings Settings
	URL      string // where people reach this server
	Tickets  Tickets
	Now      func() time.Time
	// Transport carries requests to the providers; nil is the product's own. Redirects are not followed, whatever it does.
	Transport http.RoundTripper
}

// Providers are the ways in that lead over somebody else. They are safe for concurrent use.
type Providers struct {
	list    []Provider
	kinds   map[string]kind
	tickets Tickets
	now     func() time.Time
	out     *out
}

// New returns Providers. An issuer that does not answer yet is asked again when somebody comes by it.
func New(o Options) (*Providers, error) {
	p := &Providers{kinds: map[string]kind{}, tickets: o.Tickets, now: o.Now, out: newOut(o.Transport)}
	add := func(name, label string, k kind) {
		p.list = append(p.list, Provider{Name: name, Label: label})
		p.kinds[name] = k
	}
	callback := func(name string) string { return strings.TrimSuffix(o.URL, "/") + "/api/auth/callback/" + name }
	s := o.Settings
	if s.GitHubID != "" {
		k, err := newGitHub(s, callback("github"))
		if err != nil {
			return nil, err
		}
		add("github", "GitHub", k)
	}
	if s.GoogleID != "" {
		add("google", "Google", newGoogle(s, callback("google"), p.out.client, o.Now))
	}
	if s.OIDCIssuer != "" && s.OIDCID != "" {
		issuer, err := address("OIDC_ISSUER", s.OIDCIssuer)
		if err != nil {
			return nil, err
		}
		add("oidc", issuer.Host, &openID{settings: s, callback: callback("oidc"), client: p.out.client, now: o.Now})
	}
	return p, nil
}

// address reads a setting that is the address of a server.
func address(setting, value string) (*url.URL, error) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%s is not the address of a server, such as https://login.example.com", setting)
	}
	return u, nil
}

// Provider is one of them.
type Provider struct {
	Name  string // "github", "google" or "oidc"
	Label string // "GitHub", "Google", or the host of the issuer
}

// List returns the providers that are on.
func (p *Providers) List() []Provider { return p.list }

// Flow is a sign-in, or a link, that is under way at a provider.
type Flow struct {
	Provider        string
	Callback        string // where to go afterwards
	NewUserCallback string // the same for a new account, "" for Callback
	ErrorCallback   string // the same for a failure, "" for the error page
	UserID          string // the signed-in person to link to, "" for a sign-in
	SessionID       string // their session
	RequestSignUp   bool
}

// kept is what a ticket keeps of a flow. The state itself is stored nowhere.
type kept struct {
	Flow     Flow
	Binding  string // hash of the browser's cookie
	Verifier string // of PKCE
	Nonce    string // that the ID token must repeat
}

// Start begins a flow: it returns the provider's page to send the browser to, and the value of the cookie that binds the
// flow to this browser, good for FlowLife. An unknown provider is NotFound with code PROVIDER_NOT_FOUND, one that does
// not answer is Unavailable with code PROVIDER_UNAVAILABLE.
func (p *Providers) Start(ctx context.Context, f Flow) (url, binding string, err error) {
	k, ok := p.kinds[f.Provider]
	if !ok {
		return "", "", errProviderNotFound
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := k.connect(asking)
	if err != nil {
		return "", "", fault.Away("PROVIDER_UNAVAILABLE", "This provider does not answer. Please try again in a moment.", quiet(err))
	}
	state, binding, now := accounts.NewSecret(), accounts.NewSecret(), p.now()
	keep := kept{Flow: f, Binding: accounts.HashSecret(binding), Verifier: oauth2.GenerateVerifier(), Nonce: accounts.NewSecret()}
	data, err := json.Marshal(keep)
	if err != nil {
		return "", "", err
	}
	err = p.tickets.CreateTicket(ctx, accounts.Ticket{
		Purpose: accounts.PurposeFlow, Hash: accounts.HashSecret(state), UserID: f.UserID, Data: string(data), CreatedAt: now, ExpiresAt: now.Add(FlowLife),
	})
	if err != nil {
		return "", "", err
	}
	options := append([]oauth2.AuthCodeOption{oauth2.S256ChallengeOption(keep.Verifier)}, c.options...)
	if c.verifier != nil {
		options = append(options, oauth2.SetAuthURLParam("nonce", keep.Nonce))
	}
	return c.config.AuthCodeURL(state, options...), binding, nil
}

// FlowLife is how long a person may take at the provider.
const FlowLife = 10 * time.Minute
