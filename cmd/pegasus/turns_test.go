package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pegasus/queue"
)

// onlyLook is a store at which a turn is looked for once.
type onlyLook struct {
	queue.Store
	over func()
}

func (s onlyLook) AddJob(ctx context.Context, j queue.Job) (held queue.Job, there bool, err error) {
	defer s.over()
	return s.Store.AddJob(ctx, j)
}

// isTaken fails where a turn can be had.
func isTaken(t *testing.T, all turns, name string) {
	t.Helper()
	ctx, over := context.WithCancel(t.Context())
	defer over()
	done, err := turns{onlyLook{all.jobs, over}, all.now}.Turn(ctx, name)
	if err == nil {
		done()
	}
	if err != errTurn {
		t.Errorf("two have the turn: %v", err)
	}
}

func TestOneServerHasATurnAtATime(t *testing.T) {
	a := opened(t)
	both := []turns{{a.store, now}, {a.store, now}}
	var work sync.WaitGroup
	var held atomic.Int64
	for i := range 10 {
		work.Go(func() {
			done, err := both[i%2].Turn(t.Context(), "admins")
			if err != nil {
				t.Error(err)
				return
			}
			if n := held.Add(1); n != 1 {
				t.Errorf("%d have the turn at once", n)
			}
			isTaken(t, both[(i+1)%2], "admins")
			held.Add(-1)
			done()
		})
	}
	work.Wait()
	other, err := both[1].Turn(t.Context(), "another")
	if err != nil {
		t.Fatal(err)
	}
	defer other()
	if left, err := a.store.Jobs(t.Context(), turnOwner, turnKind, 10); err != nil || len(left) != 1 {
		t.Errorf("%d turns are left, %v", len(left), err)
	}
}

func TestATurnOfAServerThatDiedEnds(t *testing.T) {
	a := opened(t)
	clock := now()
	dead := turns{a.store, func() time.Time { return clock.Add(-turnLife - time.Second) }}
	if _, err := dead.Turn(t.Context(), "admins"); err != nil {
		t.Fatal(err)
	}
	next := turns{a.store, func() time.Time { return clock }}
	done, err := next.Turn(t.Context(), "admins")
	if err != nil {
		t.Fatal(err)
	}
	isTaken(t, next, "admins")
	done()
}

func TestOneServerLeadsAndAnotherDoesWhenItIsGone(t *testing.T) {
	a := opened(t)
	clock := now()
	var leads []*lead
	for i := range 2 {
		leads = append(leads, &lead{jobs: a.store, now: func() time.Time { return clock }, name: fmt.Sprint(i), warn: func(err error) { t.Error(err) }})
	}
	look := func(want string) {
		t.Helper()
		for _, l := range leads {
			if _, err := l.take(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := fmt.Sprint(leads[0].Leads(), leads[1].Leads()); got != want {
			t.Errorf("who leads is %s, want %s", got, want)
		}
	}
	look("true false")
	clock = clock.Add(leadEvery)
	look("true false")
	clock = clock.Add(leadLife + time.Second)
	leads[0], leads[1] = leads[1], leads[0] // the other one looks first: the one that led stood still
	look("true false")
	var alone *lead
	if !alone.Leads() {
		t.Error("a server that is alone does not lead")
	}
}

func TestALeadIsGivenBackAtAStop(t *testing.T) {
	a := opened(t)
	one := &lead{jobs: a.store, now: now, name: "one", warn: func(err error) { t.Error(err) }}
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { one.Run(ctx) })
	for !one.Leads() {
		time.Sleep(time.Millisecond)
	}
	stop()
	work.Wait()
	next := &lead{jobs: a.store, now: now, name: "next", warn: func(err error) { t.Error(err) }}
	if _, err := next.take(t.Context()); err != nil || !next.Leads() {
		t.Errorf("the next one does not lead: %v", err)
	}
}

func TestAServerWithoutNATSBreaksStreamsThroughTheDatabase(t *testing.T) {
	a := opened(t)
	clock := now()
	var cut []string
	e := func() *endings {
		return &endings{
			jobs: a.store, now: func() time.Time { return clock }, warn: func(err error) { t.Error(err) },
			cut: func(userID string) { cut = append(cut, userID) },
		}
	}
	here, there := e(), e()
	here.Tell("before")
	look := func(want string) {
		t.Helper()
		if err := there.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(cut); got != want {
			t.Errorf("cut are %s, want %s", got, want)
		}
	}
	look("[]")
	here.Tell("ada")
	look("[ada]")
	here.Tell("ada")
	here.Tell("ben")
	look("[ada ben ada]") // the newest first
	clock = clock.Add(endingLife + time.Second)
	look("[ada ben ada]")
	look("[ada ben ada]")
	var jobs []queue.Job
	jobs, err := a.store.Jobs(t.Context(), turnOwner, endingKind, 10)
	if err != nil || len(jobs) != 0 {
		t.Errorf("%d are left, %v", len(jobs), err)
	}
}
