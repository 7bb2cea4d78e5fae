package web

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"pegasus/events"
	"pegasus/fault"
)

const (
	heartbeat = 20 * time.Second
	// writeWait is how long a reader may take for one write before it is given up; it resumes by id.
	writeWait = 10 * time.Second
)

// Stream says what a stream of server-sent events carries.
type Stream struct {
	Broker    *events.Broker
	UserID    string
	SessionID string
	// Ends is when the session that opened the stream does.
	Ends time.Time
	// Live reports, as an error, that the session has ended. It is asked once the broker knows the stream, so that a
	// session which ends at any moment ends the stream too: before, Live says so; after, the broker does. It may be nil.
	Live func(context.Context) error
	// Topics reads what the person may receive.
	Topics func(context.Context) ([]string, error)
	// Encode returns the frame of an event without its id, nil for nothing. It may be the same bytes for all streams.
	Encode func(*events.Event) []byte
	// Hello is the data of the connected event, in JSON.
	Hello string
}

// Frame returns an event in the format of https://html.spec.whatwg.org/multipage/server-sent-events.html, without its
// id. Line breaks in data cannot end it.
func Frame(name, data string) []byte {
	var b strings.Builder
	b.Grow(len(name) + len(data) + 32)
	b.WriteString("event: ")
	b.WriteString(name)
	b.WriteByte('\n')
	data = strings.ReplaceAll(strings.ReplaceAll(data, "\r\n", "\n"), "\r", "\n")
	for line := range strings.SplitSeq(data, "\n") {
		b.WriteString("data: ")
		b.WriteString(line)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return []byte(b.String())
}

// Serve writes a stream until the client goes, the session ends or the server stops. Events resume after the id in
// Last-Event-ID or ?after=; where that cannot be done the stream says reset, and the client reads the truth again.
func (s Stream) Serve(w http.ResponseWriter, r *http.Request) error {
	if CrossSite(r) {
		return errCrossSite
	}
	after := r.Header.Get("Last-Event-ID")
	if after == "" {
		after = r.URL.Query().Get("after")
	}
	if len(after) > 64 {
		after = "unknown"
	}
	sub := s.Broker.Subscribe(s.UserID, s.SessionID)
	defer sub.Close()
	if s.Live != nil {
		if err := s.Live(r.Context()); err != nil {
			return err
		}
	}
	cursor := s.Broker.Cursor()
	resumed, err := sub.Start(r.Context(), after, s.Topics)
	if err != nil {
		return err
	}
	out := newStreamWriter(w)
	out.open()
	hello := Frame("connected", s.Hello)
	if resumed && after != "" {
		cursor = after
	}
	out.event(cursor, hello)
	if !resumed {
		out.event(cursor, Frame("reset", `{"message":"Read everything again"}`))
	}
	if out.flush() != nil {
		return nil
	}
	s.run(r.Context(), sub, out)
	return nil
}

func (s Stream) run(ctx context.Context, sub *events.Subscription, out *streamWriter) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	expiry := time.NewTimer(time.Until(s.Ends))
	defer expiry.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-expiry.C:
			out.last(events.ErrSignedOut)
			return
		case <-beat.C:
			out.comment()
		case <-sub.Ready():
			for {
				e, err := sub.Take()
				if err != nil {
					out.last(err)
					return
				}
				if e == nil {
					break
				}
				if frame := s.Encode(e); frame != nil {
					out.event(s.Broker.ID(e), frame)
				}
			}
		}
		if out.flush() != nil {
			return
		}
	}
}

// streamWriter writes to one response. Only the goroutine that serves the request uses it.
type streamWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
	dirty   bool
}

func newStreamWriter(w http.ResponseWriter) *streamWriter {
	return &streamWriter{w: w, control: http.NewResponseController(w)}
}

func (o *streamWriter) open() {
	// The server's deadlines are for whole requests; a stream has one for each write and none for reading.
	o.err = errors.Join(o.control.SetReadDeadline(time.Time{}), o.control.SetWriteDeadline(time.Now().Add(writeWait)))
	h := o.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	o.w.WriteHeader(http.StatusOK)
	// Spread over seconds, so that a restart does not bring everyone back in the same instant.
	o.write(fmt.Appendf(nil, "retry: %d\n\n", 1000+rand.IntN(4000)))
}

func (o *streamWriter) event(id string, frame []byte) {
	o.write([]byte("id: " + id + "\n"))
	o.write(frame)
}

func (o *streamWriter) comment() { o.write([]byte(":\n\n")) }

// last tells the client why the stream ends, where that changes what it should do.
func (o *streamWriter) last(reason error) {
	switch {
	case errors.Is(reason, events.ErrSignedOut):
		o.write(Frame("signed_out", `{"message":"Signed out"}`))
	case errors.Is(reason, events.ErrReplaced): // a client that came back at once would end the next one
		o.write(Frame("replaced", `{"message":"Too many open streams"}`))
	}
	o.flush()
}

func (o *streamWriter) write(b []byte) {
	if o.err != nil {
		return
	}
	if !o.dirty {
		o.dirty = true
		o.err = o.control.SetWriteDeadline(time.Now().Add(writeWait))
	}
	if o.err == nil {
		_, o.err = o.w.Write(b)
	}
}

func (o *streamWriter) flush() error {
	if o.err == nil && o.dirty {
		o.err = o.control.Flush()
	}
	o.dirty = false
	return o.err
}

// Ended reports whether err only says that the client went away.
func Ended(err error) bool {
	return errors.Is(err, context.Canceled) && !fault.Is(err, fault.Unavailable)
}
