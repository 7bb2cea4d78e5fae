package ops

import "time"

// Unit is what a metric counts in.
type Unit string

// The units.
const (
	Percent   Unit = "%"
	Bytes     Unit = "B"
	Millis    Unit = "ms"
	Seconds   Unit = "s"
	PerSecond Unit = "/s"
	Number    Unit = ""
)

// Metric is a number that can be read from what was measured.
type Metric struct {
	Name  string // in rules, addresses and the metrics for others
	Title string
	Unit  Unit
	// Idle says that there is no value where nothing happened, which is fine.
	Idle bool
	// flow says that it is worked out over a span of time, and a gauge that it stands at a value at each moment.
	flow  bool
	value func(*Measure) (float64, bool)
}

// Value reads the metric, and reports false where it is not known.
func (m Metric) Value(from *Measure) (float64, bool) { return m.value(from) }

// Known reports whether there is a value.
func (m Metric) Known(from *Measure) bool {
	_, known := m.value(from)
	return known
}

func mean(g gauge) func(*Measure) (float64, bool) {
	return func(m *Measure) (float64, bool) {
		r := m.gauges[g]
		if r.n == 0 {
			return 0, false
		}
		return r.sum / float64(r.n), true
	}
}

func top(g gauge) func(*Measure) (float64, bool) {
	return func(m *Measure) (float64, bool) { return m.gauges[g].top, m.gauges[g].n > 0 }
}

func rate(count func(*Measure) int64) func(*Measure) (float64, bool) {
	return func(m *Measure) (float64, bool) {
		if m.Span <= 0 {
			return 0, false
		}
		return float64(count(m)) / m.Span.Seconds(), true
	}
}

func percentile(of func(*Measure) Histogram, share float64) func(*Measure) (float64, bool) {
	return func(m *Measure) (float64, bool) {
		took, known := of(m).Percentile(share)
		return inMillis(took), known
	}
}

func inMillis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func latency(m *Measure) Histogram      { return m.Latency }
func storeLatency(m *Measure) Histogram { return m.Store }

// Metrics are all there are, in the order in which they are shown.
var Metrics = []Metric{
	{Name: "cpu", Title: "CPU", Unit: Percent, value: mean(cpu)},
	{Name: "memory", Title: "Memory in use", Unit: Percent, value: mean(memoryShare)},
	{Name: "memory_bytes", Title: "Resident memory", Unit: Bytes, value: mean(memory)},
	{Name: "heap_bytes", Title: "Go heap", Unit: Bytes, value: mean(heap)},
	{Name: "connections", Title: "Connections", value: mean(connections)},
	{Name: "streams", Title: "Open streams", value: mean(streams)},
	{Name: "requests", Title: "Requests", Unit: PerSecond, flow: true, value: rate(func(m *Measure) int64 { return m.requests })},
	{Name: "posts", Title: "Messages", Unit: PerSecond, flow: true, value: rate(func(m *Measure) int64 { return m.posts })},
	{Name: "refused", Title: "Requests over a limit", Unit: PerSecond, flow: true, value: rate(func(m *Measure) int64 { return m.refused })},
	{Name: "latency", Title: "Latency, mean", Unit: Millis, flow: true, Idle: true, value: func(m *Measure) (float64, bool) {
		took, known := m.Latency.Mean()
		return inMillis(took), known
	}},
	{Name: "latency_p50", Title: "Latency p50", Unit: Millis, flow: true, Idle: true, value: percentile(latency, 0.50)},
	{Name: "latency_p95", Title: "Latency p95", Unit: Millis, flow: true, Idle: true, value: percentile(latency, 0.95)},
	{Name: "latency_p99", Title: "Latency p99", Unit: Millis, flow: true, Idle: true, value: percentile(latency, 0.99)},
	{Name: "errors", Title: "Errors", Unit: Percent, flow: true, value: func(m *Measure) (float64, bool) {
		if m.requests == 0 {
			return 0, m.Span > 0 // of nothing, nothing failed
		}
		return 100 * float64(m.failed) / float64(m.requests), true
	}},
	{Name: "store_p50", Title: "Store p50", Unit: Millis, flow: true, Idle: true, value: percentile(storeLatency, 0.50)},
	{Name: "store_p99", Title: "Store p99", Unit: Millis, flow: true, Idle: true, value: percentile(storeLatency, 0.99)},
	{Name: "store_down", Title: "Database away", value: mean(storeDown)},
	{Name: "queue_depth", Title: "Jobs due", value: top(queueDepth)},
	{Name: "queue_age", Title: "Oldest job late by", Unit: Seconds, value: top(queueAge)},
	{Name: "hooks_due", Title: "Webhook deliveries due", value: top(hooksDue)},
	{Name: "mail_waiting", Title: "Mails waiting", value: top(mailWaiting)},
	{Name: "mail_failed", Title: "Mails given up", value: top(mailFailed)},
	{Name: "data_bytes", Title: "Database", Unit: Bytes, value: mean(dataSize)},
	{Name: "wal_bytes", Title: "Write-ahead log", Unit: Bytes, value: top(walSize)},
	{Name: "storage_bytes", Title: "Data directory", Unit: Bytes, value: mean(storage)},
	{Name: "disk_free", Title: "Disk free", Unit: Percent, value: mean(diskFree)},
	{Name: "backup_age", Title: "Age of the last good backup", Unit: Seconds, value: top(backupAge)},
	{Name: "servers", Title: "Servers joined", value: top(servers)},
	{Name: "servers_apart", Title: "Not joined to other servers", value: mean(apart)},
	{Name: "goroutines", Title: "Goroutines", value: mean(goroutines)},
	{Name: "gc_pause", Title: "Longest GC pause", Unit: Millis, value: top(gcPause)},
}

// Find returns the metric of a name.
func Find(name string) (Metric, bool) {
	for _, m := range Metrics {
		if m.Name == name {
			return m, true
		}
	}
	return Metric{}, false
}
