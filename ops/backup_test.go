package ops

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestOneScheduledBackupMayFailAndTheSecondRaisesAnAlarm(t *testing.T) {
	var made time.Time
	b := newBench(t, "default", func(o *Options) { o.Backup = func(context.Context) (time.Time, error) { return made, nil } })
	b.pass(Every)
	now := b.Current()
	equal(t, "the age without a backup", b.value(&now, "backup_age"), "unknown")
	equal(t, "the state without a backup", b.state("backup-age-high"), Insufficient)
	made = b.now.Add(-47 * time.Hour)
	b.pass(10 * time.Minute)
	equal(t, "the state after one that failed", b.state("backup-age-high"), OK)
	b.pass(time.Hour)
	equal(t, "the state after two", b.state("backup-age-high"), Alarm)
	made = b.now
	b.pass(10 * time.Minute)
	equal(t, "the state after a good one", b.state("backup-age-high"), OK)
}

func TestWithoutAScheduleNothingWatchesTheAgeOfBackups(t *testing.T) {
	for age, want := range map[time.Duration]bool{0: false, 24 * time.Hour: true} {
		rules, err := ParseRules("default", DefaultRules(age))
		if err != nil {
			t.Fatal(err)
		}
		last := rules[len(rules)-1].String()
		equal(t, "whether a rule watches over backups", strings.HasPrefix(last, "backup_age > 24h"), want)
	}
}
