package sandbox

import (
	"context"
	"slices"
	"sync"

	"pegasus/fault"
)

// Bounds of the queue.
const (
	maxQueued      = 64 // of all owners
	maxQueuedOwner = 16 // of one of them
)

// turns lets a few run at a time. Owners take turns, and one has at most half of the places, so that whoever asks for many
// waits for himself.
type turns struct {
	mu      sync.Mutex
	free    int
	each    int // places that one owner has at most
	running map[string]int
	waiting map[string][]chan struct{}
	order   []string // owners who wait, the next first
	queued  int
}

func newTurns(places int) *turns {
	return &turns{free: places, each: max(1, places/2), running: map[string]int{}, waiting: map[string][]chan struct{}{}}
}

var errBusy = fault.Away("PLUGINS_BUSY", "Too many plugins are at work now. Please try again in a moment.", nil)

// take waits for a place, which leave gives back. It fails with errBusy where too many wait already, and with ctx.
func (t *turns) take(ctx context.Context, owner string) error {
	t.mu.Lock()
	if t.free > 0 && t.running[owner] < t.each {
		t.free--
		t.running[owner]++
		t.mu.Unlock()
		return nil
	}
	if t.queued >= maxQueued || len(t.waiting[owner]) >= maxQueuedOwner {
		t.mu.Unlock()
		return errBusy
	}
	granted := make(chan struct{})
	if len(t.waiting[owner]) == 0 {
		t.order = append(t.order, owner)
	}
	t.waiting[owner] = append(t.waiting[owner], granted)
	t.queued++
	t.mu.Unlock()
	select {
	case <-granted:
		return nil
	case <-ctx.Done():
		t.giveUp(owner, granted)
		return ctx.Err()
	}
}

// giveUp takes somebody out of the queue, or gives back the place that they were granted in this very moment.
func (t *turns) giveUp(owner string, granted chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.waiting[owner], granted)
	if at < 0 {
		t.giveBack(owner)
		return
	}
	t.unqueue(owner, at)
}

func (t *turns) leave(owner string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.giveBack(owner)
}

func (t *turns) giveBack(owner string) {
	t.free++
	if t.running[owner]--; t.running[owner] == 0 {
		delete(t.running, owner)
	}
	for i := 0; i < len(t.order) && t.free > 0; i++ {
		next := t.order[i]
		if t.running[next] >= t.each {
			continue
		}
		granted := t.waiting[next][0]
		t.unqueue(next, 0)
		if len(t.waiting[next]) > 0 { // whoever had a turn goes to the end
			t.order = append(slices.DeleteFunc(t.order, func(o string) bool { return o == next }), next)
		}
		t.free--
		t.running[next]++
		close(granted)
		return
	}
}

// unqueue removes one who waits, and the owner where it was the last.
func (t *turns) unqueue(owner string, at int) {
	t.queued--
	t.waiting[owner] = slices.Delete(t.waiting[owner], at, at+1)
	if len(t.waiting[owner]) == 0 {
		delete(t.waiting, owner)
		t.order = slices.DeleteFunc(t.order, func(o string) bool { return o == owner })
	}
}
