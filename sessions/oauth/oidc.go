package oauth

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/markbates/goth/providers/openidConnect"
	"golang.org/x/oauth2"

	"pegasus/accounts"
)

// openID speaks to an OpenID Connect issuer, which says where its endpoints are when it is first needed.
type openID struct {
	settings Settings
	callback string
	client   *http.Client
	now      func() time.Time
	known    atomic.Pointer[connection]
}

func (o *openID) connect(ctx context.Context) (connection, error) {
	if known := o.known.Load(); known != nil {
		return *known, nil
	}
	// Nobody waits for another's question: an issuer that hangs would hold up everyone in turn.
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, o.client), o.settings.OIDCIssuer)
	if err != nil {
		return connection{}, err
	}
	c, err := o.describe(provider)
	if err != nil {
		return connection{}, err
	}
	o.known.Store(&c)
	return c, nil
}

// describe reads an issuer's metadata (OpenID Connect Discovery 1.0, section 3).
func (o *openID) describe(provider *oidc.Provider) (connection, error) {
	var metadata struct {
		Keys    string   `json:"jwks_uri"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
		Named   bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return connection{}, err
	}
	endpoint := provider.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL, metadata.Keys, provider.UserInfoEndpoint()} {
		if strings.HasPrefix(o.settings.OIDCIssuer, "https://") && address != "" && !strings.HasPrefix(address, "https://") {
			return connection{}, errors.New("an https issuer names an endpoint without https")
		}
	}
	if endpoint.AuthURL == "" || endpoint.TokenURL == "" || metadata.Keys == "" {
		return connection{}, errors.New("the issuer does not name its endpoints")
	}
	// Both are never tried: a code is good once.
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	basic := len(metadata.Methods) == 0 || slices.Contains(metadata.Methods, "client_secret_basic")
	if o.settings.OIDCSecret == "" || !basic {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return connection{
		config: oauth2.Config{
			ClientID: o.settings.OIDCID, ClientSecret: o.settings.OIDCSecret, Endpoint: endpoint, RedirectURL: o.callback,
			Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
		},
		// The algorithms are those of the metadata, without those that need a shared secret or none.
		verifier: provider.Verifier(&oidc.Config{ClientID: o.settings.OIDCID, Now: o.now}),
		issuer:   o.settings.OIDCIssuer, named: metadata.Named, userInfo: provider.UserInfoEndpoint(),
	}, nil
}

func (o *openID) identity(client *http.Client, c connection, t *oauth2.Token, id *idToken) (accounts.Identity, error) {
	e := c.config.Endpoint
	provider, err := openidConnect.NewCustomisedURL(c.config.ClientID, "", "", e.AuthURL, e.TokenURL, c.issuer, c.userInfo, "")
	if err != nil {
		return accounts.Identity{}, err
	}
	provider.HTTPClient = client
	raw, _ := t.Extra("id_token").(string)
	// goth asks the user endpoint, if there is one, and refuses an answer about another subject.
	user, err := provider.FetchUser(&openidConnect.Session{AccessToken: t.AccessToken, IDToken: raw})
	if err != nil {
		return accounts.Identity{}, err
	}
	who := accounts.Identity{Subject: id.Subject, Name: user.Name, Picture: user.AvatarURL}
	if who.Name == "" {
		who.Name = user.NickName
	}
	who.Email, who.EmailVerified = proven(id.claims, user.RawData)
	return who, nil
}

// proven returns a person's address and whether the issuer has verified that very address. merged is the ID token with
// what the user endpoint adds, or puts in place of it; the signed ID token goes first.
func proven(signed, merged map[string]any) (email string, verified bool) {
	email = text(signed, "email")
	if email == "" {
		if _, loose := signed["email_verified"]; loose {
			return text(merged, "email"), false // nobody can tell what this is said about
		}
		return text(merged, "email"), merged["email_verified"] == true
	}
	if said, there := signed["email_verified"]; there {
		return email, said == true
	}
	return email, text(merged, "email") == email && merged["email_verified"] == true
}
