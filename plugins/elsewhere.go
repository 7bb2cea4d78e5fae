package plugins

import (
	"context"
	"errors"

	"pegasus/accounts"
)

// Elsewhere is how a Service works together with those of other servers.
type Elsewhere struct {
	// Stop has them call StopHere.
	Stop func(exchangeID string)
	// Tell has them call Hear. It must not block.
	Tell func(exchangeID string, e Event)
}

// errBroken says that the rest of an answer of another server did not come.
var errBroken = errors.New("plugins: the rest of an answer did not come")

// Hear takes a step of an answer that another server gives, so that it is followed here too. An answer whose beginning did not come
// is followed to its end alone.
func (s *Service) Hear(exchangeID string, e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.heardOf[exchangeID]
	switch {
	case e.Number == 0 && len(s.heardOf) < maxHeardOf:
		s.heardOf[exchangeID] = newAnswer()
		return
	case a == nil:
		return
	case e.Number != a.steps()+1:
		a.breakOff()
	default:
		a.add(e)
		if e.Kind != DoneEvent {
			return
		}
	}
	delete(s.heardOf, exchangeID)
}

// maxHeardOf is how many answers of other servers are kept at once.
const maxHeardOf = 1000

// Forget lets go of answers of other servers, of which something may have been missed.
func (s *Service) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for exchangeID, a := range s.heardOf {
		a.breakOff()
		delete(s.heardOf, exchangeID)
	}
}

// followElsewhere is follow for an answer that another server gives. It is errBroken where that one's steps do not come.
func (s *Service) followElsewhere(ctx context.Context, actor accounts.User, exchangeID string, after *int, send func(Event) error) error {
	s.mu.Lock()
	a := s.heardOf[exchangeID]
	s.mu.Unlock()
	if a == nil {
		return errBroken
	}
	return a.follow(ctx, *after, func(e Event) error {
		if e.Kind == DoneEvent { // it comes without the exchange, which is in the store
			whole, err := s.exchange(ctx, actor, exchangeID)
			if err != nil {
				return err
			}
			e.Exchange = &whole
		}
		*after = e.Number
		return send(e)
	})
}

func (a *answer) steps() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.events)
}

// breakOff ends an answer without its rest.
func (a *answer) breakOff() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.broken = true
	close(a.more)
}
