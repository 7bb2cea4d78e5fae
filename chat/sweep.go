package chat

import (
	"context"
	"encoding/json"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

// How old messages are removed: in short steps, so that people come first, and a step that a crash cuts off is done again.
const (
	jobSweep      = "retention" // one for the workspace, which goes on for ever
	sweepOwner    = "workspace"
	sweepEvery    = time.Hour
	sweepPause    = 200 * time.Millisecond // between two steps
	sweepRetry    = time.Minute            // after a failure
	sweepLease    = 2 * time.Minute        // longer than a step takes
	sweepChannels = 200                    // that a step looks at
	sweepMessages = 400                    // that a step looks at
	maxOldPage    = 50                     // messages in one write
	maxPassed     = 500                    // read marks in one write
)

// Sweep is one going through all channels.
type Sweep struct {
	Began    time.Time `json:"began"`
	Ended    time.Time `json:"ended"` // zero while it is under way
	Channels int       `json:"channels"`
	Messages int       `json:"messages"`
	Files    int       `json:"files"`
}

// sweeping is how far the job is.
type sweeping struct {
	Now     Sweep  `json:"now"`
	Last    Sweep  `json:"last"`
	Channel string `json:"channel"` // the last one that is done
	Within  string `json:"within"`  // the one after it that is under way, "" for none
	Seq     int64  `json:"seq"`     // in that one, up to where it was looked at
	Found   bool   `json:"found"`   // something was removed there
}

// MessagesRemoved goes to a channel when messages were removed because of their age.
type MessagesRemoved struct {
	ChannelID  string
	MessageIDs []string
}

// StartRetention sees to it that old messages are looked for.
func (s *Service) StartRetention(ctx context.Context) error {
	now := s.now()
	_, _, err := s.jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: jobSweep, Owner: sweepOwner, Key: "all", State: queue.Waiting, Due: now, NextTry: now, Body: "{}", CreatedAt: now,
	})
	return err
}

// sweepSoon lets the job look at once. Where it is under way it sees the change anyhow.
func (s *Service) sweepSoon(ctx context.Context) error {
	jobs, err := s.jobs.Jobs(ctx, sweepOwner, jobSweep, 1)
	if err != nil || len(jobs) == 0 || jobs[0].State == queue.Running {
		return err
	}
	jobs[0].NextTry = s.now()
	if err = s.jobs.SaveJob(ctx, jobs[0]); fault.Is(err, fault.Conflict) {
		err = nil
	}
	return err
}

// Sweeps returns the last time that all channels were gone through, and the one under way; zero where there is none. Problem is
// what keeps it from going on. For admins.
func (s *Service) Sweeps(ctx context.Context, admin accounts.User) (last, now Sweep, problem string, err error) {
	if err := accounts.RequireAdmin(admin); err != nil {
		return Sweep{}, Sweep{}, "", err
	}
	jobs, err := s.jobs.Jobs(ctx, sweepOwner, jobSweep, 1)
	if err != nil || len(jobs) == 0 {
		return Sweep{}, Sweep{}, "", err
	}
	var at sweeping
	_ = json.Unmarshal([]byte(jobs[0].Body), &at) // what cannot be read begins anew
	return at.Last, at.Now, jobs[0].Problem, nil
}

// sweepTask is what removes old messages.
func (s *Service) sweepTask(work queue.Work) queue.Work {
	work.Kind, work.Do, work.Lease, work.Parallel = jobSweep, s.sweep, sweepLease, 1
	return work
}

// sweep takes the next step.
func (s *Service) sweep(ctx context.Context, j queue.Job) queue.Job {
	var at sweeping
	_ = json.Unmarshal([]byte(j.Body), &at) // what cannot be read begins anew
	if at.Now.Began.IsZero() {
		at.Now = Sweep{Began: s.now()}
	}
	through, err := s.sweepStep(ctx, &at)
	wait := sweepPause
	j.Problem = ""
	switch {
	case err != nil:
		wait, j.Problem = sweepRetry, fault.From(err).Message
	case through:
		wait = sweepEvery
		at.Now.Ended = s.now()
		at = sweeping{Last: at.Now}
	}
	if body, failed := json.Marshal(at); failed == nil {
		j.Body = string(body)
	}
	j.State, j.NextTry = queue.Waiting, s.now().Add(wait)
	return j
}

// sweepStep goes on where the step before ended, and reports whether all channels are done. What admins have just changed holds.
func (s *Service) sweepStep(ctx context.Context, at *sweeping) (through bool, err error) {
	rule, err := s.retention.Fresh(ctx)
	if err != nil {
		return false, err
	}
	channels, err := s.store.ChannelsAfter(ctx, at.Channel, sweepChannels)
	if err != nil {
		return false, err
	}
	budget := sweepMessages
	for _, c := range channels {
		if at.Within != c.ID {
			at.Within, at.Seq, at.Found = c.ID, 0, false
		}
		done, err := s.sweepChannel(ctx, c, rule.Of(c), at, &budget)
		if err != nil || !done {
			return false, err
		}
		at.Channel = c.ID
	}
	return len(channels) < sweepChannels, nil
}

// sweepChannel removes what is too old, from the oldest on, until it meets what is not or the budget of messages is spent. A
// channel in which nothing is old costs one.
func (s *Service) sweepChannel(ctx context.Context, c Channel, days int, at *sweeping, budget *int) (done bool, err error) {
	switch {
	case days == 0:
		return true, s.passRemoved(ctx, at) // of what went before the rule was taken back
	case c.LastSeq == 0:
		return true, nil
	case *budget <= 0:
		return false, nil
	}
	before := s.keptFrom(days)
	*budget--
	done, err = s.eachOld(ctx, c.ID, at.Seq, before, func(old []Message) (more bool, err error) {
		*budget -= len(old)
		if err := s.removeOld(ctx, c, old, before, at); err != nil {
			return false, err
		}
		at.Seq = old[len(old)-1].Seq
		return *budget > 0, nil
	})
	if err != nil || !done {
		return false, err
	}
	return true, s.passRemoved(ctx, at)
}

// passRemoved moves the read marks of members who had not read what was removed behind it: nobody is shown a count of messages
// that are not there.
func (s *Service) passRemoved(ctx context.Context, at *sweeping) error {
	for at.Found {
		c, moved, err := s.store.PassRead(ctx, at.Within, at.Seq, maxPassed)
		if err != nil {
			return err
		}
		if len(moved) == 0 {
			break
		}
		for _, m := range moved {
			s.tellRead(c, m, false)
		}
	}
	return nil
}

// removeOld removes messages but for those that outlive their age, and tells who looks at them.
func (s *Service) removeOld(ctx context.Context, c Channel, old []Message, before time.Time, at *sweeping) error {
	files := map[string]int{}
	var ids []string
	for _, m := range old {
		if !m.outlives(before) {
			ids, files[m.ID] = append(ids, m.ID), len(m.Attachments)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	removed, err := s.store.RemoveMessages(ctx, ids, before, s.now())
	told := MessagesRemoved{ChannelID: c.ID}
	roots := map[string]bool{}
	for _, m := range removed {
		told.MessageIDs = append(told.MessageIDs, m.ID)
		at.Seq = max(at.Seq, m.Seq) // also where the rest fails: what is gone is not met again
		at.Now.Messages, at.Now.Files = at.Now.Messages+1, at.Now.Files+files[m.ID]
		if m.ParentID != "" {
			roots[m.ParentID] = true
		}
	}
	if len(removed) > 0 {
		if !at.Found {
			at.Now.Channels, at.Found = at.Now.Channels+1, true
		}
		s.wakeRemoval()
		s.events.Publish(channelTopic(c.ID), told)
		for rootID := range roots {
			s.tellThread(ctx, rootID)
		}
	}
	return err
}
