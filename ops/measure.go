package ops

import (
	"encoding/json"
	"fmt"
	"time"
)

// gauge names something that stands at a value at any moment.
type gauge int

const (
	cpu         gauge = iota // percent of all processors
	memory                   // bytes that are resident
	memoryShare              // percent of what the process may use
	heap                     // bytes of live objects and of those not swept yet
	streams
	connections // open, streams included
	goroutines
	gcPause    // the longest one, milliseconds
	queueDepth // jobs that are due and not claimed
	queueAge   // seconds by which the oldest of them is late
	mailWaiting
	mailFailed // given up, and not removed yet
	hooksDue   // deliveries of webhooks that are due
	storeDown  // 1 where the database does not answer, else 0
	dataSize   // bytes of the database
	walSize    // bytes of its write-ahead log
	diskFree   // percent of the disk with the data directory
	storage    // bytes in the data directory
	backupAge  // seconds since the last backup that was proven was made
	servers    // that are joined, this one included
	apart      // 1 where this server is not joined to the others, else 0
	gaugeCount
)

// gaugeNames are the names under which gauges are kept. What is kept outlives the program, so that no name is used again.
var gaugeNames = [gaugeCount]string{
	"cpu", "memory", "memory_share", "heap", "streams", "connections", "goroutines", "gc_pause", "queue_depth", "queue_age", "mail_waiting",
	"mail_failed", "hooks_due", "store_down", "data_size", "wal_size", "disk_free", "storage", "backup_age",
	"servers", "servers_apart",
}

// reading is a gauge within a time. Without values N is 0.
type reading struct {
	n        int
	sum, top float64
}

func (r *reading) add(o reading) {
	if o.n == 0 {
		return
	}
	if r.n == 0 || o.top > r.top {
		r.top = o.top
	}
	r.n += o.n
	r.sum += o.sum
}

// Measure is what was measured in a span of time.
type Measure struct {
	At       time.Time     // when it began
	Span     time.Duration // how much of it was measured
	Latency  Histogram
	Store    Histogram
	gauges   [gaugeCount]reading
	requests int64
	failed   int64
	refused  int64
	posts    int64
}

// End is when it ended, as far as it was measured without a gap.
func (m *Measure) End() time.Time { return m.At.Add(m.Span) }

func (m *Measure) set(g gauge, value float64) { m.gauges[g] = reading{n: 1, sum: value, top: value} }

// add puts what was measured in another span to it. At stays.
func (m *Measure) add(o Measure) {
	m.Span += o.Span
	m.Latency, m.Store = m.Latency.merge(o.Latency), m.Store.merge(o.Store)
	for g := range m.gauges {
		m.gauges[g].add(o.gauges[g])
	}
	m.requests += o.requests
	m.failed += o.failed
	m.refused += o.refused
	m.posts += o.posts
}

// kept is the form in which a Measure lies in the store.
type kept struct {
	Span     int64                 `json:"ms"`
	Gauges   map[string][3]float64 `json:"g,omitempty"` // count, sum, greatest
	Latency  []uint64              `json:"l,omitempty"` // sum in microseconds, then bucket and count by turns
	Store    []uint64              `json:"s,omitempty"`
	Requests int64                 `json:"r,omitempty"`
	Failed   int64                 `json:"f,omitempty"`
	Refused  int64                 `json:"x,omitempty"`
	Posts    int64                 `json:"p,omitempty"`
}

func (m Measure) encode() string {
	k := kept{
		Span: m.Span.Milliseconds(), Gauges: map[string][3]float64{}, Latency: flat(m.Latency), Store: flat(m.Store),
		Requests: m.requests, Failed: m.failed, Refused: m.refused, Posts: m.posts,
	}
	for g, r := range m.gauges {
		if r.n > 0 {
			k.Gauges[gaugeNames[g]] = [3]float64{float64(r.n), r.sum, r.top}
		}
	}
	text, err := json.Marshal(k)
	if err != nil {
		panic("ops: a measure is no number: " + err.Error()) // machine reads none that is not
	}
	return string(text)
}

func decode(at time.Time, text string) (Measure, error) {
	var k kept
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		return Measure{}, fmt.Errorf("a kept measure of %s: %w", at.Format(time.RFC3339), err)
	}
	m := Measure{
		At: at, Span: time.Duration(k.Span) * time.Millisecond, Latency: unflat(k.Latency), Store: unflat(k.Store),
		requests: k.Requests, failed: k.Failed, refused: k.Refused, posts: k.Posts,
	}
	for g, name := range gaugeNames {
		if r, there := k.Gauges[name]; there {
			m.gauges[g] = reading{int(r[0]), r[1], r[2]}
		}
	}
	return m, nil
}

func flat(h Histogram) []uint64 {
	if len(h.Buckets) == 0 {
		return nil
	}
	out := []uint64{uint64(h.Sum.Microseconds())}
	for _, b := range h.Buckets {
		out = append(out, uint64(b.Index), b.Count)
	}
	return out
}

func unflat(numbers []uint64) (h Histogram) {
	if len(numbers) == 0 {
		return h
	}
	h.Sum = time.Duration(numbers[0]) * time.Microsecond
	for pair := numbers[1:]; len(pair) > 1; pair = pair[2:] {
		if pair[0] < buckets {
			h.Buckets = append(h.Buckets, Bucket{int(pair[0]), pair[1]})
		}
	}
	return h
}
