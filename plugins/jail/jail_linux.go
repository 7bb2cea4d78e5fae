package jail

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// niceness puts children behind everything that people wait for: at 10 a process weighs a ninth of the server.
const niceness = 10

// confine takes from this process what its work does not need. What the kernel refuses stays as it was: the walls stand
// one behind another, and none of them alone carries the rest.
func confine(l Limits) {
	closeInherited()
	if !raced {
		_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: uint64(l.Memory), Max: uint64(l.Memory)})
	}
	for resource, limit := range map[int]uint64{
		unix.RLIMIT_CPU:   uint64(l.CPU / time.Second),
		unix.RLIMIT_FSIZE: 0,
		unix.RLIMIT_CORE:  0,
	} {
		_ = unix.Setrlimit(resource, &unix.Rlimit{Cur: limit, Max: limit})
	}
	denyFiles()
	denyCalls()
	// Nothing opens a descriptor any more, but epoll and its wake-up event come with the first timer.
	_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 16, Max: 16})
}

// closeInherited closes what the server was given by whoever started it and did not mark to be closed; the runtime's own
// descriptors have no path.
func closeInherited() {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, entry := range open {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil || fd < 3 {
			continue
		}
		target, err := os.Readlink("/proc/self/fd/" + entry.Name())
		if err != nil || strings.HasPrefix(target, "anon_inode:") {
			continue
		}
		_ = unix.Close(fd)
	}
}

func lowerPriority() {
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), niceness)
}

// onlyIdle gives every thread of a process the policy that runs where nothing else would: whatever wakes up takes its place at
// once. Threads that it makes later inherit it; one made meanwhile is found by the second look.
// Source: sched(7), SCHED_IDLE.
func onlyIdle(pid int) {
	policy := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_IDLE}
	for range 2 {
		threads, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
		if err != nil {
			return // it has ended, or the system does not show it
		}
		for _, t := range threads {
			if id, err := strconv.Atoi(t.Name()); err == nil {
				_ = unix.SchedSetAttr(id, &policy, 0) // a thread that has ended needs no policy
			}
		}
	}
}

func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// processorTime reads the clock that the kernel keeps for each process; its number is made of the process's, and 0 is whoever asks.
// Source: clock_getcpuclockid(3), include/linux/posix-timers_types.h (CPUCLOCK_SCHED).
func processorTime(pid int) (time.Duration, error) {
	var now unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &now); err != nil {
		return 0, err
	}
	return time.Duration(now.Nano()), nil
}

func peak(ended *os.ProcessState) int64 {
	if ended == nil {
		return 0
	}
	usage, ok := ended.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10
}

// held reads what a process that lives has held.
// Source: proc_pid_status(5), VmHWM.
func held(pid int) int64 {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	size, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	kib, _ := strconv.ParseInt(size, 10, 64) // a process that has ended says nothing
	return kib << 10
}
