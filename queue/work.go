package queue

import (
	"context"
	"sync"
	"time"

	"pegasus/fault"
)

// Work is the doing of one kind of jobs.
type Work struct {
	Store Store
	Kind  string
	Now   func() time.Time
	// Lease is how long one job may take at most. After a crash it is done by somebody else when this is over.
	Lease time.Duration
	// Parallel is how many are done at once.
	Parallel int
	// Do does a job and returns it as it is to be stored. A job without a state is removed. It may come a second time where
	// a crash came in between, so that doing it twice must be like doing it once.
	Do func(ctx context.Context, j Job) Job
	// Failed is told of what the store refuses.
	Failed func(err error)
}

const (
	// MaxDue is the most jobs that are counted.
	MaxDue = 10_000
	// saveWait is how long the store may take to note how a job went.
	saveWait = 30 * time.Second
)

// Due returns how many jobs are due and claimed by nobody, MaxDue at most, and since when the oldest of them is.
func (w Work) Due(ctx context.Context, now time.Time) (jobs int, oldest time.Time, err error) {
	return w.Store.DueJobs(ctx, w.Kind, now, MaxDue)
}

// Run does what is due, and looks again every so often, until ctx ends. It returns when nothing is under way any more.
func (w Work) Run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for ctx.Err() == nil && w.Once(ctx) == w.Parallel {
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Once claims up to Parallel jobs that are due, does them, and returns how many there were.
func (w Work) Once(ctx context.Context) int {
	now := w.Now()
	jobs, err := w.Store.ClaimJobs(ctx, w.Kind, now, now.Add(w.Lease), w.Parallel)
	if err != nil && ctx.Err() == nil {
		w.Failed(err)
	}
	var work sync.WaitGroup
	for _, j := range jobs {
		work.Go(func() { w.do(ctx, j) })
	}
	work.Wait()
	return len(jobs)
}

func (w Work) do(ctx context.Context, j Job) {
	// A stop lets what has begun end; it is bounded by the lease, after which somebody else may do it.
	ctx = context.WithoutCancel(ctx)
	leased, cancel := context.WithTimeout(ctx, w.Lease)
	version := j.Version
	after := w.Do(leased, j)
	cancel()
	after.Version = version
	// How it went is noted also where that took the whole lease; the version keeps the note out where somebody else has it by now.
	ctx, cancel = context.WithTimeout(ctx, saveWait)
	defer cancel()
	var err error
	if after.State == "" {
		err = w.Store.DeleteJob(ctx, j.Owner, j.ID, version)
	} else {
		err = w.Store.SaveJob(ctx, after)
	}
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
		w.Failed(err)
	}
}
