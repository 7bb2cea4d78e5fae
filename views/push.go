package views

import "pegasus/notify"

// Browsers are those that are told what a person misses.
type Browsers struct {
	Key  string // of the server, for the browser that asks
	List []notify.Browser
	Here string // the session of the page
}

// has reports whether a browser of the page's own session is among them.
func (b Browsers) has() bool {
	for _, one := range b.List {
		if one.SessionID == b.Here {
			return true
		}
	}
	return false
}
