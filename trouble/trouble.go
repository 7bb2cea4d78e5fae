// Package trouble makes a server under development fail on purpose, so that people see how pages behave when it does.
//
// An admin switches a failure on for a number of requests. It ends by itself: when it has met as many, or when its time is over.
// Each server has its own, in memory.
package trouble

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// Kind says what goes wrong.
type Kind string

// The kinds. The last three know no Target.
const (
	Unavailable Kind = "503"
	Limited     Kind = "429"
	Slow        Kind = "slow"     // the answer comes SlowFor later
	Cut         Kind = "cut"      // open streams break, and so do the next ones
	Database    Kind = "database" // reads and writes of messages
	Model       Kind = "model"
)

// Kinds are all there are, in the order in which they are shown.
var Kinds = []Kind{Unavailable, Limited, Slow, Cut, Database, Model}

// Target says which requests fail.
type Target string

// The targets.
const (
	Sends  Target = "sends"  // of messages, and changes of them
	Writes Target = "writes" // all that change something
	All    Target = "all"
)

// Targets are all there are.
var Targets = []Target{Sends, Writes, All}

const (
	// MaxLeft is how many requests a failure may meet.
	MaxLeft = 1000
	// MaxLife is for how long it may be on.
	MaxLife = 10 * time.Minute
	// SlowFor is how much later a slow answer comes.
	SlowFor = 3 * time.Second
)

// Switch is a failure that is on.
type Switch struct {
	Kind   Kind
	Target Target
	Left   int // requests, streams or operations that will meet it
	Until  time.Time
	By     string // who switched it on
}

// Options are the parts that Switches are made of.
type Options struct {
	Now func() time.Time
	// Cut breaks all open streams.
	Cut func()
	// Record writes to the audit log.
	Record func(ctx context.Context, e accounts.Event)
}

// Switches are the failures of a server. A nil one has none, and costs nothing.
type Switches struct {
	Options
	mu sync.Mutex
	on map[Kind]Switch
}

// New returns Switches that are all off.
func New(o Options) *Switches { return &Switches{Options: o, on: map[Kind]Switch{}} }

// Set switches a failure on, in place of one of its kind, for life at most. It is for admins.
func (s *Switches) Set(ctx context.Context, actor accounts.User, one Switch, life time.Duration) error {
	if err := accounts.RequireAdmin(actor); err != nil {
		return err
	}
	switch {
	case !slices.Contains(Kinds, one.Kind):
		return fault.Field("kind", "INVALID_KIND", "There is no such failure.")
	case !slices.Contains(Targets, one.Target):
		return fault.Field("target", "INVALID_TARGET", "There are no such requests.")
	case one.Left < 1 || one.Left > MaxLeft:
		return fault.Field("left", "INVALID_LEFT", "A failure is for 1 to 1000 requests.")
	case life <= 0 || life > MaxLife:
		return fault.Field("minutes", "INVALID_MINUTES", "A failure is on for 1 to 10 minutes.")
	}
	one.Until, one.By = s.Now().Add(life), actor.Shown()
	s.mu.Lock()
	s.on[one.Kind] = one
	s.mu.Unlock()
	s.Record(ctx, accounts.Event{Action: accounts.ActionFaultSet, ActorID: actor.ID, Details: map[string]string{
		"kind": string(one.Kind), "what": string(one.Target), "requests": strconv.Itoa(one.Left),
	}})
	if one.Kind == Cut {
		s.Cut()
	}
	return nil
}

// End switches a failure off. It is for admins.
func (s *Switches) End(ctx context.Context, actor accounts.User, kind Kind) error {
	if err := accounts.RequireAdmin(actor); err != nil {
		return err
	}
	s.mu.Lock()
	_, on := s.on[kind]
	delete(s.on, kind)
	s.mu.Unlock()
	if on {
		s.Record(ctx, accounts.Event{Action: accounts.ActionFaultSet, ActorID: actor.ID, Details: map[string]string{"kind": string(kind), "requests": "0"}})
	}
	return nil
}

// List returns the failures that are on. It is for admins.
func (s *Switches) List(actor accounts.User) (on []Switch, err error) {
	if err := accounts.RequireAdmin(actor); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kind := range Kinds {
		if one, there := s.on[kind]; there && s.Now().Before(one.Until) {
			on = append(on, one)
		}
	}
	return on, nil
}

// Take reports whether something meets a failure now, and counts it. meets says which targets it is one of.
func (s *Switches) Take(kind Kind, meets func(Target) bool) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one, on := s.on[kind]
	if !on {
		return false
	}
	if !s.Now().Before(one.Until) {
		delete(s.on, kind)
		return false
	}
	if !meets(one.Target) {
		return false
	}
	if one.Left--; one.Left == 0 {
		delete(s.on, kind)
	} else {
		s.on[kind] = one
	}
	return true
}

// Any is of every target.
func Any(Target) bool { return true }

// Failure is what a request that meets a failure is answered with.
func Failure(kind fault.Kind) error {
	return &fault.Error{Kind: kind, Code: "SWITCHED_ON_FAILURE", Message: "This failure was switched on at /test.", RetryAfter: time.Second}
}
