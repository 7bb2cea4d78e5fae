package ops

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestAnOutageOfTheDatabaseIsToldWhileItLastsAndOnceAgainAfterIt(t *testing.T) {
	var early []string
	var fails error
	b := newBench(t, "store_down > 0 for 10s", func(o *Options) {
		o.TellNow = func(_ context.Context, c AlarmChange) error {
			if fails == nil {
				early = append(early, c.Name+" "+string(c.State))
			}
			return fails
		}
	})
	b.pass(time.Minute)
	equal(t, "what was told in peace", len(early), 0)
	b.shelf.away, fails = errors.New("away"), errors.New("no way to the mail server")
	b.pass(time.Minute)
	fails = nil
	b.pass(5 * time.Minute)
	equal(t, "what was told during the outage", strings.Join(early, ", "), "store-down-high ALARM")
	equal(t, "what was told as usual by then", len(b.told), 0)
	b.shelf.away = nil
	b.pass(time.Minute)
	equal(t, "what was told past the store after it", len(early), 1)
	equal(t, "what was told as usual after it", strings.Join(b.told, ", "), "store-down-high ALARM, store-down-high OK")
	equal(t, "what is kept in mind", len(b.early), 0)
}
