package ops

import (
	"slices"
	"time"
)

// uptime is for how long the server could work, by hours, oldest first.
type uptime struct{ hours []hour }

type hour struct {
	at      time.Time
	span    time.Duration // measured
	working time.Duration // of it, with a database that answered
}

// newUptime reads it from the hours that were kept, and from the minutes of one that was not.
func newUptime(hours, minutes []Measure) (u uptime) {
	for _, m := range hours {
		u.add(m)
	}
	for _, m := range minutes {
		if n := len(hours); n == 0 || m.At.Truncate(time.Hour).After(hours[n-1].At) {
			u.add(m)
		}
	}
	return u
}

// add takes up a measure that begins in the last hour, or later.
func (u *uptime) add(m Measure) {
	down, known := mean(storeDown)(&m)
	if !known {
		return
	}
	at := m.At.Truncate(time.Hour)
	if n := len(u.hours); n == 0 || at.After(u.hours[n-1].at) {
		u.hours = append(u.hours, hour{at: at})
	}
	last := &u.hours[len(u.hours)-1]
	last.span += m.Span
	last.working += time.Duration(float64(m.Span) * (1 - down))
}

func (u *uptime) forget(now time.Time) {
	u.hours = slices.DeleteFunc(u.hours, func(h hour) bool { return h.at.Before(now.Add(-MaxPeriod)) })
}

// percent returns the share of the time since the first measure, 30 days back at most, and false before one. Of the first hour
// counts what was measured: nobody knows what was before.
func (u *uptime) percent(now time.Time) (float64, bool) {
	if len(u.hours) == 0 {
		return 0, false
	}
	var working time.Duration
	for _, h := range u.hours {
		working += h.working
	}
	first := u.hours[0]
	all := first.span
	if len(u.hours) > 1 || now.After(first.at.Add(time.Hour)) {
		all += now.Sub(first.at.Add(time.Hour))
	}
	return min(100, 100*float64(working)/float64(all)), all > 0
}
