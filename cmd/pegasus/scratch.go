package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// Folders of the data directory in which something is tried out or copied, by what their names begin with.
const (
	scratchDrill  = "drill-"
	scratchExport = "export-"
)

// scratchDir makes a folder that this process has for itself until it calls remove. The system drops the claim when the process
// ends, however it ends.
func scratchDir(parent, prefix string) (dir string, remove func(), err error) {
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

// sweepScratch removes what drills and exports left in the data directory that were ended before they could.
func (a *app) sweepScratch() {
	for _, prefix := range []string{scratchDrill, scratchExport} {
		left, err := filepath.Glob(filepath.Join(a.settings.DataDir, prefix+"*"))
		for _, dir := range left {
			claim, taken := claimDir(dir)
			if taken != nil {
				continue // somebody is at it
			}
			err = errors.Join(err, os.RemoveAll(dir), claim.Close())
		}
		if err != nil {
			a.warn("remove what a drill or an export left", err)
		}
	}
}
