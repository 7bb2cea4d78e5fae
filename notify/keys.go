package notify

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
)

// keys are made from the application's secret: they are the same after a restart and for every server of a workspace, and
// nothing of them lies in the database.
type keys struct {
	private, public string // of the server, as browsers and their makers' servers know it (RFC 8292), base64url
	links           []byte // for the links in mails that work without signing in
}

func newKeys(secret []byte) (k keys, err error) {
	if k.links, err = hkdf.Key(sha256.New, secret, nil, "pegasus notify links", 32); err != nil {
		return keys{}, err
	}
	for try := 0; ; try++ { // nearly every 32 bytes are a key
		raw, err := hkdf.Key(sha256.New, secret, nil, "pegasus push  "+strconv.Itoa(try), 32)
		if err != nil {
			return keys{}, err
		}
		if key, err := ecdh.P256().NewPrivateKey(raw); err == nil {
			k.private, k.public = text64(raw), text64(key.PublicKey().Bytes())
			return k, nil
		}
	}
}

func text64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
