package guard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"pegasus/fault"
)

// maxURL is the longest URL that is fetched, in bytes.
const maxURL = 2048

// Fetch gets what lies behind a URL with a client of NewClient: its bytes and its media type without parameters, "" where
// the server names none. The type is a claim of the server, not a fact about the bytes.
//
// All failures are Invalid: URL_INVALID for what is no web address, RESPONSE_TOO_LARGE for more than maxBytes, and
// URL_NOT_FETCHED for the rest. The last says the same of an address that is refused as of one where nobody answers, so that
// nobody can use it to look around in our network; the cause is for the log and leaves out the URL, which may hold a secret.
func Fetch(ctx context.Context, client *http.Client, address string, maxBytes int64) (body []byte, mediaType string, err error) {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxURL || checkURL(u) != nil {
		return nil, "", fault.New(fault.Invalid, "URL_INVALID", "Please enter a web address that begins with http:// or https://.")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, "", notFetched(err)
	}
	request.Header.Set("User-Agent", "Pegasus")
	response, err := client.Do(request)
	if err != nil {
		return nil, "", notFetched(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, "", notFetched(fmt.Errorf("answered %d", response.StatusCode))
	}
	// No compressed answer was asked for. One that comes all the same may be a bomb.
	if encoding := response.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, "", notFetched(errors.New("compressed without being asked"))
	}
	if response.ContentLength > maxBytes {
		return nil, "", errTooLarge
	}
	if body, err = io.ReadAll(io.LimitReader(response.Body, maxBytes+1)); err != nil {
		return nil, "", notFetched(err)
	}
	if int64(len(body)) > maxBytes {
		return nil, "", errTooLarge
	}
	mediaType, _, _ = mime.ParseMediaType(response.Header.Get("Content-Type"))
	return body, mediaType, nil
}

var errTooLarge = fault.New(fault.Invalid, "RESPONSE_TOO_LARGE", "What lies behind this address is too large.")

func notFetched(cause error) error {
	var about *url.Error
	if errors.As(cause, &about) {
		cause = about.Err
	}
	f := fault.New(fault.Invalid, "URL_NOT_FETCHED", "Nothing could be fetched from this address.")
	f.Err = cause
	return f
}
