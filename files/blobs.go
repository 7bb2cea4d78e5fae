package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
	"syscall"

	"pegasus/fault"
)

// Blobs keeps files under keys that the program makes: lower-case letters, digits, "-" and ".", no other beginning than a
// letter or digit. Both implementations are safe for concurrent use.
//
// Errors: NotFound with code FILE_NOT_FOUND, Full with STORAGE_FULL, Unavailable with STORAGE_UNAVAILABLE.
type Blobs interface {
	// Put stores size bytes of content durably, whole or not at all. What had the key before is replaced.
	Put(ctx context.Context, key string, content io.Reader, size int64) error
	// Open returns a file, from any place of which can be read. It is good while ctx lives.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	// Remove deletes a file. One that is gone is no error.
	Remove(ctx context.Context, key string) error
	// Close gives what it stands on back. Nothing may be called after it.
	Close() error
}

var (
	errNoFileThere = fault.New(fault.NotFound, "FILE_NOT_FOUND", "This file does not exist, or you may not see it.")
	errNoRoom      = fault.New(fault.Full, "STORAGE_FULL", "The server has no room left to store this.")
)

// diskReserve is what files leave free on their disk, in bytes: the database may lie on the same one, and people go on
// writing when no file fits any more.
const diskReserve = 64 << 20

// Disk keeps files in one folder, for its owner alone.
type Disk struct {
	root    *os.Root
	reserve uint64
}

// unfinished begins the name of a file that is being written. It can be no key.
const unfinished = "new-"

// OpenDisk opens a folder, which it makes where it is missing, and removes what a crash left half-written in it.
func OpenDisk(dir string) (*Disk, error) {
	d, err := ReadDisk(dir)
	if err != nil {
		return nil, err
	}
	root := d.root
	left, err := fs.Glob(root.FS(), unfinished+"*")
	for _, name := range left {
		err = errors.Join(err, root.Remove(name))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("clean the folder of files: %w", err), root.Close())
	}
	return d, nil
}

// ReadDisk opens a folder beside a server that may be writing to it: it makes the folder where it is missing, and removes nothing.
func ReadDisk(dir string) (*Disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of files: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of files: %w", err)
	}
	return &Disk{root: root, reserve: diskReserve}, nil
}

// validKey keeps names that the program does not make from reaching any storage.
func validKey(key string) bool {
	return key != "" && len(key) <= 100 && key[0] != '.' && key[0] != '-' && !strings.HasPrefix(key, unfinished) &&
		strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

// Put implements Blobs.
func (d *Disk) Put(_ context.Context, key string, content io.Reader, size int64) error {
	if !validKey(key) {
		return fmt.Errorf("store a file: %q is no key", key)
	}
	if !d.hasRoom(size) {
		return errNoRoom
	}
	err := d.write(key, content, size)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return errNoRoom
	}
	if err != nil {
		return fmt.Errorf("store a file: %w", err)
	}
	return nil
}

// hasRoom is true also where the system does not tell.
func (d *Disk) hasRoom(size int64) bool {
	folder, err := d.root.Open(".")
	if err != nil {
		return true
	}
	defer folder.Close()
	return free(folder) >= d.reserve+uint64(size)
}

// roomIn reports whether the disk of a file has room for so much more of it.
func roomIn(file *os.File, size int64) bool { return free(file) >= diskReserve+uint64(size) }

// free returns how many bytes the disk of a file has left, without end where the system does not tell.
func free(file *os.File) uint64 {
	var stat syscall.Statfs_t
	if err := syscall.Fstatfs(int(file.Fd()), &stat); err != nil {
		return math.MaxUint64
	}
	return uint64(stat.Bavail) * uint64(stat.Bsize)
}

func (d *Disk) write(key string, content io.Reader, size int64) error {
	draft := unfinished + rand.Text()
	file, err := d.root.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(file, io.LimitReader(content, size))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = d.root.Rename(draft, key)
	}
	if err != nil {
		return errors.Join(err, d.root.Remove(draft))
	}
	return d.syncFolder()
}

// syncFolder makes a new or removed name durable.
func (d *Disk) syncFolder() error {
	folder, err := d.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Open implements Blobs.
func (d *Disk) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	if !validKey(key) {
		return nil, errNoFileThere
	}
	file, err := d.root.Open(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoFileThere
	}
	if err != nil {
		return nil, fmt.Errorf("open a file: %w", err)
	}
	return file, nil
}

// Remove implements Blobs.
func (d *Disk) Remove(_ context.Context, key string) error {
	if !validKey(key) {
		return nil
	}
	if err := d.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a file: %w", err)
	}
	return nil
}

// Close implements Blobs.
func (d *Disk) Close() error { return d.root.Close() }
