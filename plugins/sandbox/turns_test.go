package sandbox

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"pegasus/fault"
)

// queue has owners ask for a turn, in that order, and returns what each is told when it comes.
func queue(t *testing.T, turns *turns, ctx context.Context, owners ...string) (came func() []string) {
	t.Helper()
	var mu sync.Mutex
	var order []string
	for _, owner := range owners {
		go func() {
			err := turns.take(ctx, owner)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				owner = "not " + owner
			}
			order = append(order, owner)
		}()
		synctest.Wait()
	}
	return func() []string {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(order)
	}
}

func TestOwnersTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(2)
		came := queue(t, turns, t.Context(), "a", "a", "a", "b", "b", "c")
		// a has one of two places, the other went to the first who is not a.
		if got := came(); !slices.Equal(got, []string{"a", "b"}) {
			t.Fatalf("at first %v", got)
		}
		for _, owner := range []string{"a", "b", "a", "b", "c", "a"} {
			turns.leave(owner)
			came()
		}
		if got := came(); !slices.Equal(got, []string{"a", "b", "a", "b", "c", "a"}) {
			t.Errorf("got %v", got)
		}
		if turns.free != 2 || turns.queued != 0 || len(turns.running) != 0 || len(turns.waiting) != 0 || len(turns.order) != 0 {
			t.Errorf("left over: %+v", turns)
		}
	})
}

func TestWhoWaitsInVainLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1)
		if err := turns.take(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone := queue(t, turns, ctx, "b", "c")
		cancel()
		if got := gone(); !slices.Contains(got, "not b") || !slices.Contains(got, "not c") {
			t.Errorf("got %v", got)
		}
		turns.leave("a")
		if err := turns.take(t.Context(), "d"); err != nil || turns.queued != 0 {
			t.Errorf("got %v, %+v", err, turns)
		}
	})
}

func TestTheQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		queue(t, turns, ctx, slices.Repeat([]string{"a"}, 1+maxQueuedOwner)...)
		if err := turns.take(ctx, "a"); !errors.Is(err, errBusy) || !fault.Is(err, fault.Unavailable) {
			t.Errorf("one owner: %v", err)
		}
		for i := range maxQueued - maxQueuedOwner {
			queue(t, turns, ctx, strconv.Itoa(i))
		}
		if err := turns.take(ctx, "z"); !errors.Is(err, errBusy) {
			t.Errorf("all owners: %v", err)
		}
	})
}
