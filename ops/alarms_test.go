package ops

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRulesReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"off":                           "",
		" off ":                         "",
		"errors > 5% for 5m":            "errors > 5 % for 5m",
		"errors > 5":                    "errors > 5 % for 1m",
		"latency_p99 > 2s for 1h":       "latency_p99 > 2 s for 1h",
		"latency_p99 > 250 for 10s;":    "latency_p99 > 250 ms for 10s",
		"wal_bytes > 64MB for 90s":      "wal_bytes > 64 MB for 1m30s",
		"data_bytes > 1.5GB":            "data_bytes > 1.5 GB for 1m",
		"queue_age > 10m":               "queue_age > 10m for 1m",
		"disk_free < 10%; cpu > 90%":    "disk_free < 10 % for 1m | cpu > 90 % for 1m",
		"cpu > 90%;cpu > 80%;cpu < 1%":  "cpu > 80 % for 1m | cpu < 1 % for 1m",
		"default; errors > 1% for 1m":   strings.Replace(defaults, "errors > 5 % for 5m", "errors > 1 % for 1m", 1),
		"mail_waiting > 50 for 15m":     "mail_waiting > 50 for 15m",
		"requests > 12.5 for 1m; ; off": "error",
		"errors":                        "error", "errors > five": "error", "errors >= 5": "error", "faults > 5": "error", "errors > -1": "error",
		"errors > NaN": "error", "errors > Inf": "error", "errors > 5 for 5s": "error", "errors > 5 for 2h": "error", "errors > 5 until 5m": "error",
		"errors > 5 for 5m more": "error", "latency > -2s": "error",
	} {
		rules, err := ParseRules(text, DefaultRules(0))
		var got []string
		for _, r := range rules {
			got = append(got, r.String())
		}
		written := strings.Join(got, " | ")
		if err != nil {
			written = "error"
		}
		equal(t, text, written, want)
	}
	equal(t, "whether too many rules are refused", tooMany() != nil, true)
}

const defaults = "errors > 5 % for 5m | latency_p99 > 2 s for 5m | cpu > 90 % for 15m | memory > 90 % for 5m | disk_free < 10 % for 5m | " +
	"queue_age > 10m for 5m | mail_waiting > 50 for 15m | store_down > 0 for 1m"

func tooMany() error {
	var all []string
	for _, m := range Metrics {
		all = append(all, m.Name+" > 1", m.Name+" < 1")
	}
	_, err := ParseRules(strings.Join(all, ";"), "")
	return err
}

func TestAnAlarmFiresAndClearsOnceItHeldForItsTime(t *testing.T) {
	b := newBench(t, "errors > 10% for 1m")
	equal(t, "the state at first", b.state("errors-high"), Insufficient)
	b.pass(30*time.Second, 200)
	equal(t, "the state before its time", b.state("errors-high"), Insufficient)
	b.pass(time.Minute, 200)
	equal(t, "the state in peace", b.state("errors-high"), OK)
	b.pass(Every, 500)
	equal(t, "the state after one bad look of six", b.state("errors-high"), Alarm) // one in six is more than a tenth
	b.pass(30*time.Second, 200)
	equal(t, "the state while it is in the minute", b.state("errors-high"), Alarm)
	b.pass(time.Minute)
	equal(t, "the state without a request", b.state("errors-high"), OK)
	equal(t, "what was told", strings.Join(b.told, ", "), "errors-high ALARM, errors-high OK")
	changes, err := b.History(t.Context(), "", 10)
	if err != nil || len(changes) != 3 {
		t.Fatalf("%d changes, %v", len(changes), err)
	}
	equal(t, "the reason", changes[1].Reason, "Errors: 16.7 %. The rule is errors > 10 % for 1m.")
	for _, c := range changes {
		equal(t, "whether it is told", c.Told, true)
	}
}

func TestAGaugeMustHoldTheWholeTime(t *testing.T) {
	waiting := 0
	b := newBench(t, "mail_waiting > 50 for 1m", func(o *Options) {
		o.Mail = func(context.Context) (int, int, error) { return waiting, 0, nil }
	})
	b.pass(time.Minute)
	waiting = 60
	b.pass(50 * time.Second)
	equal(t, "the state before its time", b.state("mail-waiting-high"), OK)
	waiting = 40
	b.pass(Every)
	waiting = 60
	b.pass(50 * time.Second)
	equal(t, "the state after a gap", b.state("mail-waiting-high"), OK)
	b.pass(Every)
	equal(t, "the state at its time", b.state("mail-waiting-high"), Alarm)
	waiting = 40
	b.pass(50 * time.Second)
	equal(t, "the state before it is over", b.state("mail-waiting-high"), Alarm)
	b.pass(Every)
	equal(t, "the state once it is over", b.state("mail-waiting-high"), OK)
}

func TestWhatIsNotKnownIsNotOver(t *testing.T) {
	var fails error
	b := newBench(t, "mail_waiting > 1 for 10s", func(o *Options) {
		o.Mail = func(context.Context) (int, int, error) { return 2, 0, fails }
	})
	b.pass(2 * Every)
	equal(t, "the state", b.state("mail-waiting-high"), Alarm)
	fails = errors.New("no answer")
	b.pass(time.Minute)
	equal(t, "the state of what is not known", b.state("mail-waiting-high"), Alarm)

	b = newBench(t, "mail_waiting > 5 for 10s", func(o *Options) {
		o.Mail = func(context.Context) (int, int, error) { return 2, 0, fails }
	})
	b.pass(Every)
	equal(t, "the state of what was never known", b.state("mail-waiting-high"), Insufficient)
}

func TestAnAlarmThatGoesOnIsNotToldAgainAfterARestart(t *testing.T) {
	b := newBench(t, "errors > 10% for 30s")
	b.pass(time.Minute, 500)
	b.open("errors > 10% for 30s")
	equal(t, "the state after the restart", b.state("errors-high"), Alarm)
	b.pass(time.Minute, 500)
	equal(t, "what was told", strings.Join(b.told, ", "), "errors-high ALARM")
	b.pass(time.Minute, 200)
	equal(t, "what was told at last", strings.Join(b.told, ", "), "errors-high ALARM, errors-high OK")
}

func TestWhatCouldNotBeToldIsToldLater(t *testing.T) {
	b := newBench(t, "errors > 10% for 10s")
	b.fails = errors.New("no channel")
	b.pass(time.Minute, 500)
	equal(t, "whether it is kept", len(b.shelf.changes), 1)
	b.open("errors > 10% for 10s")
	b.fails = nil
	b.pass(Every, 500)
	equal(t, "what was told after a restart", strings.Join(b.told, ", "), "errors-high ALARM")
	b.pass(Every, 500)
	equal(t, "whether it was told once", len(b.told), 1)

	b.fails = errors.New("no channel")
	b.pass(time.Minute, 200)
	b.pass(25*time.Hour, 200)
	b.fails = nil
	b.pass(Every, 200)
	equal(t, "what was told of what is a day old", len(b.told), 1)
}

func TestOldChangesGo(t *testing.T) {
	b := newBench(t, "errors > 10% for 10s")
	b.pass(time.Minute, 500)
	b.now = b.now.Add(changesFor)
	b.pass(time.Hour, 500)
	equal(t, "the changes left", len(b.shelf.changes), 0)
}
