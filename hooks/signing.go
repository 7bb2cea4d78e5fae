package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// Outgoing webhooks and commands are signed as Standard Webhooks says: https://github.com/standard-webhooks/standard-webhooks,
// spec/standard-webhooks.md. The secret is "whsec_" and 32 bytes in base64; what is signed is the id of the delivery, the
// time in seconds and the body, joined by dots.
const secretPrefix = "whsec_"

// signSlack adds the headers that Slack signs with: https://docs.slack.dev/authentication/verifying-requests-from-slack. The key
// is the secret as it is shown.
func signSlack(header map[string]string, secret string, at time.Time, body []byte) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + seconds + ":"))
	mac.Write(body)
	header["X-Slack-Request-Timestamp"], header["X-Slack-Signature"] = seconds, "v0="+hex.EncodeToString(mac.Sum(nil))
}

// derive makes something secret of a webhook's own, which is stored nowhere: changing the salt changes it.
func (s *Service) derive(purpose string, h Hook) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(purpose + "\x00" + h.ID + "\x00" + h.Salt))
	return mac.Sum(nil)
}

func (s *Service) signingSecret(h Hook) string {
	return secretPrefix + base64.StdEncoding.EncodeToString(s.derive("sign", h))
}

// token is what the body of a delivery carries, for receivers that compare a token and check no signature.
func (s *Service) token(h Hook) string { return hex.EncodeToString(s.derive("token", h)[:16]) }

// Sign returns the headers that sign a body under a secret of the form above.
func Sign(secret, deliveryID string, at time.Time, body []byte) map[string]string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil {
		key = []byte(secret)
	}
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(deliveryID + "." + seconds + "."))
	mac.Write(body)
	return map[string]string{
		"webhook-id": deliveryID, "webhook-timestamp": seconds,
		"webhook-signature": "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	}
}
