package plugins

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"strings"
)

// sealedMark begins a setting that is sealed with AES-256-GCM under the key of the service. The install and the setting are
// additional data, so that nobody's secret can be put in another's place.
const sealedMark = "sealed:v1:"

var errSealed = errors.New("a sealed setting cannot be read: was the application's secret changed?")

func (s *Service) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.sealKey)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (s *Service) sealSetting(installID, key, value string) (string, error) {
	aead, err := s.aead()
	if err != nil {
		return "", err
	}
	return sealedMark + base64.RawStdEncoding.EncodeToString(aead.Seal(nil, nil, []byte(value), []byte(installID+" "+key))), nil
}

func (s *Service) openSetting(installID, key, stored string) (string, error) {
	text, sealed := strings.CutPrefix(stored, sealedMark)
	if !sealed {
		return "", errSealed
	}
	aead, err := s.aead()
	if err != nil {
		return "", err
	}
	bytes, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return "", errSealed
	}
	value, err := aead.Open(nil, nil, bytes, []byte(installID+" "+key))
	if err != nil {
		return "", errSealed
	}
	return string(value), nil
}
