package betterauth

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"pegasus/accounts"
	"pegasus/sessions"
	"pegasus/sessions/passkey"
	"pegasus/web"
)

// Passkey is a passkey of one's own.
type Passkey struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`
	PublicKey    string  `json:"publicKey" doc:"COSE, in base64"`
	UserID       string  `json:"userId"`
	CredentialID string  `json:"credentialID"`
	Counter      uint32  `json:"counter"`
	DeviceType   string  `json:"deviceType" enum:"singleDevice,multiDevice"`
	BackedUp     bool    `json:"backedUp"`
	Transports   string  `json:"transports" doc:"Separated by commas"`
	CreatedAt    string  `json:"createdAt" format:"date-time"`
	LastUsedAt   *string `json:"lastUsedAt" format:"date-time"`
}

func newPasskey(p accounts.Passkey) Passkey {
	return Passkey{
		ID: p.ID, Name: p.Name, PublicKey: base64.StdEncoding.EncodeToString(p.PublicKey), UserID: p.UserID,
		CredentialID: p.CredentialID, Counter: p.Counter, DeviceType: p.DeviceType, BackedUp: p.BackedUp,
		Transports: strings.Join(p.Transports, ","), CreatedAt: web.Time(p.CreatedAt), LastUsedAt: timeOrNull(p.LastUsedAt),
	}
}

// WebAuthn is an object in the JSON form of that standard.
type WebAuthn map[string]json.RawMessage

// text returns the object as it was sent, but for the order of its members.
func (o WebAuthn) text() json.RawMessage {
	text, err := json.Marshal(o)
	if err != nil {
		return nil // what was decoded can be encoded
	}
	return text
}

// RegisterQuery is what a client says of the authenticator that it wants.
type RegisterQuery struct {
	Attachment string `query:"authenticatorAttachment" doc:"platform or cross-platform"`
}

// BeginPasskey answers the options to make a passkey with, as WebAuthn has them.
func (d *Door) BeginPasskey(w http.ResponseWriter, r *http.Request, in RegisterQuery) (json.RawMessage, error) {
	c := me(r)
	options, binding, err := d.Passkeys.BeginRegistration(r.Context(), c.User, c.Session, in.Attachment)
	if err == nil {
		d.Sessions.Keep(w, sessions.CookiePasskey, binding, passkey.Life)
	}
	return options, err
}

// FinishPasskeyRequest is the body that registers a passkey.
type FinishPasskeyRequest struct {
	Response WebAuthn `json:"response" doc:"What the authenticator answered"`
	Name     string   `json:"name,omitempty"`
}

// FinishPasskey registers a passkey of one's own.
func (d *Door) FinishPasskey(w http.ResponseWriter, r *http.Request, in FinishPasskeyRequest) (Passkey, error) {
	c := me(r)
	p, err := d.Passkeys.FinishRegistration(r.Context(), c.User, c.Session, d.ceremony(w, r), in.Response.text(), in.Name)
	return newPasskey(p), err
}

// ceremony returns the binding of a browser's ceremony, which is over with its answer, good or bad.
func (d *Door) ceremony(w http.ResponseWriter, r *http.Request) string {
	binding := d.Sessions.Kept(r, sessions.CookiePasskey)
	d.Sessions.Keep(w, sessions.CookiePasskey, "", 0)
	return binding
}

// BeginPasskeySignIn answers the options to sign in with, the same for everyone.
func (d *Door) BeginPasskeySignIn(w http.ResponseWriter, r *http.Request, _ None) (json.RawMessage, error) {
	options, binding, err := d.Passkeys.BeginSignIn(r.Context())
	if err == nil {
		d.Sessions.Keep(w, sessions.CookiePasskey, binding, passkey.Life)
	}
	return options, err
}

// PasskeySignInRequest is the body of a sign-in by passkey.
type PasskeySignInRequest struct {
	Response WebAuthn `json:"response" doc:"What the authenticator answered"`
}

// FinishPasskeySignIn signs in by a passkey, which is two factors in one.
func (d *Door) FinishPasskeySignIn(w http.ResponseWriter, r *http.Request, in PasskeySignInRequest) (SessionAndUser, error) {
	u, err := d.Passkeys.FinishSignIn(r.Context(), d.ceremony(w, r), in.Response.text())
	if err != nil {
		return SessionAndUser{}, err
	}
	entry, err := d.Sessions.Enter(w, r, u, sessions.Entrance{Way: accounts.WayPasskey, Remember: true})
	return SessionAndUser{Session: newSession(entry.Current), User: NewUser(entry.User)}, err
}

// ListPasskeys lists one's passkeys, oldest first.
func (d *Door) ListPasskeys(_ http.ResponseWriter, r *http.Request, _ None) ([]Passkey, error) {
	all, err := d.Accounts.Passkeys(r.Context(), me(r).User.ID)
	out := make([]Passkey, len(all))
	for i, p := range all {
		out[i] = newPasskey(p)
	}
	return out, err
}

// PasskeyRequest names a passkey.
type PasskeyRequest struct {
	ID string `json:"id"`
}

// DeletePasskey ends a passkey of one's own, unless it is the last way in.
func (d *Door) DeletePasskey(_ http.ResponseWriter, r *http.Request, in PasskeyRequest) (Status, error) {
	c := me(r)
	return Status{Status: true}, d.Accounts.RemovePasskey(r.Context(), c.User, c.Session, in.ID)
}

// RenamePasskeyRequest is the body that names a passkey anew.
type RenamePasskeyRequest struct {
	ID   string `json:"id"`
	Name string `json:"name" doc:"1 to 80 characters"`
}

// PasskeyResponse is the answer to it.
type PasskeyResponse struct {
	Passkey Passkey `json:"passkey"`
}

// RenamePasskey names a passkey of one's own anew.
func (d *Door) RenamePasskey(_ http.ResponseWriter, r *http.Request, in RenamePasskeyRequest) (PasskeyResponse, error) {
	p, err := d.Accounts.RenamePasskey(r.Context(), me(r).User, in.ID, in.Name)
	return PasskeyResponse{Passkey: newPasskey(p)}, err
}
