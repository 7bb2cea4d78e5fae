package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"pegasus/queue"
)

func scanJob(r row) (j queue.Job, err error) {
	err = r.Scan(&j.ID, &j.Kind, &j.Owner, &j.Key, &j.State, into{&j.Due}, into{&j.NextTry}, &j.Tries, &j.Problem, &j.Body,
		into{&j.CreatedAt}, into{&j.DoneAt}, &j.Version)
	return j, err
}

// AddJob implements queue.Store.
func (s *Store) AddJob(ctx context.Context, j queue.Job) (stored queue.Job, repeated bool, err error) {
	if j.Key == "" {
		j.Key = j.ID
	}
	err = s.writer.write(ctx, func(b *batch) error {
		stored, err = scanJob(b.row(findJobKey, j.Owner, j.Kind, j.Key))
		if repeated = err == nil; repeated {
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		stored, err = scanJob(b.row(insertJob, j.ID, j.Kind, j.Owner, j.Key, string(j.State), millis(j.Due), millis(j.NextTry),
			j.Tries, j.Problem, j.Body, millis(j.CreatedAt), millis(j.DoneAt), j.Version))
		return err
	})
	return stored, repeated, err
}

// Job implements queue.Store.
func (s *Store) Job(ctx context.Context, owner, id string) (queue.Job, error) {
	j, err := scanJob(s.row(ctx, readJob, owner, id))
	return j, orMissing(err, queue.ErrNotFound)
}

// Jobs implements queue.Store.
func (s *Store) Jobs(ctx context.Context, owner, kind string, limit int) ([]queue.Job, error) {
	return list(ctx, s.reads[readJobs], scanJob, owner, kind, max(0, limit))
}

// AllJobs implements queue.Store.
func (s *Store) AllJobs(ctx context.Context, before string, limit int) ([]queue.Job, error) {
	if before == "" {
		before = beyondIDs
	}
	return list(ctx, s.reads[readAllJobs], scanJob, before, max(0, limit))
}

// ClaimJobs implements queue.Store. A look comes before, so that an idle server writes nothing.
func (s *Store) ClaimJobs(ctx context.Context, kind string, now, until time.Time, limit int) (claimed []queue.Job, err error) {
	var due bool
	if err := s.row(ctx, readJobsDue, kind, millis(now)).Scan(&due); err != nil || !due {
		return nil, translate(err)
	}
	err = s.writer.write(ctx, func(b *batch) error {
		claimed = nil
		found, err := list(context.Background(), b.w.stmts[findDueJobs], scanText, kind, millis(now), max(0, limit))
		if err != nil {
			return err
		}
		for _, id := range found {
			j, err := scanJob(b.row(claimJob, id, millis(until)))
			if err != nil {
				return err
			}
			claimed = append(claimed, j)
		}
		return nil
	})
	return claimed, err
}

// SaveJob implements queue.Store.
func (s *Store) SaveJob(ctx context.Context, j queue.Job) error {
	return s.change(ctx, queue.ErrChanged, saveJob, j.ID, j.Version, string(j.State), millis(j.Due), millis(j.NextTry), j.Problem, j.Body,
		millis(j.DoneAt))
}

// DeleteJob implements queue.Store.
func (s *Store) DeleteJob(ctx context.Context, owner, id string, version int) error {
	return s.change(ctx, queue.ErrChanged, deleteJob, owner, id, version)
}

// DeleteJobs implements queue.Store.
func (s *Store) DeleteJobs(ctx context.Context, owner, kind string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(deleteJobs, owner, kind) })
}
