package api

import (
	"context"
	"encoding"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pegasus/fault"
	"pegasus/ops"
	"pegasus/web"
)

// What is not known is null in all of these: nothing is made up.

type metricsHealth struct {
	Status    string         `json:"status" enum:"healthy,unhealthy"`
	Uptime    *float64       `json:"uptime" doc:"Percent of the time since the first measure, 30 days at most, in which the server could work"`
	Version   string         `json:"version"`
	Timestamp string         `json:"timestamp" format:"date-time"`
	Services  healthServices `json:"services"`
}

type healthServices struct {
	ECS      *healthECS    `json:"ecs" doc:"Of this task alone; null elsewhere than on ECS"`
	Database healthService `json:"database"`
}

type healthService struct {
	Status string `json:"status" enum:"healthy,unhealthy"`
}

type healthECS struct {
	Status       string `json:"status" enum:"healthy,unhealthy"`
	RunningTasks int    `json:"runningTasks"`
	DesiredTasks int    `json:"desiredTasks"`
}

func healthStatus(good bool) string {
	if good {
		return "healthy"
	}
	return "unhealthy"
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// metricsHealth answers in the same form whether the server can work or not.
func (d *door) metricsHealth(w http.ResponseWriter, r *http.Request) {
	h, status := d.Ops.Health(), http.StatusOK
	err := d.ping(r.Context())
	if err != nil {
		web.NoteError(r.Context(), err)
		status = http.StatusServiceUnavailable
	}
	out := metricsHealth{
		Status: healthStatus(err == nil), Uptime: rounded(h.Uptime), Version: h.Version, Timestamp: web.Time(d.Now()),
		Services: healthServices{Database: healthService{healthStatus(err == nil)}},
	}
	if t := h.Task; t != nil {
		out.Services.ECS = &healthECS{Status: healthStatus(t.Running), RunningTasks: count(t.Running), DesiredTasks: count(t.Wanted)}
	}
	web.WriteJSON(w, status, out)
}

// rounded returns a number to two places.
func rounded(n *float64) *float64 {
	if n == nil {
		return nil
	}
	r := math.Round(*n*100) / 100
	return &r
}

// metric reads a metric, nil where it is not known.
func metric(m *ops.Measure, name string) *float64 {
	read, known := ops.Find(name)
	if !known {
		return nil
	}
	value, known := read.Value(m)
	if !known {
		return nil
	}
	return rounded(&value)
}

type systemMetrics struct {
	ActiveConnections *float64 `json:"activeConnections" doc:"Streams included"`
	TotalMessages     int64    `json:"totalMessages"`
	AverageLatency    *float64 `json:"averageLatency" doc:"Milliseconds"`
	ErrorRate         *float64 `json:"errorRate" doc:"Percent of the answers with a status of 500 or more"`
	CPUUsage          *float64 `json:"cpuUsage" doc:"Percent of all processors"`
	MemoryUsage       *float64 `json:"memoryUsage" doc:"Percent of what the server may use"`
}

func (d *door) systemMetrics(ctx context.Context, _ *none) (*reply[systemMetrics], error) {
	chat, err := d.Chat.Count(ctx)
	if err != nil {
		return nil, err
	}
	now := d.Ops.Current()
	return ok(systemMetrics{
		ActiveConnections: metric(&now, "connections"), TotalMessages: chat.Messages, AverageLatency: metric(&now, "latency"),
		ErrorRate: metric(&now, "errors"), CPUUsage: metric(&now, "cpu"), MemoryUsage: metric(&now, "memory"),
	})
}

// The bounds of a time series.
const (
	maxMinutes = int(ops.MaxPeriod / time.Minute)
	maxPoints  = 1000
)

// minutes and points are whole numbers of a query. One outside of its bounds becomes the nearest within; what is no number is
// refused, with the name of its field.
type (
	minutes struct{ n int }
	points  struct{ n int }
)

var (
	_ encoding.TextUnmarshaler = (*minutes)(nil)
	_ huma.SchemaProvider      = minutes{}
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *minutes) UnmarshalText(text []byte) (err error) {
	m.n, err = clamped(text, maxMinutes)
	return err
}

// Schema implements huma.SchemaProvider.
func (minutes) Schema(huma.Registry) *huma.Schema { return integer(maxMinutes) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *points) UnmarshalText(text []byte) (err error) {
	p.n, err = clamped(text, maxPoints)
	return err
}

// Schema implements huma.SchemaProvider.
func (points) Schema(huma.Registry) *huma.Schema { return integer(maxPoints) }

func clamped(text []byte, most int) (int, error) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil && n != math.MaxInt64 && n != math.MinInt64 { // which say that it is out of any bounds
		return 0, fmt.Errorf("it must be a whole number from 1 to %d", most)
	}
	return int(min(max(n, 1), int64(most))), nil
}

func integer(most int) *huma.Schema {
	low, high := 1.0, float64(most)
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &low, Maximum: &high}
}

// SeriesRequest asks for what a metric was.
type SeriesRequest struct {
	Metric string  `path:"metricType" enum:"cpu,memory,connections,latency,errors"`
	Period minutes `query:"period" doc:"Minutes back from now; 60 where it is left out"`
	Points points  `query:"points" doc:"How many; 20 where it is left out. There are fewer where the time between them would be shorter than what is kept"`
}

type point struct {
	Timestamp string   `json:"timestamp" format:"date-time"`
	Value     *float64 `json:"value" doc:"null where nothing is known of the time"`
}

var errMetric = fault.Field("metricType", "VALIDATION_ERROR", "The metric must be one of cpu, memory, connections, latency, errors.")

func (d *door) series(ctx context.Context, in *SeriesRequest) (*reply[[]point], error) {
	switch in.Metric {
	case "cpu", "memory", "connections", "latency", "errors":
	default:
		return nil, errMetric
	}
	period := 60 * time.Minute
	if in.Period.n > 0 {
		period = time.Duration(in.Period.n) * time.Minute
	}
	n := 20
	if in.Points.n > 0 {
		n = in.Points.n
	}
	now := d.Now()
	step := max(period/time.Duration(n), ops.Resolution(period))
	found, err := d.Ops.Series(ctx, now.Add(-period), now, step)
	if err != nil {
		return nil, err
	}
	out := make([]point, len(found))
	for i := range found {
		out[i] = point{Timestamp: web.Time(found[i].At), Value: metric(&found[i], in.Metric)}
	}
	return ok(out)
}

type alarmReply struct {
	Name      string  `json:"name"`
	State     string  `json:"state" enum:"OK,ALARM,INSUFFICIENT_DATA"`
	Reason    string  `json:"reason"`
	Timestamp *string `json:"timestamp" format:"date-time" doc:"Since when; null before the first state"`
	Threshold float64 `json:"threshold"`
	Metric    string  `json:"metric"`
}

func (d *door) listAlarms(context.Context, *none) (*reply[[]alarmReply], error) {
	alarms := d.Ops.Alarms()
	out := make([]alarmReply, len(alarms))
	for i, a := range alarms {
		out[i] = alarmReply{
			Name: a.Name(), State: string(a.State), Reason: a.Reason, Timestamp: atOrNull(a.At), Threshold: a.Threshold, Metric: a.Metric.Name,
		}
	}
	return ok(out)
}

type alarmChange struct {
	Name      string `json:"name"`
	State     string `json:"state" enum:"OK,ALARM,INSUFFICIENT_DATA" doc:"What it went to"`
	Reason    string `json:"reason"`
	Timestamp string `json:"timestamp" format:"date-time"`
}

type alarmHistory struct {
	Changes    []alarmChange `json:"changes" nullable:"false" doc:"Newest first; they are kept for 90 days"`
	NextCursor string        `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

func (d *door) alarmHistory(ctx context.Context, in *listEventsRequest) (*reply[alarmHistory], error) {
	found, err := readPage(ctx, in.Cursor, in.Limit.or(50), func(c ops.AlarmChange) string { return c.ID }, d.Ops.History)
	if err != nil {
		return nil, err
	}
	out := alarmHistory{Changes: make([]alarmChange, len(found.items)), NextCursor: found.next}
	for i, c := range found.items {
		out.Changes[i] = alarmChange{Name: c.Name, State: string(c.State), Reason: c.Reason, Timestamp: web.Time(c.At)}
	}
	return ok(out)
}

type costs struct {
	DailyCost    *float64      `json:"dailyCost" doc:"A whole day of what is paid by time, and what models cost today"`
	MonthlyCost  *float64      `json:"monthlyCost" doc:"The same of this month"`
	CostTrend    *string       `json:"costTrend" enum:"increasing,decreasing,stable" doc:"Of models, the last seven days against the seven before"`
	TopServices  []serviceCost `json:"topServices" nullable:"false" doc:"Of the month, the dearest first"`
	Optimization []saving      `json:"optimization" nullable:"false" doc:"Always empty: nothing here knows the offers of a provider"`
	Currency     string        `json:"currency"`
	StorageBytes *int64        `json:"storageBytes"`
}

type serviceCost struct {
	Service string  `json:"service"`
	Cost    float64 `json:"cost"`
}

type saving struct {
	Type             string   `json:"type"`
	Description      string   `json:"description"`
	PotentialSavings *float64 `json:"potentialSavings"`
}

func (d *door) costs(ctx context.Context, _ *none) (*reply[costs], error) {
	f, err := d.Ops.ReadCosts(ctx)
	if err != nil {
		return nil, err
	}
	out := costs{
		DailyCost: rounded(f.Day), MonthlyCost: rounded(f.Month), CostTrend: f.Trend, TopServices: make([]serviceCost, len(f.Services)),
		Optimization: []saving{}, Currency: f.Currency, StorageBytes: f.Storage,
	}
	for i, s := range f.Services {
		out.TopServices[i] = serviceCost{s.Service, *rounded(&s.Cost)}
	}
	return ok(out)
}

type securityMetrics struct {
	ThreatsBlocked         int      `json:"threatsBlocked" doc:"Second factors locked, people banned and webhooks stopped within 24 hours"`
	SuspiciousActivity     int      `json:"suspiciousActivity" doc:"What somebody should look at in the audit log of 24 hours"`
	AuthenticationFailures int      `json:"authenticationFailures" doc:"Within 24 hours"`
	ComplianceScore        *float64 `json:"complianceScore" doc:"Always null: nothing here can measure it"`
	LastSecurityScan       *string  `json:"lastSecurityScan" format:"date-time" doc:"Always null: there is no scan"`
}

func (d *door) securityMetrics(ctx context.Context, _ *none) (*reply[securityMetrics], error) {
	f, err := d.Ops.ReadSecurity(ctx)
	if err != nil {
		return nil, err
	}
	return ok(securityMetrics{ThreatsBlocked: f.Blocked, SuspiciousActivity: f.Suspicious, AuthenticationFailures: f.Failures})
}
