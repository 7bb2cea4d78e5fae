package oauth

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// patience is how long a person waits for a provider, all its answers together.
var patience = 10 * time.Second

// maxAnswer is how much of an answer is read, in bytes. Key sets, the largest, have some kilobytes.
const maxAnswer = 256 << 10

// out carries requests to the providers.
type out struct {
	carrier http.RoundTripper
	client  *http.Client
}

func newOut(transport http.RoundTripper) *out {
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxResponseHeaderBytes = 64 << 10
		// A proxy carries https, within which it sees no token, and nothing else.
		own.Proxy = func(r *http.Request) (*url.URL, error) {
			if r.URL.Scheme != "https" {
				return nil, nil
			}
			return http.ProxyFromEnvironment(r)
		}
		transport = own
	}
	o := &out{carrier: carrier{transport}}
	o.client = &http.Client{Transport: o.carrier, Timeout: patience, CheckRedirect: stay}
	return o
}

// stay follows no redirect: a provider, or who stands in for it, could send the server to places that only it can reach.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// within returns a client whose requests end with a context, for goth, which knows none.
func (o *out) within(ctx context.Context) *http.Client {
	return &http.Client{Transport: within{ctx, o.carrier}, CheckRedirect: stay}
}

type within struct {
	ctx  context.Context
	next http.RoundTripper
}

func (w within) RoundTrip(r *http.Request) (*http.Response, error) {
	return w.next.RoundTrip(r.WithContext(w.ctx))
}

// carrier bounds answers, and moves tokens from the address, where goth puts Google's, to the header: addresses stand
// in logs.
type carrier struct{ next http.RoundTripper }

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	if query := r.URL.Query(); query.Has("access_token") {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+query.Get("access_token"))
		query.Del("access_token")
		r.URL.RawQuery = query.Encode()
	}
	answer, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = http.MaxBytesReader(nil, answer.Body, maxAnswer)
	return answer, nil
}
