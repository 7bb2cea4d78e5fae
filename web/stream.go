package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"pegasus/events"
	"pegasus/fault"
)

// heartbeat is how often a silent stream shows that it lives: proxies cut what is silent for a minute.
const heartbeat = 20 * time.Second

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

// Serve opens a stream, which lasts until the client goes, the session ends or the server stops. Events resume after the
// id in Last-Event-ID or ?after=; where that cannot be done the stream says reset, and the client reads the truth again.
//
// On HTTP/1 the stream goes on in a goroutine of its own after Serve has returned: a connection that waits for hours
// would else keep the server's buffers and the stack of every handler around this one, four times what it needs.
func (s Stream) Serve(w http.ResponseWriter, r *http.Request) error {
	if CrossSite(r) {
		return errCrossSite
	}
	if s.Broker.Away() {
		return ErrApart
	}
	after := r.Header.Get("Last-Event-ID")
	if after == "" {
		after = r.URL.Query().Get("after")
	}
	if len(after) > 64 {
		after = "unknown"
	}
	sub := s.Broker.Subscribe(s.UserID, s.SessionID)
	out, err := s.open(w, r, sub, after)
	if err != nil || out == nil {
		sub.Close()
		return err
	}
	if out.hijack() {
		go s.run(out.gone(), sub, out)
		return nil
	}
	s.run(r.Context().Done(), sub, out)
	return nil
}

// ErrApart is for streams of a server that is not joined to the others, and for whoever asks whether it is ready for them.
var ErrApart = fault.Away("SERVER_NOT_JOINED", "This server is not joined to the others at the moment.", nil)

// Later answers a request for a stream while a dependency is away, and reports false where err says something else. A
// browser's event source gives up for good on any status but 200, so it is told when to come back instead.
func Later(w http.ResponseWriter, r *http.Request, err error) bool {
	f := Fault(err)
	if f.Kind != fault.Unavailable {
		return false
	}
	NoteError(r.Context(), err)
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	SetRetryAfter(w.Header(), f)
	fmt.Fprintf(w, "retry: %d\n\n", retryWait())
	return true
}

// open answers the request up to the first event, and returns nil without an error where the client has gone already.
func (s Stream) open(w http.ResponseWriter, r *http.Request, sub *events.Subscription, after string) (*streamWriter, error) {
	if s.Live != nil {
		if err := s.Live(r.Context()); err != nil {
			return nil, err
		}
	}
	cursor := s.Broker.Cursor()
	resumed, err := sub.Start(r.Context(), after, s.Topics)
	if err != nil {
		return nil, err
	}
	out := newStreamWriter(w, r)
	if resumed && after != "" {
		cursor = after
	}
	out.frame(fmt.Appendf(nil, "id: %s\n%s", cursor, Frame("connected", s.Hello)))
	if !resumed {
		out.frame(fmt.Appendf(nil, "id: %s\n%s", cursor, Frame("reset", `{"message":"Read everything again"}`)))
	}
	if out.flush() != nil {
		return nil, nil
	}
	return out, nil
}

// run sends what comes until the stream ends, and closes it.
func (s Stream) run(gone <-chan struct{}, sub *events.Subscription, out *streamWriter) {
	defer out.close()
	defer sub.Close()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	expiry := time.NewTimer(time.Until(s.Ends))
	defer expiry.Stop()
	for {
		select {
		case <-gone:
			return
		case <-expiry.C:
			out.last(events.ErrSignedOut)
			return
		case <-beat.C:
			out.frame([]byte(":\n\n"))
		case <-sub.Ready():
			if err := s.take(sub, out); err != nil {
				out.last(err)
				return
			}
		}
		if out.flush() != nil {
			return
		}
	}
}

// take passes on what waits, and returns why the stream ended.
func (s Stream) take(sub *events.Subscription, out *streamWriter) error {
	for {
		e, err := sub.Take()
		if e == nil {
			return err
		}
		if frame := s.Encode(e); frame != nil {
			out.frame(frame)
		}
	}
}
