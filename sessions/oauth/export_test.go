package oauth

import "time"

// SetPatience shortens how long a provider is waited for and returns what sets it back. Clients made before keep theirs.
func SetPatience(d time.Duration) (restore func()) {
	before := patience
	patience = d
	return func() { patience = before }
}
