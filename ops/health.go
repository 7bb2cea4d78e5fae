package ops

import "time"

// Health is what anybody may know of the server.
type Health struct {
	Uptime  *float64 // percent of the time since it was first measured, 30 days back at most
	Version string
	Task    *Task // nil where this is no ECS task, or nothing is known of it
}

// Health returns what is known without asking anybody.
func (s *Service) Health() Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := Health{Version: s.Version, Task: s.task}
	if up, known := s.up.percent(s.Now()); known {
		h.Uptime = &up
	}
	return h
}

// nowFor is the time that the figures of now are of: shorter, one slow request would be all there is.
const nowFor = time.Minute

// Current returns what was measured in the last minute. Where nothing was, it knows no metric.
func (s *Service) Current() Measure {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all Measure
	from := s.Now().Add(-nowFor)
	for _, m := range s.recent {
		if m.At.Add(m.Span / 2).After(from) {
			if all.Span == 0 {
				all.At = m.At
			}
			all.add(m)
		}
	}
	return all
}
