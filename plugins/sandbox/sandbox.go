// Package sandbox runs plugins that may be hostile.
//
// Each call has a process of its own (package jail), with a fresh engine, which ends with the call: nothing that a plugin
// does to its engine outlives it. The process has limits of memory and processor time, and is killed when it does not keep
// them. Whatever a plugin wants of the world it asks of a Host over a pipe, and the Host decides. A plugin's failure is a
// *Fault; nothing that a plugin does is another error.
package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"time"

	"pegasus/plugins/jail"
	"pegasus/plugins/manifest"
)

// Options are what a Pool needs; the zero value is for production.
type Options struct {
	// Workers are the calls that run at a time. 0 is for half of the machine's cores, 1 to 4: whatever plugins do, the rest
	// is there for people at once, for even work of a low priority makes others wait when it holds every core.
	Workers int
	Ready   int    // processes that are kept ready, once the first was needed; 2 where it is 0
	Limits  Limits // DefaultLimits where it is zero
	Logger  *slog.Logger
}

// Pool runs plugins, a few at a time. It is safe for concurrent use.
type Pool struct {
	limits Limits
	stock  stock
	turns  *turns
	logger *slog.Logger
}

// stock has processes that are ready: jail.Stock.
type stock interface {
	Take(ctx context.Context) (*jail.Process, error)
	Close()
}

// New returns a Pool that its owner must close. Its program must call jail.Main with Child.
func New(o Options) *Pool {
	if o.Workers == 0 {
		o.Workers = min(max(runtime.NumCPU()/2, 1), 4)
	}
	if o.Ready == 0 {
		o.Ready = 2
	}
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Pool{limits: o.Limits, stock: jail.NewStock(Child.Name, o.Ready), turns: newTurns(o.Workers), logger: o.Logger}
}

// Close ends the processes that wait, and fails calls that come later. Calls that run must have ended: whoever makes them
// ends them by their context.
func (p *Pool) Close() { p.stock.Close() }

// Run calls a plugin and returns what it says. A *Fault is the plugin's failure; Unavailable (PLUGINS_BUSY) says that too
// many wait; ctx's error that the caller gave up, which ends the plugin. Its process is gone when Run returns.
func (p *Pool) Run(ctx context.Context, program Program, v Invocation, h Host) (Outcome, error) {
	out, _, err := p.run(ctx, program, v, h)
	return out, err
}

// Probe loads a bundle, with no host, and returns what it handles. A failure of the bundle is a *Fault.
func (p *Pool) Probe(ctx context.Context, bundle, sourceMap []byte) (manifest.Handlers, error) {
	_, raw, err := p.run(ctx, Program{Bundle: bundle, Map: sourceMap, Owner: "probe"}, Invocation{Event: probe{}, Now: time.Now()}, NoHost{})
	if err != nil {
		return manifest.Handlers{}, err
	}
	var handlers manifest.Handlers
	if err := json.Unmarshal(raw, &handlers); err != nil {
		return manifest.Handlers{}, refused("The plugin does not say what it handles.")
	}
	return handlers, nil
}

func (p *Pool) run(ctx context.Context, program Program, v Invocation, h Host) (Outcome, json.RawMessage, error) {
	if len(program.Bundle) > MaxBundle {
		return Outcome{}, nil, refused("The plugin is larger than 2 MB.")
	}
	first, err := v.tell(program.Bundle, p.limits)
	if err != nil {
		return Outcome{}, nil, fmt.Errorf("sandbox: %w", err)
	}
	if err := p.turns.take(ctx, program.Owner); err != nil {
		return Outcome{}, nil, err
	}
	defer p.turns.leave(program.Owner)
	c, result, err := p.once(ctx, program, v, h, first)
	if c != nil && c.untold && isCrash(err) { // it was gone before it had the plugin
		c, result, err = p.once(ctx, program, v, h, first)
	}
	switch {
	case c == nil:
		return Outcome{}, nil, err
	case err == nil:
		return c.out, result.Handlers, nil
	}
	c.out.Replies = nil
	return c.out, nil, err
}

// once makes a call in a process of its own. Without one there is no call.
func (p *Pool) once(ctx context.Context, program Program, v Invocation, h Host, first []byte) (*call, done, error) {
	process, err := p.stock.Take(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, done{}, ctx.Err()
		}
		return nil, done{}, fmt.Errorf("sandbox: %w", err)
	}
	c := &call{pool: p, program: program, event: v.Event, host: h, process: process, inbox: listen(process.Out), began: time.Now()}
	c.cpuBegan, c.cpuErr = jail.CPU(process.Pid())
	c.heldBegan = process.Held()
	result, err := c.carry(ctx, first)
	c.end()
	return c, result, err
}

func isCrash(err error) bool {
	var f *Fault
	return errors.As(err, &f) && f.Kind == Crashed
}

// call is the parent's side of one call.
type call struct {
	pool      *Pool
	program   Program
	event     Event
	host      Host
	process   *jail.Process
	inbox     *inbox
	out       Outcome
	began     time.Time
	cpuBegan  time.Duration
	cpuUsed   time.Duration
	cpuErr    error
	logged    int
	heldBegan int64
	untold    bool // the child could not be told what to do
	fetches   int
}

// carry tells the child what to do and hears it out, until it is done or its time is over.
func (c *call) carry(ctx context.Context, first []byte) (done, error) {
	within, cancel := context.WithTimeout(ctx, c.pool.limits.Wall)
	stop := context.AfterFunc(within, c.process.Kill)
	over := make(chan struct{}) // closed when the child was killed for its processor time
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		c.watch(within, over)
	}()
	defer func() {
		stop()
		cancel()
		<-watched
	}()
	// A child that dies while it is told has nothing to say either, and that is what counts.
	c.untold = jail.WriteFrame(c.process.In, first) != nil
	result, err := c.converse(within)
	var f *Fault
	switch {
	case err == nil || errors.As(err, &f):
		return result, err
	case ctx.Err() != nil:
		return result, ctx.Err()
	case within.Err() != nil:
		return result, &Fault{Kind: Timeout, Message: fmt.Sprintf("The plugin took longer than the %s that it has in all.", seconds(c.pool.limits.Wall))}
	}
	select {
	case <-over:
		return result, c.tooSlow()
	default:
	}
	return result, c.died(ctx, err)
}

func (c *call) tooSlow() *Fault {
	return &Fault{Kind: Timeout, Message: fmt.Sprintf("The plugin computed longer than the %s that it has.", seconds(c.pool.limits.CPU))}
}

func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%g seconds", d.Seconds())
}

// watch puts a child that computes for long behind everything else, and kills one whose engine did not end by itself when its
// processor time was over.
func (c *call) watch(ctx context.Context, over chan<- struct{}) {
	if !c.uses(ctx, brief) {
		return
	}
	c.process.OnlyIdle()
	if c.uses(ctx, c.pool.limits.CPU+c.pool.limits.Grace) {
		close(over)
		c.process.Kill()
	}
}

// uses waits until the call has used so much processor time. It returns false where ctx ends before.
func (c *call) uses(ctx context.Context, most time.Duration) bool {
	for used := time.Duration(0); used < most; {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(max(most-used, 5*time.Millisecond)):
		}
		used = c.cpu()
	}
	return true
}

// cpu returns the processor time of the call so far; where the system does not say, the time.
func (c *call) cpu() time.Duration {
	if c.cpuErr != nil {
		return time.Since(c.began)
	}
	if now, err := jail.CPU(c.process.Pid()); err == nil {
		c.cpuUsed = now - c.cpuBegan
	}
	return c.cpuUsed
}

// converse answers the child until it says how the call ended.
func (c *call) converse(ctx context.Context) (done, error) {
	for {
		message, err := c.inbox.next()
		if err != nil {
			return done{}, err
		}
		var m said
		if err := json.Unmarshal(message, &m); err != nil {
			return done{}, refused("The plugin sent what cannot be read.")
		}
		switch m.Op {
		case opLog:
			c.log(m.Text)
		case opCall:
			if err := c.answer(ctx, m); err != nil {
				return done{}, err
			}
		case opDone:
			return c.accept(m.Args)
		case opThrown:
			return done{}, c.thrown(m.Args)
		case opTimeout:
			return done{}, c.tooSlow()
		case opMemory:
			return done{}, c.tooLarge()
		case opStuck:
			if c.grew() > c.pool.limits.Heap/2 { // what the engine threw for want of memory was lost in a promise
				return done{}, c.tooLarge()
			}
			return done{}, refused("The plugin waits for something that will not come. Is there a promise that nothing resolves?")
		default:
			return done{}, refused("The plugin sent what has no meaning.")
		}
	}
}

// grew returns how many bytes more than at its beginning the process has held.
func (c *call) grew() int64 { return c.process.Held() - c.heldBegan }

func (c *call) tooLarge() *Fault {
	return &Fault{Kind: Memory, Message: fmt.Sprintf("The plugin needed more than the %d MB of memory that it has.", c.pool.limits.Heap>>20)}
}

func (c *call) log(line string) {
	if c.logged+len(line) > MaxLogs || len(c.out.Logs) == MaxLogs/16 {
		c.out.Cut = true
		return
	}
	c.logged += len(line)
	c.out.Logs = append(c.out.Logs, line)
}

// died says why a child ended without a word.
func (c *call) died(ctx context.Context, err error) *Fault {
	c.process.Kill()
	words := c.process.LastWords()
	if strings.Contains(words, "memory") {
		return c.tooLarge()
	}
	c.pool.logger.WarnContext(ctx, "a plugin's process ended", "owner", c.program.Owner, "error", err, "words", words[:min(len(words), 200)])
	return &Fault{Kind: Crashed, Message: "The plugin broke off."}
}

// end ends the child and adds up what it cost.
func (c *call) end() {
	if c.cpuErr == nil {
		c.out.Used.CPU = c.cpu()
	}
	c.process.Kill()
	<-c.inbox.over
	c.out.Used.Wall = time.Since(c.began)
	c.out.Used.Memory = c.process.Peak()
}
