//go:build linux && (amd64 || arm64)

package jail

import (
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Where the fields of the data that a filter judges lie. Source: include/uapi/linux/seccomp.h.
const (
	atCall     = 0
	atMachine  = 4
	atArgument = 16 // the first argument, its low half on the machines below
)

// x32 is set in the numbers of a second table of calls on amd64.
const x32 = 0x40000000

// needed are the calls of a Go program that computes and uses its pipes.
var needed = append([]uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_CLOSE,
	unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_MADVISE, unix.SYS_MREMAP, unix.SYS_MINCORE, unix.SYS_BRK,
	unix.SYS_FUTEX, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP,
	unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY, unix.SYS_GETRUSAGE, unix.SYS_GETRANDOM, unix.SYS_RESTART_SYSCALL,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2,
	unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ,
}, neededHere...)

// denyCalls answers "not permitted" to every call but the needed ones, from now on and in all threads. A thread may be made,
// a process may not; a signal reaches this process alone.
func denyCalls() {
	machine := map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[runtime.GOARCH]
	const allow, deny = uint32(unix.SECCOMP_RET_ALLOW), uint32(unix.SECCOMP_RET_ERRNO) | uint32(unix.EPERM)
	f := []unix.SockFilter{
		load(atMachine), skipIf(unix.BPF_JEQ, machine, 1), end(deny),
		load(atCall), skipUnless(unix.BPF_JGE, x32, 1), end(deny),
	}
	for _, call := range needed {
		f = append(f, skipUnless(unix.BPF_JEQ, call, 1), end(allow))
	}
	f = append(f,
		// The runtime would take "not permitted" for the end, and "not there" for a reason to use clone.
		skipUnless(unix.BPF_JEQ, unix.SYS_CLONE3, 1), end(uint32(unix.SECCOMP_RET_ERRNO)|uint32(unix.ENOSYS)),
		skipUnless(unix.BPF_JEQ, unix.SYS_CLONE, 3), load(atArgument), skipUnless(unix.BPF_JSET, unix.CLONE_THREAD, 1), end(allow),
		load(atCall),
		skipUnless(unix.BPF_JEQ, unix.SYS_TGKILL, 3), load(atArgument), skipUnless(unix.BPF_JEQ, uint32(os.Getpid()), 1), end(allow),
		end(deny),
	)
	program := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return
	}
	_, _, _ = unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(f)
}

func load(at uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
}

func end(with uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: with}
}

func skipIf(test uint16, k uint32, count uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | test | unix.BPF_K, Jt: count, K: k}
}

func skipUnless(test uint16, k uint32, count uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | test | unix.BPF_K, Jf: count, K: k}
}
