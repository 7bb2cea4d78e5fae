package views

import (
	"fmt"
	"time"

	"pegasus/backup"
)

// AdminData is the page about backups.
type AdminData struct {
	Own
	backup.Overview
	Now time.Time
}

// span is how long something is or takes, as people say it: in the largest unit of which there are some.
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return "less than a second"
	case d < time.Minute:
		return count(int(d.Round(time.Second)/time.Second), "second", "seconds")
	case d < 2*time.Hour:
		return count(int(d.Round(time.Minute)/time.Minute), "minute", "minutes")
	case d < 48*time.Hour:
		return count(int(d.Round(time.Hour)/time.Hour), "hour", "hours")
	}
	return count(int(d.Round(24*time.Hour)/(24*time.Hour)), "day", "days")
}

// doing says what is under way, and how far.
func doing(r backup.Running) string {
	what := "A backup"
	if r.What == backup.Proven {
		what = "A drill"
	}
	if r.Since.IsZero() {
		return what + " waits for its turn, or another server is at it."
	}
	p := r.Progress
	if p.Total == 0 {
		return what + " has begun."
	}
	return fmt.Sprintf("%s is under way: %s, %d %% of it.", what, p.Step, min(100, p.Done*100/p.Total))
}
