package main

import (
	"context"

	"pegasus/accounts"
	"pegasus/backup"
)

func (a *app) openBackups() {
	s := a.settings
	a.backups = backup.NewService(backup.Options{
		Jobs: a.store, History: backup.NewHistory(s.DataDir), Dir: s.Backups.Dir, Every: s.Backups.Every, Keep: s.Backups.Keep,
		Download: s.Backups.Download == "on", Alone: a.store.Kind == "sqlite", Now: now, Failed: a.noteFailure,
		Record: func(ctx context.Context, e accounts.Event) { a.accounts.Record(ctx, e) },
		Write: func(ctx context.Context, name string, progress func(backup.Progress)) (backup.Manifest, int64, error) {
			source, done, err := s.backupSource(ctx, true)
			if err != nil {
				return backup.Manifest{}, 0, err
			}
			defer done()
			source.Progress = progress
			return backup.WriteFile(ctx, source, name)
		},
		Drill: func(ctx context.Context, name string, progress func(backup.Progress)) (backup.Manifest, error) {
			a.sweepScratch(ctx)
			return backup.Drill(ctx, name, s.scratch, progress)
		},
	})
}
