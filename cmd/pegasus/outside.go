package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"pegasus/trace"
	"pegasus/web"
)

// seen counts an answered request, and traces it where there is a collector.
func (a *app) seen(s web.Served) {
	a.recorder.Request(s.Status, s.Took)
	if a.tracer == nil {
		return
	}
	a.tracer.Add(trace.Request{
		Method: s.Request.Method, Path: s.Path, Route: cmp.Or(s.Route, chi.RouteContext(s.Request.Context()).RoutePattern()), ID: s.ID,
		Parent: s.Request.Header.Get("Traceparent"), Status: s.Status, Start: s.Start, Took: s.Took,
	})
}

// openTracer leaves the tracer nil where no collector is set.
func (a *app) openTracer() {
	s := a.settings
	if s.TraceEndpoint == "" {
		return
	}
	a.tracer = trace.New(trace.Options{
		Endpoint: s.TraceEndpoint, Headers: s.traceHeaders, Service: s.TraceService, Version: version, Ratio: s.TraceRatio,
		Failed: a.warns("send traces"),
	})
}

// metrics answers with what Prometheus reads: to everybody who reaches it where no token is set, so that it has an address of its
// own then.
func (a *app) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(a.ops.Collector(), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if a.bridge != nil {
		registry.MustRegister(joinedMetrics{a.bridge})
	}
	metrics := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	if a.settings.MetricsToken == "" {
		return metrics
	}
	want := sha256.Sum256([]byte(a.settings.MetricsToken))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		got := sha256.Sum256([]byte(given))
		if subtle.ConstantTimeCompare(want[:], got[:]) != 1 || !bearer {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		metrics.ServeHTTP(w, r)
	})
}

// listenMetrics opens the address for metrics, nil where none is set.
func (a *app) listenMetrics() (net.Listener, error) {
	if a.settings.MetricsAddr == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", a.settings.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s (setting METRICS_ADDR): %w", a.settings.MetricsAddr, err)
	}
	a.log.Info("metrics", "address", listener.Addr().String())
	return listener, nil
}

// serveMetrics serves metrics on an address of their own until ctx ends.
func (a *app) serveMetrics(ctx context.Context, listener net.Listener) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		a.log.Error("metrics are no longer served", "error", err)
	}
}
