package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// What a proxy and the server could read in two ways is refused, and the connection is closed: nothing of it is taken for the next request.
func TestARequestWithTwoReadingsIsRefusedAndItsConnectionClosed(t *testing.T) {
	a := opened(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- a.serve(ctx, listener, nil) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	const next = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for name, request := range map[string]string{
		"a length and chunks":           "POST /setup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
		"chunks and a length":           "POST /setup HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + next,
		"two lengths":                   "POST /setup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello" + next,
		"a list of lengths":             "POST /setup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5, 6\r\n\r\nhello" + next,
		"a length that is no number":    "POST /setup HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nhello" + next,
		"an encoding nobody knows":      "POST /setup HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + next,
		"chunks in two encodings":       "POST /setup HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
		"a bare line feed in a chunk":   "POST /setup HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n" + next,
		"bare line feeds":               "POST /setup HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n" + next,
		"a space before a colon":        "POST /setup HTTP/1.1\r\nHost: localhost\r\nContent-Length : 5\r\n\r\nhello" + next,
		"a size of a chunk without end": "POST /setup HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n" + next,
		"a length in HTTP/1.0 chunks":   "POST /setup HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
		"chunks":                        "POST /setup HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
		"chunks to nowhere":             "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
		"a hidden encoding":             "POST /setup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
		"an encoding with a tab":        "POST /setup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n" + next,
		"two hosts":                     "GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n" + next,
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, request); err != nil {
				t.Fatal(err)
			}
			answer := bufio.NewReader(conn)
			first, err := http.ReadResponse(answer, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, first.Body); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(answer)
			if first.StatusCode < 400 || first.StatusCode >= 500 && first.StatusCode != 501 || len(rest) > 0 || err != nil {
				t.Errorf("it answers %s, and then %q, %v", first.Status, rest, err)
			}
		})
	}
}
