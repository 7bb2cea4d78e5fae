package web

import (
	"math"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-chi/httprate"

	"pegasus/fault"
)

// Limit is a bound on how often one key may do something within a sliding window.
type Limit struct {
	n       int
	window  time.Duration
	limiter *httprate.RateLimiter
}

// Limits are the bounds by rate of both doors. A nil *Limit never refuses.
type Limits struct {
	SignIn   *Limit // by client address: tries to prove who one is
	Failures *Limit // by account: wrong passwords; slows guessing from many addresses
	SignUp   *Limit // by client address
	Auth     *Limit // by client address: everything else about accounts
	Post     *Limit // by person: messages sent and edited
	Channels *Limit // by person: channels made
	Search   *Limit // by person
	Typing   *Limit // by person
}

// NewLimits returns the product's bounds, or none where off is set.
func NewLimits(off bool) *Limits {
	if off {
		return &Limits{}
	}
	return &Limits{
		SignIn:   newLimit(3, 10*time.Second),
		Failures: newLimit(10, 15*time.Minute),
		SignUp:   newLimit(3, 10*time.Second),
		Auth:     newLimit(100, 10*time.Second),
		Post:     newLimit(30, 10*time.Second),
		Channels: newLimit(10, time.Hour),
		Search:   newLimit(60, time.Minute),
		Typing:   newLimit(60, time.Minute),
	}
}

func newLimit(n int, window time.Duration) *Limit {
	// With a counter of our own its windows begin where Count says, on the wall clock.
	counter := httprate.WithLimitCounter(httprate.NewLocalLimitCounter(window))
	return &Limit{n: n, window: window, limiter: httprate.NewRateLimiter(n, window, counter)}
}

// Take counts one use by key and returns a Limited error where that is one too many.
func (l *Limit) Take(w http.ResponseWriter, r *http.Request, key string) error {
	if l == nil || !l.limiter.OnLimit(w, r, key) {
		return nil
	}
	return l.exceeded()
}

// Check returns a Limited error where key has used up its share, without counting.
func (l *Limit) Check(key string) error {
	if l == nil {
		return nil
	}
	// Status itself refuses only what is over the limit already.
	if _, used, err := l.limiter.Status(key); err == nil && int(math.Round(used)) < l.n {
		return nil
	}
	return l.exceeded()
}

// Count notes one use by key.
func (l *Limit) Count(key string) {
	if l == nil {
		return
	}
	// The counter lives in memory and does not fail.
	_ = l.limiter.Counter().IncrementBy(key, time.Now().UTC().Truncate(l.window), 1)
}

func (l *Limit) exceeded() error {
	return &fault.Error{
		Kind: fault.Limited, Code: "TOO_MANY_REQUESTS", Message: "Too many requests. Please try again later.", RetryAfter: l.window,
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
