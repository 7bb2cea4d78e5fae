// Package rates counts uses by key within lengths of time, in this process.
package rates

import (
	"sync"
	"time"
)

// maxWindows is how many keys are counted before those whose time is over are forgotten.
const maxWindows = 10_000

// Windows counts uses by key. It is safe for concurrent use.
type Windows struct {
	now     func() time.Time
	off     bool
	mu      sync.Mutex
	windows map[string]window
}

type window struct {
	ends time.Time
	uses int
}

// New returns a count that begins at none. Where it is off nothing is ever too much.
func New(now func() time.Time, off bool) *Windows {
	return &Windows{now: now, off: off, windows: map[string]window{}}
}

// Take counts a use by key, of which there may be most within a length of time. Where they are used up it returns how long it
// is until the next one, and 0 otherwise.
func (w *Windows) Take(key string, most int, length time.Duration) time.Duration {
	if w.off {
		return 0
	}
	now := w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.windows) >= maxWindows {
		for k, old := range w.windows {
			if !now.Before(old.ends) {
				delete(w.windows, k)
			}
		}
	}
	current := w.windows[key]
	if !now.Before(current.ends) {
		current = window{ends: now.Add(length)}
	}
	if current.uses == most {
		return current.ends.Sub(now)
	}
	current.uses++
	w.windows[key] = current
	return 0
}
