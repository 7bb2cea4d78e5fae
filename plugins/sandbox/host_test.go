package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pegasus/fault"
	"pegasus/plugins/sandbox"
	"pegasus/plugins/sandboxtest"
)

func TestAPluginAsksItsHost(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	ben := sandbox.Person{ID: "65f000000000000000000002", Name: "Ben", Username: "ben"}
	for body, want := range map[string]string{
		`return String(await ctx.storage.get("a"))`:                                                                                                                          "null",
		`await ctx.storage.set("a", {b: [1, "é", null]}); return JSON.stringify(await ctx.storage.get("a"))`:                                                                 `{"b":[1,"é",null]}`,
		`await ctx.storage.set("a", false); return String(await ctx.storage.get("a"))`:                                                                                       "false",
		`await ctx.storage.set("a", null); return String(await ctx.storage.get("a"))`:                                                                                        "null",
		`ctx.storage.set("a", 1); ctx.storage.delete("a"); return JSON.stringify(await ctx.storage.list())`:                                                                  "[]",
		`await ctx.storage.set("x:2", 2); await ctx.storage.set("x:1", 1); await ctx.storage.set("y", 3); return JSON.stringify(await ctx.storage.list("x:"))`:               `[{"key":"x:1","value":1},{"key":"x:2","value":2}]`,
		`await ctx.storage.increment("n"); return String(await ctx.storage.increment("n", -5))`:                                                                              "-4",
		`return (await ctx.people.get("@ben")).name + await ctx.people.get("eve") + (await ctx.people.list()).length`:                                                        "Bennull1",
		`const m = await ctx.post({ text: "one", thread: null }); await ctx.post("two"); return m.id`:                                                                        "000000000000000000000001",
		`const r = await ctx.fetch("https://api.example.com/x", { method: "POST", headers: { a: "b" }, body: "c" }); return r.status + r.text() + (await r.json()).a + r.ok`: `201{"a":"b"}btrue`,
		`return (await ctx.fetch("https://api.example.com/x")).headers.via ?? "none"`:                                                                                        "none",
	} {
		h := &sandboxtest.Host{Members: []sandbox.Person{ben}, Answer: func(r sandbox.Request) (sandbox.Response, error) {
			return sandbox.Response{Status: 201, Body: `{"a":"b"}`}, nil
		}}
		if got := says(t, p, command(body), asked(""), h); got != want {
			t.Errorf("%s: got %q", body, got)
		}
	}
}

func TestWhatTheHostRefusesIsAnErrorThatCanBeCaught(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	for body, want := range map[string]string{
		`ctx.storage.get("")`:                                                                  "INVALID",
		`ctx.storage.get("a".repeat(129))`:                                                     "INVALID",
		`ctx.storage.get("a\u0000b")`:                                                          "INVALID",
		`ctx.storage.get(5)`:                                                                   "undefined", // a TypeError of the runtime
		`ctx.storage.set("a", undefined)`:                                                      "undefined",
		`ctx.storage.set("a", () => 1)`:                                                        "undefined",
		`ctx.storage.set("a", "b".repeat(65536))`:                                              "TOO_LONG",
		`ctx.storage.set("a", JSON.parse("[".repeat(40) + "]".repeat(40)))`:                    "INVALID",
		`ctx.storage.increment("a", 0.5)`:                                                      "undefined",
		`ctx.storage.increment("a", NaN)`:                                                      "undefined",
		`ctx.storage.set("t", "x").then(() => ctx.storage.increment("t"))`:                     "NOT_A_NUMBER",
		`ctx.post("")`:                                                                         "INVALID",
		`ctx.post("a".repeat(2001))`:                                                           "TOO_LONG",
		`ctx.post({ text: "a", thread: "../x" })`:                                              "INVALID",
		`ctx.fetch("http://example.com")`:                                                      "INVALID",
		`ctx.fetch("https://a b")`:                                                             "INVALID",
		`ctx.fetch("file:///etc/passwd")`:                                                      "INVALID",
		`ctx.fetch("https://a.example", { method: "TRACE" })`:                                  "INVALID",
		`ctx.fetch("https://a.example", { headers: { "a\nb": "c" } })`:                         "INVALID",
		`ctx.fetch("https://a.example", { headers: { a: "b\r\nc: d" } })`:                      "INVALID",
		`ctx.fetch("https://a.example", { headers: { a: 1 } })`:                                "INVALID",
		`ctx.fetch("https://a.example", { body: "x" })`:                                        "INVALID",
		`ctx.fetch("https://a.example", { method: "POST", body: "x".repeat(70000) })`:          "INVALID",
		`ctx.people.get("")`:                                                                   "INVALID",
		`(async () => { for (let i = 0; i < 6; i++) await ctx.fetch("https://a.example") })()`: "TOO_MANY",
	} {
		if got := says(t, p, command("try { await "+body+"; return 'it passed' } catch (e) { return String(e.code) }"), asked(""), &sandboxtest.Host{}); got != want {
			t.Errorf("%s: got %q", body, got)
		}
	}
}

type broken struct{ sandbox.NoHost }

func (broken) Get(context.Context, string) (json.RawMessage, error) {
	return nil, errors.New("disk /var/lib/pegasus failed")
}

func (broken) Delete(ctx context.Context, _ string) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestAFailureOfTheHostTellsThePluginNothing(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	for body, want := range map[string]string{
		`await ctx.storage.get("a").catch(e => { ctx.reply(e.code + e.message) })`: "INTERNAL" + fault.From(errors.New("")).Message,
		`await ctx.storage.set("a", 1).catch(e => { ctx.reply(e.code) })`:          "NOT_GRANTED",
	} {
		if got := says(t, p, command(body), asked(""), broken{}); got != want {
			t.Errorf("got %q", got)
		}
	}
}

func TestAHostThatTakesLongIsPartOfTheWholeTime(t *testing.T) {
	limits := sandbox.DefaultLimits
	limits.Wall = 50 * time.Millisecond
	p := newPool(t, sandbox.Options{Limits: limits})
	if f := fails(t, p, command(`await ctx.storage.delete("a")`), asked(""), broken{}); f.Kind != sandbox.Timeout || !strings.Contains(f.Message, "in all") {
		t.Errorf("got %s: %s", f.Kind, f.Message)
	}
}

func TestWhoGivesUpEndsThePlugin(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	h := &waiting{came: make(chan struct{})}
	go func() {
		<-h.came
		cancel()
	}()
	if _, err := p.Run(ctx, command(`await ctx.storage.get("a"); for (;;) {}`), asked(""), h); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	p.Close()
	if left := children(t); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
}

type waiting struct {
	sandbox.NoHost
	came chan struct{}
}

func (w *waiting) Get(ctx context.Context, _ string) (json.RawMessage, error) {
	close(w.came)
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestOneCallLeavesNothingForTheNext(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	// Whether it harms itself with this is its own affair.
	_, _ = p.Run(context.Background(), command(`globalThis.left = 1; Array.prototype.left = 2; Object.prototype.toJSON = () => "left"; Promise.prototype.then = null; JSON.stringify = null; Math.random = () => 0.5; Date.now = () => 0`), asked(""), sandbox.NoHost{})
	if got := says(t, p, command(`return String([typeof left, typeof [].left, typeof {}.toJSON, typeof JSON.stringify, Date.now() > 5])`), asked(""), sandbox.NoHost{}); got != "undefined,undefined,undefined,function,true" {
		t.Errorf("got %q", got)
	}
}

func TestNumbersAreTheHosts(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	draw := command(`return String([ctx.random(1000000), ctx.random(1000000), Math.random()])`)
	v := asked("")
	first := says(t, p, draw, v, sandbox.NoHost{})
	if again := says(t, p, draw, v, sandbox.NoHost{}); again != first {
		t.Errorf("the same seed gives %s and %s", first, again)
	}
	v.Seed = [4]int32{}
	if a, b := says(t, p, draw, v, sandbox.NoHost{}), says(t, p, draw, v, sandbox.NoHost{}); a == b || a == first {
		t.Errorf("without a seed: %s and %s", a, b)
	}
	spread := command(`const n = [0, 0, 0, 0, 0, 0]; for (let i = 0; i < 6000; i++) n[ctx.random(6)]++; return String(n.every(c => c > 800 && c < 1200))`)
	if got := says(t, p, spread, asked(""), sandbox.NoHost{}); got != "true" {
		t.Error("some numbers come more often than others")
	}
	if f := fails(t, p, command(`ctx.random(0)`), asked(""), sandbox.NoHost{}); f.Message != "RangeError: random takes a whole number from 1 on." {
		t.Errorf("got %s", f.Message)
	}
}

func TestOtherEventsReachTheirFunctions(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	plugin := script(`exports.default = {
		onMessage: m => ({ text: m.text + m.id.length + m.thread + m.person.username, thread: true }),
		schedules: { daily: s => s.name + s.due.toISOString() },
		onWebhook: r => r.method + r.query.a + r.headers["x-b"] + r.json().c,
	}`)
	v := asked("")
	for _, c := range []struct {
		event sandbox.Event
		want  string
	}{
		{sandbox.Message{ID: room.ID, Text: "hi", Person: ada, Thread: ""}, "hi24nullada"},
		{sandbox.Schedule{Name: "daily", Due: noon}, "daily2026-03-09T12:00:00.000Z"},
		{sandbox.Webhook{Method: "POST", Query: map[string]string{"a": "1"}, Headers: map[string]string{"x-b": "2"}, Body: `{"c":3}`}, "POST123"},
	} {
		v.Event = c.event
		if got := says(t, p, plugin, v, sandbox.NoHost{}); got != c.want {
			t.Errorf("%T: got %q", c.event, got)
		}
	}
	for _, event := range []sandbox.Event{sandbox.Schedule{Name: "toString"}, sandbox.Schedule{Name: "weekly"}, sandbox.Command{Name: "constructor"}} {
		v.Event = event
		if f := fails(t, p, plugin, v, sandbox.NoHost{}); f.Kind != sandbox.Thrown || f.Message != "The plugin has no function for this." {
			t.Errorf("%+v: %s", event, f.Message)
		}
	}
	handlers, err := p.Probe(context.Background(), plugin.Bundle, nil)
	if err != nil || !handlers.Messages || !handlers.Webhook || len(handlers.Commands) != 0 || len(handlers.Schedules) != 1 {
		t.Errorf("probed %+v, %v", handlers, err)
	}
}

func TestOnlyACommandHasACallerToAnswerAlone(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	v := asked("")
	out, err := p.Run(context.Background(), command(`ctx.hint("psst"); return { text: "a", thread: true }`), v, sandbox.NoHost{})
	if err != nil || len(out.Replies) != 2 || !out.Replies[0].ToCaller || out.Replies[1].ToCaller || !out.Replies[1].InThread {
		t.Errorf("got %+v, %v", out.Replies, err)
	}
	v.Event = sandbox.Schedule{Name: "daily"}
	plugin := script(`exports.default = { schedules: { daily: (s, ctx) => ctx.hint("psst") } }`)
	if f := fails(t, p, plugin, v, sandbox.NoHost{}); f.Kind != sandbox.Refused {
		t.Errorf("got %s: %s", f.Kind, f.Message)
	}
}

func TestLogsAreKeptUpToTheirLimitAndThroughAFault(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	out, _ := p.Run(context.Background(), command(`console.log("one", { a: 1 }); ctx.log(new Error("two").message); throw 1`), asked(""), sandbox.NoHost{})
	if len(out.Logs) != 2 || out.Logs[0] != `one {"a":1}` || out.Logs[1] != "two" || out.Cut {
		t.Errorf("got %q", out.Logs)
	}
	out, err := p.Run(context.Background(), command(`for (let i = 0; i < 20; i++) console.log("a".repeat(1000))`), asked(""), sandbox.NoHost{})
	if err != nil || len(out.Logs) != 16 || !out.Cut {
		t.Errorf("%d lines, %v, %v", len(out.Logs), out.Cut, err)
	}
}
