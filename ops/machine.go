package ops

import (
	"context"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/process"
)

// machine reads what the system says of this process.
type machine struct {
	process *process.Process
	dir     string // the data directory
	limit   uint64 // bytes of memory that the process may use, 0 where it is not known
	cores   float64
	busy    float64 // seconds of processor time at the last reading
	paused  time.Time
}

// newMachine never fails: what it cannot read stays unknown.
func newMachine(ctx context.Context, dir string, cores int, now time.Time) *machine {
	m := &machine{dir: dir, cores: float64(cores), paused: now, busy: math.NaN()}
	if p, err := process.NewProcessWithContext(ctx, int32(os.Getpid())); err == nil {
		m.process = p
		m.busy = m.processorTime(ctx)
	}
	if all, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		m.limit = all.Total
	}
	if bound := cgroupLimit("/sys/fs/cgroup"); bound > 0 && (m.limit == 0 || bound < m.limit) {
		m.limit = bound
	}
	return m
}

func (m *machine) processorTime(ctx context.Context) float64 {
	if m.process == nil {
		return math.NaN()
	}
	t, err := m.process.TimesWithContext(ctx)
	if err != nil {
		return math.NaN()
	}
	return t.User + t.System
}

var goSamples = []string{"/memory/classes/heap/objects:bytes", "/sched/goroutines:goroutines"}

// read sets the gauges of the process, of which it knows those that the system tells.
func (m *machine) read(ctx context.Context, into *Measure) {
	busy := m.processorTime(ctx)
	if share := 100 * (busy - m.busy) / (into.Span.Seconds() * m.cores); share >= 0 && !math.IsInf(share, 0) { // NaN is neither
		into.set(cpu, min(share, 100))
	}
	m.busy = busy
	if m.process != nil {
		if used, err := m.process.MemoryInfoWithContext(ctx); err == nil {
			into.set(memory, float64(used.RSS))
			if m.limit > 0 {
				into.set(memoryShare, 100*float64(used.RSS)/float64(m.limit))
			}
		}
	}
	if u, err := disk.UsageWithContext(ctx, m.dir); err == nil && u.Total > 0 {
		into.set(diskFree, 100*float64(u.Free)/float64(u.Total))
	}
	samples := make([]metrics.Sample, len(goSamples))
	for i, name := range goSamples {
		samples[i].Name = name
	}
	metrics.Read(samples)
	into.set(heap, float64(samples[0].Value.Uint64()))
	into.set(goroutines, float64(samples[1].Value.Uint64()))
	into.set(gcPause, inMillis(m.longestPause()))
}

// longestPause returns the longest pause of the garbage collector since it was last asked for.
func (m *machine) longestPause() (longest time.Duration) {
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	for i, end := range stats.PauseEnd {
		if !end.After(m.paused) {
			break
		}
		longest = max(longest, stats.Pause[i])
	}
	if len(stats.PauseEnd) > 0 {
		m.paused = stats.PauseEnd[0]
	}
	return longest
}

// dirSize sums the files under a directory. What goes away meanwhile counts as nothing.
func dirSize(ctx context.Context, dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || !entry.Type().IsRegular() {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	return bytes, err
}
