package mongo

import (
	"context"
	"sync"
	"sync/atomic"

	"pegasus/chat"
)

// maxBatch bounds how many waiting messages one insert takes.
const maxBatch = 256

// lanes gives each channel in use one lane. In a lane one thing happens at a time: a batch of appends, or a change of who
// may append. Lanes that nobody uses are forgotten.
type lanes struct {
	mu      sync.Mutex
	open    map[string]*lane
	servers sync.WaitGroup
}

type lane struct {
	users   int           // guarded by lanes.mu
	waiting []*posting    // guarded by lanes.mu
	served  bool          // guarded by lanes.mu: a goroutine takes what waits
	turn    chan struct{} // holds one token for whoever is in the lane
}

// posting is a message on its way into the store.
type posting struct {
	message  chat.Message
	mentions []chat.Mention // whom it mentions
	guest    bool           // its author need not be a member
	repeated bool
	unsure   bool // it may be stored: the connection broke before the answer
	err      error
	claimed  atomic.Bool // by the batch that takes it, or by the caller who gives up first
	done     chan struct{}
}

func newLanes() *lanes { return &lanes{open: map[string]*lane{}} }

// use returns a channel's lane. l.mu must be held.
func (l *lanes) use(channelID string) *lane {
	ln := l.open[channelID]
	if ln == nil {
		ln = &lane{turn: make(chan struct{}, 1)}
		l.open[channelID] = ln
	}
	ln.users++
	return ln
}

// release ends a use. l.mu must be held.
func (l *lanes) release(channelID string, ln *lane) {
	if ln.users--; ln.users == 0 {
		delete(l.open, channelID)
	}
}

// enter waits until the caller has the channel's lane to itself. leave gives it back.
func (l *lanes) enter(ctx context.Context, channelID string) (leave func(), err error) {
	l.mu.Lock()
	ln := l.use(channelID)
	l.mu.Unlock()
	forget := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.release(channelID, ln)
	}
	select {
	case ln.turn <- struct{}{}:
		return func() { <-ln.turn; forget() }, nil
	case <-ctx.Done():
		forget()
		return nil, ctx.Err()
	}
}

// queue puts a posting in its channel's lane. Where nobody serves the lane yet, a goroutine begins to, and ends when
// nothing waits any more.
func (l *lanes) queue(channelID string, p *posting, serve func(ln *lane)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ln := l.use(channelID)
	ln.waiting = append(ln.waiting, p)
	if ln.served {
		l.release(channelID, ln)
		return
	}
	ln.served = true
	l.servers.Go(func() { serve(ln) })
}

// take returns what waits, without what its caller has given up. Nothing means that the serving goroutine must end.
func (l *lanes) take(channelID string, ln *lane) []*posting {
	l.mu.Lock()
	defer l.mu.Unlock()
	var batch []*posting
	for len(batch) < maxBatch && len(ln.waiting) > 0 {
		p := ln.waiting[0]
		ln.waiting = ln.waiting[1:]
		if p.claimed.CompareAndSwap(false, true) {
			batch = append(batch, p)
		}
	}
	if len(batch) == 0 {
		ln.served = false
		l.release(channelID, ln)
	}
	return batch
}

// wait returns when no goroutine serves a lane any more, or with the context.
func (l *lanes) wait(ctx context.Context) {
	idle := make(chan struct{})
	go func() {
		l.servers.Wait()
		close(idle)
	}()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}
