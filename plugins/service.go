package plugins

import (
	"context"
	"sync"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

// Options are the parts that a Service is made of. Every part but Record and Ended must be set.
type Options struct {
	Store     Store
	Generator Generator
	Compiler  Compiler
	Events    chat.Publisher
	Now       func() time.Time
	// User returns a person by id.
	User func(ctx context.Context, userID string) (accounts.User, error)
	// Users returns those people of the ids that there are, in any order.
	Users func(ctx context.Context, userIDs []string) ([]accounts.User, error)
	// Record writes to the audit log. It may be nil.
	Record func(ctx context.Context, e accounts.Event)
	// Failed is told of work beside the request that did not succeed.
	Failed func(ctx context.Context, doing string, err error)
	// Ended is told of each answer that ended, by whichever server gave it, but of those that were stopped or that a channel is
	// told of. It may be nil.
	Ended func(ctx context.Context, e Exchange)
	// Templates are what a plugin may begin with.
	Templates []Template
	Budget    Budget
	Running   Running
	// Elsewhere are the other servers, nil where there are none.
	Elsewhere *Elsewhere
}

// Service holds the rules of the workbench. It is safe for concurrent use.
type Service struct {
	store     Store
	generator Generator
	compiler  Compiler
	events    chat.Publisher
	now       func() time.Time
	user      func(context.Context, string) (accounts.User, error)
	users     func(context.Context, []string) ([]accounts.User, error)
	record    func(context.Context, accounts.Event)
	failed    func(context.Context, string, error)
	ended     func(context.Context, Exchange)
	templates []Template
	budget    Budget

	elsewhere *Elsewhere         // nil where there is no other server
	heardOf   map[string]*answer // those under way at other servers, by exchange, guarded by mu

	builds    chan buildTask // versions that wait for the compiler
	compiling chan struct{}  // holds a token for each use of the compiler

	*running // plugins in channels

	mu       sync.Mutex
	building map[buildTask]Status // Pending while it waits, Compiling after that
	closed   bool
	underWay int                // answers, those included that are about to begin
	answers  map[string]*answer // those under way in this process, by exchange
	working  sync.WaitGroup     // of answers
}

// NewService returns a Service. Run does its work beside requests, Close ends the answers under way.
func NewService(o Options) *Service {
	if o.Record == nil {
		o.Record = func(context.Context, accounts.Event) {}
	}
	if o.Ended == nil {
		o.Ended = func(context.Context, Exchange) {}
	}
	return &Service{
		elsewhere: o.Elsewhere, heardOf: map[string]*answer{},
		store: o.Store, generator: o.Generator, compiler: o.Compiler, events: o.Events, now: o.Now, user: o.User, users: o.Users,
		record: o.Record, failed: o.Failed, ended: o.Ended, templates: o.Templates, budget: o.Budget,
		builds: make(chan buildTask, maxBuilds), compiling: make(chan struct{}, compilers), building: map[buildTask]Status{}, answers: map[string]*answer{},
		running: newRunning(o.Running, o.Now),
	}
}

// own finds a plugin of the actor's. What belongs to somebody else is not there.
func (s *Service) own(ctx context.Context, actor accounts.User, id string) (Plugin, error) {
	p, err := s.store.Plugin(ctx, id)
	if err == nil && p.OwnerID != actor.ID {
		return Plugin{}, ErrPluginNotFound
	}
	return s.standing(p), err
}

// visible finds a plugin that the actor may look at, try, copy and install: their own, and what is shared.
func (s *Service) visible(ctx context.Context, actor accounts.User, id string) (Plugin, error) {
	p, err := s.store.Plugin(ctx, id)
	if err == nil && p.OwnerID != actor.ID && !p.Shared {
		return Plugin{}, ErrPluginNotFound
	}
	if p.OwnerID != actor.ID {
		p.Unseen = "" // it says what its owner has looked at
	}
	return s.standing(p), err
}

// Updated goes to a plugin's owner when it was made, changed, compiled or deleted, and when an answer began or ended.
type Updated struct {
	UserID  string // to whom it goes
	Plugin  Plugin
	Deleted bool
}

// tell publishes how a plugin stands now. Where it cannot be read, the pages that show it learn of the change later.
func (s *Service) tell(ctx context.Context, id string) {
	p, err := s.store.Plugin(context.WithoutCancel(ctx), id)
	if err == nil {
		s.publish(s.standing(p), false)
	} else if !fault.Is(err, fault.NotFound) {
		s.failed(ctx, "tell of a plugin's change", err)
	}
}

func (s *Service) publish(p Plugin, deleted bool) {
	s.events.Publish(chat.UserTopic(p.OwnerID), Updated{UserID: p.OwnerID, Plugin: p, Deleted: deleted})
}
