package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"pegasus/accounts"
	"pegasus/backup"
	"pegasus/ops"
	"pegasus/views"
)

// alarmHistory is how many changes of alarms are shown.
const alarmHistory = 50

// showOps shows how the server is: to everybody how it works, to admins also what it costs and what the audit log counts.
func (d *door) showOps(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page := views.Ops{Range: views.OpsRanges[0]}
	for _, one := range views.OpsRanges {
		if one.Name == r.URL.Query().Get("range") {
			page.Range = one
		}
	}
	if err := d.fillOps(r, me, &page); err != nil {
		return err
	}
	if fragment(r) {
		render(w, r, http.StatusOK, views.OpsLive(page))
		return nil
	}
	var err error
	if page.Shell, err = d.shell(r, me, "Operations", views.PlaceOps, ""); err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.OpsPage(page))
	return nil
}

func (d *door) fillOps(r *http.Request, me accounts.User, page *views.Ops) (err error) {
	ctx := r.Context()
	measured := d.Ops.Current()
	page.Tiles, page.Alarms, page.Parts = d.tiles(&measured), firingFirst(d.Ops.Alarms()), d.dependencies(&measured)
	if measured.Span > 0 {
		page.At = measured.End()
	}
	if page.Changes, err = d.Ops.History(ctx, "", alarmHistory); err != nil {
		return err
	}
	if page.Charts, err = d.charts(r, page.Range); err != nil || !me.IsAdmin() {
		return err
	}
	costs, err := d.Ops.ReadCosts(ctx)
	if err != nil {
		return err
	}
	security, err := d.Ops.ReadSecurity(ctx)
	page.Costs, page.Security = &costs, &security
	return err
}

func firingFirst(alarms []ops.AlarmState) []ops.AlarmState {
	slices.SortStableFunc(alarms, func(a, b ops.AlarmState) int { return cmp.Compare(quiet(a), quiet(b)) })
	return alarms
}

func quiet(a ops.AlarmState) int {
	if a.State == ops.Alarm {
		return 0
	}
	return 1
}

func (d *door) tiles(now *ops.Measure) []views.Tile {
	is := func(metric string) string { return views.MetricText(now, metric) }
	tiles := []views.Tile{
		{Title: "CPU", Value: is("cpu"), Note: "of all processors"},
		{Title: "Memory", Value: is("memory"), Note: is("memory_bytes") + " resident"},
		{Title: "Connections", Value: is("connections"), Note: is("streams") + " streams"},
		{Title: "Requests", Value: is("requests"), Note: is("refused") + " over a limit"},
		{Title: "Latency p95", Value: is("latency_p95"), Note: "p50 " + is("latency_p50") + " · p99 " + is("latency_p99")},
		{Title: "Errors", Value: is("errors"), Note: "of the answers"},
		{Title: "Messages", Value: is("posts"), Note: "posted"},
		{Title: "Database p99", Value: is("store_p99"), Note: "p50 " + is("store_p50")},
		{Title: "Jobs due", Value: is("queue_depth"), Note: "the oldest late by " + is("queue_age")},
	}
	up := views.Tile{Title: "Uptime", Value: "–", Note: "of 30 days, as far as measured"}
	if h := d.Ops.Health(); h.Uptime != nil {
		up.Value = strconv.FormatFloat(*h.Uptime, 'f', 2, 64) + " %"
	}
	return append(tiles, up)
}

// drawn are the charts, each with metrics of one unit and their names.
var drawn = []struct {
	id, title      string
	metrics, lines []string
}{
	{"cpu", "CPU", []string{"cpu"}, []string{"Processors"}},
	{"memory", "Memory", []string{"memory_bytes", "heap_bytes"}, []string{"Resident", "Go heap"}},
	{"latency", "Latency", []string{"latency_p50", "latency_p95", "latency_p99"}, []string{"p50", "p95", "p99"}},
	{"errors", "Errors", []string{"errors"}, []string{"Failed"}},
	{"traffic", "Traffic", []string{"requests", "posts", "refused"}, []string{"Requests", "Messages", "Over a limit"}},
	{"connections", "Connections", []string{"connections", "streams"}, []string{"Open", "Streams"}},
	{"store", "Database", []string{"store_p50", "store_p99"}, []string{"p50", "p99"}},
	{"queues", "Queues", []string{"queue_depth", "hooks_due", "mail_waiting"}, []string{"Jobs due", "Webhooks", "Mails"}},
	{"disk", "Data", []string{"data_bytes", "wal_bytes"}, []string{"Database", "Write-ahead log"}},
	{"goroutines", "Goroutines", []string{"goroutines"}, []string{"Goroutines"}},
	{"gc", "Garbage collector", []string{"gc_pause"}, []string{"Longest pause"}},
	{"free", "Disk free", []string{"disk_free"}, []string{"Free"}},
}

func (d *door) charts(r *http.Request, span views.OpsRange) ([]views.Chart, error) {
	now := d.Now()
	steps, err := d.Ops.Series(r.Context(), now.Add(-span.Period), now, span.Step)
	if err != nil {
		return nil, err
	}
	rows, err := d.Ops.Series(r.Context(), now.Add(-span.Period), now, span.Row)
	if err != nil {
		return nil, err
	}
	charts := make([]views.Chart, len(drawn))
	for i, c := range drawn {
		charts[i] = views.NewChart("ops-"+c.id, c.title, c.metrics, c.lines, steps, rows, now)
	}
	return charts, nil
}

// dependencies are what the server stands on, as it was measured last.
func (d *door) dependencies(now *ops.Measure) []views.Dependency {
	of := func(name, metric, says string, good func(float64) bool) views.Dependency {
		m, _ := ops.Find(metric)
		value, known := m.Value(now)
		return views.Dependency{Name: name, Says: says, Known: known, Good: known && good(value)}
	}
	none := func(value float64) bool { return value == 0 }
	parts := []views.Dependency{
		of("Database", "store_down", "p99 "+views.MetricText(now, "store_p99")+" · "+views.MetricText(now, "data_bytes"), none),
		of("Disk", "disk_free", views.MetricText(now, "disk_free")+" free", func(free float64) bool { return free > 10 }),
		of("Mail", "mail_failed", views.MetricText(now, "mail_waiting")+" waiting · "+views.MetricText(now, "mail_failed")+" given up", none),
		of("Jobs", "queue_age", views.MetricText(now, "queue_depth")+" due · the oldest late by "+views.MetricText(now, "queue_age"),
			func(late float64) bool { return late < 600 }),
		of("Webhooks", "hooks_due", views.MetricText(now, "hooks_due")+" deliveries due", func(due float64) bool { return due < 100 }),
	}
	if m, _ := ops.Find("servers"); m.Known(now) {
		parts = append(parts, of("Other servers", "servers_apart", views.MetricText(now, "servers")+" joined", none))
	}
	if every := d.Backups.Every; every > 0 {
		parts = append(parts, of("Backups", "backup_age", views.MetricText(now, "backup_age")+" without a newer good one",
			func(age float64) bool { return age <= backup.LateAfter(every).Seconds() }))
	}
	return parts
}
