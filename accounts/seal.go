package accounts

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"
)

// Forms in which a secret is stored. sealed is followed by what AES-256-GCM makes of it under the key of the service, with the
// nonce before it and the person's id as additional data, so that nobody's secret can be put in another's place. plain
// is how an older system left it, in base32.
var (
	sealed = []byte("v1:")
	plain  = []byte("plain:")
)

var errSealed = errors.New("a sealed secret cannot be read: was the application's secret changed?")

func (s *Service) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.seal)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (s *Service) sealSecret(userID, secret string) ([]byte, error) {
	aead, err := s.aead()
	if err != nil {
		return nil, err
	}
	return aead.Seal(bytes.Clone(sealed), nil, []byte(secret), []byte(userID)), nil
}

func (s *Service) openSecret(userID string, stored []byte) (string, error) {
	if text, ok := bytes.CutPrefix(stored, plain); ok {
		return strings.ToUpper(strings.Trim(strings.ReplaceAll(string(text), " ", ""), "=")), nil
	}
	text, ok := bytes.CutPrefix(stored, sealed)
	if !ok {
		return "", errSealed
	}
	aead, err := s.aead()
	if err != nil {
		return "", err
	}
	secret, err := aead.Open(nil, nil, text, []byte(userID))
	if err != nil {
		return "", errSealed
	}
	return string(secret), nil
}

// keyed returns a MAC of parts under the service's key, for what is too short to be stored as a plain hash. use keeps the
// MACs of one purpose apart from those of every other.
func (s *Service) keyed(use string, parts ...string) []byte {
	mac := hmac.New(sha256.New, s.seal)
	mac.Write([]byte(use))
	for _, part := range parts {
		mac.Write([]byte{0})
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}
