package mongo

import (
	"testing"
	"time"

	"pegasus/id"
	"pegasus/ops"
	"pegasus/store/storetest"
)

// exerciseOps calls every method about what the server measured of itself.
func exerciseOps(t *testing.T, s *Store) {
	ctx, now := t.Context(), storetest.Start
	try := func(_ any, err error) { t.Helper(); must(t, err) }
	must(t, s.KeepMeasures(ctx, []ops.Kept{{Resolution: time.Minute, At: now, Body: "{}"}}, map[time.Duration]time.Time{time.Minute: now}))
	try(s.Measures(ctx, time.Minute, now, 10))
	c := ops.AlarmChange{ID: id.New(now), Name: "errors-high", State: ops.Alarm, At: now}
	must(t, s.AddAlarmChange(ctx, c))
	must(t, s.AlarmTold(ctx, c.ID))
	try(s.AlarmChanges(ctx, "", 10))
	try(s.AlarmChanges(ctx, c.ID, 10))
	try(s.LastAlarmChange(ctx, c.Name))
	try(s.DeleteAlarmChanges(ctx, now))
	try(s.CountEvents(ctx, now))
	_, _, err := s.DueJobs(ctx, "some", now, 10)
	must(t, err)
}
