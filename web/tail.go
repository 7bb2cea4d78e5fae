package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// tailWait bounds one write to a tail, so that one who reads nothing is dropped.
const tailWait = 10 * time.Second

// A Tail is a stream of server-sent events that ends by itself, as an answer that is being written.
type Tail struct {
	// Live reports, as an error, that the session has ended. It is asked at each heartbeat.
	Live func(context.Context) error
	// Hello is the first frame, nil for none.
	Hello []byte
	// Follow sends the frames behind the given number until there are no more, or until send or ctx fails.
	Follow func(ctx context.Context, after int, send func(number int, frame []byte) error) error
}

// Serve streams to the end of what there is, from behind the number in Last-Event-ID or ?after=. A failure comes too late
// for the answer to tell of it; the client asks again from where it was.
func (t Tail) Serve(w http.ResponseWriter, r *http.Request) {
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		last = r.URL.Query().Get("after")
	}
	after, _ := strconv.Atoi(last) // what is no number counts as not sent
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := &tailWriter{w: w, control: http.NewResponseController(w)}
	_ = out.control.SetReadDeadline(time.Time{}) // a writer without deadlines has none to lift
	if out.write(append(fmt.Appendf(nil, "retry: %d\n\n", retryWait()), t.Hello...)) != nil {
		return // nobody listens any more
	}
	ctx, cancel := context.WithCancel(r.Context())
	var beats sync.WaitGroup
	defer beats.Wait() // nothing may be written once this has returned
	defer cancel()
	beats.Go(func() { t.beat(ctx, cancel, out) })
	err := t.Follow(ctx, max(0, after), func(number int, frame []byte) error {
		return out.write(fmt.Appendf(nil, "id: %d\n%s", number, frame))
	})
	if err != nil && ctx.Err() == nil {
		NoteError(ctx, err)
	}
}

// beat shows until ctx ends that a silent tail lives, and ends it where its session has ended.
func (t Tail) beat(ctx context.Context, end context.CancelFunc, out *tailWriter) {
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if t.Live(ctx) != nil || out.write([]byte(":\n\n")) != nil {
				end()
				return
			}
		}
	}
}

// tailWriter writes frames, each at once.
type tailWriter struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	control *http.ResponseController
}

func (o *tailWriter) write(frame []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	_ = o.control.SetWriteDeadline(time.Now().Add(tailWait)) // as above
	if _, err := o.w.Write(frame); err != nil {
		return err
	}
	return o.control.Flush()
}
