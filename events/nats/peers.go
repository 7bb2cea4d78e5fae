package nats

import (
	"context"
	"slices"
	"time"

	natsgo "github.com/nats-io/nats.go"
)

// take does what a frame says.
func (s *session) take(m *natsgo.Msg) {
	f, err := s.b.box.open(m.Subject, m.Data)
	if err != nil {
		s.b.o.Log.Warn("something on NATS is not from a server of this workspace", "error", err)
		return
	}
	if f.From == s.id {
		return
	}
	s.b.counts.in.Add(1)
	if f.Kind == isDone {
		s.done(f.From, f.N, f.To)
		return
	}
	s.follow(f)
	switch f.Kind {
	case isBeat:
		s.beat(f)
	case isWelcome:
		s.welcome(f)
	case isBye:
		s.drop(f.From, false)
	case isHere, isGone:
		s.moved(f)
	case isEvent:
		s.event(f)
	case isTold:
		s.b.o.Heard(f.Name, f.Text)
	case isLost:
		s.renew()
	case isCut:
		s.b.o.Broker.Cut()
	default:
		s.change(f)
	}
}

// follow holds the number of a frame against the one before it. Where some are missing, so is what they said: this server begins
// anew, which also does what they asked for, and asks for what they told.
func (s *session) follow(f frame) {
	numbered := f.Kind != isBeat && f.Kind != isWelcome
	s.mu.Lock()
	p := s.peers[f.From]
	before := f.N // the last number that came before this frame
	if numbered {
		before--
	}
	fresh := p == nil
	if fresh {
		p = &peer{people: map[string]struct{}{}}
		s.peers[f.From] = p
		if f.Kind == isWelcome || f.Hello || !s.joined.Load() {
			p.n = before
		}
	}
	p.heard = time.Now()
	missed, last := before > p.n, p.n
	p.n = max(p.n, f.N)
	s.mu.Unlock()
	if !missed {
		return
	}
	s.renew()
	s.tell(outgoing{frame: frame{Kind: isDone, N: last + 1, To: before}, to: f.From})
	s.greet(false)
}

// beat takes up a server that says hello. What it did under its former name, or alone, may not have come here.
func (s *session) beat(f frame) {
	if !f.Hello {
		return
	}
	s.mu.Lock()
	_, known := s.peers[f.Was]
	s.mu.Unlock()
	switch {
	case known:
		s.drop(f.Was, true)
	case f.Missed:
		s.renew()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setPeople(f.From, f.People)
	people := make([]string, 0, len(s.here))
	for userID := range s.here {
		people = append(people, userID)
	}
	s.tellLocked(outgoing{frame: frame{Kind: isWelcome, People: people}, to: f.From})
}

// welcome takes up who holds a stream on a server that was there before, or of which something was missed.
func (s *session) welcome(f frame) {
	s.mu.Lock()
	left := s.setPeople(f.From, f.People)
	s.mu.Unlock()
	s.tellLeft(left)
}

// event gives out what happened on another server.
func (s *session) event(f frame) {
	if !s.joined.Load() {
		return // no stream is open, and begin forgets what came before
	}
	payload, err := s.b.payloads.decode(f.Name, f.Payload)
	if err != nil {
		s.b.o.Log.Error("cannot read what happened on another server: the streams here begin anew", "error", err)
		s.renew()
		return
	}
	s.b.o.Received(payload)
	s.b.o.Broker.Publish(f.Topic, payload)
}

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

// forgetSilent drops servers that show no life. Their streams have ended by now.
func (s *session) forgetSilent() {
	now := time.Now()
	s.mu.Lock()
	var silent []string
	for id, p := range s.peers {
		if now.Sub(p.heard) > silentBeats*s.b.o.Beat {
			silent = append(silent, id)
		}
	}
	s.mu.Unlock()
	for _, id := range silent {
		s.b.o.Log.Warn("another server has gone silent", "server", id)
		s.drop(id, true)
	}
}

// drop forgets a server. Of one that went without a word the last events may be missing.
func (s *session) drop(id string, died bool) {
	if died {
		s.renew()
	}
	s.mu.Lock()
	left := s.setPeople(id, nil)
	delete(s.peers, id)
	s.asked = slices.DeleteFunc(s.asked, func(q *question) bool { return q.answered(id) })
	s.mu.Unlock()
	s.tellLeft(left)
}

// others returns how many other servers are joined.
func (s *session) others() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.peers)
}

// elsewhere reports whether a person holds a stream on another server.
func (s *session) elsewhere(userID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.people[userID] > 0
}

// present tells others of somebody who came or went, as it is now.
func (s *session) present(userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, told := s.here[userID]
	switch connected := s.b.o.Broker.Connected(userID); {
	case connected && !told:
		s.here[userID] = struct{}{}
		s.tellLocked(outgoing{frame: frame{Kind: isHere, User: userID}})
	case !connected && told:
		delete(s.here, userID)
		s.tellLocked(outgoing{frame: frame{Kind: isGone, User: userID}})
	}
}

// moved notes that somebody came to another server or left it.
func (s *session) moved(f frame) {
	s.mu.Lock()
	p, gone := s.peers[f.From], false
	_, was := p.people[f.User]
	switch {
	case f.Kind == isHere && !was:
		p.people[f.User] = struct{}{}
		s.people[f.User]++
	case f.Kind == isGone && was:
		delete(p.people, f.User)
		gone = s.less(f.User)
	}
	s.mu.Unlock()
	if gone {
		s.tellLeft([]string{f.User})
	}
}

// less takes one server away from where a person is, and reports whether it was the last. The caller holds s.mu.
func (s *session) less(userID string) bool {
	if s.people[userID]--; s.people[userID] > 0 {
		return false
	}
	delete(s.people, userID)
	return true
}

// setPeople notes who holds a stream on another server, and returns who is on none any more. The caller holds s.mu.
func (s *session) setPeople(id string, people []string) (left []string) {
	p := s.peers[id]
	if p == nil {
		return nil
	}
	for _, userID := range people {
		s.people[userID]++
	}
	for userID := range p.people {
		if s.less(userID) {
			left = append(left, userID)
		}
	}
	p.people = make(map[string]struct{}, len(people))
	for _, userID := range people {
		p.people[userID] = struct{}{}
	}
	return left
}

func (s *session) tellLeft(people []string) {
	for _, userID := range people {
		if !s.b.o.Broker.Connected(userID) {
			s.b.o.Left(userID)
		}
	}
}
