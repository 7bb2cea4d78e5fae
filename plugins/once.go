package plugins

import (
	"context"
	"time"

	"pegasus/chat"
	"pegasus/id"
	"pegasus/queue"
)

// jobAnswered is the kind of jobs that remember for a while which calls were answered.
const jobAnswered = "plugin-answered"

// once reports whether a call of an install comes for the first time with its key, which is "" where it has none. done
// forgets it, where nothing came of it.
func (s *Service) once(ctx context.Context, installID, key string) (first bool, done func(context.Context), err error) {
	if key == "" {
		return true, func(context.Context) {}, nil
	}
	now := s.now()
	j, repeated, err := s.jobs.AddJob(context.WithoutCancel(ctx), queue.Job{
		ID: id.New(now), Kind: jobAnswered, Owner: installID, Key: key, State: queue.Waiting, Due: now.Add(chat.KeyLife), NextTry: now.Add(chat.KeyLife),
		CreatedAt: now, Body: "{}",
	})
	done = func(ctx context.Context) {
		// Where this fails a retry is told that it was answered, which is the lesser evil.
		_ = s.jobs.DeleteJob(context.WithoutCancel(ctx), installID, j.ID, j.Version)
	}
	return !repeated, done, err
}

// Tasks returns what is done at a time: calling plugins, and forgetting which calls were answered. failed is told of what the
// store refuses.
func (s *Service) Tasks(failed func(error)) []queue.Work {
	schedules := queue.Work{
		Store: s.jobs, Kind: jobSchedule, Now: s.now, Lease: scheduleLease, Parallel: 4, Do: s.runSchedule, Failed: failed,
	}
	answered := queue.Work{
		Store: s.jobs, Kind: jobAnswered, Now: s.now, Lease: time.Minute, Parallel: 16, Failed: failed,
		Do: func(_ context.Context, j queue.Job) queue.Job { return queue.Job{ID: j.ID, Owner: j.Owner} },
	}
	hooks := schedules
	hooks.Kind, hooks.Do = jobHook, s.runHook
	return []queue.Work{schedules, hooks, answered}
}
