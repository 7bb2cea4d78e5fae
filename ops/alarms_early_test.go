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

// The lead lies in the database: it lapses in the outage, and after it whoever is first has it.
func TestAnOutageOfTheDatabaseIsToldByWhoLedAndKeptWhoeverLeadsAfterIt(t *testing.T) {
	for next := 1; next <= 2; next++ {
		leads := 1
		var early []string
		a, b := joinedBenches(t, &leads, "store_down > 0 for 1m", func(o *Options) {
			o.TellNow = func(_ context.Context, c AlarmChange) error {
				early = append(early, c.Name+" "+string(c.State))
				return nil
			}
		})
		both(a, b, 2*time.Minute)
		kept := len(a.shelf.measures)
		a.shelf.away = errors.New("away")
		both(a, b, 20*time.Second)
		leads = 0
		both(a, b, 5*time.Minute)
		equal(t, "what was told during the outage", strings.Join(early, ", "), "store-down-high ALARM")
		a.shelf.away = nil
		both(b, a, Every) // the other one looks first
		leads = next
		both(b, a, 3*time.Minute)
		equal(t, "what was told past the store in all", len(early), 1)
		equal(t, "what was told as usual", strings.Join(append(a.told, b.told...), ", "), "store-down-high ALARM, store-down-high OK")
		var changes []string
		for _, c := range a.shelf.changes {
			changes = append(changes, string(c.State))
		}
		equal(t, "what is kept of the alarm", strings.Join(changes, " "), "OK ALARM OK")
		equal(t, "what is kept of the minutes of the outage", len(a.shelf.measures) >= kept+5, true)
		equal(t, "whether the other server shows that it is over", b.state("store-down-high"), OK)
	}
}
