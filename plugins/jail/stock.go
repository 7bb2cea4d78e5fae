package jail

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// startWithin is how long a child may take until it is ready. On a machine that is busy it takes its time, being behind
// everything else.
const startWithin = 20 * time.Second

// pause lies between a start that failed and the next one where nobody waits for a child.
const pause = time.Second

// maxGreeting is the size of the frame with which a child says that it is ready.
const maxGreeting = 64

// Stock keeps children of one work ready, so that whoever needs one need not wait for its start. Each is used once.
// The first is started when the first is asked for: a program that never needs any has none.
type Stock struct {
	work    string
	ready   int
	starter *Starter
	start   func(work string) (*Process, error)
	taken   chan started
	done    chan struct{}
	begin   sync.Once
	end     sync.Once
	fillers sync.WaitGroup
}

// NewStock returns a Stock that keeps that many children ready, at least one. Their work has to greet: see Greet.
func NewStock(work string, ready int) *Stock {
	s := NewStarter()
	return &Stock{work: work, ready: max(ready, 1), starter: s, start: s.Start, taken: make(chan started), done: make(chan struct{})}
}

// Take returns a child that is ready, which the caller must kill. It fails where none can be started, with ctx, and with
// ErrClosed after Close.
func (s *Stock) Take(ctx context.Context) (*Process, error) {
	s.begin.Do(func() {
		s.fillers.Add(s.ready)
		for range s.ready {
			go s.fill()
		}
	})
	select {
	case one := <-s.taken:
		return one.process, one.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.done:
		return nil, ErrClosed
	}
}

func (s *Stock) fill() {
	defer s.fillers.Done()
	for {
		p, err := s.greeted()
		if err != nil {
			if !s.fail(err) {
				return
			}
			continue
		}
		ended := p.watchOut()
		select {
		case s.taken <- started{process: p}:
		case <-ended: // while nobody needed it
			p.Kill()
		case <-s.done:
			p.Kill()
			return
		}
	}
}

// fail tells who waits for a child, or comes soon, that one could not be started. Whoever comes later gets another start. It returns
// false where the Stock is closed.
func (s *Stock) fail(err error) bool {
	select {
	case s.taken <- started{err: err}:
	case <-time.After(pause):
	case <-s.done:
		return false
	}
	return true
}

// greeted starts a child and waits until it is ready, or the Stock is closed, or its time is over.
func (s *Stock) greeted() (*Process, error) {
	p, err := s.start(s.work)
	if err != nil {
		return nil, err
	}
	late := time.AfterFunc(startWithin, p.Kill)
	greeted := make(chan struct{})
	go func() {
		select {
		case <-greeted:
		case <-s.done:
			p.Kill()
		}
	}()
	_, err = ReadFrame(p.Out, maxGreeting)
	close(greeted)
	if !late.Stop() || err != nil {
		p.Kill()
		return nil, fmt.Errorf("jail: %s did not start: %v: %.200s", s.work, err, p.LastWords())
	}
	return p, nil
}

// Close kills the children that wait and returns when they are gone. Those that were taken are their takers'.
func (s *Stock) Close() {
	s.end.Do(func() { close(s.done) })
	s.begin.Do(func() {})
	s.fillers.Wait()
	s.starter.Close()
}

// Greet tells the Stock that this child is ready.
func Greet(out io.Writer) error {
	return WriteFrame(out, []byte(`"ready"`))
}
