package views

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"pegasus/ops"
)

// Ops is the page of operations.
type Ops struct {
	Shell
	Range   OpsRange
	At      time.Time // when it was measured
	Tiles   []Tile
	Alarms  []ops.AlarmState
	Changes []ops.AlarmChange // the newest first
	Charts  []Chart
	Parts   []Dependency
	// Costs and Security are for admins, nil for others.
	Costs    *ops.CostFigures
	Security *ops.SecurityFigures
}

// OpsRange is how far back the charts go.
type OpsRange struct {
	Name   string // in the address
	Title  string
	Period time.Duration
	Step   time.Duration // of the charts
	Row    time.Duration // of the tables behind them
}

// OpsRanges are those to choose from. The first is shown where none is chosen.
var OpsRanges = []OpsRange{
	{"1h", "1 hour", time.Hour, time.Minute, 5 * time.Minute},
	{"24h", "24 hours", 24 * time.Hour, 15 * time.Minute, time.Hour},
	{"7d", "7 days", 7 * 24 * time.Hour, 2 * time.Hour, 6 * time.Hour},
	{"30d", "30 days", ops.MaxPeriod, 8 * time.Hour, 24 * time.Hour},
}

// Tile is one figure of now.
type Tile struct {
	Title, Value, Note string
}

// Dependency is something that the server needs.
type Dependency struct {
	Name, Says string
	Known      bool
	Good       bool
}

// unknown stands where nothing is known.
const unknown = "–"

// MetricText writes a metric for people, a dash where it is not known.
func MetricText(from *ops.Measure, name string) string {
	m, known := ops.Find(name)
	if !known {
		return unknown
	}
	value, known := m.Value(from)
	if !known {
		return unknown
	}
	return m.Unit.Format(value)
}

// Chart is what metrics of one unit were.
type Chart struct {
	ID    string
	Title string
	Unit  ops.Unit
	Lines []ChartLine
	Steps []time.Time
	Rows  []ChartRow
	From  time.Time
	To    time.Time
	top   float64 // of its scale
}

// ChartLine is one metric, with a path to draw.
type ChartLine struct {
	Name string
	Path string // "" where nothing is known
	Last string
}

// ChartRow is a line of the table behind a chart.
type ChartRow struct {
	At     time.Time
	Values []string
}

// The size of a chart in its own units.
const (
	chartWidth  = 600
	chartHeight = 140
)

// NewChart draws metrics, which must be of one unit. lines are their names, steps what is drawn, and rows what stands in the
// table.
func NewChart(id, title string, metrics []string, lines []string, steps, rows []ops.Measure, to time.Time) Chart {
	c := Chart{ID: id, Title: title, To: to}
	if len(steps) > 0 {
		c.From = steps[0].At
	}
	values := make([][]float64, len(metrics))
	for i, name := range metrics {
		m, _ := ops.Find(name)
		c.Unit = m.Unit
		for s := range steps {
			v, known := m.Value(&steps[s])
			if !known {
				v = math.NaN()
			} else {
				c.top = max(c.top, v)
			}
			values[i] = append(values[i], v)
		}
	}
	c.top = scale(c.top, c.Unit)
	for i, name := range lines {
		line := ChartLine{Name: name, Path: drawn(values[i], c.top), Last: unknown}
		for _, v := range values[i] {
			if !math.IsNaN(v) {
				line.Last = c.Unit.Format(v)
			}
		}
		c.Lines = append(c.Lines, line)
	}
	for r := len(rows) - 1; r >= 0; r-- {
		row := ChartRow{At: rows[r].At}
		for _, name := range metrics {
			row.Values = append(row.Values, MetricText(&rows[r], name))
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

// scale returns where the scale of a chart ends: at a round number, and for a share at 100 unless it is a small one.
func scale(top float64, unit ops.Unit) float64 {
	if unit == ops.Percent && top > 25 {
		return 100
	}
	base := 10.0
	if unit == ops.Bytes {
		base = 1024
	}
	if top <= 0 {
		return 1
	}
	size := math.Pow(base, math.Floor(math.Log(top)/math.Log(base)))
	for _, round := range []float64{1, 2, 4, 5, 8, 10, 20, 40, 50, 80, 100, 200, 400, 500, 800, 1000} {
		if top <= round*size {
			return round * size
		}
	}
	return base * size
}

// drawn draws the values that are known. A gap is a gap, and a value between two gaps a dot.
func drawn(values []float64, top float64) string {
	var b strings.Builder
	begun := false
	for i, v := range values {
		if math.IsNaN(v) {
			begun = false
			continue
		}
		x := float64(i) * chartWidth / float64(max(1, len(values)-1))
		y := chartHeight - v/top*chartHeight
		command := "L"
		if !begun {
			command = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", command, x, y)
		if !begun && (i+1 == len(values) || math.IsNaN(values[i+1])) {
			b.WriteString("h0.1") // with round ends a dot
		}
		begun = true
	}
	return b.String()
}

// Known reports whether anything is known of what the chart shows.
func (c Chart) Known() bool {
	for _, l := range c.Lines {
		if l.Path != "" {
			return true
		}
	}
	return false
}

// Marks are the labels of the scale, the top one first.
func (c Chart) Marks() []string {
	return []string{c.Unit.Format(c.top), c.Unit.Format(c.top / 2), "0"}
}

// Label says in words what the chart shows.
func (c Chart) Label() string {
	var parts []string
	for _, l := range c.Lines {
		parts = append(parts, l.Name+" "+l.Last)
	}
	return c.Title + ", at last: " + strings.Join(parts, ", ")
}

func alarmWord(s ops.State) string {
	switch s {
	case ops.Alarm:
		return "Alarm"
	case ops.OK:
		return "Fine"
	}
	return "Not known"
}

// money writes what is known of a sum.
func money(amount *float64, currency string) string {
	if amount == nil {
		return unknown
	}
	return fmt.Sprintf("%.2f %s", *amount, currency)
}

func optional(text *string) string {
	if text == nil {
		return unknown
	}
	return *text
}

func storageText(bytes *int64) string {
	if bytes == nil {
		return unknown
	}
	return ops.Bytes.Format(float64(*bytes))
}

func sortedActions(actions map[string]int) []string { return slices.Sorted(maps.Keys(actions)) }

func lineClass(i int) string { return fmt.Sprintf("line line-%d", i) }

func keyClass(i int) string { return fmt.Sprintf("key key-%d", i) }
