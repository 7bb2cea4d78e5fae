// Package guard fetches from URLs that people name, without letting them reach what only this machine can.
//
// The rules stand where a connection is opened, so they hold for every spelling of an address, every answer of a name
// server and every redirect.
package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const (
	maxRedirects   = 3
	maxHeaderBytes = 64 << 10
	maxAddresses   = 4 // of one name that are tried
	dialTimeout    = 2 * time.Second
	defaultTimeout = 5 * time.Second
)

// Options change what a client may do. The zero Options are the product's.
type Options struct {
	// Timeout is for a whole request with its redirects and its body; 0 means 5 seconds.
	Timeout time.Duration
	// Ports are those that may be connected to; nil means 80 and 443.
	Ports []uint16
	// Networks are of the operator's own choice: what lies in them may be reached as well, on every port.
	Networks []netip.Prefix
	// Allow lets addresses through that are not public, for tests. nil lets none through.
	Allow func(netip.Addr) bool
	// Lookup resolves a name; nil asks the system.
	Lookup func(ctx context.Context, name string) ([]netip.Addr, error)
}

// errRefused is the cause where a rule, and not the network, ended a request.
var errRefused = errors.New("refused by the guard")

// NewClient returns a client that connects to public addresses alone, on ports 80 and 443. A name is resolved once a
// connection, all its addresses must be public, and the connection goes to one of them. Up to 3 redirects are followed, each
// under the same rules. No proxy, cookie, credential or referrer is sent, and no compressed answer asked for.
func NewClient(o Options) *http.Client {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Ports == nil {
		o.Ports = []uint16{80, 443}
	}
	if o.Lookup == nil {
		o.Lookup = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		}
	}
	return &http.Client{
		Timeout: o.Timeout,
		Transport: checked{&http.Transport{
			DialContext:            o.dial,
			DisableKeepAlives:      true,
			DisableCompression:     true,
			TLSHandshakeTimeout:    o.Timeout,
			ResponseHeaderTimeout:  o.Timeout,
			MaxResponseHeaderBytes: maxHeaderBytes,
		}},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("%w: more than %d redirects", errRefused, maxRedirects)
			}
			r.Header.Del("Referer")
			return nil
		},
	}
}

// checked looks at the URL of every request, redirects included, before it is sent.
type checked struct{ next http.RoundTripper }

func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := checkURL(r.URL); err != nil {
		return nil, err
	}
	return c.next.RoundTrip(r)
}

// checkURL refuses what is not plainly a web address. A name and password in it would be sent along.
func checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "" || u.User != nil {
		return fmt.Errorf("%w: not an http or https address, or one with a password in it", errRefused)
	}
	return nil
}

func (o Options) dial(ctx context.Context, network, address string) (net.Conn, error) {
	addresses, port, err := o.resolve(ctx, address)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: dialTimeout}
	var failures []error
	for _, a := range addresses[:min(len(addresses), maxAddresses)] {
		conn, err := dialer.DialContext(ctx, network, netip.AddrPortFrom(a, port).String())
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}

// resolve returns the addresses that may be dialled for a host and port. One address that is refused refuses them all: a name
// that mixes public and private ones is an attack or a mistake.
func (o Options) resolve(ctx context.Context, address string) ([]netip.Addr, uint16, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, 0, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	known := err == nil && slices.Contains(o.Ports, uint16(port))
	if err != nil || !known && len(o.Networks) == 0 {
		return nil, 0, fmt.Errorf("%w: port %s", errRefused, service)
	}
	addresses := []netip.Addr{}
	if a, err := netip.ParseAddr(host); err == nil {
		addresses = append(addresses, a)
	} else if addresses, err = o.Lookup(ctx, host); err != nil {
		return nil, 0, err
	}
	if len(addresses) == 0 {
		return nil, 0, fmt.Errorf("%s has no address", host)
	}
	for i, a := range addresses {
		if !o.chosen(a) && !(known && o.allowed(a)) {
			return nil, 0, fmt.Errorf("%w: %s is at %s", errRefused, host, a)
		}
		// The checked form is the one that is dialled.
		addresses[i] = a.Unmap()
	}
	return addresses, uint16(port), nil
}

// chosen reports whether an address lies in a network of the operator's choice.
func (o Options) chosen(a netip.Addr) bool {
	return slices.ContainsFunc(o.Networks, func(p netip.Prefix) bool { return a.Zone() == "" && p.Contains(a.Unmap()) })
}

func (o Options) allowed(a netip.Addr) bool {
	if o.Allow != nil && o.Allow(a.Unmap()) {
		return true
	}
	return Public(a) && !ours(a)
}
