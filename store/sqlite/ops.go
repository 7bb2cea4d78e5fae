package sqlite

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"pegasus/accounts"
	"pegasus/ops"
)

// KeepMeasures implements ops.Store.
func (s *Store) KeepMeasures(ctx context.Context, measures []ops.Kept, before map[time.Duration]time.Time) error {
	return s.writer.write(ctx, func(b *batch) error {
		for _, m := range measures {
			if err := b.exec(upsertMeasure, int64(m.Resolution/time.Second), millis(m.At), m.Body); err != nil {
				return err
			}
		}
		for resolution, at := range before {
			if err := b.exec(deleteMeasures, int64(resolution/time.Second), millis(at)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Measures implements ops.Store.
func (s *Store) Measures(ctx context.Context, resolution time.Duration, from time.Time, limit int) ([]ops.Kept, error) {
	scan := func(r row) (ops.Kept, error) {
		m := ops.Kept{Resolution: resolution}
		err := r.Scan(into{&m.At}, &m.Body)
		return m, err
	}
	return list(ctx, s.reads[readMeasures], scan, int64(resolution/time.Second), millis(from), max(0, limit))
}

func scanAlarmChange(r row) (c ops.AlarmChange, err error) {
	err = r.Scan(&c.ID, &c.Name, &c.State, &c.Reason, into{&c.At}, &c.Told)
	return c, err
}

// AddAlarmChange implements ops.Store.
func (s *Store) AddAlarmChange(ctx context.Context, c ops.AlarmChange) error {
	return s.writer.write(ctx, func(b *batch) error {
		return b.exec(insertAlarmChange, c.ID, c.Name, string(c.State), c.Reason, millis(c.At), c.Told)
	})
}

// AlarmTold implements ops.Store.
func (s *Store) AlarmTold(ctx context.Context, id string) error {
	return s.change(ctx, ops.ErrNoChange, tellAlarmChange, id)
}

// AlarmChanges implements ops.Store.
func (s *Store) AlarmChanges(ctx context.Context, before string, limit int) ([]ops.AlarmChange, error) {
	return list(ctx, s.reads[readAlarmChanges], scanAlarmChange, cmp.Or(before, beyondIDs), max(0, limit))
}

// LastAlarmChange implements ops.Store.
func (s *Store) LastAlarmChange(ctx context.Context, name string) (ops.AlarmChange, error) {
	c, err := scanAlarmChange(s.row(ctx, readLastAlarmChange, name))
	return c, orMissing(err, ops.ErrNoChange)
}

// DeleteAlarmChanges implements ops.Store.
func (s *Store) DeleteAlarmChanges(ctx context.Context, before time.Time) (int, error) {
	return s.remove(ctx, millis(before), deleteAlarmChanges)
}

// LogSize implements ops.Store. It opens nothing, which would drop the driver's locks.
func (s *Store) LogSize(context.Context) (int64, error) {
	info, err := os.Stat(s.path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// DueJobs implements queue.Store.
func (s *Store) DueJobs(ctx context.Context, kind string, now time.Time, limit int) (jobs int, oldest time.Time, err error) {
	err = s.row(ctx, readDueJobs, kind, millis(now), limit).Scan(&jobs, into{&oldest})
	return jobs, oldest, translate(err)
}

// CountEvents implements accounts.Store.
func (s *Store) CountEvents(ctx context.Context, from time.Time) (map[accounts.Action]int, error) {
	counts := map[accounts.Action]int{}
	scan := func(r row) (none struct{}, err error) {
		var action accounts.Action
		var n int
		if err = r.Scan(&action, &n); err == nil {
			counts[action] = n
		}
		return none, err
	}
	_, err := watched(ctx, s.reads[readEventCounts], scan, millis(from))
	return counts, err
}
