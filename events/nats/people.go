package nats

// welcome takes up who holds a stream on a server that was there before, or of which something was missed.
func (s *session) welcome(f frame) {
	s.mu.Lock()
	left := s.setPeople(f.From, f.People)
	s.mu.Unlock()
	s.tellLeft(left)
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
