package oauth

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"pegasus/accounts"
	"pegasus/fault"
)

// kind is how one provider is spoken to.
type kind interface {
	// connect returns what is needed to speak to it, which may have to be asked for.
	connect(ctx context.Context) (connection, error)
	// identity asks whom an access token belongs to. id is the checked ID token, nil for a provider without.
	identity(client *http.Client, c connection, t *oauth2.Token, id *idToken) (accounts.Identity, error)
}

type connection struct {
	config   oauth2.Config
	options  []oauth2.AuthCodeOption
	verifier *oidc.IDTokenVerifier // nil for a provider without ID tokens
	issuer   string                // the same
	named    bool                  // the redirect must name the issuer
	userInfo string                // the address of the issuer's user endpoint, "" for none
}

// Finish ends a flow, once, and returns whom the provider names. query is what the provider's redirect brought; binding
// is the cookie's value. The flow is returned with errors, too, as far as it is known to be this browser's. Errors have the
// protocol's codes in lower case: state_not_found, state_mismatch, issuer_mismatch, no_code, invalid_code,
// unable_to_get_user_info, oauth_provider_not_found, temporarily_unavailable (Unavailable), and what the provider
// itself sends, such as access_denied.
func (p *Providers) Finish(ctx context.Context, provider string, query map[string][]string, binding string) (accounts.Identity, Flow, error) {
	k, ok := p.kinds[provider]
	if !ok {
		return accounts.Identity{}, Flow{}, errUnknownProvider
	}
	flow, err := p.take(ctx, provider, one(query, "state"), binding)
	if err != nil {
		return accounts.Identity{}, Flow{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	id, err := p.ask(ctx, k, flow, query)
	if err != nil {
		return accounts.Identity{}, flow.Flow, err
	}
	id.Provider = provider
	return id, flow.Flow, nil
}

// one returns a parameter that stands in a query once, else "".
func one(query map[string][]string, name string) string {
	if values := query[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// take ends the flow of a state, and returns it where it is this browser's and this provider's.
func (p *Providers) take(ctx context.Context, provider, state, binding string) (kept, error) {
	if state == "" {
		return kept{}, errNoState
	}
	ticket, err := p.tickets.TakeTicket(ctx, accounts.PurposeFlow, accounts.HashSecret(state), p.now())
	if fault.Is(err, fault.NotFound) {
		return kept{}, errState
	}
	if err != nil {
		return kept{}, err
	}
	var flow kept
	if err := json.Unmarshal([]byte(ticket.Data), &flow); err != nil {
		return kept{}, err
	}
	if subtle.ConstantTimeCompare([]byte(flow.Binding), []byte(accounts.HashSecret(binding))) != 1 || flow.Flow.Provider != provider {
		return kept{}, errState
	}
	return flow, nil
}

// ask trades the code of a redirect for the identity of a person.
func (p *Providers) ask(ctx context.Context, k kind, flow kept, query map[string][]string) (accounts.Identity, error) {
	c, err := k.connect(ctx)
	if err != nil {
		return accounts.Identity{}, broken("temporarily_unavailable", err)
	}
	// RFC 9207: else a code of one provider could be carried to another.
	if issuers := query["iss"]; c.issuer != "" && (len(issuers) > 0 || c.named) && one(query, "iss") != c.issuer {
		return accounts.Identity{}, errIssuer
	}
	if len(query["error"]) > 0 {
		return accounts.Identity{}, refusal(one(query, "error"))
	}
	code := one(query, "code")
	if code == "" {
		return accounts.Identity{}, errNoCode
	}
	token, err := c.config.Exchange(oidc.ClientContext(ctx, p.out.client), code, oauth2.VerifierOption(flow.Verifier))
	if err != nil {
		return accounts.Identity{}, broken("invalid_code", err, code, flow.Verifier, c.config.ClientSecret)
	}
	raw, _ := token.Extra("id_token").(string)
	secrets := []string{token.AccessToken, token.RefreshToken, raw}
	var id *idToken
	if c.verifier != nil {
		id, err = c.check(ctx, raw)
		if err == nil {
			err = id.belongs(c.config.ClientID, flow.Nonce, token.AccessToken)
		}
		if err != nil {
			return accounts.Identity{}, broken("unable_to_get_user_info", err, secrets...)
		}
	}
	who, err := k.identity(p.out.within(ctx), c, token, id)
	if err != nil {
		return accounts.Identity{}, broken("unable_to_get_user_info", err, secrets...)
	}
	who.Scopes = scopes(token, c.config.Scopes)
	return who, nil
}

// scopes returns what was granted. GitHub separates with commas, the others with spaces; what is not said is what was
// asked for.
func scopes(token *oauth2.Token, asked []string) []string {
	granted, _ := token.Extra("scope").(string)
	if granted == "" {
		return asked
	}
	return strings.FieldsFunc(granted, func(r rune) bool { return r == ',' || r == ' ' })
}

// idToken is an ID token whose signature, issuer, audience and expiry are good.
type idToken struct {
	*oidc.IDToken
	claims map[string]any
}

// maxSubject is OpenID Connect's limit for a subject, in characters.
const maxSubject = 255

func (c connection) check(ctx context.Context, raw string) (*idToken, error) {
	token, err := c.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	id := &idToken{IDToken: token}
	if err := token.Claims(&id.claims); err != nil {
		return nil, err
	}
	if token.Subject == "" || len(token.Subject) > maxSubject {
		return nil, errors.New("the ID token has no subject that can be used")
	}
	// goth takes this for granted, and panics.
	if _, number := id.claims["exp"].(float64); !number {
		return nil, errors.New("the expiry of the ID token is not a number")
	}
	return id, nil
}

// belongs reports, as an error, that an ID token was not made for this flow of this client.
func (t *idToken) belongs(client, nonce, access string) error {
	party, named := t.claims["azp"]
	switch {
	case named && party != client, !named && len(t.Audience) > 1:
		return errors.New("the ID token was made for another client")
	case subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(nonce)) != 1:
		return errors.New("the ID token was made for another flow")
	case t.AccessTokenHash != "" && t.VerifyAccessToken(access) != nil:
		return errors.New("the ID token was made for another access token")
	}
	return nil
}

// IDToken returns whom an ID token of Google or the issuer names (the flow of native apps): signature, audience, issuer, expiry
// and, where given, nonce are checked. INVALID_TOKEN, ID_TOKEN_NOT_SUPPORTED, PROVIDER_NOT_FOUND, PROVIDER_UNAVAILABLE.
//
// The authorized party is not checked: it is the app, which is registered beside this server and is not it.
func (p *Providers) IDToken(ctx context.Context, provider, token, nonce string) (accounts.Identity, error) {
	k, ok := p.kinds[provider]
	if !ok {
		return accounts.Identity{}, errProviderNotFound
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := k.connect(ctx)
	if err != nil {
		return accounts.Identity{}, fault.Away("PROVIDER_UNAVAILABLE", "This provider does not answer. Please try again in a moment.", quiet(err))
	}
	if c.verifier == nil {
		return accounts.Identity{}, errNoIDToken
	}
	id, err := c.check(ctx, token)
	if err == nil && nonce != "" && subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		err = errors.New("the nonce is another")
	}
	if err != nil {
		return accounts.Identity{}, &fault.Error{Kind: fault.Unauthenticated, Code: "INVALID_TOKEN", Message: "Invalid token", Err: quiet(err, token)}
	}
	return accounts.Identity{
		Provider: provider, Subject: id.Subject, Email: text(id.claims, "email"), EmailVerified: id.claims["email_verified"] == true,
		Name: text(id.claims, "name"), Picture: text(id.claims, "picture"), Scopes: slices.Clone(c.config.Scopes),
	}, nil
}

func text(claims map[string]any, name string) string {
	value, _ := claims[name].(string)
	return value
}
