package backup

import (
	"context"
	"time"
)

// LastGood returns when the newest backup was made that a restore has proven, zero where there is none, for whoever watches over it.
// Of those that another server made it knows the scheduled ones.
func (s *Service) LastGood(ctx context.Context) (last time.Time, err error) {
	all, err := s.History.List()
	if err != nil {
		return last, err
	}
	last = newestProven(all)
	jobs, err := s.Jobs.Jobs(ctx, jobOwner, jobKind, maxJobs)
	for _, j := range jobs {
		if t := taskOf(j); t.Good.After(last) {
			last = t.Good
		}
	}
	return last, err
}

// AwaitedSince returns since when a good backup is waited for: since the newest one was made, or where there is none, since the
// schedule began. It is zero where there is no schedule either.
func (s *Service) AwaitedSince(ctx context.Context) (time.Time, error) {
	last, err := s.LastGood(ctx)
	if err != nil || !last.IsZero() {
		return last, err
	}
	jobs, err := s.Jobs.Jobs(ctx, jobOwner, jobKind, maxJobs)
	for _, j := range jobs {
		if j.Key == keySchedule {
			last = j.CreatedAt
		}
	}
	return last, err
}

// newestProven returns when the newest backup was made that a restore has proven since, zero where there is none. all is as List
// returns it.
func newestProven(all []Record) time.Time {
	proven := map[string]bool{} // by the newest proof of a file, or its newest content that nobody has proven
	for _, r := range all {
		_, later := proven[r.File]
		switch {
		case r.What == Proven && !later:
			proven[r.File] = r.Problem == ""
		case r.What == Made && r.Problem == "" && proven[r.File]:
			return r.At
		case r.What == Made && r.Problem == "":
			proven[r.File] = false
		}
	}
	return time.Time{}
}

// Late reports whether more than one scheduled backup is missing that is known to be good.
func (o Overview) Late(now time.Time) bool {
	return o.Every > 0 && !o.Good.IsZero() && now.Sub(o.Good) > 2*o.Every
}
