package sandbox_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"pegasus/plugins/jail"
	"pegasus/plugins/sandbox"
	"pegasus/plugins/sandboxtest"
)

func TestALargeAnswerComesWhileLargeCallsAreStillBeingSent(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	h := &sandboxtest.Host{Answer: func(sandbox.Request) (sandbox.Response, error) {
		return sandbox.Response{Status: 200, Body: strings.Repeat("x", 200<<10)}, nil
	}}
	got := says(t, p, command(`const big = "y".repeat(60 << 10);
		const [r] = await Promise.all([ctx.fetch("https://api.example.test/"), ...["a", "b", "c"].map(k => ctx.storage.set(k, big))]);
		return String(r.body.length + (await ctx.storage.get("c")).length)`), asked(""), h)
	if want := "266240"; got != want || len(h.Values()) != 3 {
		t.Errorf("got %q and kept %d", got, len(h.Values()))
	}
}

func TestACallLeavesNobodyListening(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	run := func(body string) {
		_, err := p.Run(context.Background(), command(body), asked(""), sandbox.NoHost{})
		if f := (*sandbox.Fault)(nil); err != nil && !errors.As(err, &f) {
			t.Error(err)
		}
	}
	run(``)
	before := runtime.NumGoroutine()
	for range 3 {
		run(`return "well"`)
		run(`for (;;) console.log("more")`)
		run(`for (;;) ctx.storage.set("k", "z".repeat(1 << 16))`)
	}
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before+4 && time.Now().Before(end); {
		runtime.Gosched()
	}
	if now := runtime.NumGoroutine(); now > before+4 {
		t.Errorf("%d goroutines, and %d before", now, before)
	}
}

func TestAProcessThatIsGoneBeforeItHadThePluginIsReplacedOnce(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	taken, gone := 0, 1
	p.Look(func(one *jail.Process) {
		if taken++; taken <= gone {
			one.Kill()
		}
	})
	if got := says(t, p, command(`return "well"`), asked(""), sandbox.NoHost{}); got != "well" || taken != 2 {
		t.Errorf("got %q of %d processes", got, taken)
	}
	taken, gone = 0, 9
	if f := fails(t, p, command(`return "well"`), asked(""), sandbox.NoHost{}); f.Kind != sandbox.Crashed || taken != 2 {
		t.Errorf("got %s of %d processes", f.Kind, taken)
	}
}
