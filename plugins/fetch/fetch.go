// Package fetch asks other servers on behalf of plugins, through the guard and with nothing of ours.
package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"pegasus/fault"
	"pegasus/plugins/sandbox"
)

// errNotAnswered says the same of what is refused as of what does not answer, so that no plugin can look around in our
// network.
var (
	errNotAnswered = fault.New(fault.Invalid, "NOT_ANSWERED", "Nothing came from this address.")
	errLarge       = fault.New(fault.TooLarge, "RESPONSE_TOO_LARGE", "The answer is larger than 256 KB.")
	errNotText     = fault.New(fault.Unsupported, "RESPONSE_NOT_TEXT", "The answer is no UTF-8 text.")
)

// refused are headers that are not the plugin's to set: those of the connection, and those that say who asks.
var refused = map[string]bool{
	"Host": true, "Connection": true, "Content-Length": true, "Transfer-Encoding": true, "Upgrade": true, "Te": true, "Trailer": true,
	"Proxy-Authorization": true, "Proxy-Connection": true, "Forwarded": true, "X-Forwarded-For": true, "X-Real-Ip": true, "Accept-Encoding": true,
}

// told are the headers of an answer that plugins see.
var told = []string{"Content-Type", "Date", "ETag", "Last-Modified", "Link", "Location", "Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}

// New returns what asks with a client of guard.NewClient. It follows no redirects: the address that one leads to is the
// plugin's to ask for, and held against what it was granted.
func New(client *http.Client) func(context.Context, sandbox.Request) (sandbox.Response, error) {
	strict := *client
	strict.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func(ctx context.Context, r sandbox.Request) (sandbox.Response, error) { return ask(ctx, &strict, r) }
}

func ask(ctx context.Context, client *http.Client, r sandbox.Request) (sandbox.Response, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, strings.NewReader(r.Body))
	if err != nil {
		return sandbox.Response{}, errNotAnswered
	}
	for name, value := range r.Headers {
		if name = http.CanonicalHeaderKey(name); !refused[name] {
			request.Header.Set(name, value)
		}
	}
	request.Header.Set("User-Agent", "Pegasus-Plugin")
	response, err := client.Do(request)
	if err != nil {
		return sandbox.Response{}, errors.Join(errNotAnswered, ctx.Err())
	}
	defer response.Body.Close()
	// No compressed answer was asked for. One that comes all the same may be a bomb.
	if encoding := response.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return sandbox.Response{}, errNotAnswered
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, sandbox.MaxReceived+1))
	switch {
	case err != nil:
		return sandbox.Response{}, errors.Join(errNotAnswered, ctx.Err())
	case len(body) > sandbox.MaxReceived:
		return sandbox.Response{}, errLarge
	case !utf8.Valid(body):
		return sandbox.Response{}, errNotText
	}
	answer := sandbox.Response{Status: response.StatusCode, Headers: map[string]string{}, Body: string(body)}
	for _, name := range told {
		if value := response.Header.Get(name); value != "" && len(value) <= sandbox.MaxHeader && utf8.ValidString(value) {
			answer.Headers[strings.ToLower(name)] = value
		}
	}
	return answer, nil
}
