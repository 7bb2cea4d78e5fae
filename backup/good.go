package backup

import (
	"context"
	"slices"
	"time"

	"pegasus/queue"
)

// LateAfter returns how old the newest good backup may grow where one is made every so often, 0 where none is: one may fail, and the
// next one is known to be good only after its proof, for which there is a quarter of the time.
func LateAfter(every time.Duration) time.Duration { return 2*every + every/4 }

// Late reports whether more than one scheduled backup is missing that is known to be good.
func (o Overview) Late(now time.Time) bool {
	return o.Every > 0 && !o.Awaited.IsZero() && now.Sub(o.Awaited) > LateAfter(o.Every)
}

// AwaitedSince returns since when a good backup is waited for: since the newest one was made, or where there is none, since the
// schedule began. It is zero where there is no schedule either.
func (s *Service) AwaitedSince(ctx context.Context) (awaited time.Time, err error) {
	all, jobs, err := s.known(ctx)
	if err != nil {
		return awaited, err
	}
	_, awaited = standing(all, jobs)
	return awaited, nil
}

// known returns the history of this server, the newest first, and the jobs of all servers.
func (s *Service) known(ctx context.Context) ([]Record, []queue.Job, error) {
	all, err := s.History.List()
	if err != nil {
		return nil, nil, err
	}
	jobs, err := s.Jobs.Jobs(ctx, jobOwner, jobKind, maxJobs)
	return all, jobs, err
}

// standing returns when the newest backup was made that a restore has proven, zero where there is none, and since when a good one is
// waited for. Of those that another server made the scheduled ones count.
func standing(all []Record, jobs []queue.Job) (good, awaited time.Time) {
	here, scheduled := goodOnes(all, jobs)
	good = here.At
	if scheduled.Good.After(good) {
		good = scheduled.Good
	}
	if awaited = good; awaited.IsZero() {
		awaited = schedule(jobs).CreatedAt
	}
	return good, awaited
}

// goodOnes returns the newest backup that a restore has proven as this server knows it, and as the schedule does, which another
// server may have carried out. What was proven here later, or made anew, is known better here.
func goodOnes(all []Record, jobs []queue.Job) (here Record, scheduled task) {
	scheduled = taskOf(schedule(jobs))
	at := slices.IndexFunc(all, func(r Record) bool { return r.File == scheduled.GoodFile && (r.What == Proven || r.Problem == "") })
	if at >= 0 && (all[at].What == Made || all[at].Problem != "") {
		scheduled = task{}
	}
	return newestProven(all), scheduled
}

// schedule returns the job of the schedule, an empty one where there is none.
func schedule(jobs []queue.Job) queue.Job {
	for _, j := range jobs {
		if j.Key == keySchedule {
			return j
		}
	}
	return queue.Job{}
}

// newestProven returns the newest backup that was made and that a restore has proven since, an empty record where there is none. all
// is as List returns it.
func newestProven(all []Record) Record {
	proven := map[string]bool{} // by the newest proof of a file, or its newest content that nobody has proven
	for _, r := range all {
		_, later := proven[r.File]
		switch {
		case r.What == Proven && !later:
			proven[r.File] = r.Problem == ""
		case r.What == Made && r.Problem == "" && proven[r.File]:
			return r
		case r.What == Made && r.Problem == "":
			proven[r.File] = false
		}
	}
	return Record{}
}
