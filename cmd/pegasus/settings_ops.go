package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"pegasus/backup"
	"pegasus/mail"
	"pegasus/ops"
)

// Watching is how the server is watched, by itself and from outside.
type Watching struct {
	Alarms       string   `env:"ALARMS" envDefault:"default"`
	AlarmChannel string   `env:"ALARM_CHANNEL"`
	AlarmMail    []string `env:"ALARM_MAIL"`

	CostPerHour float64 `env:"COST_PER_HOUR" envDefault:"0"`
	CostStorage float64 `env:"COST_STORAGE_GB_MONTH" envDefault:"0"`

	MetricsAddr  string `env:"METRICS_ADDR"`
	MetricsToken string `env:"METRICS_TOKEN"`

	TraceEndpoint string  `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	TraceHeaders  string  `env:"OTEL_EXPORTER_OTLP_HEADERS"`
	TraceService  string  `env:"OTEL_SERVICE_NAME" envDefault:"pegasus"`
	TraceRatio    float64 `env:"OTEL_TRACES_SAMPLER_ARG" envDefault:"1"`

	// ECSMetadata is set by ECS in each of its tasks.
	ECSMetadata string `env:"ECS_CONTAINER_METADATA_URI_V4"`

	rules        []ops.Rule
	traceHeaders map[string]string
}

func (w *Watching) check(backups time.Duration, several bool) (err error) {
	defaults := ops.DefaultRules(backup.LateAfter(backups))
	if several {
		defaults += ops.ServersRule
	}
	if w.rules, err = ops.ParseRules(w.Alarms, defaults); err != nil {
		return fmt.Errorf("ALARMS has a bad value: %w", err)
	}
	for i, address := range w.AlarmMail {
		w.AlarmMail[i] = strings.TrimSpace(address)
		if err := mail.CheckAddress(w.AlarmMail[i]); err != nil && w.Alarms != "off" {
			return fmt.Errorf("ALARM_MAIL must list addresses such as ops@example.com, not %q", address)
		}
	}
	for name, price := range map[string]float64{"COST_PER_HOUR": w.CostPerHour, "COST_STORAGE_GB_MONTH": w.CostStorage} {
		if !isPrice(price) {
			return fmt.Errorf("%s must be a number from 0 on", name)
		}
	}
	if w.MetricsToken != "" && len(w.MetricsToken) < minSecret {
		return fmt.Errorf("METRICS_TOKEN must have at least %d characters", minSecret)
	}
	if _, port, err := net.SplitHostPort(w.MetricsAddr); w.MetricsAddr != "" && (err != nil || port == "") {
		return errors.New("METRICS_ADDR must be an address such as 127.0.0.1:9090")
	}
	return w.checkTraces()
}

func (w *Watching) checkTraces() error {
	if w.TraceEndpoint == "" {
		return nil
	}
	if !isWeb(w.TraceEndpoint) {
		return errors.New("OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https address")
	}
	if !(w.TraceRatio >= 0 && w.TraceRatio <= 1) {
		return errors.New("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1")
	}
	w.traceHeaders = map[string]string{}
	for pair := range strings.SplitSeq(w.TraceHeaders, ",") {
		name, value, found := strings.Cut(strings.TrimSpace(pair), "=")
		value, err := url.PathUnescape(value)
		if pair != "" && (!found || err != nil || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value)) {
			return errors.New("OTEL_EXPORTER_OTLP_HEADERS must be a list such as name=value,other=value")
		}
		if found {
			w.traceHeaders[name] = value
		}
	}
	return nil
}
