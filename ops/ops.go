// Package ops measures the server that it runs in, keeps what it measured, and says so when something is wrong.
//
// Nothing is invented: what cannot be read is unknown, and unknown everywhere. Counting stands where things happen, in a
// Recorder; one goroutine reads it every ten seconds.
package ops

import (
	"context"
	"crypto/rand"
	"sync"
	"time"
)

const (
	// Every is the time between two looks at what was counted.
	Every = 10 * time.Second
	// readWait is how long the readings of one look may take together.
	readWait = 5 * time.Second
	// sizeEvery is how often the files of the data directory are summed.
	sizeEvery = time.Hour
)

// Queue is work that waits.
type Queue struct {
	Name string
	// Due returns how many jobs are due and claimed by nobody, and for how long the oldest has been.
	Due func(ctx context.Context, now time.Time) (jobs int, oldest time.Time, err error)
}

// Options are the parts that a Service is made of. Every part but those that say so must be set.
type Options struct {
	Store    Store
	Recorder *Recorder
	Now      func() time.Time
	Dir      string // the data directory
	Cores    int
	Version  string
	// Streams returns how many streams are open.
	Streams func() int
	// Mail returns how many mails wait and how many were given up.
	Mail func(ctx context.Context) (waiting, failed int, err error)
	// Backup returns since when a newer good backup is waited for, zero where that is not known. Nil where nobody has set
	// that some are made.
	Backup func(ctx context.Context) (time.Time, error)
	// Hooks is the name of the queue of webhooks.
	Hooks string
	Rules []Rule
	// Tell tells people of a change of an alarm. It is called again until it returns nil, so that telling twice must be like
	// telling once.
	Tell func(ctx context.Context, c AlarmChange) error
	// TellNow tells people of a change without the database, which is away, one change once. It is called again until it returns nil,
	// and is not to tell anybody twice. Nil where nobody is to be told so.
	TellNow func(ctx context.Context, c AlarmChange) error
	Costs
	// Security counts the actions of the audit log from a time on.
	Security func(ctx context.Context, from time.Time) (map[string]int, error)
	// Task reads the metadata of the ECS task that this is; nil elsewhere.
	Task func(ctx context.Context) ([]byte, error)
	// Failed is told of what could not be done.
	Failed func(doing string, err error)
	// Leads reports whether this server keeps what was measured, and tells of alarms, for all. Nil where it is alone.
	Leads func() bool
	// Joined returns how many servers are joined, this one included, 0 where this one is not. Nil where it is alone.
	Joined func() int
	// Share passes what this server measured to Beside of all others. Nil where it is alone.
	Share func(measure string)
}

// Service measures. It is safe for concurrent use, but for Sample and Start, which one goroutine calls.
type Service struct {
	Options
	machine *machine
	last    counted
	lastAt  time.Time
	flushed time.Time // the minute up to which measures went to the store
	forgot  time.Time // the hour in which old changes of alarms were removed

	queues []Queue

	led    bool      // at the last look; used by Sample alone
	down   bool      // the store was at the last look; used by Sample alone
	alone  bool      // no other server can take the lead
	seen   time.Time // of the newest change of an alarm that this server kept or took up; used by Start and Sample alone
	server string

	mu      sync.Mutex
	own     Measure          // of this server alone, the last one
	others  map[string]other // by their names
	recent  []Measure        // of the last hour and all servers, oldest first
	series  series
	alarms  []*alarm
	unsaved []AlarmChange
	early   map[string]bool // the unsaved ones that were told without the store, by their ids; used by Sample alone
	task    *Task
	size    int64 // of the data directory, -1 where it is not known
	up      uptime

	figures figures
}

// New returns a Service.
func New(o Options) *Service {
	alone := o.Leads == nil
	if alone {
		o.Leads = func() bool { return true }
	}
	if o.Share == nil {
		o.Share = func(string) {}
	}
	s := &Service{Options: o, series: newSeries(), size: -1, server: rand.Text(), others: map[string]other{}, led: true, alone: alone, early: map[string]bool{}}
	for _, r := range o.Rules {
		s.alarms = append(s.alarms, &alarm{Rule: r, state: Insufficient})
	}
	return s
}

// Run measures until ctx ends. queues is the work that waits somewhere.
func (s *Service) Run(ctx context.Context, queues []Queue) {
	s.Start(ctx, queues)
	var sizing sync.WaitGroup
	sizing.Go(func() { s.watchSize(ctx) })
	defer sizing.Wait()
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.Sample(ctx)
		}
	}
}

// Start takes up what was kept before, and begins to measure.
func (s *Service) Start(ctx context.Context, queues []Queue) {
	now := s.Now()
	s.queues, s.seen = queues, now
	s.machine = newMachine(ctx, s.Dir, s.Cores, now)
	s.last, s.lastAt, s.flushed = s.Recorder.counted(), now, now.Truncate(time.Minute)
	if err := s.restore(ctx, now); err != nil {
		s.Failed("read what was measured before", err)
	}
	if err := s.resume(ctx); err != nil {
		s.Failed("read what alarms did before", err)
	}
}

// Sample measures the time since the last sample.
func (s *Service) Sample(ctx context.Context) {
	now := s.Now()
	m := s.measure(ctx, now)
	s.Share(s.server + " " + m.encode())
	s.mu.Lock()
	s.own = m
	s.note(s.withOthers(m, now), now)
	s.mu.Unlock()
	back := s.take(ctx, m)
	s.judge(ctx, now)
	if minute := now.Truncate(time.Minute); minute.After(s.flushed) || back {
		s.flushed = minute
		s.keep(ctx, now)
		s.readTask(ctx)
		s.forget(ctx, now)
	}
}

// take takes the lead up or lets it go, and reports whether the store is back since the last look. While the store is away all stays as
// it was, and at the first look after it too where nobody led meanwhile: the lead is kept in that store and lapses with it, and who had
// it is to tell of the outage and to hand over what could not be kept before another one takes up what is there.
func (s *Service) take(ctx context.Context, m Measure) (back bool) {
	away, _ := top(storeDown)(&m)
	down, was := away > 0, s.down
	s.down = down
	switch {
	case down:
		return false
	case was && s.led && s.overtaken(ctx):
		s.yield()
	case was:
		return true
	}
	leads := s.Leads()
	if leads && !s.led {
		if err := s.resume(ctx); err != nil {
			s.Failed("read what alarms did before", err)
		}
	}
	s.led = leads
	return was
}

// measure reads the recorder, the process and the store.
func (s *Service) measure(ctx context.Context, now time.Time) Measure {
	c := s.Recorder.counted()
	m := Measure{
		At: s.lastAt, Span: now.Sub(s.lastAt), Latency: c.requests.since(s.last.requests), Store: c.store.since(s.last.store),
		failed: c.failed - s.last.failed, refused: c.refused - s.last.refused, posts: c.posts - s.last.posts,
	}
	m.requests = int64(m.Latency.Count())
	s.last, s.lastAt = c, now
	ctx, cancel := context.WithTimeout(ctx, readWait)
	defer cancel()
	s.machine.read(ctx, &m)
	open := float64(s.Streams())
	m.set(streams, open)
	m.set(connections, open+float64(s.Recorder.conns.Load()))
	if s.Joined != nil {
		n := float64(s.Joined())
		m.set(servers, n)
		m.set(apart, max(0, 1-n))
	}
	s.mu.Lock()
	if s.size >= 0 {
		m.set(storage, float64(s.size))
	}
	s.mu.Unlock()
	s.readStore(ctx, now, &m)
	return m
}

// readStore reads what the database knows. One that does not answer is asked for nothing more.
func (s *Service) readStore(ctx context.Context, now time.Time, m *Measure) {
	if err := s.Store.Ping(ctx); err != nil {
		if ctx.Err() == nil || ctx.Err() == context.DeadlineExceeded {
			m.set(storeDown, 1)
		}
		return
	}
	m.set(storeDown, 0)
	if data, err := s.Store.Size(ctx); err == nil {
		m.set(dataSize, float64(data))
	}
	if wal, err := s.Store.LogSize(ctx); err == nil && wal >= 0 {
		m.set(walSize, float64(wal))
	}
	if waiting, failed, err := s.Mail(ctx); err == nil {
		m.set(mailWaiting, float64(waiting))
		m.set(mailFailed, float64(failed))
	}
	if s.Backup != nil {
		if made, err := s.Backup(ctx); err == nil && !made.IsZero() {
			m.set(backupAge, max(0, now.Sub(made)).Seconds())
		}
	}
	s.readQueues(ctx, now, m)
}

func (s *Service) readQueues(ctx context.Context, now time.Time, m *Measure) {
	var all int
	var late time.Duration
	for _, q := range s.queues {
		jobs, oldest, err := q.Due(ctx, now)
		if err != nil {
			return // a part of a sum is no sum
		}
		all += jobs
		if jobs > 0 {
			late = max(late, now.Sub(oldest))
		}
		if q.Name == s.Hooks {
			m.set(hooksDue, float64(jobs))
		}
	}
	m.set(queueDepth, float64(all))
	m.set(queueAge, late.Seconds())
}

// watchSize sums the data directory from time to time, beside the rest: it may be large.
func (s *Service) watchSize(ctx context.Context) {
	tick := time.NewTicker(sizeEvery)
	defer tick.Stop()
	for {
		if size, err := dirSize(ctx, s.Dir); err == nil {
			s.mu.Lock()
			s.size = size
			s.mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
