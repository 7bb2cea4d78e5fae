package nats

import (
	"context"
	"slices"
)

// change does what another server waits for, and says so. What has to wait for streams holds up nothing else.
func (s *session) change(f frame) {
	broker := s.b.o.Broker
	done := func() { s.tell(outgoing{frame: frame{Kind: isDone, N: f.N, To: f.N}, to: f.From}) }
	switch f.Kind {
	case isGrant:
		broker.Grant(f.User, f.Topic)
		done()
	case isRevoke:
		broker.Revoke(f.User, f.Topic)
		done()
	case isSession, isUser:
		go func() {
			ctx, cancel := context.WithTimeout(s.ctx, answerBeats*s.b.o.Beat)
			defer cancel()
			if f.Kind == isSession {
				broker.EndSession(ctx, f.User, f.Session)
			} else {
				broker.EndUser(ctx, f.User, f.Session)
			}
			done()
		}()
	default: // of a later version
		s.renew()
		done()
	}
}

// ask tells everybody something to do, and returns what closes when all have done it.
func (s *session) ask(f frame) (done <-chan struct{}, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ok = s.tellLocked(outgoing{frame: f})
	q := &question{n: s.n, left: map[string]struct{}{}, done: make(chan struct{})}
	for id := range s.peers {
		q.left[id] = struct{}{}
	}
	if len(q.left) == 0 {
		close(q.done)
	} else {
		s.asked = append(s.asked, q)
	}
	return q.done, ok
}

// forgo lets go of a question that nobody waits for any more.
func (s *session) forgo(done <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = slices.DeleteFunc(s.asked, func(q *question) bool { return q.done == done })
}

// done notes that a server has done what was asked of it under the numbers from first to last.
func (s *session) done(id string, first, last uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = slices.DeleteFunc(s.asked, func(q *question) bool {
		if q.n < first || q.n > last {
			return false
		}
		return q.answered(id)
	})
}

// answered reports whether nobody is left to wait for.
func (q *question) answered(id string) bool {
	if _, waits := q.left[id]; !waits {
		return false
	}
	delete(q.left, id)
	if len(q.left) > 0 {
		return false
	}
	close(q.done)
	return true
}
