package ops

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pegasus/fault"
	"pegasus/id"
)

// State is what an alarm says.
type State string

// The states, by the names that CloudWatch gave them.
const (
	OK           State = "OK"
	Alarm        State = "ALARM"
	Insufficient State = "INSUFFICIENT_DATA"
)

// AlarmChange is an alarm that went from one state to another.
type AlarmChange struct {
	ID     string
	Name   string // of the rule
	State  State
	Reason string // one sentence
	At     time.Time
	Told   bool // nobody is to be told of it any more
}

const (
	// changesFor is how long changes are kept.
	changesFor = 90 * 24 * time.Hour
	// maxUnsaved is how many changes wait for a store that is away.
	maxUnsaved = 200
	// maxSilent is for how long a change is told that could not be told at once.
	maxSilent = 24 * time.Hour
	// tellWait is how long telling without the database may hold up the next look, at which it goes on.
	tellWait = 30 * time.Second
	// untoldPage is how many of the newest changes are looked through for some that were not told before a stop.
	untoldPage = 100
)

// alarm is a rule and what it says now.
type alarm struct {
	Rule
	state  State
	reason string
	at     time.Time // since when, zero before the first
}

// AlarmState is an alarm as it stands.
type AlarmState struct {
	Rule
	State  State
	Reason string
	At     time.Time // since when, zero where it never was in another state
}

// Alarms returns how all alarms stand, in the order of the rules.
func (s *Service) Alarms() []AlarmState {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]AlarmState, len(s.alarms))
	for i, a := range s.alarms {
		out[i] = AlarmState{Rule: a.Rule, State: a.state, Reason: a.reason, At: a.at}
		if a.reason == "" {
			out[i].Reason = "Not measured for long enough yet."
		}
	}
	return out
}

// History returns up to limit changes of alarms from before one, or of all where it is "", the newest first.
func (s *Service) History(ctx context.Context, before string, limit int) ([]AlarmChange, error) {
	return s.Store.AlarmChanges(ctx, before, limit)
}

// resume takes alarms up where a stop left them, so that one which goes on is not told again, and tells what was not told.
func (s *Service) resume(ctx context.Context) error {
	for _, a := range s.alarms {
		last, err := s.Store.LastAlarmChange(ctx, a.Name())
		if fault.Is(err, fault.NotFound) {
			continue
		} else if err != nil {
			return err
		}
		s.mu.Lock()
		a.state, a.reason, a.at = last.State, last.Reason, last.At
		s.mu.Unlock()
	}
	changes, err := s.Store.AlarmChanges(ctx, "", untoldPage)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range slices.Backward(changes) {
		if c.At.After(s.seen) {
			s.seen = c.At
		}
		if !c.Told {
			s.unsaved = append(s.unsaved, c)
		}
	}
	return err
}

// judge holds the rules against what was measured last.
func (s *Service) judge(ctx context.Context, now time.Time) {
	s.mu.Lock()
	for _, a := range s.alarms {
		state, reason := a.judge(window(s.recent, now.Add(-a.For)), now)
		if state == a.state {
			continue
		}
		told := state != Alarm && a.state != Alarm // what is told is that one fires, and that it is over
		a.state, a.reason, a.at = state, reason, now
		s.unsaved = append(s.unsaved, AlarmChange{
			ID: id.New(now), Name: a.Name(), State: state, Reason: reason, At: now, Told: told,
		})
	}
	if over := len(s.unsaved) - maxUnsaved; over > 0 {
		s.unsaved = slices.Delete(s.unsaved, 0, over)
	}
	if !s.led {
		s.unsaved = nil // whoever leads sees the same
	}
	unsaved := slices.Clone(s.unsaved)
	s.mu.Unlock()
	s.settle(ctx, now, unsaved)
}

// settle keeps changes, and tells those that are to be told. What does not succeed is tried at the next look.
func (s *Service) settle(ctx context.Context, now time.Time, changes []AlarmChange) {
	done := 0
	for _, c := range changes {
		if err := s.Store.AddAlarmChange(ctx, c); err != nil {
			s.Failed("keep a change of an alarm", err)
			s.tellNow(ctx, now, changes[done:])
			break
		}
		if err := s.settleOne(ctx, now, c); err != nil {
			s.Failed("tell a change of an alarm", err)
			break
		}
		if done++; c.At.After(s.seen) {
			s.seen = c.At
		}
	}
	if done == len(changes) {
		clear(s.early)
	}
	s.mu.Lock()
	s.unsaved = slices.Delete(s.unsaved, 0, min(done, len(s.unsaved)))
	s.mu.Unlock()
}

// tellNow tells of changes that cannot be kept, each once: people must hear of an outage of the database while it lasts. They are told
// as usual once it is over. Where it is away from this server alone, another one leads before long and tells them as usual.
func (s *Service) tellNow(ctx context.Context, now time.Time, changes []AlarmChange) {
	if s.TellNow == nil || s.otherReaches(now) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tellWait)
	defer cancel()
	for _, c := range changes {
		if c.Told || s.early[c.ID] || now.Sub(c.At) >= maxSilent {
			continue
		}
		if err := s.TellNow(ctx, c); err != nil {
			s.Failed("tell a change of an alarm without the database", err)
			return // and tried again at the next look
		}
		s.early[c.ID] = true
	}
}

// settleOne tells a change that is kept.
func (s *Service) settleOne(ctx context.Context, now time.Time, c AlarmChange) error {
	if c.Told {
		return nil
	}
	if now.Sub(c.At) < maxSilent {
		if err := s.Tell(ctx, c); err != nil {
			return err
		}
	}
	return s.Store.AlarmTold(ctx, c.ID)
}

// window returns the measures that reach back to a time and not beyond, nil where they do not reach back to it.
func window(recent []Measure, from time.Time) []Measure {
	i := len(recent)
	for i > 0 && recent[i-1].At.Add(recent[i-1].Span/2).After(from) {
		i--
	}
	if i == len(recent) || recent[i].At.After(from.Add(Every)) {
		return nil
	}
	return recent[i:]
}

// judge returns the state that measures of the rule's whole time lead to. A gauge is wrong where it was the whole time, and right
// again where it was not once; what is worked out over a time is worked out over the whole of it. In between nothing changes.
func (a *alarm) judge(measures []Measure, now time.Time) (State, string) {
	if len(measures) == 0 {
		return a.state, a.reason
	}
	values, unknown := a.values(measures)
	broken, last := 0, 0.0
	for _, v := range values {
		if last = v; a.broken(v) {
			broken++
		}
	}
	text := a.Metric.Unit.Format(last)
	switch {
	case len(values) == 0 && a.Metric.Idle:
		return OK, "Nothing happened."
	case unknown && a.state == Alarm: // not known is not over
		return a.state, a.reason
	case len(values) == 0:
		return Insufficient, a.Metric.Title + ": not known."
	case broken == len(values):
		return Alarm, fmt.Sprintf("%s: %s. The rule is %s.", a.Metric.Title, text, a.Rule)
	case broken == 0:
		return OK, fmt.Sprintf("%s: %s.", a.Metric.Title, text)
	}
	return a.state, a.reason
}

// values returns what the rule is held against, and whether some of it is not known.
func (a *alarm) values(measures []Measure) (values []float64, unknown bool) {
	if a.Metric.flow {
		var all Measure
		for _, m := range measures {
			all.add(m)
		}
		measures = []Measure{all}
	}
	for i := range measures {
		v, known := a.Metric.Value(&measures[i])
		if known {
			values = append(values, v)
		}
		unknown = unknown || !known && !a.Metric.Idle
	}
	return values, unknown
}
