// Package queue keeps what is to be done at a time, and sees to it that it is done, by one of however many servers there are,
// also after a crash.
package queue

import (
	"context"
	"time"

	"pegasus/fault"
)

// State is where a job stands.
type State string

// The states of a job.
const (
	Waiting State = "waiting"
	Running State = "running" // somebody has claimed it; when the lease is over it counts as waiting
	Failed  State = "failed"  // it will not be tried again by itself
	Done    State = "done"    // kept for its owner to look at
)

// Job is something to be done at a time.
type Job struct {
	ID        string
	Kind      string // who does it claims its own kinds
	Owner     string // whose it is
	Key       string // unique among the owner's jobs of a kind; "" stands for the id
	State     State
	Due       time.Time // when it is to be done
	NextTry   time.Time // from when it may be claimed, zero for not any more
	Tries     int       // how often it was claimed
	Problem   string    // why it failed last, for its owner, "" where it did not
	Body      string    // what is to be done: JSON of the kind's own
	CreatedAt time.Time
	DoneAt    time.Time // when it came to Done or Failed, zero before
	Version   int       // counts the changes
}

// Store keeps jobs. Both backends pass storetest.Jobs.
//
// A method returns a fault of kind NotFound where the thing is missing, and one of kind Unavailable where the database does
// not answer.
type Store interface {
	// AddJob stores a job. Where the owner has one of the same kind and key already, nothing is stored and that one is
	// returned with repeated true.
	AddJob(ctx context.Context, j Job) (stored Job, repeated bool, err error)
	Job(ctx context.Context, owner, id string) (Job, error)
	// Jobs returns up to limit jobs of an owner and a kind, the newest first.
	Jobs(ctx context.Context, owner, kind string, limit int) ([]Job, error)
	// AllJobs returns up to limit jobs of everybody with an id below before ("" for no bound), the newest first.
	AllJobs(ctx context.Context, before string, limit int) ([]Job, error)
	// ClaimJobs takes up to limit jobs of a kind that may be claimed at now, those that have been for the longest time
	// first, and lends them to the caller until the time given. Of any number of callers at once each job goes to one. They
	// come as they are after it: Running, with one more try.
	ClaimJobs(ctx context.Context, kind string, now, until time.Time, limit int) ([]Job, error)
	// DueJobs returns how many jobs of a kind may be claimed at now, up to limit, and since when the oldest of them may.
	DueJobs(ctx context.Context, kind string, now time.Time, limit int) (jobs int, oldest time.Time, err error)
	// SaveJob stores State, Due, NextTry, Problem, Body and DoneAt of a job that is still of this version, and is
	// ErrChanged otherwise.
	SaveJob(ctx context.Context, j Job) error
	// DeleteJob removes a job that is still of this version, and is ErrChanged otherwise.
	DeleteJob(ctx context.Context, owner, id string, version int) error
	// DeleteJobs removes all of an owner's jobs of a kind.
	DeleteJobs(ctx context.Context, owner, kind string) error
}

// What a Store answers where it cannot do what it is asked.
var (
	ErrNotFound = fault.New(fault.NotFound, "NOT_FOUND", "This is not there, or was done already.")
	// ErrNotIdle is what Again answers of a job that somebody is doing, or that is done.
	ErrNotIdle = fault.New(fault.Conflict, "JOB_NOT_IDLE", "This job is being done, or is done already.")
	ErrChanged = fault.New(fault.Conflict, "CHANGED_MEANWHILE", "This has changed meanwhile. Please look at it again.")
)
