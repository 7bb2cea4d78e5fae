package ops

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// cgroupLimit returns the bytes of memory that a container may use, 0 where there is no bound. It reads what the kernel shows
// inside of one, of both versions: https://docs.kernel.org/admin-guide/cgroup-v2.html#memory.
func cgroupLimit(root string) uint64 {
	for _, file := range []string{"memory.max", "memory/memory.limit_in_bytes"} {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			continue
		}
		const none = 1 << 60 // version 1 says it by a number that no machine has
		if bound, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil && bound < none {
			return bound
		}
	}
	return 0
}
