package guard

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Post sends a body to a URL with a client of NewClient, and returns the status of the answer and up to maxBytes of its body. No
// redirect is followed: what is signed for one address is for no other. An error is for the log.
func Post(
	ctx context.Context, client *http.Client, address string, header map[string]string, body []byte, maxBytes int64,
) (status int, answer []byte, err error) {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxURL {
		return 0, nil, fmt.Errorf("%w: no address", errRefused)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("User-Agent", "Pegasus")
	for name, value := range header {
		request.Header.Set(name, value)
	}
	still := *client
	still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := still.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, maxBytes))
	return response.StatusCode, answer, err
}
