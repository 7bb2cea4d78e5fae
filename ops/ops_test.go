package ops

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/fault"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// shelf is a store in memory.
type shelf struct {
	measures map[string]Kept
	changes  []AlarmChange
	away     error
	writes   int
}

func (s *shelf) key(k Kept) string {
	return fmt.Sprintf("%08d %s", k.Resolution/time.Second, k.At.Format(time.RFC3339))
}

func (s *shelf) KeepMeasures(_ context.Context, measures []Kept, before map[time.Duration]time.Time) error {
	if s.away != nil {
		return s.away
	}
	s.writes++
	for _, m := range measures {
		s.measures[s.key(m)] = m
	}
	maps.DeleteFunc(s.measures, func(_ string, k Kept) bool { return k.At.Before(before[k.Resolution]) })
	return nil
}

func (s *shelf) Measures(_ context.Context, resolution time.Duration, from time.Time, limit int) (found []Kept, err error) {
	for _, key := range slices.Sorted(maps.Keys(s.measures)) {
		if k := s.measures[key]; k.Resolution == resolution && !k.At.Before(from) && len(found) < limit {
			found = append(found, k)
		}
	}
	return found, s.away
}

func (s *shelf) AddAlarmChange(_ context.Context, c AlarmChange) error {
	if s.away == nil && !slices.ContainsFunc(s.changes, func(o AlarmChange) bool { return o.ID == c.ID }) {
		s.changes = append(s.changes, c)
	}
	return s.away
}

func (s *shelf) AlarmTold(_ context.Context, id string) error {
	for i := range s.changes {
		if s.changes[i].ID == id {
			s.changes[i].Told = true
		}
	}
	return s.away
}

func (s *shelf) AlarmChanges(_ context.Context, before string, limit int) (found []AlarmChange, err error) {
	for _, c := range slices.Backward(s.changes) {
		if len(found) < limit && (before == "" || c.ID < before) {
			found = append(found, c)
		}
	}
	return found, s.away
}

func (s *shelf) LastAlarmChange(_ context.Context, name string) (AlarmChange, error) {
	for _, c := range slices.Backward(s.changes) {
		if c.Name == name {
			return c, s.away
		}
	}
	return AlarmChange{}, ErrNoChange
}

func (s *shelf) DeleteAlarmChanges(_ context.Context, before time.Time) (int, error) {
	had := len(s.changes)
	s.changes = slices.DeleteFunc(s.changes, func(c AlarmChange) bool { return c.At.Before(before) })
	return had - len(s.changes), s.away
}

func (s *shelf) Ping(context.Context) error { return s.away }

func (s *shelf) Size(context.Context) (int64, error) { return 1000, s.away }

func (s *shelf) LogSize(context.Context) (int64, error) { return 100, s.away }

// bench is a service with a clock that the test moves.
type bench struct {
	*Service
	t     *testing.T
	shelf *shelf
	now   time.Time
	told  []string
	fails error // of telling
}

func newBench(t *testing.T, rules string, change ...func(*Options)) *bench {
	b := &bench{t: t, shelf: &shelf{measures: map[string]Kept{}}, now: start}
	b.open(rules, change...)
	return b
}

// open starts the service, anew on the same shelf.
func (b *bench) open(rules string, change ...func(*Options)) {
	b.t.Helper()
	parsed, err := ParseRules(rules, DefaultRules(48*time.Hour))
	if err != nil {
		b.t.Fatal(err)
	}
	o := Options{
		Store: b.shelf, Recorder: &Recorder{}, Now: func() time.Time { return b.now }, Dir: b.t.TempDir(), Cores: 2, Rules: parsed,
		Streams: func() int { return 3 },
		Mail:    func(context.Context) (int, int, error) { return 2, 1, nil },
		Tell: func(_ context.Context, c AlarmChange) error {
			if b.fails == nil {
				b.told = append(b.told, fmt.Sprintf("%s %s", c.Name, c.State))
			}
			return b.fails
		},
		Costs:    Costs{Spend: func(context.Context, string, string) (float64, bool, error) { return 0, false, nil }},
		Security: func(context.Context, time.Time) (map[string]int, error) { return nil, nil },
		Failed:   func(doing string, err error) { b.t.Logf("%s: %v", doing, err) },
	}
	for _, c := range change {
		c(&o)
	}
	b.Service = New(o)
	b.Start(b.t.Context(), nil)
}

// pass lets time go by, look by look, with requests answered before each of them.
func (b *bench) pass(d time.Duration, statuses ...int) {
	for end := b.now.Add(d); b.now.Before(end); {
		for _, status := range statuses {
			b.Recorder.Request(status, 10*time.Millisecond)
		}
		b.now = b.now.Add(Every)
		b.Sample(b.t.Context())
	}
}

func (b *bench) state(name string) State {
	for _, a := range b.Alarms() {
		if a.Name() == name {
			return a.State
		}
	}
	b.t.Fatalf("there is no alarm %s", name)
	return ""
}

func (b *bench) value(m *Measure, name string) string {
	b.t.Helper()
	metric, known := Find(name)
	if !known {
		b.t.Fatalf("there is no metric %s", name)
	}
	value, known := metric.Value(m)
	if !known {
		return "unknown"
	}
	return fmt.Sprintf("%.4g", value)
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestAPercentileIsRightToWithinAnEighth(t *testing.T) {
	var timer Timer
	for ms := 1; ms <= 1000; ms++ {
		timer.Observe(time.Duration(ms) * time.Millisecond)
	}
	h := timer.total().since(total{})
	equal(t, "the count", h.Count(), 1000)
	for share, want := range map[float64]time.Duration{0.5: 500, 0.95: 950, 0.99: 990} {
		got, _ := h.Percentile(share)
		if off := float64(got)/float64(want*time.Millisecond) - 1; off < -0.125 || off > 0.125 {
			t.Errorf("p%v is %v", 100*share, got)
		}
	}
	mean, _ := h.Mean()
	equal(t, "the mean", mean, 500500*time.Microsecond)
	_, known := Histogram{}.Percentile(0.5)
	equal(t, "whether nothing has a percentile", known, false)
}

func TestEveryDurationLiesInItsBucket(t *testing.T) {
	for _, took := range []time.Duration{
		-1, 0, 999, time.Microsecond, 7 * time.Microsecond, 8 * time.Microsecond, 15 * time.Microsecond, 16 * time.Microsecond, 17 * time.Microsecond,
		time.Millisecond, time.Second, time.Minute,
	} {
		b := bucketOf(took)
		if real := max(took, 0).Truncate(time.Microsecond); real < floor(b) || real >= floor(b+1) {
			t.Errorf("%v lies in the bucket from %v to %v", took, floor(b), floor(b+1))
		}
	}
	equal(t, "the bucket of an hour", bucketOf(time.Hour), buckets-1)
}

func TestCountingAllocatesNothing(t *testing.T) {
	r := &Recorder{}
	if n := testing.AllocsPerRun(100, func() { r.Request(500, time.Millisecond); r.Posted() }); n != 0 {
		t.Errorf("it allocates %v times", n)
	}
}

func TestWhatIsCountedIsMeasured(t *testing.T) {
	b := newBench(t, "off")
	now := b.Current()
	for _, m := range Metrics {
		equal(t, m.Name+" before the first look", b.value(&now, m.Name), "unknown")
	}
	for range 4 {
		b.Recorder.Posted()
	}
	b.Recorder.Connections(2)
	b.pass(Every, 200, 200, 500, 429)
	now = b.Current()
	for name, want := range map[string]string{
		"requests": "0.4", "errors": "25", "refused": "0.1", "posts": "0.4", "latency": "10", "connections": "5", "streams": "3",
		"mail_waiting": "2", "mail_failed": "1", "queue_depth": "0", "store_down": "0", "data_bytes": "1000", "wal_bytes": "100",
		"store_p99": "unknown", "hooks_due": "unknown",
	} {
		equal(t, name, b.value(&now, name), want)
	}
	for _, name := range []string{"cpu", "memory", "memory_bytes", "heap_bytes", "goroutines", "disk_free", "gc_pause"} {
		if b.value(&now, name) == "unknown" {
			t.Errorf("%s is not known", name)
		}
	}
}

func TestWithoutTheDatabaseWhatItKnowsIsUnknown(t *testing.T) {
	b := newBench(t, "store_down > 0 for 10s")
	b.shelf.away = errors.New("away")
	b.pass(Every)
	now := b.Current()
	for name, want := range map[string]string{"store_down": "1", "mail_waiting": "unknown", "queue_depth": "unknown", "data_bytes": "unknown", "streams": "3"} {
		equal(t, name, b.value(&now, name), want)
	}
	equal(t, "the state", b.state("store-down-high"), Alarm)
	equal(t, "how many were told", len(b.told), 0)
	b.shelf.away = nil
	b.pass(2 * Every)
	equal(t, "what was told", strings.Join(b.told, ", "), "store-down-high ALARM, store-down-high OK")
	equal(t, "how many changes are kept", len(b.shelf.changes), 2)
}

func TestMeasuresAreKeptAtFallingResolution(t *testing.T) {
	b := newBench(t, "off")
	b.pass(26*time.Hour, 200)
	counts := map[time.Duration]int{}
	for _, k := range b.shelf.measures {
		counts[k.Resolution]++
	}
	for resolution, want := range map[time.Duration]int{time.Minute: 24 * 60, 10 * time.Minute: 26*6 - 1, time.Hour: 25} {
		if got := counts[resolution]; got < want-1 || got > want+1 {
			t.Errorf("%d of %v are kept, want %d", got, resolution, want)
		}
	}
	if b.shelf.writes > 26*60 {
		t.Errorf("there were %d writes in 26 hours", b.shelf.writes)
	}
	for _, period := range []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, MaxPeriod} {
		series, err := b.Series(t.Context(), b.now.Add(-period), b.now, period/10)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "the steps", len(series), 10)
		last := series[9]
		equal(t, fmt.Sprintf("the rate at the end of %v", period), b.value(&last, "requests"), "0.1")
		equal(t, fmt.Sprintf("the first step of %v is known", period), series[0].Span > 0, period <= 24*time.Hour)
	}
	equal(t, "how many are in memory", len(b.recent) <= 361, true)
}

func TestMeasuresSurviveARestart(t *testing.T) {
	b := newBench(t, "off")
	b.pass(95*time.Minute, 200)
	b.open("off")
	b.pass(40*time.Minute, 200, 200)
	hours, err := b.Service.read(t.Context(), time.Hour, start)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "the hours", len(hours), 2)
	if got := hours[1].requests; got < 35*6+25*12-12 || got > 35*6+25*12 {
		t.Errorf("the hour with the restart has %d requests", got)
	}
	series, err := b.Series(t.Context(), b.now.Add(-time.Hour), b.now, 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"0.1", "0.1", "0.2", "0.2", "0.2", "0.2"} {
		equal(t, fmt.Sprintf("the rate in step %d", i), b.value(&series[i], "requests"), want)
	}
}

func TestWhatTheStoreDoesNotTakeWaits(t *testing.T) {
	b := newBench(t, "off")
	b.shelf.away = fault.Away("DATABASE_UNAVAILABLE", "away", nil)
	b.pass(30 * time.Minute)
	equal(t, "the measures kept meanwhile", len(b.shelf.measures), 0)
	b.shelf.away = nil
	b.pass(2 * time.Minute)
	kept, _ := b.shelf.Measures(t.Context(), time.Minute, start, 100)
	if len(kept) < 31 {
		t.Errorf("%d minutes are kept", len(kept))
	}
	b.shelf.away = errors.New("away")
	b.pass(10 * time.Hour)
	equal(t, "whether what waits is bounded", len(b.series.waiting) <= maxWaiting, true)
}

func TestAMeasureReadsBackAsItWasKept(t *testing.T) {
	b := newBench(t, "off")
	b.Recorder.Store.Observe(time.Millisecond)
	b.pass(Every, 200, 500, 429)
	m := b.recent[0]
	back, err := decode(m.At, m.encode())
	if err != nil {
		t.Fatal(err)
	}
	for _, metric := range Metrics {
		equal(t, metric.Name, b.value(&back, metric.Name), b.value(&m, metric.Name))
	}
	if _, err := decode(m.At, "{"); err == nil {
		t.Error("what is no measure was read")
	}
	if _, err := decode(m.At, `{"ms":1,"l":[1,999999,3,4]}`); err != nil {
		t.Error(err)
	}
}

func TestUptimeIsMeasured(t *testing.T) {
	b := newBench(t, "off")
	equal(t, "whether it is known at first", b.Health().Uptime == nil, true)
	b.pass(2 * time.Hour)
	equal(t, "the uptime", fmt.Sprintf("%.2f", *b.Health().Uptime), "100.00")
	b.now = b.now.Add(2 * time.Hour) // nothing ran
	b.open("off")
	b.pass(Every)
	equal(t, "the uptime after a gap", fmt.Sprintf("%.0f", *b.Health().Uptime), "50")
}
