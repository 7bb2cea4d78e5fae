//go:build unix

package main

import "golang.org/x/sys/unix"

// disk returns the bytes that the program may still write to the disk with its data, and the size of that disk.
func (a *app) disk() (free, all int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(a.settings.DataDir, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
