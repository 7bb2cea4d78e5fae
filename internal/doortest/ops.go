package doortest

import (
	"context"
	"testing"
	"time"

	"pegasus/ops"
)

// openOps makes what measures the server. It has looked at it twice, ten seconds apart.
func (s *Services) openOps(t testing.TB) {
	rules, err := ops.ParseRules("default", ops.DefaultRules(0))
	must(t, err)
	recorder := &ops.Recorder{}
	now := Now().Add(-20 * time.Second)
	s.Ops = ops.New(ops.Options{
		Store: s.Store, Recorder: recorder, Now: func() time.Time { return now }, Dir: s.Dir, Cores: 2, Version: "test", Streams: s.Broker.Streams,
		Mail: s.Store.CountMail, Rules: rules,
		Tell: func(context.Context, ops.AlarmChange) error { return nil },
		Costs: ops.Costs{PerHour: 0.5, Currency: "EUR", Spend: func(context.Context, string, string) (float64, bool, error) {
			return 1.25, true, nil
		}},
		Security: func(ctx context.Context, from time.Time) (map[string]int, error) {
			counts, err := s.Store.CountEvents(ctx, from)
			named := map[string]int{}
			for action, n := range counts {
				named[string(action)] = n
			}
			return named, err
		},
		Failed: func(doing string, err error) { t.Logf("%s: %v", doing, err) },
	})
	s.Ops.Start(t.Context(), nil)
	for range 2 {
		recorder.Request(200, 20*time.Millisecond)
		now = now.Add(ops.Every)
		s.Ops.Sample(t.Context())
	}
	s.Ops.Now = Now
}
