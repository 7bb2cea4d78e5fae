package oauth

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"pegasus/fault"
)

var (
	errProviderNotFound = fault.New(fault.NotFound, "PROVIDER_NOT_FOUND", "Provider not found")
	errNoIDToken        = fault.New(fault.NotFound, "ID_TOKEN_NOT_SUPPORTED", "This provider has no ID tokens.")
	errUnknownProvider  = fault.New(fault.NotFound, "oauth_provider_not_found", "This provider is not set up here.")
	errNoState          = fault.New(fault.Invalid, "state_not_found", "This sign-in was not begun here. Please begin again.")
	errState            = fault.New(fault.Invalid, "state_mismatch", "This sign-in was begun elsewhere, took too long, or is over. Please begin again.")
	errIssuer           = fault.New(fault.Invalid, "issuer_mismatch", "The answer came from another provider than the one asked.")
	errNoCode           = fault.New(fault.Invalid, "no_code", "The provider sent no code.")
)

// broken returns the failure of a step at the provider: with the step's code where the provider said something that
// cannot be used, and Unavailable where it said nothing in time.
func broken(code string, err error, secrets ...string) error {
	var network *url.Error
	if errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Away("temporarily_unavailable", "The provider does not answer. Please try again in a moment.", quiet(err, secrets...))
	}
	return &fault.Error{Kind: fault.Invalid, Code: code, Message: "The provider's answer could not be used. Please try again.", Err: quiet(err, secrets...)}
}

// refusal turns the error parameter of a provider's redirect into a failure.
func refusal(code string) error {
	if !plain(code) {
		code = "oauth_error"
	}
	return fault.New(fault.Invalid, code, "The provider did not let you in.")
}

// plain reports whether a code that comes from outside has the form of OAuth's own (RFC 6749, section 4.1.2.1).
func plain(code string) bool {
	return code != "" && len(code) <= 64 && !strings.ContainsFunc(code, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' })
}

// quiet returns an error for the log, without addresses and answers, which may hold tokens, and without the secrets.
func quiet(err error, secrets ...string) error {
	var network *url.Error
	if errors.As(err, &network) {
		err = network.Err
	}
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		text := "the token endpoint answers " + refused.Response.Status
		if plain(refused.ErrorCode) {
			text += ": " + refused.ErrorCode
		}
		return errors.New(text)
	}
	text := err.Error()
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "…"
	}
	return errors.New(text)
}
