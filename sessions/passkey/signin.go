package passkey

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"pegasus/accounts"
)

// BeginSignIn returns request options for any passkey of this server, and the binding. They tell nothing of anyone.
func (c *Ceremonies) BeginSignIn(ctx context.Context) (options json.RawMessage, binding string, err error) {
	if c.web == nil {
		return nil, "", errUnavailable
	}
	assertion, data, err := c.web.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", err
	}
	if options, err = json.Marshal(assertion.Response); err != nil {
		return nil, "", err
	}
	binding, err = c.keep(ctx, "", kept{Data: *data})
	return options, binding, err
}

var errCloned = errors.New("the counter of the passkey did not go up: there may be a copy of it")

// FinishSignIn returns whom a passkey belongs to, who may enter. PASSKEY_NOT_FOUND (Unauthenticated), AUTHENTICATION_FAILED
// and CHALLENGE_NOT_FOUND (Invalid), BANNED_USER.
func (c *Ceremonies) FinishSignIn(ctx context.Context, binding string, response json.RawMessage) (accounts.User, error) {
	if c.web == nil {
		return accounts.User{}, errUnavailable
	}
	userID, k, err := c.take(ctx, binding)
	if err != nil {
		return accounts.User{}, err
	}
	if userID != "" {
		return accounts.User{}, errNoChallenge // that of a registration
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return accounts.User{}, refused(errSignIn, err)
	}
	var p accounts.Passkey
	var u accounts.User
	var lookup error
	_, used, err := c.web.ValidatePasskeyLogin(func(rawID, _ []byte) (webauthn.User, error) {
		var known webauthn.Credential
		if p, u, lookup = c.accounts.PasskeyUser(ctx, base64.RawURLEncoding.EncodeToString(rawID)); lookup == nil {
			known, lookup = credential(p)
		}
		return owner{User: u, credentials: []webauthn.Credential{known}}, lookup
	}, k.Data, parsed)
	if lookup != nil {
		return accounts.User{}, lookup
	}
	if err != nil {
		return accounts.User{}, refused(errSignIn, err)
	}
	if used.Authenticator.CloneWarning {
		// Copies of a passkey that lives in many places each count on their own.
		if p.DeviceType != multiDevice {
			return accounts.User{}, refused(errSignIn, errCloned)
		}
		used.Authenticator.CloneWarning = false
	}
	data, err := json.Marshal(used)
	if err != nil {
		return accounts.User{}, err
	}
	if err := c.accounts.UsedPasskey(ctx, p, used.Authenticator.SignCount, used.Flags.BackupState, string(data)); err != nil {
		return accounts.User{}, err
	}
	return u, nil
}
