package main

import (
	"context"
	"sync/atomic"
	"time"

	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
	"pegasus/store"
)

const (
	// turnLife is for how long a turn is held at most: who dies with it holds up the others for no longer.
	turnLife = time.Minute
	// turnWait is how long somebody waits for their turn, and turnLook lies between two looks.
	turnWait = 10 * time.Second
	turnLook = 25 * time.Millisecond

	// leadEvery is how often the leading server says that it leads, and leadLife for how long that holds.
	leadEvery = 10 * time.Second
	leadLife  = 30 * time.Second
)

var errTurn = fault.Away("TURN_TAKEN", "Somebody else changes this at the moment. Please try again.", nil)

// turns are taken by servers that share a database. A turn is a job that nobody does: of one key there is one.
type turns struct {
	jobs queue.Store
	now  func() time.Time
}

const (
	turnKind  = "turn"
	turnOwner = "servers"
)

// Turn implements accounts.Turns.
func (t turns) Turn(ctx context.Context, name string) (done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, turnWait)
	defer cancel()
	for {
		now := t.now()
		held, taken, err := t.jobs.AddJob(ctx, queue.Job{
			ID: id.New(now), Kind: turnKind, Owner: turnOwner, Key: name, State: queue.Running, Due: now, CreatedAt: now,
		})
		if err != nil {
			return nil, err
		}
		if !taken {
			return func() { t.end(held) }, nil
		}
		if now.Sub(held.CreatedAt) > turnLife {
			_ = t.jobs.DeleteJob(ctx, held.Owner, held.ID, held.Version) // whoever is first takes it at the next look
		}
		select {
		case <-ctx.Done():
			return nil, errTurn
		case <-time.After(turnLook):
		}
	}
}

// end gives a turn back. Where that fails its life ends it.
func (t turns) end(held queue.Job) {
	ctx, cancel := context.WithTimeout(context.Background(), turnWait)
	defer cancel()
	_ = t.jobs.DeleteJob(ctx, held.Owner, held.ID, held.Version)
}

// lead says which of several servers does what only one should do. A nil one is that of a server that is alone.
type lead struct {
	jobs  queue.Store
	now   func() time.Time
	name  string
	warn  func(error)
	until atomic.Int64 // in milliseconds since 1970
}

// Leads reports whether this server leads.
func (l *lead) Leads() bool { return l == nil || l.now().UnixMilli() < l.until.Load() }

// Run takes the lead where nobody has it, and keeps it, until ctx ends.
func (l *lead) Run(ctx context.Context) {
	tick := time.NewTicker(leadEvery)
	defer tick.Stop()
	for {
		held, err := l.take(ctx)
		if err != nil && ctx.Err() == nil {
			l.warn(err)
		}
		select {
		case <-ctx.Done():
			if l.Leads() {
				turns{l.jobs, l.now}.end(held)
			}
			return
		case <-tick.C:
		}
	}
}

// take returns the job that stands for the lead as it is now, and notes until when this server has it.
func (l *lead) take(ctx context.Context) (queue.Job, error) {
	now := l.now()
	until := now.Add(leadLife)
	held, there, err := l.jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: turnKind, Owner: turnOwner, Key: "lead", State: queue.Running, Due: until, Body: l.name, CreatedAt: now,
	})
	if err != nil {
		return held, err
	}
	if there {
		if held.Body != l.name && now.Before(held.Due) {
			l.until.Store(0)
			return held, nil
		}
		held.Body, held.Due = l.name, until
		err := l.jobs.SaveJob(ctx, held)
		if fault.Is(err, fault.Conflict) {
			l.until.Store(0)
			return held, nil
		} else if err != nil {
			return held, err
		}
		held.Version++
	}
	l.until.Store(until.UnixMilli())
	return held, nil
}

// tellingStore tells other servers of settings that were changed here.
type tellingStore struct {
	store.Store
	tell func(name, text string)
}

func (s tellingStore) PutSetting(ctx context.Context, name, value string) error {
	err := s.Store.PutSetting(ctx, name, value)
	if err == nil {
		s.tell(tellSetting, name)
	}
	return err
}
