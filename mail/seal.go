package mail

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// sealVersion is the first byte of sealed content: AES-256-GCM, a nonce of 12 bytes, JSON. The id, kind and address of the mail
// are bound to it, so that no content can be moved to another mail.
const sealVersion = 1

// content is what a mail says, which is sealed because it holds links and codes.
type content struct {
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
	Until   time.Time `json:"until"` // from when sending it is pointless
	// Unsubscribe is an address that ends such mails, "" for none.
	Unsubscribe string `json:"unsubscribe,omitempty"`
	// Workspace is the name that the sender has where the settings give none.
	Workspace string `json:"workspace,omitempty"`
}

var errSealed = errors.New("its content cannot be opened with this secret")

type box struct{ aead cipher.AEAD }

func newBox(key []byte) (box, error) {
	if len(key) != 32 {
		return box{}, fmt.Errorf("the key that seals mail has %d bytes, not 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return box{}, err
	}
	aead, err := cipher.NewGCM(block)
	return box{aead}, err
}

func bound(q Queued) []byte { return []byte(q.ID + "\n" + q.Kind + "\n" + q.To) }

func (b box) seal(q Queued, c content) ([]byte, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	sealed := make([]byte, 1+b.aead.NonceSize(), 1+b.aead.NonceSize()+len(plain)+b.aead.Overhead())
	sealed[0] = sealVersion
	rand.Read(sealed[1:])
	return b.aead.Seal(sealed, sealed[1:], plain, bound(q)), nil
}

func (b box) open(q Queued) (c content, err error) {
	head := 1 + b.aead.NonceSize()
	if len(q.Sealed) < head || q.Sealed[0] != sealVersion {
		return content{}, errSealed
	}
	plain, err := b.aead.Open(nil, q.Sealed[1:head], q.Sealed[head:], bound(q))
	if err != nil || json.Unmarshal(plain, &c) != nil {
		return content{}, errSealed
	}
	return c, nil
}
