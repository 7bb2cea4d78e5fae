// Package passkeytest holds passkeys as a person's device does, for tests of those who ask for them.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// Flags of authenticator data (WebAuthn Level 3, section 6.1).
const (
	Present  = 1
	Verified = 4
	Eligible = 8
	BackedUp = 16
	attested = 64
)

// Authenticator holds one passkey, on the side of the person.
type Authenticator struct {
	Key     *ecdsa.PrivateKey
	ID      []byte
	AAGUID  [16]byte
	Flags   byte
	Counter uint32
	Origin  string
	RPID    string
	Handle  []byte // of the person, as the server named them
}

// New returns an authenticator with a new passkey, which proves that its person is there and who they are, to pages of an origin.
func New(t testing.TB, origin string) *Authenticator {
	t.Helper()
	site, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &Authenticator{Key: key, ID: []byte(rand.Text()), Flags: Present | Verified, Origin: origin, RPID: site.Hostname()}
}

// Base64 is the form of bytes in the messages of the ceremonies.
func Base64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *Authenticator) clientData(ceremony, challenge string) []byte {
	data, err := json.Marshal(map[string]any{"type": ceremony, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
	if err != nil {
		panic(err)
	}
	return data
}

func (a *Authenticator) data(flags byte) []byte {
	hash := sha256.Sum256([]byte(a.RPID))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.Counter)
}

// Create answers creation options.
func (a *Authenticator) Create(t testing.TB, options json.RawMessage) json.RawMessage {
	t.Helper()
	var o struct {
		Challenge string
		User      struct{ ID string }
	}
	if err := json.Unmarshal(options, &o); err != nil {
		t.Fatal(err)
	}
	var err error
	if a.Handle, err = base64.RawURLEncoding.DecodeString(o.User.ID); err != nil {
		t.Fatal(err)
	}
	point, err := a.Key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	encode, err := cbor.CTAP2EncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	cose, err := encode.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		t.Fatal(err)
	}
	data := append(a.data(a.Flags|attested), a.AAGUID[:]...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(a.ID))), a.ID...)
	object, err := encode.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": append(data, cose...)})
	if err != nil {
		t.Fatal(err)
	}
	return a.answer(t, map[string]any{
		"clientDataJSON": Base64(a.clientData("webauthn.create", o.Challenge)), "attestationObject": Base64(object), "transports": []string{"internal", "hybrid"},
	})
}

// Get answers request options.
func (a *Authenticator) Get(t testing.TB, options json.RawMessage) json.RawMessage {
	t.Helper()
	var o struct{ Challenge string }
	if err := json.Unmarshal(options, &o); err != nil {
		t.Fatal(err)
	}
	data, client := a.data(a.Flags), a.clientData("webauthn.get", o.Challenge)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.Key, signed[:])
	if err != nil {
		t.Fatal(err)
	}
	return a.answer(t, map[string]any{
		"clientDataJSON": Base64(client), "authenticatorData": Base64(data), "signature": Base64(signature), "userHandle": Base64(a.Handle),
	})
}

// answer is what @simplewebauthn/browser sends.
func (a *Authenticator) answer(t testing.TB, response map[string]any) json.RawMessage {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"id": Base64(a.ID), "rawId": Base64(a.ID), "type": "public-key", "response": response,
		"clientExtensionResults": map[string]any{"credProps": map[string]any{"rk": true}}, "authenticatorAttachment": "platform",
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}
