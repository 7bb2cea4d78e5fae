package sandbox_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pegasus/plugins/sandbox"
)

type attack struct {
	name  string
	body  string // of a command
	whole string // instead of it: the bundle
	ends  []sandbox.Kind
}

// hostile are programs that want more than they may have, and the kinds of faults in which they may end. One that has an
// answer instead ends by itself within its limits.
var hostile = []attack{
	{name: "endless loop", body: `for (;;) {}`, ends: []sandbox.Kind{sandbox.Timeout}},
	{name: "endless loop at loading", whole: `for (;;) {}`, ends: []sandbox.Kind{sandbox.Timeout}},
	{name: "endless loop inside of catch", body: `for (;;) { try { for (;;) {} } catch {} finally { continue } }`, ends: []sandbox.Kind{sandbox.Timeout}},
	{name: "exponential recursion without loops", body: `const f = n => n < 2 ? 1 : f(n - 1) + f(n - 2); return String(f(60))`, ends: []sandbox.Kind{sandbox.Timeout}},
	{name: "regex that goes back for ever", body: `return String(/^(a+)+$/.test("a".repeat(40) + "!"))`, ends: []sandbox.Kind{sandbox.Timeout}},
	{name: "deep recursion", body: `const f = () => f() + 1; return String(f())`, ends: []sandbox.Kind{sandbox.Thrown, sandbox.Memory, sandbox.Timeout, sandbox.Crashed}},
	{name: "deep recursion inside of catch", body: `const f = () => { try { f() } catch { f() } }; f()`, ends: []sandbox.Kind{sandbox.Timeout, sandbox.Memory, sandbox.Crashed}},
	{name: "arrays for ever", body: `const a = []; for (;;) a.push(new Array(1000).fill(1))`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Timeout}},
	{name: "arrays for ever inside of catch", body: `let a = []; for (;;) { try { a.push(new Array(1e5).fill(1)) } catch { a = [a] } }`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Timeout}},
	{name: "join of a huge array", body: `return new Array(1e9) + ""`, ends: []sandbox.Kind{sandbox.Timeout, sandbox.Memory}},
	{name: "indexOf on a length of 2^53", body: `return String(Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1))`, ends: []sandbox.Kind{sandbox.Timeout}},
	{name: "sort with a comparer that lies", body: `return String(new Array(1e6).fill(0).map((_, i) => i).sort(() => Math.random() - 0.5).length)`, ends: []sandbox.Kind{sandbox.Timeout, sandbox.Memory}},
	{name: "string doubling", body: `let s = "ab"; for (;;) s += s`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Thrown, sandbox.Timeout}},
	{name: "padding", body: `return "a".padEnd(2 ** 30 - 2, "b")`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Thrown, sandbox.Timeout, sandbox.Refused}},
	{name: "buffers", body: `const a = []; for (;;) a.push(new ArrayBuffer(1 << 20))`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Timeout, sandbox.Thrown}},
	{name: "one huge buffer", body: `return String(new ArrayBuffer(2 ** 40).byteLength)`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Thrown}},
	{name: "a buffer that grows", body: `const b = new ArrayBuffer(8, { maxByteLength: 2 ** 31 }); for (let n = 8; ; n *= 2) b.resize(n)`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Thrown}},
	{name: "big numbers", body: `let n = 7n; for (;;) n = n * n`, ends: []sandbox.Kind{sandbox.Timeout, sandbox.Memory, sandbox.Thrown}},
	{name: "a power of big numbers", body: `return String(2n ** 100000000n)`, ends: []sandbox.Kind{sandbox.Timeout, sandbox.Memory, sandbox.Thrown}},
	{name: "promise flood", body: `const all = []; for (;;) all.push(new Promise(() => {}))`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Timeout}},
	{name: "microtasks for ever", body: `const f = () => Promise.resolve().then(f); await f()`, ends: []sandbox.Kind{sandbox.Timeout, sandbox.Memory}},
	{name: "waiting in a loop", body: `for (;;) await null`, ends: []sandbox.Kind{sandbox.Timeout, sandbox.Memory}},
	{name: "microtasks that double", body: `const f = () => { Promise.resolve().then(f); Promise.resolve().then(f) }; f(); await new Promise(() => {})`, ends: []sandbox.Kind{sandbox.Timeout, sandbox.Memory}},
	{name: "a promise that is never kept", body: `await new Promise(() => {})`, ends: []sandbox.Kind{sandbox.Refused}},
	{name: "huge JSON", body: `return JSON.stringify(new Array(3e6).fill({ a: 1 }))`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Timeout, sandbox.Refused, sandbox.Thrown}},
	{name: "deep JSON", body: `return JSON.stringify(JSON.parse("[".repeat(1e6) + "]".repeat(1e6)))`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Thrown, sandbox.Timeout, sandbox.Crashed}},
	{name: "long answer", body: `return "a".repeat(1e6)`, ends: []sandbox.Kind{sandbox.Refused, sandbox.Thrown}},
	{name: "answer of 2,001 characters", body: `return "é".repeat(2001)`, ends: []sandbox.Kind{sandbox.Refused}},
	{name: "answers without end", body: `for (let i = 0; i < 6; i++) ctx.reply("a")`, ends: []sandbox.Kind{sandbox.Refused}},
	{name: "answer that loops when it is read", body: `return { get text() { for (;;) {} } }`, ends: []sandbox.Kind{sandbox.Timeout}},
	{name: "answer that throws when it is read", body: `return { get text() { throw 1 } }`, ends: []sandbox.Kind{sandbox.Thrown}},
	{name: "answer that waits for itself", body: `const a = { then(f) { f(a) } }; return a`, ends: []sandbox.Kind{sandbox.Timeout, sandbox.Memory}},
	{name: "proxy that answers everything with itself", body: `const p = new Proxy(() => p, { get: () => p, apply: () => p, has: () => true, ownKeys: () => p }); return p`, ends: []sandbox.Kind{sandbox.Thrown, sandbox.Refused, sandbox.Timeout}},
	{name: "error that fails when it is read", body: `throw { get name() { throw 1 }, get message() { throw 2 }, toString() { throw 3 }, toJSON() { throw 4 } }`, ends: []sandbox.Kind{sandbox.Thrown}},
	{name: "error that loops when it is read", body: `const e = new Error(); Object.defineProperty(e, "message", { get() { for (;;) {} } }); throw e`, ends: []sandbox.Kind{sandbox.Timeout}},
	{name: "a plugin that loops when it is looked at", whole: `exports.default = new Proxy({}, { get() { for (;;) {} } })`, ends: []sandbox.Kind{sandbox.Timeout}},
	{name: "toJSON on everything", body: `Object.prototype.toJSON = function () { for (;;) {} }; return "a"`, ends: []sandbox.Kind{sandbox.Timeout}},
	{name: "promises that are somebody else's", body: `Promise.prototype.then = function () { for (;;) {} }; await ctx.storage.get("a")`, ends: []sandbox.Kind{sandbox.Timeout, sandbox.Thrown, sandbox.Refused}},
	{name: "log without end", body: `for (;;) console.log("a".repeat(10000))`, ends: []sandbox.Kind{sandbox.Timeout, sandbox.Refused, sandbox.Memory}},
	{name: "calls of the host without end", body: `for (;;) await ctx.storage.get("a").catch(() => {})`, ends: []sandbox.Kind{sandbox.Refused, sandbox.Timeout}},
	{name: "calls of the host that nobody waits for", body: `for (;;) ctx.storage.get("a").catch(() => {})`, ends: []sandbox.Kind{sandbox.Refused, sandbox.Timeout, sandbox.Memory}},
	{name: "a huge value to keep", body: `await ctx.storage.set("a", "b".repeat(3e6))`, ends: []sandbox.Kind{sandbox.Thrown}},
	{name: "code out of text", body: `return (() => {}).constructor("return 1")()`, ends: []sandbox.Kind{sandbox.Thrown}},
	{name: "code out of text, later", body: `return await (async () => {}).constructor("return 1")()`, ends: []sandbox.Kind{sandbox.Thrown}},
	{name: "a module from nowhere", body: `await import("/etc/passwd")`, ends: []sandbox.Kind{sandbox.Thrown, sandbox.Refused}},
	{name: "no script", whole: `}})); for (;;) {} ((`, ends: []sandbox.Kind{sandbox.Thrown, sandbox.Timeout}},
	{name: "no plugin", whole: `exports.default = 1`, ends: []sandbox.Kind{sandbox.Thrown}},
	{name: "typed arrays", body: `const a = []; for (;;) a.push(new Float64Array(1e6).fill(1))`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Timeout}},
	{name: "copies of copies", body: `let a = [1]; for (;;) a = [...a, ...a]`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Timeout}},
	{name: "a map without end", body: `const m = new Map(); for (let i = 0; ; i++) m.set(i, i)`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Timeout}},
	{name: "normalising", body: `return String("\ufdfa".repeat(1e6).normalize("NFKD").length)`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Timeout}},
	{name: "replacing", body: `return String("a".repeat(1e6).replace(/a/g, "$&".repeat(1000)).length)`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Timeout, sandbox.Thrown}},
	{name: "generators for ever", body: `function* g() { yield* g() } return String([...g()].length)`, ends: []sandbox.Kind{sandbox.Memory, sandbox.Timeout, sandbox.Thrown, sandbox.Crashed}},
}

func (h attack) program() sandbox.Program {
	if h.whole != "" {
		return script(h.whole)
	}
	return command(h.body)
}

func TestHostileProgramsEndAloneAndLeaveNothing(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	server := os.Getpid()
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			out, err := p.Run(context.Background(), h.program(), asked(""), sandbox.NoHost{})
			var f *sandbox.Fault
			if !errors.As(err, &f) {
				t.Fatalf("it ended with %v, %v", out, err)
			}
			if !slices.Contains(h.ends, f.Kind) {
				t.Errorf("it ended as %s: %s", f.Kind, f.Message)
			}
			t.Logf("%s: %.60s (%v of processor, %v, %d MB)", f.Kind, f.Message, out.Used.CPU, out.Used.Wall, out.Used.Memory>>20)
			logged := 0
			for _, line := range out.Logs {
				logged += len(line)
			}
			if logged > sandbox.MaxLogs {
				t.Errorf("%d bytes of logs", logged)
			}
		})
	}
	if got := says(t, p, command(`return "well"`), asked(""), sandbox.NoHost{}); got != "well" || os.Getpid() != server {
		t.Errorf("after all of them: %q", got)
	}
	p.Close()
	if left := children(t); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
}

func TestTwentyHostileProgramsAtOnceAllEnd(t *testing.T) {
	p := newPool(t, sandbox.Options{Workers: 4})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			h := hostile[i*2%len(hostile)]
			program := h.program()
			program.Owner = strconv.Itoa(i % 5)
			_, err := p.Run(context.Background(), program, asked(""), sandbox.NoHost{})
			if f := (*sandbox.Fault)(nil); !errors.As(err, &f) {
				t.Errorf("%s: %v", h.name, err)
			}
		})
	}
	wg.Wait()
	p.Close()
	if left := children(t); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
}

// children are the processes that this one has started and that are there in any state, zombies included.
func children(t *testing.T) (found []string) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Skip("there is no /proc to look for processes in")
	}
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue
		}
		// The name is in brackets and may hold anything; behind it come the state and the parent.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			found = append(found, string(text))
		}
	}
	return found
}
