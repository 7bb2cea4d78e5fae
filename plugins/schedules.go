package plugins

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pegasus/fault"
	"pegasus/id"
	"pegasus/plugins/manifest"
	"pegasus/plugins/sandbox"
	"pegasus/queue"
)

const (
	// jobSchedule is the kind of jobs that call plugins at their times. The owner is the install, the key the schedule.
	jobSchedule   = "plugin-schedule"
	scheduleLease = 30 * time.Second // longer than a call takes
	scheduleRetry = time.Minute      // where the machine had no room for it, or the database did not answer
)

type scheduleBody struct {
	Name string `json:"name"`
}

// reschedule has an install wait for its times, and for no others.
func (s *Service) reschedule(ctx context.Context, i Install) error {
	m, err := readManifest(i.Manifest)
	if err != nil {
		return err
	}
	if err := s.jobs.DeleteJobs(ctx, i.ID, jobSchedule); err != nil {
		return err
	}
	if i.State != Active || !i.allows(manifest.OnSchedule) {
		return nil
	}
	now := s.now()
	zone := s.zoneOf(ctx, i)
	for _, one := range m.Triggers.Schedules {
		body, _ := json.Marshal(scheduleBody{one.Name}) // it always encodes
		due := one.Next(now, zone).UTC()
		if _, _, err := s.jobs.AddJob(ctx, queue.Job{
			ID: id.New(now), Kind: jobSchedule, Owner: i.ID, Key: one.Name, State: queue.Waiting, Due: due, NextTry: due, CreatedAt: now, Body: string(body),
		}); err != nil {
			return err
		}
	}
	return nil
}

// zoneOf returns the time zone of who installed a plugin.
func (s *Service) zoneOf(ctx context.Context, i Install) *time.Location {
	u, err := s.user(ctx, i.InstallerID)
	if err != nil {
		return time.UTC
	}
	return s.zone(ctx, call{caller: u}, authority{})
}

// runSchedule calls a plugin whose time has come, and waits for its next time. Times that passed while no server ran are
// made up for by one call. A job of an install that is gone or off ends.
func (s *Service) runSchedule(ctx context.Context, j queue.Job) queue.Job {
	over := queue.Job{ID: j.ID, Owner: j.Owner}
	var body scheduleBody
	if err := json.Unmarshal([]byte(j.Body), &body); err != nil {
		return over
	}
	i, err := s.store.Install(ctx, j.Owner)
	if fault.Is(err, fault.NotFound) {
		return over
	}
	var a authority
	if err == nil {
		a, err = s.authorise(ctx, i)
	}
	at := -1
	for n, one := range a.manifest.Triggers.Schedules {
		if one.Name == body.Name {
			at = n
		}
	}
	f := fault.From(err)
	switch {
	case f != nil && (f.Kind == fault.Unavailable || f.Kind == fault.Internal):
		return s.again(j)
	case f == errOff || f == nil && (at < 0 || !a.may(manifest.OnSchedule)):
		return over
	case at < 0: // nobody answers for it
		j.State, j.NextTry = queue.Waiting, s.now().Add(time.Hour)
		return j
	case f == nil:
		c := call{kind: KindSchedule, key: fmt.Sprintf("schedule-%s-%d", j.ID, j.Due.UnixMilli()), event: sandbox.Schedule{Name: body.Name, Due: j.Due}}
		out, err := s.run(ctx, a, c)
		if err == nil {
			_, err = s.say(ctx, a, c, out.Replies)
		}
		if s.busy(err) {
			return s.again(j)
		}
	}
	j.Due = a.manifest.Triggers.Schedules[at].Next(s.now(), s.zone(ctx, call{}, a)).UTC()
	j.State, j.NextTry = queue.Waiting, j.Due
	return j
}

// again puts a job off that could not be done for now.
func (s *Service) again(j queue.Job) queue.Job {
	j.State, j.NextTry = queue.Waiting, s.now().Add(scheduleRetry)
	return j
}

// busy reports whether a call failed for a reason that passes by itself.
func (s *Service) busy(err error) bool {
	var f *sandbox.Fault
	if err == nil || errors.As(err, &f) {
		return false
	}
	kind := fault.From(err).Kind
	return kind == fault.Unavailable || kind == fault.Limited || kind == fault.Internal
}
