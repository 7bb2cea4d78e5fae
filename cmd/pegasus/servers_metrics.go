package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"pegasus/events/nats"
)

// joinedMetrics are how this server is joined to the others, for Prometheus.
type joinedMetrics struct{ bridge *nats.Bridge }

var (
	joinedDesc   = prometheus.NewDesc("pegasus_nats_joined", "1 where this server is joined to the others, else 0.", nil, nil)
	joinsDesc    = prometheus.NewDesc("pegasus_nats_joins_total", "How often this server was joined: once, and again after each time without NATS.", nil, nil)
	renewalsDesc = prometheus.NewDesc("pegasus_nats_renewals_total", "How often all streams here began anew because something may have been missed.", nil, nil)
	framesDesc   = prometheus.NewDesc("pegasus_nats_frames_total", "What was told to other servers and heard of them.", []string{"direction"}, nil)
)

// Describe implements prometheus.Collector.
func (m joinedMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{joinedDesc, joinsDesc, renewalsDesc, framesDesc} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m joinedMetrics) Collect(to chan<- prometheus.Metric) {
	s := m.bridge.Status()
	joined := 0.0
	if s.Joined {
		joined = 1
	}
	to <- prometheus.MustNewConstMetric(joinedDesc, prometheus.GaugeValue, joined)
	to <- prometheus.MustNewConstMetric(joinsDesc, prometheus.CounterValue, float64(s.Joins))
	to <- prometheus.MustNewConstMetric(renewalsDesc, prometheus.CounterValue, float64(s.Renewals))
	to <- prometheus.MustNewConstMetric(framesDesc, prometheus.CounterValue, float64(s.In), "in")
	to <- prometheus.MustNewConstMetric(framesDesc, prometheus.CounterValue, float64(s.Out), "out")
}
