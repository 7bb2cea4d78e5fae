// Package trace sends spans of requests to a collector of OpenTelemetry, by OTLP over HTTP in JSON.
//
// The format is https://opentelemetry.io/docs/specs/otlp/#otlphttp, written by hand: the SDK with its exporter would make the
// program larger by 8 MB, most of it for gRPC, which this does not speak.
package trace

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxQueued = 2048 // spans; more are dropped
	maxBatch  = 512
	sendEvery = 5 * time.Second
	sendWait  = 10 * time.Second
)

// Options are the parts that a Tracer is made of.
type Options struct {
	Endpoint string // of the collector, without /v1/traces
	Headers  map[string]string
	Service  string // the name of this program there
	Version  string
	Ratio    float64 // of the traces that begin here, from 0 to 1; of others, who began them decides
	// Failed is told of what could not be sent, once until something could.
	Failed func(err error)
}

// Tracer queues spans and sends them. It is safe for concurrent use, and never holds a request up.
type Tracer struct {
	Options
	queue chan sent
	http  *http.Client
}

// Request is what a span tells of an answered request.
type Request struct {
	Method, Path, Route string // Path and Route hold no secret, and Route names the way to the handler, "" where it is not known
	ID                  string
	Parent              string // the header traceparent
	Status              int
	Start               time.Time
	Took                time.Duration
}

// New returns a Tracer. Run sends what it queues.
func New(o Options) *Tracer {
	o.Endpoint = strings.TrimSuffix(o.Endpoint, "/") + "/v1/traces"
	client := &http.Client{Timeout: sendWait, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Tracer{Options: o, queue: make(chan sent, maxQueued), http: client}
}

// Add queues the span of a request where its trace is sampled. A queue that is full drops it.
func (t *Tracer) Add(r Request) {
	var id [24]byte // of the trace, and of the span
	_, _ = rand.Read(id[:])
	trace, parent, sampled, has := parent(r.Parent)
	if !has {
		trace = hex.EncodeToString(id[:16])
		// The last bytes of a trace's id are random: https://www.w3.org/TR/trace-context/#considerations-for-trace-id-field-generation.
		sampled = float64(binary.BigEndian.Uint64(id[8:16])>>11)/(1<<53) < t.Ratio
	}
	if !sampled {
		return
	}
	s := sent{
		Trace: trace, Span: hex.EncodeToString(id[16:]), Parent: parent, Name: strings.TrimSpace(r.Method + " " + r.Route), Kind: kindServer,
		Start: nanos(r.Start), End: nanos(r.Start.Add(r.Took)),
		Attributes: []attribute{
			text("http.request.method", r.Method), text("url.path", r.Path), number("http.response.status_code", r.Status), text("http.request.id", r.ID),
		},
	}
	if r.Route != "" {
		s.Attributes = append(s.Attributes, text("http.route", r.Route))
	}
	if r.Status >= 500 {
		s.Status = &status{Code: statusError}
	}
	select {
	case t.queue <- s:
	default:
	}
}

// parent reads https://www.w3.org/TR/trace-context/#traceparent-header.
func parent(header string) (trace, span string, sampled, has bool) {
	parts := strings.Split(header, "-")
	if len(parts) < 4 || len(parts[0]) != 2 || parts[0] == "ff" || parts[0] == "00" && len(parts) != 4 || !isID(parts[1], 32) || !isID(parts[2], 16) || len(parts[3]) != 2 {
		return "", "", false, false
	}
	flags, err := strconv.ParseUint(parts[3], 16, 8)
	if err != nil {
		return "", "", false, false
	}
	return parts[1], parts[2], flags&1 == 1, true
}

func isID(text string, length int) bool {
	return len(text) == length && strings.Trim(text, "0") != "" && strings.Trim(text, "0123456789abcdef") == ""
}

// Run sends what is queued until ctx ends, and then what is left.
func (t *Tracer) Run(ctx context.Context) {
	tick := time.NewTicker(sendEvery)
	defer tick.Stop()
	var batch []sent
	failing := false
	flush := func(ctx context.Context) {
		if len(batch) == 0 {
			return
		}
		err := t.send(ctx, batch)
		if err != nil && !failing {
			t.Failed(err)
		}
		failing = err != nil
		batch = batch[:0]
	}
	for {
		select {
		case s := <-t.queue:
			if batch = append(batch, s); len(batch) == maxBatch {
				flush(ctx)
			}
		case <-tick.C:
			flush(ctx)
		case <-ctx.Done():
			for len(t.queue) > 0 {
				batch = append(batch, <-t.queue)
			}
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			flush(last)
			cancel()
			return
		}
	}
}

func (t *Tracer) send(ctx context.Context, spans []sent) error {
	body, err := json.Marshal(request{[]resourceSpans{{
		Resource: resource{[]attribute{text("service.name", t.Service), text("service.version", t.Version)}},
		Scopes:   []scopeSpans{{Scope: scope{"pegasus"}, Spans: spans}},
	}}})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range t.Headers {
		r.Header.Set(name, value)
	}
	answer, err := t.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection is used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answers with %s", answer.Status)
	}
	return nil
}
