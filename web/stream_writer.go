package web

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"pegasus/events"
	"pegasus/fault"
)

// writeWait is how long a reader may take for one write before it is given up; it resumes by id.
const writeWait = 10 * time.Second

// streamWriter writes one stream: through the response, or once it is hijacked, to the connection. One goroutine uses it.
type streamWriter struct {
	response http.ResponseWriter
	control  *http.ResponseController
	conn     net.Conn // nil until hijacked
	frames   net.Buffers
	err      error
}

// newStreamWriter answers the request with the head of a stream. Its body ends with the connection.
func newStreamWriter(w http.ResponseWriter, r *http.Request) *streamWriter {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	if r.ProtoMajor == 1 {
		h.Set("Transfer-Encoding", "identity") // tells net/http to send no chunks; it does not go out
	}
	o := &streamWriter{response: w, control: http.NewResponseController(w)}
	// The server's deadline for reading is for requests; a stream has none. A response without deadlines gets no stream.
	o.err = o.control.SetReadDeadline(time.Time{})
	w.WriteHeader(http.StatusOK)
	o.frame(fmt.Appendf(nil, "retry: %d\n\n", retryWait()))
	return o
}

// retryWait is how many milliseconds a client waits before it comes back: spread over seconds, so that a restart does
// not bring everyone back in the same instant.
func retryWait() int { return 1000 + rand.IntN(4000) }

// hijack takes the connection over, and reports false where it cannot be had, as on HTTP/2. The head must be flushed.
func (o *streamWriter) hijack() bool {
	conn, _, err := o.control.Hijack()
	if err != nil {
		return false
	}
	o.conn, o.response, o.control = conn, nil, nil
	return true
}

// gone returns a channel that closes when the client of a hijacked connection hangs up, or says anything more: there is
// nothing for it to say.
func (o *streamWriter) gone() <-chan struct{} {
	gone := make(chan struct{})
	conn := o.conn
	go func() {
		defer close(gone)
		var b [1]byte
		_, _ = conn.Read(b[:])
	}()
	return gone
}

// frame queues bytes, which must not change.
func (o *streamWriter) frame(b []byte) { o.frames = append(o.frames, b) }

// last tells the client why the stream ends, where that changes what it should do.
func (o *streamWriter) last(reason error) {
	switch {
	case errors.Is(reason, events.ErrSignedOut):
		o.frame(Frame("signed_out", `{"message":"Signed out"}`))
	case errors.Is(reason, events.ErrReplaced): // a client that came back at once would end the next one
		o.frame(Frame("replaced", `{"message":"Too many open streams"}`))
	}
	o.flush()
}

// flush sends what is queued, in one write where it can.
func (o *streamWriter) flush() error {
	frames := o.frames
	o.frames = nil
	switch {
	case o.err != nil || len(frames) == 0:
	case o.conn != nil:
		if o.err = o.conn.SetWriteDeadline(time.Now().Add(writeWait)); o.err == nil {
			_, o.err = frames.WriteTo(o.conn)
		}
	default:
		o.err = o.control.SetWriteDeadline(time.Now().Add(writeWait))
		for _, b := range frames {
			if o.err == nil {
				_, o.err = o.response.Write(b)
			}
		}
		if o.err == nil {
			o.err = o.control.Flush()
		}
	}
	return o.err
}

func (o *streamWriter) close() {
	if o.conn != nil {
		o.conn.Close()
	}
}

// Ended reports whether err only says that the client went away.
func Ended(err error) bool {
	return errors.Is(err, context.Canceled) && !fault.Is(err, fault.Unavailable)
}
