package queue

import (
	"context"
	"testing"
	"time"
)

// shelf is a store that lends one job, and takes it back from whom its context lets.
type shelf struct {
	Store
	lent, back []Job
}

func (s *shelf) ClaimJobs(context.Context, string, time.Time, time.Time, int) (jobs []Job, err error) {
	jobs, s.lent = s.lent, nil
	return jobs, nil
}

func (s *shelf) SaveJob(ctx context.Context, j Job) error {
	if ctx.Err() == nil {
		s.back = append(s.back, j)
	}
	return ctx.Err()
}

func TestHowAJobWentIsNotedAlsoWhereItTookItsWholeLease(t *testing.T) {
	s := &shelf{lent: []Job{{ID: "a", Version: 3}}}
	Work{
		Store: s, Now: time.Now, Lease: time.Millisecond, Parallel: 1, Failed: func(err error) { t.Error(err) },
		Do: func(ctx context.Context, j Job) Job {
			<-ctx.Done()
			j.State, j.Problem = Failed, "It took too long."
			return j
		},
	}.Once(t.Context())
	if len(s.back) != 1 || s.back[0].Problem == "" || s.back[0].Version != 3 {
		t.Errorf("noted: %+v", s.back)
	}
}
