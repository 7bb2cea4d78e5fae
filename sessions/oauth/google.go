package oauth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/markbates/goth/providers/google"
	"golang.org/x/oauth2"

	"pegasus/accounts"
)

// What Google's discovery document says (https://accounts.google.com/.well-known/openid-configuration).
const (
	googleIssuer = "https://accounts.google.com"
	googleKeys   = "https://www.googleapis.com/oauth2/v3/certs"
)

// googleKind speaks to Google.
type googleKind struct{ connection connection }

func newGoogle(s Settings, callback string, client *http.Client, now func() time.Time) *googleKind {
	endpoint := google.Endpoint
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	keys := oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), googleKeys)
	return &googleKind{connection{
		config: oauth2.Config{
			ClientID: s.GoogleID, ClientSecret: s.GoogleSecret, Endpoint: endpoint, RedirectURL: callback,
			Scopes: []string{"email", "profile", "openid"},
		},
		options:  []oauth2.AuthCodeOption{oauth2.AccessTypeOffline, oauth2.SetAuthURLParam("prompt", "consent")},
		verifier: oidc.NewVerifier(googleIssuer, keys, &oidc.Config{ClientID: s.GoogleID, SupportedSigningAlgs: []string{oidc.RS256}, Now: now}),
		issuer:   googleIssuer,
	}}
}

func (g *googleKind) connect(context.Context) (connection, error) { return g.connection, nil }

func (g *googleKind) identity(client *http.Client, c connection, t *oauth2.Token, id *idToken) (accounts.Identity, error) {
	provider := google.New(c.config.ClientID, "", "")
	provider.HTTPClient = client
	user, err := provider.FetchUser(&google.Session{AccessToken: t.AccessToken})
	if err != nil {
		return accounts.Identity{}, err
	}
	if user.UserID != id.Subject {
		return accounts.Identity{}, errors.New("the ID token and the user endpoint name different accounts")
	}
	return accounts.Identity{
		Subject: id.Subject, Email: user.Email, EmailVerified: verified(user.RawData), Name: user.Name, Picture: user.AvatarURL,
	}, nil
}

// verified reports whether the user endpoint says that Google has verified the address. Version 2 of the endpoint has
// another name for it than OpenID Connect. Text is not taken for a yes, and a no under either name is a no.
func verified(raw map[string]any) bool {
	yes := false
	for _, key := range []string{"verified_email", "email_verified"} {
		if said, there := raw[key]; there {
			if said != true {
				return false
			}
			yes = true
		}
	}
	return yes
}
