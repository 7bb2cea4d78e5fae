package ops

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// joinedBenches are two servers that share a shelf and tell each other what they measure. The first leads while leads says so.
func joinedBenches(t *testing.T, leads *int, rules string, change ...func(*Options)) (a, b *bench) {
	share := func(to **bench) func(*Options) {
		return func(o *Options) { o.Share = func(m string) { (*to).Beside(m) } }
	}
	led := func(n int) func(*Options) { return func(o *Options) { o.Leads = func() bool { return *leads == n } } }
	a = newBench(t, rules, append(change, share(&b), led(1))...)
	b = &bench{t: t, shelf: a.shelf, now: start}
	b.open(rules, append(change, share(&a), led(2))...)
	return a, b
}

func both(a, b *bench, d time.Duration, statuses ...int) {
	for range int(d / Every) {
		a.pass(Every, statuses...)
		b.pass(Every, statuses...)
	}
}

func TestSeveralServersAreMeasuredAsOneAndKeptOnce(t *testing.T) {
	leads := 1
	a, b := joinedBenches(t, &leads, "off")
	both(a, b, 2*time.Minute, 200, 200)
	for name, one := range map[string]*bench{"the one that leads": a, "the other": b} {
		now := one.Current()
		if got := one.value(&now, "streams"); got != "6" {
			t.Errorf("%s: %s streams", name, got)
		}
		if got := now.requests; got < 22 || got > 24 {
			t.Errorf("%s: %d requests in a minute", name, got)
		}
		if got := one.value(&now, "mail_waiting"); got != "2" {
			t.Errorf("%s: %s mails wait, and all of them are counted by each", name, got)
		}
	}
	writes := a.shelf.writes
	if writes == 0 || len(a.shelf.measures) == 0 {
		t.Fatal("nothing is kept")
	}
	b.pass(time.Minute)
	if a.shelf.writes != writes {
		t.Error("who does not lead keeps it too")
	}
	leads = 2
	b.pass(2 * time.Minute)
	if a.shelf.writes == writes {
		t.Error("who leads now keeps nothing")
	}
}

func TestAnAlarmIsToldByWhoLeadsAndByTheNextWhereThatDied(t *testing.T) {
	leads := 1
	a, b := joinedBenches(t, &leads, "errors > 5% for 1m")
	both(a, b, 2*time.Minute, 500)
	if len(a.told) != 1 || len(b.told) != 0 || len(a.shelf.changes) != 1 {
		t.Fatalf("told %v and %v, kept %v", a.told, b.told, a.shelf.changes)
	}
	if b.state("errors-high") != Alarm {
		t.Error("the other server does not show it")
	}
	a.fails = fmt.Errorf("mail is away")
	both(a, b, 3*time.Minute, 200)
	if len(b.told) != 0 {
		t.Fatalf("who does not lead told %v", b.told)
	}
	leads = 2
	b.pass(time.Minute, 200)
	if fmt.Sprint(b.told) != "[errors-high OK]" {
		t.Errorf("the next one told %v", b.told)
	}
}

func TestAServerThatIsGoneIsNotCountedForLong(t *testing.T) {
	leads := 1
	a, b := joinedBenches(t, &leads, "off")
	both(a, b, time.Minute)
	a.pass(2 * time.Minute)
	now := a.Current()
	if got := a.value(&now, "streams"); got != "3" {
		t.Errorf("%s streams", got)
	}
}

// cutShelf is a store with a way to it that can be cut.
type cutShelf struct {
	*shelf
	cut error
}

func (s *cutShelf) KeepMeasures(ctx context.Context, measures []Kept, before map[time.Duration]time.Time) error {
	if s.cut != nil {
		return s.cut
	}
	return s.shelf.KeepMeasures(ctx, measures, before)
}

func (s *cutShelf) Measures(ctx context.Context, resolution time.Duration, from time.Time, limit int) ([]Kept, error) {
	if s.cut != nil {
		return nil, s.cut
	}
	return s.shelf.Measures(ctx, resolution, from, limit)
}

func (s *cutShelf) AddAlarmChange(ctx context.Context, c AlarmChange) error {
	if s.cut != nil {
		return s.cut
	}
	return s.shelf.AddAlarmChange(ctx, c)
}

func (s *cutShelf) AlarmChanges(ctx context.Context, before string, limit int) ([]AlarmChange, error) {
	if s.cut != nil {
		return nil, s.cut
	}
	return s.shelf.AlarmChanges(ctx, before, limit)
}

func (s *cutShelf) LastAlarmChange(ctx context.Context, name string) (AlarmChange, error) {
	if s.cut != nil {
		return AlarmChange{}, s.cut
	}
	return s.shelf.LastAlarmChange(ctx, name)
}

func (s *cutShelf) Ping(context.Context) error { return s.cut }

// cutBenches are joinedBenches of which the way of the first to the store can be cut, and what was told past the store.
func cutBenches(t *testing.T, leads *int, rules string, change ...func(*Options)) (a, b *bench, way *cutShelf, early *[]string) {
	early, way = new([]string), &cutShelf{}
	a, b = joinedBenches(t, leads, rules, append(change, func(o *Options) {
		o.TellNow = func(_ context.Context, c AlarmChange) error {
			*early = append(*early, c.Name+" "+string(c.State))
			return nil
		}
		if way.shelf == nil { // of the first
			way.shelf = o.Store.(*shelf)
			o.Store = way
		}
	})...)
	return a, b, way, early
}

func TestAServerThatWasCutOffTellsNoOldNews(t *testing.T) {
	for rules, want := range map[string]string{
		"store_down > 0 for 1m": "store-down-high ALARM, store-down-high OK",
		"streams > 15 for 1m":   "streams-high ALARM, streams-high OK",
	} {
		leads, streams := 1, 3
		a, b, way, early := cutBenches(t, &leads, rules, func(o *Options) { o.Streams = func() int { return streams } })
		both(a, b, 2*time.Minute)
		way.cut = errors.New("cut off")
		both(a, b, 30*time.Second)
		leads = 2 // the lease of the first has lapsed
		both(a, b, 2*time.Minute)
		streams = 10
		both(a, b, 5*time.Minute)
		streams = 3
		both(a, b, 5*time.Minute)
		way.cut = nil
		both(a, b, 3*time.Minute)
		equal(t, rules+": what was told past the store", len(*early), 0)
		equal(t, rules+": what the one that was cut off told", strings.Join(a.told, ", "), "")
		equal(t, rules+": what the other told", strings.Join(b.told, ", "), want)
		var changes []string
		for _, c := range a.shelf.changes {
			changes = append(changes, string(c.State))
		}
		equal(t, rules+": what is kept of the alarm", strings.Join(changes, " "), "OK ALARM OK")
		leads = 1
		streams = 10
		both(a, b, 3*time.Minute)
		if told := strings.Join(a.told, ", "); strings.HasPrefix(rules, "streams") && told != "streams-high ALARM" {
			t.Errorf("leading again it told %q", told)
		}
	}
}

func TestAServerThatWasCutOffLeavesWhatAnotherKept(t *testing.T) {
	leads := 1
	a, b, way, _ := cutBenches(t, &leads, "off")
	a.Share, b.Share = func(string) {}, func(string) {} // what they tell each other is cut too
	requests := func(at time.Time) (n int64) {
		for _, k := range a.shelf.measures {
			if k.Resolution == time.Minute && k.At.Equal(at) {
				m, err := decode(k.At, k.Body)
				if err != nil {
					t.Fatal(err)
				}
				n = m.requests
			}
		}
		return n
	}
	pass := func(d time.Duration) {
		for range int(d / Every) {
			a.pass(Every)
			b.pass(Every, 200, 200, 200)
		}
	}
	pass(3 * time.Minute)
	way.cut, leads = errors.New("cut off"), 2
	pass(6 * time.Minute)
	equal(t, "what the other kept", requests(start.Add(6*time.Minute)), 18)
	way.cut = nil
	pass(2 * time.Minute)
	equal(t, "what is kept after it", requests(start.Add(6*time.Minute)), 18)
	equal(t, "what is kept of the last minute", requests(start.Add(9*time.Minute)), 18)
}
