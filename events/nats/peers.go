package nats

import (
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
