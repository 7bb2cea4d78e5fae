package trace

import (
	"strconv"
	"time"
)

// The wire types, after https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto.

const (
	kindServer  = 2
	statusError = 2
)

type request struct {
	Resources []resourceSpans `json:"resourceSpans"`
}

type resourceSpans struct {
	Resource resource     `json:"resource"`
	Scopes   []scopeSpans `json:"scopeSpans"`
}

type resource struct {
	Attributes []attribute `json:"attributes"`
}

type scopeSpans struct {
	Scope scope  `json:"scope"`
	Spans []sent `json:"spans"`
}

type scope struct {
	Name string `json:"name"`
}

type sent struct {
	Trace      string      `json:"traceId"`
	Span       string      `json:"spanId"`
	Parent     string      `json:"parentSpanId,omitempty"`
	Name       string      `json:"name"`
	Kind       int         `json:"kind"`
	Start      string      `json:"startTimeUnixNano"`
	End        string      `json:"endTimeUnixNano"`
	Attributes []attribute `json:"attributes"`
	Status     *status     `json:"status,omitempty"`
}

type status struct {
	Code int `json:"code"`
}

type attribute struct {
	Key   string `json:"key"`
	Value value  `json:"value"`
}

type value struct {
	Text   string `json:"stringValue,omitempty"`
	Number string `json:"intValue,omitempty"`
}

func text(key, v string) attribute { return attribute{key, value{Text: v}} }

func number(key string, v int) attribute { return attribute{key, value{Number: strconv.Itoa(v)}} }

func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }
