package ops

import (
	"fmt"
	"testing"
	"time"
)

// joinedBenches are two servers that share a shelf and tell each other what they measure. The first leads while leads says so.
func joinedBenches(t *testing.T, leads *int, rules string, change ...func(*Options)) (a, b *bench) {
	share := func(to **bench) func(*Options) {
		return func(o *Options) { o.Share = func(m string) { (*to).Beside(m) } }
	}
	led := func(n int) func(*Options) { return func(o *Options) { o.Leads = func() bool { return *leads == n } } }
	a = newBench(t, rules, append(change, share(&b), led(1))...)
	b = &bench{t: t, shelf: a.shelf, now: start}
	b.open(rules, append(change, share(&a), led(2))...)
	return a, b
}

func both(a, b *bench, d time.Duration, statuses ...int) {
	for range int(d / Every) {
		a.pass(Every, statuses...)
		b.pass(Every, statuses...)
	}
}

func TestSeveralServersAreMeasuredAsOneAndKeptOnce(t *testing.T) {
	leads := 1
	a, b := joinedBenches(t, &leads, "off")
	both(a, b, 2*time.Minute, 200, 200)
	for name, one := range map[string]*bench{"the one that leads": a, "the other": b} {
		now := one.Current()
		if got := one.value(&now, "streams"); got != "6" {
			t.Errorf("%s: %s streams", name, got)
		}
		if got := now.requests; got < 22 || got > 24 {
			t.Errorf("%s: %d requests in a minute", name, got)
		}
		if got := one.value(&now, "mail_waiting"); got != "2" {
			t.Errorf("%s: %s mails wait, and all of them are counted by each", name, got)
		}
	}
	writes := a.shelf.writes
	if writes == 0 || len(a.shelf.measures) == 0 {
		t.Fatal("nothing is kept")
	}
	b.pass(time.Minute)
	if a.shelf.writes != writes {
		t.Error("who does not lead keeps it too")
	}
	leads = 2
	b.pass(2 * time.Minute)
	if a.shelf.writes == writes {
		t.Error("who leads now keeps nothing")
	}
}

func TestAnAlarmIsToldByWhoLeadsAndByTheNextWhereThatDied(t *testing.T) {
	leads := 1
	a, b := joinedBenches(t, &leads, "errors > 5% for 1m")
	both(a, b, 2*time.Minute, 500)
	if len(a.told) != 1 || len(b.told) != 0 || len(a.shelf.changes) != 1 {
		t.Fatalf("told %v and %v, kept %v", a.told, b.told, a.shelf.changes)
	}
	if b.state("errors-high") != Alarm {
		t.Error("the other server does not show it")
	}
	a.fails = fmt.Errorf("mail is away")
	both(a, b, 3*time.Minute, 200)
	if len(b.told) != 0 {
		t.Fatalf("who does not lead told %v", b.told)
	}
	leads = 2
	b.pass(time.Minute, 200)
	if fmt.Sprint(b.told) != "[errors-high OK]" {
		t.Errorf("the next one told %v", b.told)
	}
}

func TestAServerThatIsGoneIsNotCountedForLong(t *testing.T) {
	leads := 1
	a, b := joinedBenches(t, &leads, "off")
	both(a, b, time.Minute)
	a.pass(2 * time.Minute)
	now := a.Current()
	if got := a.value(&now, "streams"); got != "3" {
		t.Errorf("%s streams", got)
	}
}
