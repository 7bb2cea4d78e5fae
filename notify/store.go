// Package notify tells people who are not here of what they miss: by web push, and by mail.
package notify

import (
	"context"
	"time"

	"pegasus/fault"
)

// MaxBrowsers is how many browsers of one person are told; of more the oldest go.
const MaxBrowsers = 20

// Browser is one that shows what a person is told also when no page is open in it. It belongs to a session and ends with it.
type Browser struct {
	ID        string // made of the endpoint, so that a browser that changes hands is told as its new owner
	UserID    string
	SessionID string
	Endpoint  string // where its maker's server takes what is pushed; knowing it is enough to disturb
	Key       string // the browser's public key, base64url
	Auth      string // the secret that it shares with us, base64url
	UserAgent string
	CreatedAt time.Time
	UsedAt    time.Time // when it was told something last, zero for never
}

// Store keeps browsers. Both backends pass storetest.Browsers. Erasing a person drops theirs.
type Store interface {
	// PutBrowser stores a browser in place of the one with its id, whosever that is, and drops those of its person that are
	// beyond the newest keep.
	PutBrowser(ctx context.Context, b Browser, keep int) error
	// Browsers returns the browsers of some people, the newest first, with one read.
	Browsers(ctx context.Context, userIDs []string) ([]Browser, error)
	// Browser returns a person's browser, or ErrNoBrowser.
	Browser(ctx context.Context, userID, id string) (Browser, error)
	// TouchBrowser records that a browser was told something. One that is gone stays gone.
	TouchBrowser(ctx context.Context, id string, at time.Time) error
	// MoveBrowsers gives the browsers of one of a person's sessions to another.
	MoveBrowsers(ctx context.Context, userID, from, to string) error
	// DeleteBrowsers removes those of a person's browsers that have these ids.
	DeleteBrowsers(ctx context.Context, userID string, ids []string) error
}

// ErrNoBrowser is what a Store answers about a browser that it does not have.
var ErrNoBrowser = fault.New(fault.NotFound, "BROWSER_NOT_FOUND", "This browser is not told anything any more.")
