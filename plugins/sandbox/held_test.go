package sandbox_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"pegasus/plugins/sandbox"
)

// What a server holds is counted as its children's by what the system says of those that have ended.
func TestMemoryIsThePluginsOwnWhateverTheServerHolds(t *testing.T) {
	held := make([]byte, 400<<20)
	for i := 0; i < len(held); i += 4096 {
		held[i] = 1
	}
	p := newPool(t, sandbox.Options{})
	out, err := p.Run(context.Background(), command(`return "small"`), asked(""), sandbox.NoHost{})
	if err != nil || out.Used.Memory == 0 || out.Used.Memory > 150<<20 {
		t.Errorf("a small plugin held %d MB, %v", out.Used.Memory>>20, err)
	}
	_, err = p.Run(context.Background(), command(`const m = new Map(); for (let i = 0; ; i++) m.set(i, i)`), asked(""), sandbox.NoHost{})
	if f := (*sandbox.Fault)(nil); !errors.As(err, &f) || f.Kind != sandbox.Memory && f.Kind != sandbox.Timeout {
		t.Errorf("a large one ended with %v", err)
	}
	runtime.KeepAlive(held)
}
