package rates_test

import (
	"testing"
	"time"

	"pegasus/rates"
)

func TestUsesCountByKeyUntilTheirTimeIsOver(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w := rates.New(func() time.Time { return now }, false)
	take := func(key string, want time.Duration) {
		t.Helper()
		if got := w.Take(key, 2, time.Minute); got != want {
			t.Errorf("%s waits %v, want %v", key, got, want)
		}
	}
	take("a", 0)
	take("a", 0)
	take("b", 0)
	now = now.Add(20 * time.Second)
	take("a", 40*time.Second)
	now = now.Add(40 * time.Second)
	take("a", 0)
	off := rates.New(func() time.Time { return now }, true)
	for range 5 {
		if off.Take("a", 1, time.Minute) != 0 {
			t.Error("what is off refuses")
		}
	}
}
