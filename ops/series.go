package ops

import (
	"context"
	"slices"
	"time"
)

// tier is a resolution in which measures are kept, and for how long.
type tier struct{ resolution, life time.Duration }

// tiers are what is kept in the store, finest first. Before them are ten seconds for an hour, in memory.
var tiers = []tier{
	{time.Minute, 24 * time.Hour},
	{10 * time.Minute, 7 * 24 * time.Hour},
	{time.Hour, MaxPeriod},
}

const (
	// MaxPeriod is how far back measures go.
	MaxPeriod = 30 * 24 * time.Hour
	recentFor = time.Hour
	// maxWaiting is how many measures wait for a store that is away, of an hour or so.
	maxWaiting = 80
)

// series gathers measures into those of the tiers.
type series struct {
	open    []Measure // one a tier: what is being gathered
	waiting []Kept    // whole ones that the store has not got yet
	loaded  map[time.Duration]loaded
}

// loaded are the measures of a tier as they were read last.
type loaded struct {
	until    time.Time // the flush that they hold
	measures []Measure
}

func newSeries() series {
	return series{open: make([]Measure, len(tiers)), loaded: map[time.Duration]loaded{}}
}

// gather adds a measure to what is being gathered in the tiers from the one given on. What is whole by then waits for the store.
func (s *series) gather(m Measure, from int) {
	for i := from; i < len(tiers); i++ {
		at := m.At.Truncate(tiers[i].resolution)
		open := &s.open[i]
		if !open.At.Equal(at) {
			if open.Span > 0 {
				s.waiting = append(s.waiting, Kept{tiers[i].resolution, open.At, open.encode()})
			}
			*open = Measure{At: at}
		}
		open.add(m)
	}
	if over := len(s.waiting) - maxWaiting; over > 0 {
		s.waiting = slices.Delete(s.waiting, 0, over)
	}
}

// note takes up a sample. The caller holds s.mu.
func (s *Service) note(m Measure, now time.Time) {
	old := 0
	for old < len(s.recent) && s.recent[old].At.Before(now.Add(-recentFor)) {
		old++
	}
	s.recent = append(slices.Delete(s.recent, 0, old), m)
	s.series.gather(m, 0)
	s.up.add(m)
}

// restore continues the longer measures that a stop has cut, from the minutes that were kept of their hour.
func (s *Service) restore(ctx context.Context, now time.Time) error {
	minutes, err := s.read(ctx, time.Minute, now.Add(-tiers[0].life))
	if err != nil {
		return err
	}
	hours, err := s.read(ctx, time.Hour, now.Add(-MaxPeriod))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up = newUptime(hours, minutes)
	for _, m := range minutes {
		if !m.At.Before(minutes[len(minutes)-1].At.Truncate(time.Hour)) {
			s.series.gather(m, 1)
		}
	}
	return nil
}

// read returns the measures of a tier that the store has from a time on. One that cannot be read is left out.
func (s *Service) read(ctx context.Context, resolution time.Duration, from time.Time) ([]Measure, error) {
	rows, err := s.Store.Measures(ctx, resolution, from, int(MaxPeriod/time.Hour)*2)
	if err != nil {
		return nil, err
	}
	out := make([]Measure, 0, len(rows))
	for _, row := range rows {
		m, err := decode(row.At, row.Body)
		if err != nil {
			s.Failed("read what was measured", err)
			continue
		}
		out = append(out, m)
	}
	return out, nil
}

// keep hands what is whole to the store, and lets go of what is too old, in one write.
func (s *Service) keep(ctx context.Context, now time.Time) {
	s.mu.Lock()
	if !s.led {
		s.series.waiting = nil // whoever leads keeps the same
	}
	waiting := slices.Clone(s.series.waiting)
	s.mu.Unlock()
	if len(waiting) == 0 {
		return
	}
	before := map[time.Duration]time.Time{}
	for _, t := range tiers {
		before[t.resolution] = now.Add(-t.life)
	}
	if err := s.Store.KeepMeasures(ctx, waiting, before); err != nil {
		s.Failed("keep what was measured", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.series.waiting = s.series.waiting[len(waiting):]
	s.up.forget(now)
}

// forget lets go of changes of alarms that are too old, once an hour.
func (s *Service) forget(ctx context.Context, now time.Time) {
	if hour := now.Truncate(time.Hour); s.led && hour.After(s.forgot) {
		s.forgot = hour
		if _, err := s.Store.DeleteAlarmChanges(ctx, now.Add(-changesFor)); err != nil {
			s.Failed("remove old changes of alarms", err)
		}
	}
}

// Series returns what was measured from a time to another, in steps of one length, oldest first. A step of which nothing is
// known has no span. Steps are no shorter than what is kept of that time: for a longer period they should be longer.
func (s *Service) Series(ctx context.Context, from, to time.Time, step time.Duration) ([]Measure, error) {
	found, err := s.between(ctx, from, to)
	if err != nil {
		return nil, err
	}
	out := make([]Measure, max(0, int((to.Sub(from)+step-1)/step)))
	for i := range out {
		out[i].At = from.Add(time.Duration(i) * step)
	}
	for _, m := range found {
		// A measure belongs to the step that holds its middle.
		if i := int(m.At.Add(m.Span/2).Sub(from) / step); i >= 0 && i < len(out) && !m.At.Add(m.Span/2).Before(from) {
			out[i].add(m)
		}
	}
	return out, nil
}

// Resolution returns how finely a period that ends now is kept.
func Resolution(period time.Duration) time.Duration {
	if period <= recentFor {
		return Every
	}
	for _, t := range tiers {
		if period <= t.life {
			return t.resolution
		}
	}
	return tiers[len(tiers)-1].resolution
}

// between returns the measures of a period, in the finest resolution that reaches back to its beginning.
func (s *Service) between(ctx context.Context, from, to time.Time) ([]Measure, error) {
	now := s.Now()
	resolution := Resolution(now.Sub(from))
	s.mu.Lock()
	recent := slices.Clone(s.recent)
	s.mu.Unlock()
	if resolution == Every && len(recent) > 0 && !recent[0].At.After(from.Add(Every)) {
		return within(recent, from, to), nil
	}
	if resolution == Every { // since a start that was less than an hour ago
		resolution = tiers[0].resolution
	}
	older, err := s.tier(ctx, resolution, now)
	if err != nil {
		return nil, err
	}
	return within(older, from, to), nil
}

func within(all []Measure, from, to time.Time) (out []Measure) {
	for _, m := range all {
		if m.At.Add(m.Span).After(from) && m.At.Before(to) {
			out = append(out, m)
		}
	}
	return out
}

// tier returns everything of a tier, what is being gathered included. The store is read once a minute at most.
func (s *Service) tier(ctx context.Context, resolution time.Duration, now time.Time) ([]Measure, error) {
	at := slices.IndexFunc(tiers, func(t tier) bool { return t.resolution == resolution })
	minute := now.Truncate(time.Minute)
	s.mu.Lock()
	have := s.series.loaded[resolution]
	s.mu.Unlock()
	if !have.until.Equal(minute) {
		measures, err := s.read(ctx, resolution, now.Add(-tiers[at].life))
		if err != nil {
			return nil, err
		}
		have = loaded{minute, measures}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.series.loaded = map[time.Duration]loaded{resolution: have} // the one that is looked at
	all := slices.Clone(have.measures)
	for _, k := range s.series.waiting {
		if m, err := decode(k.At, k.Body); err == nil && k.Resolution == resolution && later(all, m) {
			all = append(all, m)
		}
	}
	if open := s.series.open[at]; open.Span > 0 && later(all, open) {
		all = append(all, open)
	}
	return all, nil
}

// later reports whether a measure comes after all the others.
func later(all []Measure, m Measure) bool {
	return len(all) == 0 || m.At.After(all[len(all)-1].At)
}
