package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// WriteFile writes a backup that its owner alone may read, to a file beside its place first: under the name itself stands a whole
// backup or what was there before. What a crash leaves, NAME.tmp, is written over by the next one of that name.
func WriteFile(ctx context.Context, s Source, name string) (m Manifest, size int64, err error) {
	draft := name + ".tmp"
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return m, 0, fmt.Errorf("cannot write the backup: %s is no file", name)
	}
	file, err := os.OpenFile(draft, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return m, 0, fmt.Errorf("cannot write the backup: %w", err)
	}
	defer file.Close()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return m, 0, fmt.Errorf("another backup is being written to %s", name)
	}
	if err = errors.Join(file.Chmod(0o600), file.Truncate(0)); err == nil {
		m, err = Write(ctx, s, draft+".db", file)
	}
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		size, err = file.Seek(0, io.SeekEnd)
	}
	if err == nil {
		err = os.Rename(draft, name)
	}
	if err != nil {
		return m, 0, errors.Join(err, os.Remove(draft))
	}
	return m, size, syncFolder(filepath.Dir(name))
}

// syncFolder makes a new name in a folder durable.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
