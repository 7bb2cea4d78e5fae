package jail

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// denyFiles gives up every access to files and, where the kernel knows how, to TCP and abstract sockets. The rule set is
// empty, so nothing is let through. Source: https://docs.kernel.org/userspace-api/landlock.html.
func denyFiles() {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 || version == 0 {
		return
	}
	// Each version of the interface knows more kinds of access than the one before: execute to make_sym first, then refer,
	// truncate and ioctl_dev.
	known := map[uintptr]uint64{1: 1<<13 - 1, 2: 1<<14 - 1, 3: 1<<15 - 1, 4: 1<<15 - 1}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: 1<<16 - 1}
	if files, old := known[version]; old {
		attr.Handled_access_fs = files
	}
	if version >= 4 {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if version >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
	}
	rules, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return
	}
	defer unix.Close(int(rules))
	// A thread restricts itself alone, so all have to; a program that is linked with C cannot ask that of them.
	if _, _, errno := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); errno != 0 {
		return
	}
	_, _, _ = syscall.AllThreadsSyscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0)
}
