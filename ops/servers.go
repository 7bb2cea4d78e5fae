package ops

import (
	"context"
	"slices"
	"strings"
	"time"
)

// together says what several servers have of a gauge together.
type together int

const (
	ofAll   together = iota // one of them reads it for all: the first, which is this server
	summed                  // what each has
	highest                 // of the server that has most
	lowest                  // of the server that has least
)

var gaugesTogether = [gaugeCount]together{
	cpu: highest, memory: summed, memoryShare: highest, heap: summed, streams: summed, connections: summed, goroutines: summed,
	gcPause: highest, storeDown: highest, diskFree: lowest, storage: summed, servers: highest, apart: highest,
}

// beside puts to a measure what another server measured in the same time.
func (m *Measure) beside(o Measure) {
	m.Latency, m.Store = m.Latency.merge(o.Latency), m.Store.merge(o.Store)
	m.requests += o.requests
	m.failed += o.failed
	m.refused += o.refused
	m.posts += o.posts
	for g := range m.gauges {
		mine, theirs := m.gauges[g].top, o.gauges[g].top
		switch how := gaugesTogether[g]; {
		case how == ofAll || o.gauges[g].n == 0:
		case m.gauges[g].n == 0 || how == highest && theirs > mine || how == lowest && theirs < mine:
			m.set(gauge(g), theirs)
		case how == summed:
			m.set(gauge(g), mine+theirs)
		}
	}
}

// other is what another server measured last.
type other struct {
	measure Measure
	at      time.Time
}

// Beside takes what another server has shared.
func (s *Service) Beside(shared string) {
	server, text, _ := strings.Cut(shared, " ")
	now := s.Now()
	m, err := decode(now, text)
	if err != nil {
		s.Failed("read what another server measured", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.others[server] = other{m, now}
}

// overtaken reports whether another server led while the store was away from this one: it has kept minutes of that time that differ
// from those that wait here, or changes of alarms that are not from here. What is not known is taken for no.
func (s *Service) overtaken(ctx context.Context) bool {
	if s.alone {
		return false
	}
	s.mu.Lock()
	waiting, unsaved := slices.Clone(s.series.waiting), slices.Clone(s.unsaved)
	s.mu.Unlock()
	changes, err := s.Store.AlarmChanges(ctx, "", untoldPage)
	if err != nil {
		return false
	}
	for _, c := range changes {
		own := func(o AlarmChange) bool { return o.ID == c.ID }
		if c.At.After(s.seen) && !slices.ContainsFunc(unsaved, own) {
			return true
		}
	}
	first := slices.IndexFunc(waiting, func(k Kept) bool { return k.Resolution == tiers[0].resolution })
	if first < 0 {
		return false
	}
	kept, err := s.Store.Measures(ctx, tiers[0].resolution, waiting[first].At, maxWaiting)
	return err == nil && slices.ContainsFunc(kept, func(k Kept) bool {
		// One of one's own may be there, where the store took it and its answer was lost.
		return !slices.ContainsFunc(waiting, func(o Kept) bool { return o.Resolution == k.Resolution && o.At.Equal(k.At) && o.Body == k.Body })
	})
}

// yield lets go of what another server has kept and told.
func (s *Service) yield() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.led, s.unsaved, s.series.waiting = false, nil, nil
}

// otherReaches reports whether another server has just reached the store.
func (s *Service) otherReaches(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.others {
		if away, known := top(storeDown)(&o.measure); known && away == 0 && now.Sub(o.at) <= 2*Every {
			return true
		}
	}
	return false
}

// withOthers returns a measure of this server with those of all others. The caller holds s.mu.
func (s *Service) withOthers(m Measure, now time.Time) Measure {
	for server, o := range s.others {
		if now.Sub(o.at) > 2*Every {
			delete(s.others, server)
			continue
		}
		m.beside(o.measure)
	}
	return m
}
