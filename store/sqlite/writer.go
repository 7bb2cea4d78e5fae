package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pegasus/fault"
)

// maxBatch bounds the writes of one transaction, and with it the wait of the first of them.
const maxBatch = 256

// States of a job. Whoever moves it away from waiting decides about it: the writer by running it, the caller by leaving.
const (
	waiting int32 = iota
	begun
	abandoned
)

// job is one caller's write.
type job struct {
	run func(*batch) error
	// light says that run writes nothing before all that can go wrong has gone right, so that it needs no savepoint.
	light bool
	// quiet says that run is the index's own, which nothing needs to follow up.
	quiet bool
	state atomic.Int32
	err   error // set before done is closed
	done  chan struct{}
}

// writer owns the only connection that writes.
type writer struct {
	db    *sql.DB
	conn  *sql.Conn
	stmts [writeCount]*sql.Stmt
	cache *cache
	watch atomic.Pointer[func(time.Duration)] // told how long things take, nil for nobody

	queue   chan *job
	written chan struct{} // holds a token once something was written that the index may lack
	stopped chan struct{} // closed when the goroutine has ended

	gate   sync.RWMutex // held for reading while sending to queue
	closed bool
}

// startWriter opens the writing connection, brings the schema up to date and starts the goroutine, which ends in close.
func startWriter(ctx context.Context, path string, c *cache) (*writer, error) {
	w := &writer{cache: c, queue: make(chan *job, 4*maxBatch), written: make(chan struct{}, 1), stopped: make(chan struct{})}
	if err := w.connect(ctx, path); err != nil {
		if w.db != nil {
			w.disconnect()
		}
		return nil, err
	}
	go w.work()
	return w, nil
}

func (w *writer) connect(ctx context.Context, path string) (err error) {
	if w.db, err = connect(ctx, path, 1, writerSettings); err != nil {
		return err
	}
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return err
	}
	if err := setWAL(ctx, w.conn); err != nil {
		return err
	}
	if err := migrate(ctx, w.conn); err != nil {
		return err
	}
	for i, text := range writeText {
		if w.stmts[i], err = w.conn.PrepareContext(ctx, text); err != nil {
			return fmt.Errorf("prepare %q: %w", text, err)
		}
	}
	return nil
}

func (w *writer) disconnect() error {
	var failures []error
	if w.conn != nil {
		failures = append(failures, w.conn.Close())
	}
	return errors.Join(append(failures, w.db.Close())...)
}

// write runs a job of several statements, all or nothing, and returns once it is durable. Where ctx ends before the job
// has begun, the job never runs; from then on the commit decides.
func (w *writer) write(ctx context.Context, run func(*batch) error) error {
	return w.submit(ctx, &job{run: run, done: make(chan struct{})})
}

// writeLight is write for a light job. It runs after the others of its batch.
func (w *writer) writeLight(ctx context.Context, run func(*batch) error) error {
	return w.submit(ctx, &job{run: run, light: true, done: make(chan struct{})})
}

// writeQuietly is write for the index.
func (w *writer) writeQuietly(ctx context.Context, run func(*batch) error) error {
	return w.submit(ctx, &job{run: run, quiet: true, done: make(chan struct{})})
}

func (w *writer) submit(ctx context.Context, j *job) error {
	if err := w.enqueue(ctx, j); err != nil {
		return err
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
	}
	if j.state.CompareAndSwap(waiting, abandoned) {
		return ctx.Err()
	}
	<-j.done
	return j.err
}

func (w *writer) enqueue(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.gate.RLock()
	defer w.gate.RUnlock()
	if w.closed {
		return fault.Away("DATABASE_UNAVAILABLE", "The server is shutting down.", sql.ErrConnDone)
	}
	select {
	case w.queue <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close runs what waits, folds the log into the file, and ends the goroutine.
func (w *writer) close() error {
	w.gate.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.gate.Unlock()
	<-w.stopped
	_, err := w.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, w.disconnect())
}

func (w *writer) work() {
	defer close(w.stopped)
	b := newBatch(w)
	jobs := make([]*job, 0, maxBatch)
	for first := range w.queue {
		jobs = w.gather(append(jobs[:0], first))
		began := time.Now()
		b.process(jobs)
		if watch := w.watch.Load(); watch != nil {
			(*watch)(time.Since(began))
		}
		if slices.ContainsFunc(jobs, func(j *job) bool { return !j.quiet }) {
			w.signal()
		}
		clear(jobs)
	}
}

func (w *writer) signal() {
	select {
	case w.written <- struct{}{}:
	default:
	}
}

// gather adds the jobs that wait already.
func (w *writer) gather(jobs []*job) []*job {
	for len(jobs) < maxBatch {
		select {
		case j, open := <-w.queue:
			if !open {
				return jobs
			}
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}
