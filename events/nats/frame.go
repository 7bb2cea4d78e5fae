package nats

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
)

// kind says what a frame is.
type kind string

// What a server tells all others. All but a beat are numbered.
const (
	isEvent   kind = "event"
	isGrant   kind = "grant"   // User receives Topic
	isRevoke  kind = "revoke"  // User does not any more
	isSession kind = "session" // the streams of User's Session end
	isUser    kind = "user"    // all streams of User but those of Session end
	isCut     kind = "cut"     // all streams break
	isHere    kind = "here"    // User's first stream here has opened
	isGone    kind = "gone"    // User's last stream here has ended
	isTold    kind = "told"    // Name and Text of Tell
	isLost    kind = "lost"    // something that could not be told: read the truth
	isBye     kind = "bye"     // the server stops
	isBeat    kind = "beat"    // the server lives, and has told N frames so far
)

// What a server tells one other.
const (
	isWelcome kind = "welcome" // answers a beat that says hello
	isDone    kind = "done"    // what the numbers N to To asked for is done
)

// frame is what goes between servers, as JSON.
type frame struct {
	From    string          `json:"from"`
	Kind    kind            `json:"kind"`
	N       uint64          `json:"n"`
	To      uint64          `json:"to,omitempty"`
	Topic   string          `json:"topic,omitempty"`
	User    string          `json:"user,omitempty"`
	Session string          `json:"session,omitempty"`
	Name    string          `json:"name,omitempty"` // of the payload, or of what is told
	Text    string          `json:"text,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`

	// A beat that says hello asks all for a welcome. Both say who holds a stream there.
	Hello  bool     `json:"hello,omitempty"`
	People []string `json:"people,omitempty"`
	Was    string   `json:"was,omitempty"`    // under which name the server was joined before
	Missed bool     `json:"missed,omitempty"` // something happened there while it was not joined
}

// box seals frames, so that what people write can be read and made by the servers of one workspace alone, whoever else uses the
// same NATS. Its subject is a name that nobody else knows either.
type box struct {
	cipher  cipher.AEAD
	subject string
}

func newBox(key []byte, workspace string) (b box, err error) {
	seal, err := hkdf.Key(sha256.New, key, nil, "seal "+workspace, chacha20poly1305.KeySize)
	if err != nil {
		return b, err
	}
	name, err := hkdf.Key(sha256.New, key, nil, "subject "+workspace, 12)
	if err != nil {
		return b, err
	}
	b.subject = "pegasus." + hex.EncodeToString(name)
	b.cipher, err = chacha20poly1305.NewX(seal)
	return b, err
}

// all is where every server listens, and one where a single one does.
func (b box) all() string          { return b.subject + ".all" }
func (b box) one(id string) string { return b.subject + ".one." + id }

func (b box) seal(subject string, f frame) ([]byte, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(text)+chacha20poly1305.Overhead)
	rand.Read(nonce)
	return b.cipher.Seal(nonce, nonce, text, []byte(subject)), nil
}

var errForeign = errors.New("it was sealed by somebody else")

func (b box) open(subject string, data []byte) (f frame, err error) {
	if len(data) < chacha20poly1305.NonceSizeX {
		return f, errForeign
	}
	text, err := b.cipher.Open(nil, data[:chacha20poly1305.NonceSizeX], data[chacha20poly1305.NonceSizeX:], []byte(subject))
	if err != nil {
		return f, errForeign
	}
	return f, json.Unmarshal(text, &f)
}
