package plugins

import (
	"sync"
	"time"

	"pegasus/fault"
)

// Limits by rate, of this process.
const (
	callsPerInstall = 120 // a minute
	callsPerPerson  = 30  // a minute, of commands
	postsPerBot     = 30  // in 10 seconds, as for a person
	triesPerPerson  = 30  // a minute
	hooksPerInstall = 60  // a minute
	asksPerPerson   = 6   // a minute, of those who keep order in a channel
	maxWindows      = 10_000
)

// rates counts uses by key.
type rates struct {
	now     func() time.Time
	off     bool
	mu      sync.Mutex
	windows map[string]window
}

type window struct {
	ends time.Time
	uses int
}

// take counts a use by key, of which there may be most within a length of time.
func (r *rates) take(key string, most int, length time.Duration) error {
	if r.off {
		return nil
	}
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.windows) >= maxWindows {
		for k, w := range r.windows {
			if !now.Before(w.ends) {
				delete(r.windows, k)
			}
		}
	}
	w := r.windows[key]
	if !now.Before(w.ends) {
		w = window{ends: now.Add(length)}
	}
	if w.uses == most {
		return &fault.Error{
			Kind: fault.Limited, Code: "TOO_MANY_CALLS", Message: "This plugin is asked too often. Please try again in a moment.", RetryAfter: w.ends.Sub(now),
		}
	}
	w.uses++
	r.windows[key] = w
	return nil
}
