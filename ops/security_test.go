package ops

import (
	"context"
	"testing"
	"time"
)

func TestSignInsThatWereBlockedAreCountedAsSuch(t *testing.T) {
	b := newBench(t, "off", func(o *Options) {
		o.Security = func(context.Context, time.Time) (map[string]int, error) {
			return map[string]int{"session.sign_in_blocked": 2, "session.sign_in_failed": 20, "user.banned": 1}, nil
		}
	})
	figures, err := b.ReadSecurity(t.Context())
	if err != nil || figures.Blocked != 3 || figures.Failures != 20 || figures.Suspicious != 0 {
		t.Errorf("%+v, %v", figures, err)
	}
}
