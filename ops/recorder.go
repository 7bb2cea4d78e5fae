package ops

import (
	"sync/atomic"
	"time"
)

// Recorder counts what happens, where it happens. Its zero value is ready and safe for use by many goroutines; counting costs
// some nanoseconds and allocates nothing.
type Recorder struct {
	Requests Timer // from the first byte read to the last one written; streams, which last for hours, are none
	Store    Timer // reads and commits of the database
	failed   atomic.Int64
	refused  atomic.Int64
	posts    atomic.Int64
	conns    atomic.Int64
}

// Request counts an answered request with its status.
func (r *Recorder) Request(status int, took time.Duration) {
	r.Requests.Observe(took)
	switch {
	case status >= 500:
		r.failed.Add(1)
	case status == 429:
		r.refused.Add(1)
	}
}

// Posted counts a message.
func (r *Recorder) Posted() { r.posts.Add(1) }

// Connections adds to the number of open connections.
func (r *Recorder) Connections(more int64) { r.conns.Add(more) }

// counted is what a recorder has counted up to a moment.
type counted struct {
	requests, store        total
	failed, refused, posts int64
}

func (r *Recorder) counted() counted {
	return counted{
		requests: r.Requests.total(), store: r.Store.total(), failed: r.failed.Load(), refused: r.refused.Load(), posts: r.posts.Load(),
	}
}
