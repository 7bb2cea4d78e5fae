package jail_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pegasus/plugins/jail"
)

// until waits for something to be so.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

func take(t *testing.T, s *jail.Stock) *jail.Process {
	t.Helper()
	p, err := s.Take(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

// heard is called when a child says something.
type heard func()

func (h heard) Write(b []byte) (int, error) {
	h()
	return len(b), nil
}

func TestAChildThatDiedWhileItWaitedIsNotHandedOut(t *testing.T) {
	var last atomic.Int64
	s := jail.NewStockOf("test-greet", func(s *jail.Starter, work string) (*jail.Process, error) {
		p, err := s.Start(work)
		if err == nil {
			p.Out = io.TeeReader(p.Out, heard(func() { last.Store(int64(p.Pid())) }))
		}
		return p, err
	})
	t.Cleanup(s.Close)
	first := take(t, s)
	if got := answer(t, first, "well"); got != "well" {
		t.Errorf("it says %q", got)
	}
	until(t, "no other child greets", func() bool { return int(last.Load()) != first.Pid() })
	waits := int(last.Load())
	if err := syscall.Kill(waits, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, "it is not noticed that a child is gone", func() bool { return gone(waits) })
	if got := answer(t, take(t, s), "well"); got != "well" {
		t.Errorf("the next one says %q", got)
	}
}

func TestAFailedStartIsToldToWhoWaitsAndNotToWhoComesLater(t *testing.T) {
	var broken atomic.Bool
	var well atomic.Int64
	failure := errors.New("no more processes")
	broken.Store(true)
	s := jail.NewStockOf("test-greet", func(s *jail.Starter, work string) (*jail.Process, error) {
		if broken.Load() {
			return nil, failure
		}
		well.Add(1)
		return s.Start(work)
	})
	t.Cleanup(s.Close)
	if _, err := s.Take(context.Background()); !errors.Is(err, failure) {
		t.Fatalf("got %v", err)
	}
	broken.Store(false)
	until(t, "it is not tried anew", func() bool { return well.Load() > 0 })
	take(t, s)
}
