package plugins

import (
	"time"

	"pegasus/fault"
	"pegasus/rates"
)

// Limits by rate, of this process.
const (
	callsPerInstall = 120 // a minute
	callsPerPerson  = 30  // a minute, of commands
	postsPerBot     = 30  // in 10 seconds, as for a person
	triesPerPerson  = 30  // a minute
	hooksPerInstall = 60  // a minute
	asksPerPerson   = 6   // a minute, of those who keep order in a channel
)

// limits counts uses by key.
type limits struct{ *rates.Windows }

// take counts a use by key, of which there may be most within a length of time.
func (l limits) take(key string, most int, length time.Duration) error {
	if wait := l.Take(key, most, length); wait > 0 {
		return &fault.Error{
			Kind: fault.Limited, Code: "TOO_MANY_CALLS", Message: "This plugin is asked too often. Please try again in a moment.", RetryAfter: wait,
		}
	}
	return nil
}
