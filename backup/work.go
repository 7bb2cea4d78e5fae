package backup

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

// Run makes and proves backups until ctx ends, which breaks off what is under way: it is begun anew after the next start.
func (s *Service) Run(ctx context.Context, every time.Duration) {
	failed := func(err error) { s.Failed(ctx, "look for backups to make", err) }
	if err := s.start(ctx); err != nil {
		failed(err)
	}
	queue.Work{
		Store: s.Jobs, Kind: jobKind, Now: s.Now, Lease: lease, Parallel: 1, Failed: failed,
		Do: func(work context.Context, j queue.Job) queue.Job {
			work, stop := context.WithCancel(work)
			defer stop()
			defer context.AfterFunc(ctx, stop)()
			return s.do(work, j)
		},
	}.Run(ctx, every)
}

// start brings the schedule in line with the settings, and frees what a crash of this server left claimed.
func (s *Service) start(ctx context.Context) error {
	if left, err := filepath.Glob(filepath.Join(s.Dir, "pegasus-*.tmp*")); err == nil && s.Alone {
		for _, name := range left {
			_ = os.Remove(name) // the next start tries again
		}
	}
	jobs, err := s.Jobs.Jobs(ctx, jobOwner, jobKind, maxJobs)
	if err != nil {
		return err
	}
	now := s.Now()
	planned := false
	for _, j := range jobs {
		planned = planned || j.Key == keySchedule
		late := j.Key == keySchedule && j.State == queue.Waiting && j.NextTry.After(now.Add(s.Every))
		switch {
		case j.Key == keySchedule && s.Every == 0:
			err = errors.Join(err, s.Jobs.DeleteJob(ctx, j.Owner, j.ID, j.Version))
		case late || s.Alone && j.State == queue.Running:
			j.State, j.NextTry = queue.Waiting, now
			err = errors.Join(err, s.Jobs.SaveJob(ctx, j))
		}
	}
	if s.Every == 0 || planned {
		return err
	}
	_, _, added := s.Jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: jobKind, Owner: jobOwner, Key: keySchedule, State: queue.Waiting, Due: now, NextTry: now, Body: "{}", CreatedAt: now,
	})
	return errors.Join(err, added)
}

func (s *Service) do(ctx context.Context, j queue.Job) queue.Job {
	t := taskOf(j)
	defer s.now.Store(nil)
	var failed error // to make a backup: one that cannot be proven is looked at by a person, for another would hardly be better
	switch j.Key {
	case keyDrill:
		_ = s.prove(ctx, t.File, t.By) // the history says how it went
	case keyNow:
		_, _ = s.make(ctx, t.By)
	default:
		var name string
		if name, failed = s.make(ctx, "the schedule"); failed == nil {
			made := s.Now()
			if s.prove(ctx, name, "the schedule") == nil {
				t.Good, t.GoodFile = made, name
			}
		}
	}
	now := s.Now()
	switch {
	case stopped(ctx):
		j.State, j.NextTry = queue.Waiting, now
		return j
	case j.Key != keySchedule:
		return queue.Job{ID: j.ID, Owner: j.Owner}
	}
	body, _ := json.Marshal(t) // of strings and a time
	j.Body = string(body)
	j.State, j.Due = queue.Waiting, j.Due.Add(s.Every)
	if j.Due.Before(now) {
		j.Due = now.Add(s.Every)
	}
	if j.NextTry = j.Due; failed != nil && now.Add(retry).Before(j.Due) {
		j.NextTry = now.Add(retry)
	}
	return j
}

// stopped reports whether the server stops. A job whose lease is over has failed.
func stopped(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// make makes a backup, notes how it went, and removes those that are too many.
func (s *Service) make(ctx context.Context, by string) (name string, err error) {
	began := s.Now()
	name = filepath.Join(s.Dir, "pegasus-"+began.UTC().Format("20060102-150405")+".tar.zst")
	err = os.MkdirAll(s.Dir, 0o700)
	r := Record{What: Made, File: name, By: by}
	if err == nil {
		var m Manifest
		m, r.Size, err = s.Write(ctx, name, s.progress(Running{What: Made, File: name, By: by, Since: began}))
		r.Fill(m)
	}
	s.note(ctx, r, began, "make a backup", err)
	if err == nil {
		s.prune(ctx)
	}
	return name, err
}

func (s *Service) prove(ctx context.Context, name, by string) error {
	began := s.Now()
	r := Record{What: Proven, File: name, By: by}
	m, err := s.Drill(ctx, name, s.progress(Running{What: Proven, File: name, By: by, Since: began}))
	r.Fill(m)
	s.note(ctx, r, began, "prove a backup", err)
	return err
}

func (s *Service) progress(r Running) func(Progress) {
	s.now.Store(&r)
	return func(p Progress) {
		next := r
		next.Progress = p
		s.now.Store(&next)
	}
}

// note writes to the history how it went. What a stop of the server broke off is begun anew and was no failure.
func (s *Service) note(ctx context.Context, r Record, began time.Time, doing string, err error) {
	if stopped(ctx) {
		return
	}
	ctx = context.WithoutCancel(ctx) // that its lease is over is told too
	r.At = s.Now()
	r.Took = r.At.Sub(began)
	if err != nil {
		r.Problem = told(err)
		s.Failed(ctx, doing, err)
		s.Record(ctx, accounts.Event{Action: accounts.ActionBackupFailed, Details: map[string]string{"what": r.What, "file": filepath.Base(r.File)}})
	}
	if err := s.History.Add(r); err != nil {
		s.Failed(ctx, "write to the history of backups", err)
	}
}

// told is what admins read of a failure.
func told(err error) string {
	var known *fault.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return err.Error()
}

// prune removes the oldest backups of this service beyond those that are kept. The newest one that is known to be good stays,
// however old; where that is not known, all do.
func (s *Service) prune(ctx context.Context) {
	all, jobs, err := s.known(ctx)
	if err != nil {
		s.Failed(ctx, "remove old backups", err)
		return
	}
	here, scheduled := goodOnes(all, jobs)
	entries, err := os.ReadDir(s.Dir)
	var names []string
	for _, e := range entries {
		if fileName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names) // by their times
	for _, name := range names[:max(0, len(names)-s.Keep)] {
		if name == filepath.Base(here.File) || name == filepath.Base(scheduled.GoodFile) {
			continue
		}
		err = errors.Join(err, os.Remove(filepath.Join(s.Dir, name)))
	}
	if err != nil {
		s.Failed(ctx, "remove old backups", err)
	}
}
