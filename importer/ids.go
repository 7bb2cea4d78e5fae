package importer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"pegasus/id"
)

// NoTime stands for a time that nobody knows.
var NoTime = time.Unix(1, 0).UTC()

// At returns a time in milliseconds and UTC, or zero where it is none that a store has or an id can begin with: 1970 to 2106.
func At(t time.Time) time.Time {
	if t.Unix() <= 0 || t.Unix() > 1<<32-1 {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// IDFor returns the id here of something that the source calls key: the same where it has the form of one, else one that
// follows from the key and the time, so that it is the same each time and sorts by time as all ids do.
func IDFor(kind, key string, created time.Time) string {
	if id.Valid(key) {
		return key
	}
	sum := sha256.Sum256([]byte(kind + "\x00" + key))
	var raw [12]byte
	binary.BigEndian.PutUint32(raw[:4], uint32(created.Unix()))
	copy(raw[4:], sum[:])
	return hex.EncodeToString(raw[:])
}

// Clean returns a text as every store takes it: valid UTF-8 without zero bytes.
func Clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "")
}

// Paragraphs returns the texts that say something, apart from each other.
func Paragraphs(texts ...string) string {
	var some []string
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			some = append(some, text)
		}
	}
	return strings.Join(some, "\n\n")
}
