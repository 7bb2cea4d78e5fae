// Package passkey carries out WebAuthn ceremonies (https://www.w3.org/TR/webauthn-3/).
//
// A passkey stands for both factors, so the authenticator must have verified the person, by a PIN or their body. It is
// discoverable: nobody says who they are before they sign in.
package passkey

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"pegasus/accounts"
	"pegasus/fault"
)

// Tickets keep a ceremony between its two requests.
type Tickets interface {
	CreateTicket(ctx context.Context, t accounts.Ticket) error
	TakeTicket(ctx context.Context, p accounts.Purpose, hash string, now time.Time) (accounts.Ticket, error)
}

// Options are the parts of Ceremonies.
type Options struct {
	URL      string // where people reach this server; its host is the relying party
	Tickets  Tickets
	Accounts *accounts.Service
	Now      func() time.Time
}

// Ceremonies register passkeys and sign in with them. They are safe for concurrent use.
type Ceremonies struct {
	web      *webauthn.WebAuthn // nil where there can be no passkeys
	tickets  Tickets
	accounts *accounts.Service
	now      func() time.Time
}

// New returns Ceremonies. A server that is reached by the number of its address has no passkeys: they belong to a name.
func New(o Options) (*Ceremonies, error) {
	c := &Ceremonies{tickets: o.Tickets, accounts: o.Accounts, now: o.Now}
	at, err := url.Parse(o.URL)
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddr(at.Hostname()); err == nil {
		return c, nil
	}
	limit := webauthn.TimeoutConfig{Timeout: Life, TimeoutUVD: Life}
	c.web, err = webauthn.New(&webauthn.Config{
		RPID: at.Hostname(), RPDisplayName: at.Hostname(), RPOrigins: []string{at.Scheme + "://" + at.Host},
		Timeouts:              webauthn.TimeoutsConfig{Login: limit, Registration: limit},
		AttestationPreference: protocol.PreferNoAttestation,
		// Some password managers answer extensions that nobody asked for. None is used here.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	return c, err
}

// Life is how long a person may take with their authenticator.
const Life = 5 * time.Minute

var (
	errUnavailable  = fault.New(fault.NotFound, "PASSKEYS_NOT_AVAILABLE", "Passkeys need a server with a host name. This one is reached by a number.")
	errNoChallenge  = fault.New(fault.Invalid, "CHALLENGE_NOT_FOUND", "This took too long, or was begun elsewhere. Please try again.")
	errNotAllowed   = fault.New(fault.Unauthenticated, "YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY", "You are not allowed to register this passkey")
	errAttachment   = fault.Field("authenticatorAttachment", "INVALID_ATTACHMENT", "An authenticator is platform or cross-platform.")
	errRegistration = fault.New(fault.Invalid, "FAILED_TO_VERIFY_REGISTRATION", "Failed to verify registration")
	errSignIn       = fault.New(fault.Invalid, "AUTHENTICATION_FAILED", "Authentication failed")
)

// Available reports whether this server can have passkeys.
func (c *Ceremonies) Available() bool { return c.web != nil }

// kept is what a ticket keeps of a ceremony.
type kept struct {
	SessionID string // of the person who registers, "" for a sign-in
	Data      webauthn.SessionData
}

// keep stores a ceremony and returns what binds it to a browser. The ticket's person is "" for a sign-in.
func (c *Ceremonies) keep(ctx context.Context, userID string, k kept) (binding string, err error) {
	data, err := json.Marshal(k)
	if err != nil {
		return "", err
	}
	binding = rand.Text() + rand.Text()
	now := c.now()
	return binding, c.tickets.CreateTicket(ctx, accounts.Ticket{
		Purpose: accounts.PurposePasskey, Hash: accounts.HashSecret(binding), UserID: userID, Data: string(data), CreatedAt: now, ExpiresAt: now.Add(Life),
	})
}

// take ends a ceremony, whatever comes of it.
func (c *Ceremonies) take(ctx context.Context, binding string) (userID string, k kept, err error) {
	ticket, err := c.tickets.TakeTicket(ctx, accounts.PurposePasskey, accounts.HashSecret(binding), c.now())
	if fault.Is(err, fault.NotFound) {
		return "", kept{}, errNoChallenge
	}
	if err != nil {
		return "", kept{}, err
	}
	return ticket.UserID, k, json.Unmarshal([]byte(ticket.Data), &k)
}

// refused returns a failure with its cause, which is for the log.
func refused(f *fault.Error, err error) error {
	return &fault.Error{Kind: f.Kind, Code: f.Code, Message: f.Message, Err: err}
}

// owner is a person with their passkeys, as the library wants them. The user handle is the person's id.
type owner struct {
	accounts.User
	credentials []webauthn.Credential
}

func (o owner) WebAuthnID() []byte                         { return []byte(o.ID) }
func (o owner) WebAuthnName() string                       { return o.Email }
func (o owner) WebAuthnDisplayName() string                { return o.Shown() }
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.credentials }

// credential returns what the library keeps of a passkey.
func credential(p accounts.Passkey) (webauthn.Credential, error) {
	var known webauthn.Credential
	err := json.Unmarshal([]byte(p.Data), &known)
	return known, err
}
