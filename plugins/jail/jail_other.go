//go:build !linux

package jail

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// Elsewhere than on Linux a child is held by the limits of its engine and by being killed at its time.
func confine(Limits) {}

func lowerPriority() {}

func onlyIdle(int) {}

func attributes() *syscall.SysProcAttr { return nil }

func processorTime(int) (time.Duration, error) {
	return 0, errors.New("jail: the processor time of another process is not known here")
}

func peak(*os.ProcessState) int64 { return 0 }

func held(int) int64 { return 0 }
