package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"pegasus/store"
)

// scratchFolder is the folder of the data directory in which something is tried out or copied. Only the program puts anything
// there, so that what lies in it may be removed.
const scratchFolder = ".scratch"

// scratchDir makes a folder that this process has for itself until it calls remove: in that of a data directory, or of the system
// where dataDir is "". The system drops the claim when the process ends, however it ends.
func scratchDir(dataDir, prefix string) (dir string, remove func(), err error) {
	parent := ""
	if dataDir != "" {
		parent = filepath.Join(dataDir, scratchFolder)
		if err := os.MkdirAll(parent, 0o700); err != nil {
			return "", nil, err
		}
	}
	if dir, err = os.MkdirTemp(parent, prefix); err != nil {
		return "", nil, err
	}
	claim, err := claimDir(dir)
	if err != nil {
		return "", nil, errors.Join(err, os.Remove(dir))
	}
	return dir, func() {
		os.RemoveAll(dir)
		claim.Close()
	}, nil
}

// claimDir claims a folder, where no other process has.
func claimDir(dir string) (*os.File, error) {
	folder, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return folder, nil
}

// drillLife is longer than a drill takes. What is left of an older one on a server of MongoDB belongs to nobody.
const drillLife = 24 * time.Hour

// sweepScratch removes what drills and exports left that were ended before they could.
func (a *app) sweepScratch(ctx context.Context) {
	if err := errors.Join(a.sweepFolders(), store.DropDrills(ctx, a.settings.database(), now().Add(-drillLife))); err != nil {
		a.warn("remove what a drill or an export left", err)
	}
}

func (a *app) sweepFolders() error {
	parent := filepath.Join(a.settings.DataDir, scratchFolder)
	left, err := os.ReadDir(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range left {
		if !entry.IsDir() {
			continue
		}
		dir := filepath.Join(parent, entry.Name())
		claim, taken := claimDir(dir)
		if taken != nil {
			continue // somebody is at it
		}
		err = errors.Join(err, os.RemoveAll(dir), claim.Close())
	}
	return err
}
