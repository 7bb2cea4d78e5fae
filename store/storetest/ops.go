package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pegasus/fault"
	"pegasus/id"
	"pegasus/ops"
)

// Ops tests a store of what the server measures of itself. open returns an empty store and closes it with the test.
func Ops(t *testing.T, open func(t *testing.T) ops.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store ops.Store)
	}{
		{"measures read back in order, each once, and old ones go", measuresKept},
		{"the changes of alarms read back, the newest first", alarmChangesKept},
		{"the database has a size and answers", databaseSized},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func kept(resolution time.Duration, after time.Duration, body string) ops.Kept {
	return ops.Kept{Resolution: resolution, At: Start.Add(after), Body: body}
}

func measuresKept(t *testing.T, store ops.Store) {
	ctx := t.Context()
	bodies := func(resolution time.Duration, from time.Time, limit int) string {
		t.Helper()
		found, err := store.Measures(ctx, resolution, from, limit)
		must(t, err)
		var out []string
		for _, m := range found {
			equal(t, "the resolution", m.Resolution, resolution)
			out = append(out, fmt.Sprintf("%s@%v", m.Body, m.At.Sub(Start)))
		}
		return strings.Join(out, " ")
	}
	equal(t, "the measures at first", bodies(time.Minute, Start, 10), "")
	must(t, store.KeepMeasures(ctx, []ops.Kept{
		kept(time.Minute, time.Minute, "b"), kept(time.Minute, 0, "a"), kept(time.Hour, 0, "ä"), kept(time.Minute, 2*time.Minute, "c"),
	}, nil))
	must(t, store.KeepMeasures(ctx, []ops.Kept{kept(time.Minute, time.Minute, "B")}, nil))
	equal(t, "the minutes", bodies(time.Minute, Start, 10), "a@0s B@1m0s c@2m0s")
	equal(t, "the minutes from the second on", bodies(time.Minute, Start.Add(time.Minute), 10), "B@1m0s c@2m0s")
	equal(t, "one minute", bodies(time.Minute, Start, 1), "a@0s")
	equal(t, "none of the minutes", bodies(time.Minute, Start, 0), "")
	must(t, store.KeepMeasures(ctx, nil, map[time.Duration]time.Time{time.Minute: Start.Add(2 * time.Minute)}))
	equal(t, "the minutes that are left", bodies(time.Minute, Start, 10), "c@2m0s")
	equal(t, "the hours", bodies(time.Hour, Start, 10), "ä@0s")
}

func alarmChangesKept(t *testing.T, store ops.Store) {
	ctx := t.Context()
	_, err := store.LastAlarmChange(ctx, "errors-high")
	refused(t, err, fault.NotFound, "ALARM_NOT_FOUND")
	change := func(name string, state ops.State, after time.Duration) ops.AlarmChange {
		at := Start.Add(after)
		return ops.AlarmChange{ID: id.New(at), Name: name, State: state, Reason: "Errors is 12 % <so>.", At: at}
	}
	fired, over := change("errors-high", ops.Alarm, 0), change("errors-high", ops.OK, time.Minute)
	other := change("memory-high", ops.Alarm, time.Second)
	for _, c := range []ops.AlarmChange{fired, other, over} {
		must(t, store.AddAlarmChange(ctx, c))
	}
	again := fired
	again.Reason = "another"
	must(t, store.AddAlarmChange(ctx, again))
	must(t, store.AlarmTold(ctx, fired.ID))
	must(t, store.AlarmTold(ctx, fired.ID))
	refused(t, store.AlarmTold(ctx, id.New(Start)), fault.NotFound, "ALARM_NOT_FOUND")
	fired.Told = true
	all, err := store.AlarmChanges(ctx, "", 10)
	must(t, err)
	alike(t, "the changes", all, []ops.AlarmChange{over, other, fired})
	all, err = store.AlarmChanges(ctx, "", 1)
	must(t, err)
	alike(t, "the newest change", all, []ops.AlarmChange{over})
	all, err = store.AlarmChanges(ctx, over.ID, 1)
	must(t, err)
	alike(t, "the newest change before another", all, []ops.AlarmChange{other})
	all, err = store.AlarmChanges(ctx, fired.ID, 10)
	must(t, err)
	equal(t, "the number of changes before the first", len(all), 0)
	last, err := store.LastAlarmChange(ctx, "errors-high")
	must(t, err)
	alike(t, "the last change", last, over)
	n, err := store.DeleteAlarmChanges(ctx, Start.Add(time.Second))
	must(t, err)
	equal(t, "the number of removed changes", n, 1)
	all, err = store.AlarmChanges(ctx, "", 10)
	must(t, err)
	alike(t, "the changes that are left", all, []ops.AlarmChange{over, other})
}

func databaseSized(t *testing.T, store ops.Store) {
	must(t, store.Ping(t.Context()))
	data, err := store.Size(t.Context())
	must(t, err)
	log, err := store.LogSize(t.Context())
	must(t, err)
	t.Logf("%d bytes, and %d of a log", data, log)
	if data <= 0 {
		t.Errorf("the database has %d bytes", data)
	}
}
