package kit_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"pegasus/plugins/compile"
	"pegasus/plugins/jail"
	"pegasus/plugins/kit"
	"pegasus/plugins/manifest"
	"pegasus/plugins/sandbox"
	"pegasus/plugins/sandboxtest"
)

func TestMain(m *testing.M) {
	jail.Main(compile.Child, sandbox.Child)
	os.Exit(m.Run())
}

var (
	ada = sandbox.Person{ID: "65f000000000000000000001", Name: "Ada", Username: "ada"}
	ben = sandbox.Person{ID: "65f000000000000000000002", Name: "Ben", Username: "ben"}
)

// installed is an example in a channel of Ada and Ben.
type installed struct {
	t        *testing.T
	pool     *sandbox.Pool
	program  sandbox.Program
	manifest manifest.Manifest
	host     *sandboxtest.Host
	settings map[string]any
	now      time.Time
}

func install(t *testing.T, name string) *installed {
	t.Helper()
	pool := sandbox.New(sandbox.Options{})
	t.Cleanup(pool.Close)
	compiler := compile.New(compile.Options{Probe: pool.Probe})
	t.Cleanup(compiler.Close)
	for _, example := range kit.Examples() {
		if example.Name != name {
			continue
		}
		var files []compile.File
		for _, f := range example.Files {
			files = append(files, compile.File(f))
		}
		r, err := compiler.Build(context.Background(), files)
		if err != nil || !r.Success || len(r.Warnings) > 0 {
			t.Fatalf("%v: %s", err, r.Output)
		}
		i := &installed{
			t: t, pool: pool, program: sandbox.Program{Bundle: r.Bundle, Map: r.Map}, manifest: r.Manifest,
			host: &sandboxtest.Host{Members: []sandbox.Person{ada, ben}}, settings: map[string]any{},
			now: time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC), // a Monday
		}
		for _, s := range r.Manifest.Settings {
			i.settings[s.Key] = s.Default
		}
		return i
	}
	t.Fatalf("there is no example %s", name)
	return nil
}

// on calls the plugin and returns its answers: those for the caller alone in brackets, those in a thread behind an arrow.
func (i *installed) on(event sandbox.Event) string {
	i.t.Helper()
	out, err := i.pool.Run(context.Background(), i.program, sandbox.Invocation{
		Event: event, Channel: sandbox.Channel{ID: "65f0000000000000000000aa", Name: "general"}, Settings: i.settings, Now: i.now, Seed: [4]int32{1, 2, 3, 4},
	}, i.host)
	if err != nil {
		i.t.Fatalf("%+v: %v (%q)", event, err, out.Logs)
	}
	var said []string
	for _, r := range out.Replies {
		switch {
		case r.ToCaller:
			said = append(said, "("+r.Text+")")
		case r.InThread:
			said = append(said, "→ "+r.Text)
		default:
			said = append(said, r.Text)
		}
	}
	return strings.Join(said, " | ")
}

func (i *installed) says(who sandbox.Person, command, text string) string {
	i.t.Helper()
	return i.on(sandbox.Command{Name: command, Text: text, Person: who})
}

func (i *installed) want(got, want string) {
	i.t.Helper()
	if got != want {
		i.t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestEveryExampleIsAWholePluginWithItsText(t *testing.T) {
	if len(kit.Examples()) != 5 {
		t.Fatalf("%d examples", len(kit.Examples()))
	}
	for _, e := range kit.Examples() {
		i := install(t, e.Name)
		if i.manifest.Name != e.Name || !strings.HasPrefix(e.Doc, "# ") || !strings.Contains(e.Doc, "What it shows:") {
			t.Errorf("%s: manifest of %s, text %.40q", e.Name, i.manifest.Name, e.Doc)
		}
		for _, c := range i.manifest.Commands {
			if !strings.Contains(e.Doc, "/"+c.Name) {
				t.Errorf("%s: its text does not speak of /%s", e.Name, c.Name)
			}
		}
	}
}

func TestDiceAreRolled(t *testing.T) {
	i := install(t, "dice")
	total := i.says(ada, "roll", "2d6+1")
	if !strings.HasPrefix(total, "🎲 Ada rolls **") || !strings.HasSuffix(total, " + 1)") {
		t.Errorf("got %q", total)
	}
	for _, wrong := range []string{"many", "0d6", "99d6", "2d1", "d", "1d6+"} {
		if got := i.says(ada, "roll", wrong); !strings.HasPrefix(got, "(I do not understand") {
			t.Errorf("%s: %q", wrong, got)
		}
	}
	i.settings["sides"] = 2.0
	for range 5 {
		if got := i.says(ben, "roll", ""); got != "🎲 Ben rolls **1**" && got != "🎲 Ben rolls **2**" {
			t.Errorf("got %q", got)
		}
	}
}

func TestAPollCountsOneVoteAPerson(t *testing.T) {
	i := install(t, "poll")
	i.want(i.says(ada, "vote", "1"), "(There is no poll.)")
	i.want(i.says(ada, "poll", `"Lunch?" "Pizza"`), "(A poll has 2 to 9 answers, each in double quotes.)")
	i.want(i.says(ada, "poll", `"Lunch?" "Pizza" "Soup of the day"`), "📊 **Lunch?**\n\n1. Pizza\n2. Soup of the day\n\nVote with `/vote 1`.")
	i.want(i.says(ben, "poll", `"Dinner?" "Yes" "No"`), "(A poll is running already. Whoever began it ends it with `/close-poll`.)")
	i.want(i.says(ada, "vote", "3"), "(Vote with a number from 1 to 2.)")
	i.want(i.says(ada, "vote", "2"), "(Your vote is for “Soup of the day”.)")
	i.says(ben, "vote", "1")
	i.says(ben, "vote", "2")
	i.want(i.says(ben, "poll", ""), "📊 **Lunch?**\n\n1. Pizza  0\n2. Soup of the day ▇▇▇▇▇▇▇▇▇▇ 2")
	i.settings["secret"] = true
	i.want(i.says(ben, "poll", ""), "📊 **Lunch?**\n\n1. Pizza\n2. Soup of the day")
	i.want(i.says(ben, "close-poll", ""), "(There is no poll that you began.)")
	i.want(i.says(ada, "close-poll", ""), "📊 **Lunch?**\n\n1. Pizza  0\n2. Soup of the day ▇▇▇▇▇▇▇▇▇▇ 2\n\nThe poll is closed.")
	if kept := i.host.Values(); len(kept) != 1 || kept["polls"] != "1" {
		t.Errorf("left behind: %v", kept)
	}
}

func TestAStandUpAsksAndSumsUp(t *testing.T) {
	i := install(t, "standup")
	i.want(i.says(ada, "standup", ""), "(Nobody has said anything today.)")
	i.want(i.on(sandbox.Schedule{Name: "ask", Due: i.now}), "☀️ What are you doing today? Is anything in your way?\n\nAnswer with `/standup …`.")
	i.want(i.says(ada, "standup", "fixing\nthe  login"), "(Noted. Say it again to change it.)")
	i.want(i.on(sandbox.Schedule{Name: "sum-up", Due: i.now}), "📋 **Stand-up of 2026-03-09**\n\n- **Ada**: fixing the login\n\nNot heard yet: Ben.")
	i.now = i.now.AddDate(0, 0, 1)
	i.on(sandbox.Schedule{Name: "ask", Due: i.now})
	if kept := i.host.Values(); len(kept) != 0 {
		t.Errorf("left behind: %v", kept)
	}
	i.settings["missing"] = false
	i.want(i.on(sandbox.Schedule{Name: "sum-up", Due: i.now}), "📋 **Stand-up of 2026-03-10**\n\nNobody has said anything today.")
}

func TestKarmaIsForOthers(t *testing.T) {
	i := install(t, "karma")
	i.want(i.says(ada, "karma", ""), "(Nobody was thanked yet. Write @name++ to begin.)")
	thanks := sandbox.Message{ID: "65f0000000000000000000bb", Text: "@ben++ and @Ben++, @ada++, @eve++", Person: ada}
	i.want(i.on(thanks), "→ 💛 Ben now has 1. Ada, thanks are for others.")
	i.want(i.on(thanks), "→ 💛 Ben now has 2. Ada, thanks are for others.")
	i.want(i.on(sandbox.Message{ID: thanks.ID, Text: "@eve++", Person: ada}), "")
	i.want(i.says(ada, "karma", "@ben"), "Ben has 2.")
	i.want(i.says(ada, "karma", "@eve"), "(That is nobody in this channel.)")
	i.want(i.says(ada, "karma", ""), "💛 **Karma**\n\n1. Ben: 2")
}

func TestARotaHandsOverEveryWeek(t *testing.T) {
	i := install(t, "rota")
	i.want(i.says(ada, "oncall", ""), "(Nobody is on call. Begin with `/rota @ada @ben`.)")
	i.want(i.says(ada, "rota", "@ada @eve"), "(@eve is not in this channel.)")
	i.want(i.says(ada, "rota", "@ada @ben"), "📟 On call from now on, a week each: Ada, Ben.")
	i.want(i.says(ben, "oncall", ""), "📟 **Ada** is on call. Next week: Ben.")
	i.want(i.says(ben, "cover", "@ben"), "📟 Ben is on call until the next handover.")
	i.want(i.says(ben, "oncall", ""), "📟 **Ben** is on call. Next week: Ben.")
	i.now = i.now.AddDate(0, 0, 14)
	i.want(i.on(sandbox.Schedule{Name: "handover", Due: i.now}), "📟 @ada, you are on call this week.")

	alert := sandbox.Webhook{Method: "POST", Body: `{"title":"Disk\nfull"}`}
	i.want(i.on(alert), "🚨 **Disk full**\n\n@ada, please have a look.")
	if len(i.host.Fetched) != 0 {
		t.Errorf("asked without a token: %+v", i.host.Fetched)
	}
	i.settings["token"] = "s3cret"
	i.want(i.on(alert), "🚨 **Disk full**\n\n@ada, please have a look.")
	if len(i.host.Fetched) != 1 || i.host.Fetched[0].Headers["authorization"] != "Token token=s3cret" || !strings.Contains(i.host.Fetched[0].Body, `"Disk full"`) {
		t.Errorf("asked %+v", i.host.Fetched)
	}
}

// A plugin that throws says where in its sources, not in the script that was made of them.
func TestAFaultNamesTheLineOfTheSource(t *testing.T) {
	pool := sandbox.New(sandbox.Options{})
	t.Cleanup(pool.Close)
	compiler := compile.New(compile.Options{Probe: pool.Probe})
	t.Cleanup(compiler.Close)
	files := []compile.File{
		{Path: "manifest.json", Content: `{"api":1,"name":"lost","title":"Lost","commands":[{"name":"lost"}]}`},
		{Path: "main.ts", Content: "import { definePlugin } from \"pegasus\"\nimport { find } from \"./lib/find\"\n\nexport default definePlugin({\n  commands: {\n    lost: (call) => find(call.text),\n  },\n})\n"},
		{Path: "lib/find.ts", Content: "interface Found {\n  name: string\n}\n\nexport function find(what: string): string {\n  const found: Found | undefined = undefined\n  return found!.name\n}\n"},
	}
	r, err := compiler.Build(context.Background(), files)
	if err != nil || !r.Success {
		t.Fatalf("%v: %s", err, r.Output)
	}
	_, err = pool.Run(context.Background(), sandbox.Program{Bundle: r.Bundle, Map: r.Map}, sandbox.Invocation{Event: sandbox.Command{Name: "lost", Person: ada}}, sandbox.NoHost{})
	f, isFault := err.(*sandbox.Fault)
	if !isFault || len(f.At) < 2 || f.At[0].File != "lib/find.ts" || f.At[0].Line != 7 || f.At[1].File != "main.ts" || f.At[1].Line != 6 {
		t.Errorf("got %+v", err)
	}
	files[1].Content = "throw new Error(\"at once\")\nexport default {}"
	if r, err = compiler.Build(context.Background(), files); err != nil || r.Success || r.Errors[0].Line != 1 || !strings.HasSuffix(r.Errors[0].Text, "Error: at once") {
		t.Errorf("at loading: %v, %s", err, r.Output)
	}
	files[1].Content = "export default { commands: { found() {} } }"
	if r, err = compiler.Build(context.Background(), files); err != nil || r.Success || len(r.Errors) != 2 {
		t.Errorf("other commands than in the manifest: %v, %s", err, r.Output)
	}
}
