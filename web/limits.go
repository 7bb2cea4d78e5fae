package web

import (
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/go-chi/httprate"

	"pegasus/fault"
)

// Limit is a bound on how often one key may do something within a sliding window.
type Limit struct {
	n       int
	window  time.Duration
	limiter *httprate.RateLimiter
	policy  []string // the value of RateLimit-Policy
}

// Limits are the bounds by rate of both doors. A nil *Limit never refuses.
type Limits struct {
	SignIn   *Limit // by client address: tries to prove who one is
	SignUp   *Limit // by client address
	Auth     *Limit // by client address: everything else about accounts
	Mail     *Limit // by client address: what sends a mail to somebody
	Magic    *Limit // by client address: links that sign in
	Factor   *Limit // by client address: codes and changes of a credential
	Export   *Limit // by person: downloads of everything one has
	Post     *Limit // by person: messages sent and edited
	React    *Limit // by person: reactions, bookmarks and pins
	Channels *Limit // by person: channels made
	Search   *Limit // by person
	Jump     *Limit // by person: names looked up while they are typed
	Typing   *Limit // by person
	Complete *Limit // by person: words to complete
	Upload   *Limit // by person: files for messages
	Hook     *Limit // by incoming webhook: messages posted
	Ask      *Limit // by person: questions about plugins
	Generate *Limit // by person, or by client address where it is public
	API      *Limit // by person, else by client address: every request to the API that has no bound of its own
}

// NewLimits returns the product's bounds, or none where off is set.
func NewLimits(off bool) *Limits {
	if off {
		return &Limits{}
	}
	return &Limits{
		SignIn:   newLimit(3, 10*time.Second),
		SignUp:   newLimit(3, 10*time.Second),
		Auth:     newLimit(100, 10*time.Second),
		Mail:     newLimit(3, time.Minute),
		Magic:    newLimit(5, time.Minute),
		Factor:   newLimit(3, 10*time.Second),
		Export:   newLimit(5, time.Hour),
		Post:     newLimit(30, 10*time.Second),
		React:    newLimit(60, 10*time.Second),
		Channels: newLimit(10, time.Hour),
		Search:   newLimit(60, time.Minute),
		Jump:     newLimit(180, time.Minute),
		Typing:   newLimit(60, time.Minute),
		Complete: newLimit(240, time.Minute),
		Upload:   newLimit(30, time.Minute),
		Hook:     newLimit(60, time.Minute),
		Ask:      newLimit(60, time.Hour),
		Generate: newLimit(30, time.Hour),
		API:      newLimit(1200, time.Minute),
	}
}

func newLimit(n int, window time.Duration) *Limit {
	policy := strconv.Itoa(n) + ";w=" + strconv.Itoa(int(window.Seconds()))
	return &Limit{n: n, window: window, limiter: httprate.NewRateLimiter(n, window), policy: []string{policy}}
}

// Take counts one use by key and returns a Limited error where that is one too many. The answer says in its headers how
// much is left: RateLimit-* as the IETF's draft has them (draft-ietf-httpapi-ratelimit-headers-07), with seconds until the
// window ends, and X-RateLimit-* as older clients read them, with the Unix time of that end.
func (l *Limit) Take(w http.ResponseWriter, r *http.Request, key string) error {
	if l == nil {
		return nil
	}
	refused := l.limiter.OnLimit(w, r, key)
	l.tell(w.Header())
	if !refused {
		return nil
	}
	return &fault.Error{
		Kind: fault.Limited, Code: "TOO_MANY_REQUESTS", Message: "Too many requests. Please try again later.", RetryAfter: l.window,
	}
}

// Rate returns how many uses by one key a window takes.
func (l *Limit) Rate() (n int, window time.Duration) { return l.n, l.window }

// tell adds the IETF's names to what httprate has written.
func (l *Limit) tell(h http.Header) {
	h["Ratelimit-Policy"] = l.policy
	h["Ratelimit-Limit"] = h["X-Ratelimit-Limit"]
	h["Ratelimit-Remaining"] = h["X-Ratelimit-Remaining"]
	ends, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err == nil {
		h.Set("RateLimit-Reset", strconv.FormatInt(max(0, ends-time.Now().Unix()), 10))
	}
}

// ClientKey is the key of the client that a request came from. A whole /64 of IPv6 is one client.
func ClientKey(r *http.Request) string {
	address := ClientAddress(r.Context())
	ip, err := netip.ParseAddr(address)
	if err != nil || !ip.Is6() || ip.Is4In6() {
		return address
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
