package web

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// heads are requests, and whether each has one reading.
var heads = map[string]struct {
	request string
	sound   bool
}{
	"no body":                        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
	"a length":                       {"POST / HTTP/1.1\r\nHost: a\r\ncontent-length:\t11 \r\n\r\na\nb\n\n\nhello", true},
	"a length of nothing":            {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", true},
	"an empty line before":           {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
	"HTTP/1.0":                       {"POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\n\n", true},
	"chunks":                         {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true},
	"a preface of HTTP/2":            {"PRI * HTTP/2.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false},
	"a preface of HTTP/2, in short":  {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false},
	"no version":                     {"GET /\r\n\r\n", false},
	"a length and chunks":            {"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", false},
	"chunks and a length":            {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nCONTENT-LENGTH: 0\r\n\r\n", false},
	"two lengths":                    {"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", false},
	"a list of lengths":              {"POST / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n", false},
	"a length with a sign":           {"POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n", false},
	"a length without end":           {"POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n", false},
	"an empty length":                {"POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", false},
	"two encodings":                  {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", false},
	"chunks in HTTP/1.0":             {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", false},
	"a bare line feed":               {"GET / HTTP/1.1\nHost: a\r\n\r\n", false},
	"a bare line feed in a value":    {"GET / HTTP/1.1\r\nHost: a\r\nX: y\nContent-Length: 5\r\n\r\n", false},
	"a bare line feed at the end":    {"GET / HTTP/1.1\r\nHost: a\r\n\n", false},
	"a line that goes on":            {"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n Content-Length: 5\r\n\r\n", false},
	"a length on the line behind it": {"POST / HTTP/1.1\r\nContent-Length:\r\n\t5\r\n\r\n", false},
}

func TestARequestWithTwoReadingsIsFoundHoweverItComes(t *testing.T) {
	for name, one := range heads {
		for _, before := range []string{"", "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\n\n\n"} {
			for _, size := range []int{1, 2, 7, 4096} {
				var f framing
				stream, passed, ok := before+one.request, 0, true
				for ok && passed < len(stream) {
					part := stream[passed:min(passed+size, len(stream))]
					var sound int
					sound, ok = f.follow([]byte(part))
					passed += sound
				}
				if ok != one.sound || passed < len(before) {
					t.Errorf("%s, %d bytes at a time, behind %d: %v after %d", name, size, len(before), ok, passed)
				}
				if ok && !strings.Contains(one.request, "chunked") && (f.inside || f.body != 0 || f.line != nil) {
					t.Errorf("%s, %d bytes at a time: it stands in the middle: %+v", name, size, f)
				}
			}
		}
	}
}

// Each guard by itself: what gets past the listener ends its connection all the same.
func TestNothingBehindChunksIsARequest(t *testing.T) {
	for name, guarded := range map[string]func(net.Listener) net.Listener{
		"without the listener": func(l net.Listener) net.Listener { return l }, "with it": OneReading,
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var handled []string
		server := &http.Server{DisableGeneralOptionsHandler: true, Handler: EndChunked(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			mu.Lock()
			defer mu.Unlock()
			handled = append(handled, r.RequestURI)
		}))}
		go func() { _ = server.Serve(guarded(l)) }()
		for _, first := range []string{"PRI * HTTP/2.0", "POST /first HTTP/1.1"} {
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			_, err = io.WriteString(conn, first+"\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+
				"POST /next HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.(*net.TCPConn).CloseWrite() // where nothing ends the connection, this does
			_, _ = io.ReadAll(conn)
			_ = conn.Close()
		}
		_ = server.Close()
		mu.Lock()
		if slices.Contains(handled, "/next") || !slices.Contains(handled, "/first") {
			t.Errorf("%s handled: %v", name, handled)
		}
		mu.Unlock()
	}
}

func TestWhatStandsBehindChunksIsNotFollowed(t *testing.T) {
	var f framing
	if sound, ok := f.follow([]byte(heads["chunks"].request + "anything\n\n")); !ok || sound != len(heads["chunks"].request)+10 {
		t.Errorf("%d, %v", sound, ok)
	}
}
