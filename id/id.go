// Package id makes and checks the ids of everything stored: 24 lower-case hex digits in MongoDB's ObjectID layout
// (4 bytes of seconds, 5 bytes of process, 3 bytes of counter), so that they sort by time on both stores.
package id

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"sync/atomic"
	"time"
)

var (
	process = randomProcess()
	counter = randomCounter()
)

// New returns an id for the moment now. Ids made by one process never repeat, and those of one second sort in the
// order in which they were made until the counter wraps, once in 16,777,216 ids.
func New(now time.Time) string {
	var raw [12]byte
	binary.BigEndian.PutUint32(raw[0:4], uint32(now.Unix()))
	copy(raw[4:9], process[:])
	n := counter.Add(1)
	raw[9], raw[10], raw[11] = byte(n>>16), byte(n>>8), byte(n)
	return hex.EncodeToString(raw[:])
}

// Floor returns the least that an id of the second of a moment can be.
func Floor(at time.Time) string {
	var raw [12]byte
	binary.BigEndian.PutUint32(raw[0:4], uint32(at.Unix()))
	return hex.EncodeToString(raw[:])
}

// Valid reports whether s has the form of an id.
func Valid(s string) bool {
	if len(s) != 24 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func randomProcess() (p [5]byte) {
	rand.Read(p[:])
	return p
}

func randomCounter() *atomic.Uint32 {
	var b [4]byte
	rand.Read(b[:])
	c := new(atomic.Uint32)
	c.Store(binary.BigEndian.Uint32(b[:]) >> 12)
	return c
}
