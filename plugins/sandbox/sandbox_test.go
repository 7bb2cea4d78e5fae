package sandbox_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"pegasus/plugins/compile"
	"pegasus/plugins/jail"
	"pegasus/plugins/sandbox"
)

func TestMain(m *testing.M) {
	jail.Main(compile.Child, sandbox.Child)
	os.Exit(m.Run())
}

var (
	ada  = sandbox.Person{ID: "65f000000000000000000001", Name: "Ada", Username: "ada"}
	room = sandbox.Channel{ID: "65f0000000000000000000aa", Name: "general"}
	noon = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
)

func newPool(t *testing.T, o sandbox.Options) *sandbox.Pool {
	t.Helper()
	p := sandbox.New(o)
	t.Cleanup(p.Close)
	return p
}

// command is a plugin whose command "run" has that body.
func command(body string) sandbox.Program {
	return script("exports.default = { commands: { run: async (call, ctx) => {\n" + body + "\n} } };")
}

func script(text string) sandbox.Program {
	return sandbox.Program{Bundle: []byte(text), Owner: "test"}
}

// asked is /run text by Ada at noon.
func asked(text string) sandbox.Invocation {
	return sandbox.Invocation{
		Event: sandbox.Command{Name: "run", Text: text, Person: ada}, Channel: room, Now: noon, Seed: [4]int32{1, 2, 3, 4},
	}
}

func says(t *testing.T, p *sandbox.Pool, program sandbox.Program, v sandbox.Invocation, h sandbox.Host) string {
	t.Helper()
	out, err := p.Run(context.Background(), program, v, h)
	if err != nil {
		t.Fatalf("%v (logs %q)", err, out.Logs)
	}
	var texts []string
	for _, r := range out.Replies {
		texts = append(texts, r.Text)
	}
	return strings.Join(texts, "|")
}

func fails(t *testing.T, p *sandbox.Pool, program sandbox.Program, v sandbox.Invocation, h sandbox.Host) *sandbox.Fault {
	t.Helper()
	out, err := p.Run(context.Background(), program, v, h)
	var f *sandbox.Fault
	if !errors.As(err, &f) {
		t.Fatalf("no fault: %+v, %v", out, err)
	}
	if len(out.Replies) > 0 {
		t.Errorf("replies beside a fault: %+v", out.Replies)
	}
	return f
}

func TestACommandIsAnswered(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	for body, want := range map[string]string{
		`return "hello " + call.person.name`:     "hello Ada",
		`return call.args.length + call.args[1]`: "3two words",
		`return call.text`:                       `a "two words" b`,
		`return null`:                            "",
		`return ""`:                              "",
		``:                                       "",
		`ctx.reply("a"); ctx.hint("b"); return { text: "c" }`:                                                                 "a|b|c",
		`return ctx.now.toISOString() + " " + new Date().toISOString()`:                                                       "2026-03-09T12:00:00.000Z 2026-03-09T12:00:00.000Z",
		`return String(Date.now() === +ctx.now && new Date(2020, 0, 1).getFullYear() === 2020 && new Date() instanceof Date)`: "true",
		`return ctx.local.date + " " + ctx.local.time + " " + ctx.local.weekday + " " + ctx.local.zone`:                       "2026-03-09 12:00 1 UTC",
		`return ctx.channel.name + typeof ctx.settings.nothing`:                                                               "generalundefined",
		`await null; await new Promise(r => r()); return "later"`:                                                             "later",
		`return String(await Promise.all([1, 2].map(async n => n * 2)))`:                                                      "2,4",
		`return String(1 + ctx.random(1))`:                                                                                    "1",
		`console.log("x", {a: 1}, undefined, Symbol.iterator); return "logged"`:                                               "logged",
	} {
		if got := says(t, p, command(body), asked(`a "two words" b`), sandbox.NoHost{}); got != want {
			t.Errorf("%s: got %q", body, got)
		}
	}
}

func TestWhatAPluginThrowsIsAFault(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	for body, want := range map[string]string{
		`throw new RangeError("too many")`: "RangeError: too many",
		`throw "a text"`:                   "Thrown: a text",
		`throw null`:                       "Thrown: null",
		`return undefined.name`:            "TypeError: cannot read property 'name' of undefined",
		`return 5`:                         "TypeError: An answer is a text or { text, visibility, thread }, and not a number.",
		`nothing()`:                        "ReferenceError: 'nothing' is not defined",
	} {
		if f := fails(t, p, command(body), asked(""), sandbox.NoHost{}); f.Kind != sandbox.Thrown || f.Message != want {
			t.Errorf("%s: got %s: %s", body, f.Kind, f.Message)
		}
	}
}
