package passkey

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"pegasus/accounts"
)

// BeginRegistration returns creation options, in the JSON form of WebAuthn Level 3 (the members of publicKey themselves, not
// wrapped), and the value of the cookie that binds the ceremony to this browser. attachment is "platform",
// "cross-platform" or "". The session must be fresh.
func (c *Ceremonies) BeginRegistration(ctx context.Context, u accounts.User, s accounts.Session, attachment string) (options json.RawMessage, binding string, err error) {
	if c.web == nil {
		return nil, "", errUnavailable
	}
	switch protocol.AuthenticatorAttachment(attachment) {
	case "", protocol.Platform, protocol.CrossPlatform:
	default:
		return nil, "", errAttachment
	}
	if err := c.accounts.Fresh(s); err != nil {
		return nil, "", err
	}
	passkeys, err := c.accounts.Passkeys(ctx, u.ID)
	if err != nil {
		return nil, "", err
	}
	who := owner{User: u}
	var have []protocol.CredentialDescriptor
	for _, p := range passkeys {
		known, err := credential(p)
		if err != nil {
			return nil, "", err
		}
		have = append(have, known.Descriptor())
	}
	creation, data, err := c.web.BeginRegistration(who, webauthn.WithExclusions(have), webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
		AuthenticatorAttachment: protocol.AuthenticatorAttachment(attachment),
		ResidentKey:             protocol.ResidentKeyRequirementRequired,
		RequireResidentKey:      protocol.ResidentKeyRequired(),
		UserVerification:        protocol.VerificationRequired,
	}), c.named(ctx))
	if err != nil {
		return nil, "", err
	}
	if options, err = json.Marshal(creation.Response); err != nil {
		return nil, "", err
	}
	binding, err = c.keep(ctx, u.ID, kept{SessionID: s.ID, Data: *data})
	return options, binding, err
}

// named shows the workspace's name; the id of the relying party stays the host's.
func (c *Ceremonies) named(ctx context.Context) webauthn.RegistrationOption {
	return func(o *protocol.PublicKeyCredentialCreationOptions) error {
		o.RelyingParty.Name = c.accounts.Workspace(ctx)
		return nil
	}
}

// FinishRegistration checks what the authenticator answered, and keeps the passkey. CHALLENGE_NOT_FOUND (Invalid),
// FAILED_TO_VERIFY_REGISTRATION (Invalid), YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY (Unauthenticated), and the errors
// of accounts.Service.AddPasskey. name "" names it after its keeper.
func (c *Ceremonies) FinishRegistration(ctx context.Context, u accounts.User, s accounts.Session, binding string, response json.RawMessage, name string) (accounts.Passkey, error) {
	if c.web == nil {
		return accounts.Passkey{}, errUnavailable
	}
	userID, k, err := c.take(ctx, binding)
	if err != nil {
		return accounts.Passkey{}, err
	}
	if userID != u.ID || k.SessionID != s.ID || k.SessionID == "" {
		return accounts.Passkey{}, errNotAllowed
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return accounts.Passkey{}, refused(errRegistration, err)
	}
	made, err := c.web.CreateCredential(owner{User: u}, k.Data, parsed)
	if err != nil {
		return accounts.Passkey{}, refused(errRegistration, err)
	}
	data, err := json.Marshal(made)
	if err != nil {
		return accounts.Passkey{}, err
	}
	p := accounts.Passkey{
		Name: name, CredentialID: base64.RawURLEncoding.EncodeToString(made.ID), PublicKey: made.PublicKey,
		Counter: made.Authenticator.SignCount, DeviceType: deviceType(made), BackedUp: made.Flags.BackupState, Data: string(data),
	}
	for _, t := range made.Transport {
		p.Transports = append(p.Transports, string(t))
	}
	if p.Name == "" {
		p.Name = keepers[hex.EncodeToString(made.Authenticator.AAGUID)]
	}
	return c.accounts.AddPasskey(ctx, u, s, p)
}

// The kinds of passkeys by where they live: on one device alone, or wherever their owner is.
const (
	singleDevice = "singleDevice"
	multiDevice  = "multiDevice"
)

func deviceType(c *webauthn.Credential) string {
	if c.Flags.BackupEligible {
		return multiDevice
	}
	return singleDevice
}

// keepers names who keeps a passkey by the AAGUID of its authenticator
// (https://github.com/passkeydeveloper/passkey-authenticator-aaguids).
var keepers = map[string]string{
	"fbfc3007154e4ecc8c0b6e020557d7bd": "iCloud Keychain",
	"ea9b8d664d011d213ce4b6b48cb575d4": "Google Password Manager",
	"08987058cadc4b81b6e130de50dcbe96": "Windows Hello",
	"9ddd1817af5a4672a2b93e3dd95000a9": "Windows Hello",
	"6028b017b1d44c02b4b3afcdafc96bb2": "Windows Hello",
	"adce000235bcc60a648b0b25f1f05503": "Chrome on Mac",
	"bada5566a7aa401fbd9645619a55120d": "1Password",
	"d548826e79b4db40a3d811116f7e8349": "Bitwarden",
	"531126d6e717415c93203d9aa6981239": "Dashlane",
}
