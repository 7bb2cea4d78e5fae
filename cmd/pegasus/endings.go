package main

import (
	"context"
	"time"

	"pegasus/id"
	"pegasus/queue"
)

const (
	endingKind = "ending"
	// endingLook is how often servers look for endings, and endingLife how long one is kept for them.
	endingLook = 500 * time.Millisecond
	endingLife = time.Minute
	maxEndings = 1000
)

// endings are told through the database by a server that lost NATS while others have it: whose streams must break, because some of
// their rights have ended. An ending is a job that nobody does.
type endings struct {
	jobs   queue.Store
	now    func() time.Time
	cut    func(userID string) // breaks a person's streams here; it must not wait for them
	warn   func(error)
	known  map[string]bool // used by look alone
	looked bool
}

// Tell has all other servers break a person's streams.
func (e *endings) Tell(userID string) {
	ctx, cancel := context.WithTimeout(context.Background(), turnWait)
	defer cancel()
	now := e.now()
	if _, _, err := e.jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: endingKind, Owner: turnOwner, State: queue.Done, Due: now, DoneAt: now, Body: userID, CreatedAt: now,
	}); err != nil {
		e.warn(err)
	}
}

// Run breaks the streams of those whose endings others told of, until ctx ends.
func (e *endings) Run(ctx context.Context) {
	tick := time.NewTicker(endingLook)
	defer tick.Stop()
	for {
		if err := e.look(ctx); err != nil && ctx.Err() == nil {
			e.warn(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look takes up what is new since the last look. At the first one nobody holds a stream that is older than an ending.
func (e *endings) look(ctx context.Context) error {
	found, err := e.jobs.Jobs(ctx, turnOwner, endingKind, maxEndings)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(found))
	for _, j := range found {
		known[j.ID] = true
		if !e.known[j.ID] && e.looked {
			e.cut(j.Body)
		}
		if e.now().Sub(j.CreatedAt) > endingLife {
			_ = e.jobs.DeleteJob(ctx, j.Owner, j.ID, j.Version) // another server may have been first
		}
	}
	e.known, e.looked = known, true
	return nil
}
