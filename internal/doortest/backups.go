package doortest

import (
	"context"
	"path/filepath"

	"pegasus/accounts"
	"pegasus/backup"
	"pegasus/store/sqlite"
)

// openBackups makes backups of the database alone, whenever a test lets the service run.
func (s *Services) openBackups(failed func(context.Context, string, error)) {
	s.Backups = backup.NewService(backup.Options{
		Jobs: s.Store, History: backup.NewHistory(s.Dir), Dir: filepath.Join(s.Dir, "backups"), Keep: 2, Alone: true, Now: Now, Failed: failed,
		Record: func(ctx context.Context, e accounts.Event) { s.Accounts.Record(ctx, e) },
		Write: func(ctx context.Context, name string, progress func(backup.Progress)) (backup.Manifest, int64, error) {
			source, err := sqlite.OpenSource(s.Dir)
			if err != nil {
				return backup.Manifest{}, 0, err
			}
			return backup.WriteFile(ctx, backup.Source{
				Database: source, Files: s.Blobs, Pictures: s.Blobs, Secret: []byte("a secret for tests"), Now: Now, Progress: progress,
			}, name)
		},
		Drill: func(ctx context.Context, name string, progress func(backup.Progress)) (backup.Manifest, error) {
			return backup.ReadFile(ctx, name, nil, progress)
		},
	})
}
