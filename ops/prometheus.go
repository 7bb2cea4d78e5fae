package ops

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// Collector returns what was counted, and the newest reading of every gauge, for Prometheus.
func (s *Service) Collector() prometheus.Collector { return collector{s} }

type collector struct{ *Service }

var (
	requestSeconds = desc("http_request_duration_seconds", "Time to answer requests, streams left out.")
	storeSeconds   = desc("store_operation_duration_seconds", "Time of reads and commits of the database.")
	failedTotal    = desc("http_requests_failed_total", "Requests answered with a status of 500 or more.")
	refusedTotal   = desc("http_requests_refused_total", "Requests answered with 429.")
	postedTotal    = desc("messages_posted_total", "Messages posted.")
	alarmState     = prometheus.NewDesc("pegasus_alarm", "1 where the alarm fires, else 0.", []string{"name"}, nil)
	gaugeDescs     = describeGauges()
)

func desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("pegasus_"+name, help, nil, nil)
}

func describeGauges() (all [gaugeCount]*prometheus.Desc) {
	for g, name := range gaugeNames {
		all[g] = desc(name, "The newest reading of "+strings.ReplaceAll(name, "_", " ")+"; docs/ops.md says in what unit.")
	}
	return all
}

// Describe implements prometheus.Collector.
func (c collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range append(gaugeDescs[:], requestSeconds, storeSeconds, failedTotal, refusedTotal, postedTotal, alarmState) {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(to chan<- prometheus.Metric) {
	counted := c.Recorder.counted()
	to <- histogram(requestSeconds, counted.requests)
	to <- histogram(storeSeconds, counted.store)
	for d, n := range map[*prometheus.Desc]int64{failedTotal: counted.failed, refusedTotal: counted.refused, postedTotal: counted.posts} {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for g, r := range c.own.gauges {
		if r.n > 0 {
			to <- prometheus.MustNewConstMetric(gaugeDescs[g], prometheus.GaugeValue, r.sum)
		}
	}
	for _, a := range c.alarms {
		fires := 0.0
		if a.state == Alarm {
			fires = 1
		}
		to <- prometheus.MustNewConstMetric(alarmState, prometheus.GaugeValue, fires, a.Name())
	}
}

// histogram has a bucket for each power of two.
func histogram(d *prometheus.Desc, t total) prometheus.Metric {
	var all uint64
	upTo := map[float64]uint64{}
	for b, n := range t.counts {
		all += n
		if end := floor(b + 1); (b+1)%steps == 0 && b < buckets-1 {
			upTo[end.Seconds()] = all
		}
	}
	return prometheus.MustNewConstHistogram(d, all, t.sum.Seconds(), upTo)
}
