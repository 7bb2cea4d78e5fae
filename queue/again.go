package queue

import (
	"context"
	"time"
)

// Again makes a job due at once that waits or was given up, as it was seen at a version.
func Again(ctx context.Context, s Store, owner, id string, version int, now time.Time) error {
	j, err := s.Job(ctx, owner, id)
	if err != nil {
		return err
	}
	if j.State != Waiting && j.State != Failed {
		return ErrNotIdle
	}
	j.Version, j.State, j.NextTry, j.DoneAt = version, Waiting, now, time.Time{}
	return s.SaveJob(ctx, j)
}
