package web

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"strconv"
)

// What a proxy and this server could read in two ways would let the end of one request be taken for the next one, of somebody else.
// net/http forgives some of it and does not say so afterwards: of a length beside chunks it drops the length (RFC 9112, 6.3), and it takes
// bare line feeds for ends of lines. So heads are looked at before it reads them.

var errFraming = errors.New("a request that can be read in two ways")

// OneReading returns a listener whose connections break off at the head of a request that can be read in two ways: net/http answers it
// with 400 and closes. It is for HTTP/1 without encryption, as a proxy speaks it.
func OneReading(l net.Listener) net.Listener { return framedListener{l} }

type framedListener struct{ net.Listener }

// Accept leaves connections that are not of TCP as they are.
func (l framedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok && err == nil {
		return &framedConn{TCPConn: tcp}, nil
	}
	return conn, err
}

// framedConn has the whole of a TCP connection in it, so that many pieces still go out in one call of the system.
type framedConn struct {
	*net.TCPConn
	framing framing
	refused bool
}

// Read returns what comes before a head that can be read in two ways, and an error from there on.
func (c *framedConn) Read(p []byte) (int, error) {
	if c.refused {
		return 0, errFraming
	}
	n, err := c.TCPConn.Read(p)
	sound, ok := c.framing.follow(p[:n])
	if ok {
		return n, err
	}
	if c.refused = true; sound == 0 {
		return 0, errFraming
	}
	return sound, nil
}

// framing follows requests byte by byte. Its zero value stands before the first one.
type framing struct {
	line      []byte // the part of a line of the head that was read already
	inside    bool   // behind the first line of a head
	old       bool   // HTTP/1.0
	length    uint64 // of the body, as the head says
	lengths   int    // fields of the head that say so
	encodings int    // fields that say how the body is sent
	body      uint64 // bytes that are left of the body
	last      bool   // EndChunked ends the connection with this request
}

// follow returns how many bytes are sound, and false where those behind them are not.
func (f *framing) follow(b []byte) (sound int, ok bool) {
	at := 0
	for at < len(b) && !f.last {
		if f.body > 0 {
			skip := min(f.body, uint64(len(b)-at))
			f.body -= skip
			at += int(skip)
			continue
		}
		end := bytes.IndexByte(b[at:], '\n')
		if end < 0 {
			f.line = append(f.line, b[at:]...) // net/http bounds how much of a head it reads
			break
		}
		line := b[at : at+end]
		if len(f.line) > 0 {
			line = append(f.line, line...)
		}
		if !f.take(line) {
			return at, false
		}
		f.line = nil
		at += end + 1
	}
	return len(b), true
}

// take takes a line without its line feed, and reports whether it has one reading.
func (f *framing) take(line []byte) bool {
	line, whole := bytes.CutSuffix(line, []byte{'\r'})
	switch {
	case !whole:
		return false
	case len(line) == 0 && f.inside:
		return f.headEnds()
	case len(line) == 0: // net/http decides about empty lines before a head
		return true
	case !f.inside:
		f.inside, f.old = true, bytes.HasSuffix(line, []byte("HTTP/1.0"))
		// net/http takes the preface of HTTP/2 for a request, whose head may be any.
		return bytes.HasPrefix(line[max(0, len(line)-len("HTTP/1.x")):], []byte("HTTP/1."))
	case line[0] == ' ' || line[0] == '\t': // the line before it goes on, or does not
		return false
	}
	name, value, _ := bytes.Cut(line, []byte{':'})
	switch {
	case bytes.EqualFold(name, []byte("Content-Length")):
		n, err := strconv.ParseUint(string(bytes.Trim(value, " \t")), 10, 63)
		f.length = n
		f.lengths++
		return err == nil && f.lengths == 1
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		f.encodings++
		return f.encodings == 1 && !f.old
	}
	return true
}

// headEnds goes on to the body, and reports whether it is clear where that ends.
func (f *framing) headEnds() bool {
	if f.lengths > 0 && f.encodings > 0 {
		return false
	}
	*f = framing{body: f.length, last: f.encodings > 0}
	return true
}

// EndChunked ends a connection with a request whose body came in chunks, which only HTTP/1 knows: whatever stands behind it, nothing of that is taken for
// another request.
func EndChunked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
