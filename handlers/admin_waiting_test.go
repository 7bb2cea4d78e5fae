package handlers

import (
	"context"
	"testing"
	"time"

	"pegasus/backup"
	"pegasus/id"
	"pegasus/ops"
	"pegasus/plugins"
	"pegasus/store/storetest"
	"pegasus/views"
)

func TestAnAdminIsToldThatNothingWaitsOnlyWhereNothingDoes(t *testing.T) {
	at := now().Add(-time.Minute)
	w := newWorld(t, func(d *Deps) {
		d.Server.Hints = func(context.Context) []views.Hint { return nil }
		d.Backups.Every = 24 * time.Hour
		o := d.Ops.Options
		o.Now = func() time.Time { return at }
		var err error
		o.Rules, err = ops.ParseRules("goroutines > 0 for 10s", "")
		must(t, err)
		d.Ops = ops.New(o)
	})
	boss := w.admin("boss")
	waits := func(text string) {
		t.Helper()
		w.get(boss, "/admin").want(200, text)
	}
	waits("Nothing waits for you")

	w.deps.Ops.Start(t.Context(), nil)
	for range 3 {
		at = at.Add(ops.Every)
		w.deps.Ops.Sample(t.Context())
	}
	waits("Alarm goroutines-high")

	asked := storetest.Install(id.New(now()), w.general().ID)
	asked.State = plugins.Asked
	must(t, w.store.AddInstall(t.Context(), asked))
	waits("Plugins to approve: 1")

	made := func(age time.Duration, problem string) {
		t.Helper()
		must(t, w.deps.Backups.History.Add(backup.Record{What: backup.Made, File: "/b", At: now().Add(-age), Problem: problem}))
	}
	proven := func(age time.Duration, problem string) {
		t.Helper()
		must(t, w.deps.Backups.History.Add(backup.Record{What: backup.Proven, File: "/b", At: now().Add(-age), Problem: problem}))
	}
	made(60*time.Hour, "")
	proven(60*time.Hour, "")
	waits("known to be good is late")
	made(time.Hour, "")
	proven(time.Hour, "A row is missing.")
	waits("cannot be restored: A row is missing.")
	made(time.Minute, "The disk is full.")
	waits("The last backup failed: The disk is full.")
	w.deps.Backups.Every = 0
	made(0, "")
	waits("Set BACKUP_EVERY")
}
