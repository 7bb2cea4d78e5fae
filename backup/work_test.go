package backup

import (
	"context"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/queue"
)

func TestABackupWhoseLeaseIsOverHasFailedAndOneThatAStopBrokeOffHasNot(t *testing.T) {
	now := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		end      func(context.Context) (context.Context, context.CancelFunc)
		failures int
		next     time.Time
	}{
		"the lease": {func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, 0) }, 1, now.Add(retry)},
		"a stop": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, stop := context.WithCancel(ctx)
			stop()
			return ctx, stop
		}, 0, now},
	} {
		recorded := 0
		s := NewService(Options{
			History: NewHistory(t.TempDir()), Dir: t.TempDir(), Every: 24 * time.Hour, Keep: 1, Now: func() time.Time { return now },
			Write: func(ctx context.Context, _ string, _ func(Progress)) (Manifest, int64, error) {
				return Manifest{}, 0, ctx.Err()
			},
			Record: func(ctx context.Context, _ accounts.Event) {
				if ctx.Err() == nil {
					recorded++
				}
			},
			Failed: func(context.Context, string, error) {},
		})
		ctx, end := c.end(t.Context())
		j := s.do(ctx, queue.Job{Key: keySchedule, Due: now, Body: "{}"})
		end()
		all, err := s.History.List()
		if err != nil || len(all) != c.failures || recorded != c.failures {
			t.Errorf("%s: the history has %+v, the audit log %d events, %v", name, all, recorded, err)
		}
		if j.State != queue.Waiting || !j.NextTry.Equal(c.next) {
			t.Errorf("%s: the next try is at %v, want %v", name, j.NextTry, c.next)
		}
	}
}
