package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"pegasus/importer"
)

// How often progress is shown: on a terminal one line that changes, elsewhere a line now and then.
const (
	terminalPace = 100 * time.Millisecond
	linePace     = 5 * time.Second
	barWidth     = 24
)

// meter shows how far an import is.
type meter struct {
	out      io.Writer
	terminal bool
	current  string    // the collection
	began    time.Time // with it
	from     int       // how many of it were done then
	shown    time.Time
}

func newMeter(out io.Writer) *meter {
	m := &meter{out: out}
	if f, ok := out.(*os.File); ok {
		info, err := f.Stat()
		m.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return m
}

// show is told of progress, far more often than it shows it.
func (m *meter) show(p importer.Progress) {
	now := time.Now()
	if p.Collection != m.current {
		m.end()
		m.current, m.began, m.from, m.shown = p.Collection, now, p.Done, time.Time{}
		if !m.terminal {
			m.shown = now
		}
	}
	pace := linePace
	if m.terminal {
		pace = terminalPace
	}
	if now.Sub(m.shown) < pace && (p.Done < p.Total || !m.terminal) {
		return
	}
	m.shown = now
	if m.terminal {
		fmt.Fprintf(m.out, "\r\x1b[K%s", progressLine(p, m.from, now.Sub(m.began)))
	} else {
		fmt.Fprintln(m.out, progressLine(p, m.from, now.Sub(m.began)))
	}
}

// end leaves the line of a terminal.
func (m *meter) end() {
	if m.terminal && m.current != "" {
		fmt.Fprintln(m.out)
	}
	m.current = ""
}

// progressLine says how far a collection is after a time in which it went on from a number.
func progressLine(p importer.Progress, from int, took time.Duration) string {
	filled, percent := barWidth, 100
	if p.Total > 0 {
		filled, percent = min(p.Done, p.Total)*barWidth/p.Total, min(p.Done, p.Total)*100/p.Total
	}
	line := fmt.Sprintf("%-24s %s%s %3d%%  %d of %d", p.Collection, strings.Repeat("█", filled), strings.Repeat("░", barWidth-filled), percent, p.Done, p.Total)
	if did := p.Done - from; did > 0 && took > time.Second {
		rate := float64(did) / took.Seconds()
		line += fmt.Sprintf("  %.0f/s", rate)
		if left := p.Total - p.Done; left > 0 {
			line += fmt.Sprintf("  %s left", time.Duration(float64(left)/rate*float64(time.Second)).Round(time.Second))
		}
	}
	return line
}
