package mongodb

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"pegasus/accounts"
)

var unpadded = base32.StdEncoding.WithPadding(base32.NoPadding)

// openSecret returns the storable form of a secret that Better Auth has sealed: XChaCha20-Poly1305 under the SHA-256 of the
// application's secret, the nonce before it, all in hex, and since 1.5 with "$ba$<version>$" before that. What is sealed is
// the text whose bytes are the secret, or "base32:" and the secret.
func openSecret(applicationSecret, sealed string) []byte {
	if rest, enveloped := strings.CutPrefix(sealed, "$ba$"); enveloped {
		_, sealed, _ = strings.Cut(rest, "$")
	}
	raw, err := hex.DecodeString(sealed)
	if err != nil || len(raw) < chacha20poly1305.NonceSizeX || applicationSecret == "" {
		return nil
	}
	key := sha256.Sum256([]byte(applicationSecret))
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return nil
	}
	secret, err := aead.Open(nil, raw[:chacha20poly1305.NonceSizeX], raw[chacha20poly1305.NonceSizeX:], nil)
	if err != nil {
		return nil
	}
	if text, encoded := strings.CutPrefix(string(secret), "base32:"); encoded {
		return accounts.UnsealedSecret(text)
	}
	return accounts.UnsealedSecret(unpadded.EncodeToString(secret))
}

// usableHash returns a password hash that accounts can check, and "" for any other: bcrypt, or Better Auth's "salt:key".
func usableHash(hash string) string {
	if strings.HasPrefix(hash, "$2") && len(hash) == 60 {
		return hash
	}
	salt, key, found := strings.Cut(hash, ":")
	if _, err := hex.DecodeString(salt + key); found && err == nil && len(salt) == 32 && len(key) == 128 {
		return hash
	}
	return ""
}
