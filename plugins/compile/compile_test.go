package compile_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pegasus/plugins/compile"
	"pegasus/plugins/jail"
	"pegasus/plugins/manifest"
	"pegasus/plugins/sandbox"
)

func TestMain(m *testing.M) {
	jail.Main(compile.Child)
	os.Exit(m.Run())
}

const dice = `{"api":1,"name":"dice","title":"Dice","commands":[{"name":"roll"}]}`

const roll = `import { definePlugin } from "pegasus"
export default definePlugin({ commands: { roll: () => "6" } })
`

// project is the files given by path and content, with a manifest where none is given.
func project(pairs ...string) (files []compile.File) {
	seen := false
	for i := 0; i < len(pairs); i += 2 {
		files = append(files, compile.File{Path: pairs[i], Content: pairs[i+1]})
		seen = seen || pairs[i] == manifest.File
	}
	if !seen {
		files = append(files, compile.File{Path: manifest.File, Content: dice})
	}
	return files
}

func compiler(t *testing.T, o compile.Options) *compile.Compiler {
	t.Helper()
	c := compile.New(o)
	t.Cleanup(c.Close)
	return c
}

func build(t *testing.T, c *compile.Compiler, files []compile.File) compile.Result {
	t.Helper()
	r, err := c.Build(context.Background(), files)
	if err != nil {
		t.Fatal(err)
	}
	if r.Success != (len(r.Errors) == 0) || r.Success != (len(r.Bundle) > 0) || r.Output == "" {
		t.Errorf("an answer at odds with itself: %+v", r)
	}
	return r
}

func TestAProjectBecomesOneScript(t *testing.T) {
	r := build(t, compiler(t, compile.Options{}), project(
		"main.ts", `import { definePlugin, type Context } from "pegasus"
import { face } from "./lib/face"
import words from './words.json'
import about from "./about.md"
interface Unused { a: string }
export default definePlugin({ commands: { roll: (call: unknown, ctx: Context) => face(words.six as string) + about } })
`, "lib/face.ts", `import { mark } from "../mark.js"; export const face = (s: string): string => s + mark`, "mark.ts", `export const mark: string = "!"`,
		"words.json", `{"six":"SIX"}`, "about.md", "# About dice"))
	if !r.Success {
		t.Fatal(r.Output)
	}
	for _, part := range []string{"SIX", "# About dice", "definePlugin"} {
		if !strings.Contains(string(r.Bundle), part) {
			t.Errorf("%q is not in the bundle", part)
		}
	}
	for _, part := range []string{"interface", ": string", "require("} {
		if strings.Contains(string(r.Bundle), part) {
			t.Errorf("%q is in the bundle:\n%s", part, r.Bundle)
		}
	}
	if !strings.Contains(string(r.Map), "lib/face.ts") || strings.Contains(string(r.Map), "sourcesContent") || r.Manifest.Name != "dice" {
		t.Errorf("map %s, manifest %+v", r.Map, r.Manifest)
	}
	if !strings.Contains(r.Output, "Types are taken out, not checked.") {
		t.Errorf("output %q", r.Output)
	}
}

func TestWhatIsWrongIsSaidAtItsLine(t *testing.T) {
	c := compiler(t, compile.Options{})
	for name, p := range map[string]struct {
		files []compile.File
		where string // the beginning of the first problem
		says  string
	}{
		"syntax":             {project("main.ts", "export default {\n  a: 1,\n  b: ?\n}"), "main.ts:3:6", "Unexpected"},
		"no default export":  {project("main.ts", "export const roll = 1"), "main.ts:1:1", "default export"},
		"no such export":     {project("main.ts", "import { dye } from './lib'\nexport default dye", "lib.ts", "export const die = 1"), "main.ts:1:", `"dye"`},
		"no such file":       {project("main.ts", "\nimport './nothing'\n"+roll), "main.ts:2:8", `"nothing"`},
		"package":            {project("main.ts", roll+"import _ from 'lodash'\n_()"), "main.ts:3:", `no package "lodash"`},
		"package of a scope": {project("main.ts", roll+"import '@scope/thing'"), "main.ts:3:", "no package"},
		"node":               {project("main.ts", roll+"import fs from 'fs'\nfs.x()"), "main.ts:3:", "Node.js"},
		"node by prefix":     {project("main.ts", roll+"import fs from 'node:fs/promises'\nfs.x()"), "main.ts:3:", "Node.js"},
		"node by require":    {project("main.ts", roll+"require('child_process')"), "main.ts:3:", "Node.js"},
		"dynamic import":     {project("main.ts", roll+"import('fs')"), "main.ts:3:", "Node.js"},
		"absolute":           {project("main.ts", roll+"import '/etc/passwd'"), "main.ts:3:", "outside of the project"},
		"file address":       {project("main.ts", roll+"import 'file:///etc/passwd'"), "main.ts:3:", "outside of the project"},
		"backslash":          {project("main.ts", roll+`import '..\\..\\secret'`), "main.ts:3:", "outside of the project"},
		"out of the project": {project("main.ts", roll+"import '../../data/app.db'"), "main.ts:3:", "leads out of the project"},
		"out from a folder":  {project("main.ts", roll+"import './a/b'", "a/b.ts", "import '../../c'"), "a/b.ts:1:", "leads out of the project"},
		"network":            {project("main.ts", roll+"import 'https://example.com/x.js'"), "main.ts:3:", "over the network"},
		"network, no scheme": {project("main.ts", roll+"import '//example.com/x.js'"), "main.ts:3:", "over the network"},
		"data":               {project("main.ts", roll+"import 'data:text/javascript,1'"), "main.ts:3:", "data:"},
		"import map":         {project("main.ts", roll+"import '#inside'"), "main.ts:3:", "maps of imports"},
		"picture":            {project("main.ts", roll+"import './a.png'", "a.png", "x"), "main.ts:3:", "cannot be imported"},
		"markup in code":     {project("main.ts", "export default <b>x</b>\n"), "main.ts:1:", ""},
		"waiting outside":    {project("main.ts", roll+"await 1"), "main.ts:3:", "await"},
		"tsconfig":           {project("main.ts", roll, "tsconfig.json", "{\n\"extends\": \"/etc/x.json\"\n}"), "tsconfig.json:2:1", "remove this file"},
		"package.json":       {project("main.ts", roll, "lib/package.json", `{"imports":{"#x":"/etc/passwd"}}`), "lib/package.json:1:1", "no packages"},
		"foreign map":        {project("main.ts", roll+"//# sourceMappingURL=../../etc/passwd"), "main.ts:3:1", "source map"},
		"environment":        {project("main.ts", roll+"\nlet a = process.env.HOME"), "main.ts:4:9", "no environment"},
		"no manifest":        {[]compile.File{{Path: "main.ts", Content: roll}}, "manifest.json: ", "no manifest.json"},
		"bad manifest":       {project("main.ts", roll, manifest.File, "{\n\"api\": 1,\n}"), "manifest.json:", "not JSON"},
		"no main":            {project("other.ts", roll), "manifest.json:1:1", `"main.ts"`},
		"main of markup":     {project("a.md", "x", manifest.File, strings.Replace(dice, `"api"`, `"main":"a.md","api"`, 1)), "manifest.json:1:1", ".ts or a .js"},
		"two errors":         {project("main.ts", "import 'a'\nimport 'b'\n"+roll), "main.ts:1:", `"a"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := build(t, c, p.files)
			if r.Success {
				t.Fatalf("it compiled:\n%s", r.Bundle)
			}
			if first := r.Errors[0].String(); !strings.HasPrefix(first, p.where) || !strings.Contains(first, p.says) {
				t.Errorf("got %s", r.Output)
			}
		})
	}
}

func TestPathsStayInTheProject(t *testing.T) {
	deep := strings.Repeat("a/", 10) + "a.ts"
	for _, path := range []string{
		"", ".", "..", "/", "a/", "/a.ts", "../a.ts", "a/../b.ts", "a/../../b.ts", "./a.ts", "a//b.ts", "a\\b.ts", "..\\a.ts", "C:\\a.ts", "C:/a.ts",
		"a\x00.ts", "a\n.ts", " a.ts", "a.ts ", "a.", "a./b.ts", ".env", ".git/config", "a/.env", "~/a.ts", "a:b.ts", "a?.ts", "a*.ts", "a|b.ts",
		"a\u202ets.exe", "\uff0e\uff0e/a.ts", "a%2f..%2fb.ts", "\xff.ts", deep, strings.Repeat("a", 201), "a\"b.ts", "`a`.ts", "a'b.ts", "a<b.ts",
	} {
		if compile.CheckPath(path) == "" {
			t.Errorf("%q passes", path)
		}
		if problems := compile.CheckFiles([]compile.File{{Path: path}}); len(problems) != 1 {
			t.Errorf("%q: %v", path, problems)
		}
	}
	for _, path := range []string{"main.ts", "lib/a-b_c.test.ts", "README.md", "LICENSE", "_a/9.json", "notes for ä.md", "a/[b].ts"} {
		if wrong := compile.CheckPath(path); wrong != "" {
			t.Errorf("%q: %s", path, wrong)
		}
	}
}

func TestAProjectHasLimits(t *testing.T) {
	many := make([]compile.File, 201)
	for i := range many {
		many[i].Path = fmt.Sprintf("a%d.ts", i)
	}
	for name, files := range map[string][]compile.File{
		"201 files": many, "10 MB": {{Path: "a.ts", Content: strings.Repeat("a", 10<<20)}},
		"same path": {{Path: "a.ts"}, {Path: "a.ts"}}, "other case": {{Path: "a.ts"}, {Path: "A.ts"}},
		"folder of other case": {{Path: "a/b.ts"}, {Path: "A/c.ts"}}, "file as folder": {{Path: "a"}, {Path: "a/b.ts"}}, "folder as file": {{Path: "a/b.ts"}, {Path: "A"}},
		"not UTF-8": {{Path: "a.ts", Content: "\xff"}}, "NUL": {{Path: "a.ts", Content: "a\x00"}},
	} {
		if len(compile.CheckFiles(files)) == 0 {
			t.Errorf("%s passes", name)
		}
	}
	if problems := compile.CheckFiles(append(many[:198:198], compile.File{Path: "a/b.ts"}, compile.File{Path: "a/c.ts"})); len(problems) > 0 {
		t.Errorf("200 files: %v", problems)
	}
}

// The canary lies where a compiler that reads the disk would find it, by every path that is known of it.
func TestNothingOfTheMachineComesIntoABundleOrAMessage(t *testing.T) {
	const canary = "canary-7c1f"
	dir := t.TempDir()
	for name, content := range map[string]string{
		"secret.ts": "export default '" + canary + "'", "secret.json": `{"a":"` + canary + `"}`, "secret.map": `{"version":3,"sources":["` + canary + `"],"mappings":"AAAA"}`,
		"tsconfig.json": `{"compilerOptions":{"jsxFactory":"` + canary + `"}}`, "node_modules/canary/index.js": "export default '" + canary + "'",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	c := compiler(t, compile.Options{})
	for i, source := range []string{
		"import x from 'DIR/secret'", "import x from 'DIR/secret.ts'", "import x from 'file://DIR/secret.ts'", "import x from './DIR/secret.ts'",
		"import x from '../../../../../../../../DIR/secret.ts'", "import x from 'canary'", "import x from './secret'", "import x from './node_modules/canary/index.js'",
		"const x = require('DIR/secret.json')", "const x = require('./secret.json')", "const x = require(`DIR/secret.json`)", "const x = import('DIR/secret.ts')",
		"const d = 'DIR'; const x = import(`${d}/secret.ts`)", "const x = import(`./${globalThis.a}/secret.ts`)", "const x = require(`./${globalThis.a}.json`)",
		"const x = new URL('DIR/secret.ts', import.meta.url)", "const x = import.meta.url", "import x from 'DIR/secret.json' with { type: 'json' }",
		"export * from 'DIR/secret.ts'; const x = 1", "/// <reference path='DIR/secret.ts' />\nconst x = 1", "/** @jsxImportSource DIR/secret */\nconst x = 1",
		"const x = 1 //# sourceMappingURL=DIR/secret.map", "const x = 1 /*@ sourceMappingURL=secret.map */", "import x = require('DIR/secret.json')",
		"import x from 'project:../secret.ts'", "import x from 'kit:x'", "import x from 'file:secret.ts'", "import x from 'entry:plugin'",
	} {
		r := build(t, c, project("main.ts", strings.ReplaceAll(source, "DIR", dir)+"\n"+"export default { x }"))
		all := string(r.Bundle) + string(r.Map) + r.Output
		if strings.Contains(all, canary) {
			t.Errorf("%d: %s: the canary sings:\n%s", i, source, all)
		}
		// What the project says itself may come back, anything else of the machine may not.
		for _, marker := range []string{"/plugin.js", "/proc/", "/tmp/", "node_modules/.bin", os.Getenv("HOME") + "/", "goroutine", ".go:", "plugin \"project\""} {
			if strings.Contains(strings.ReplaceAll(all, dir, ""), marker) {
				t.Errorf("%d: %s: %q in\n%s", i, source, marker, all)
			}
		}
	}
}

func TestWhatIsTooMuchForTheCompilerEndsWithAnAnswer(t *testing.T) {
	c := compiler(t, compile.Options{Workers: 2})
	for name, source := range map[string]string{
		"nested brackets":  strings.Repeat("[", 500_000) + strings.Repeat("]", 500_000),
		"nested functions": strings.Repeat("()=>", 200_000) + "1",
		"nested templates": strings.Repeat("`${", 200_000) + "1",
		"nested types":     "type A = " + strings.Repeat("(", 400_000),
		"unary":            "export default " + strings.Repeat("!", 900_000) + "1",
		"additions":        "export default 1" + strings.Repeat("+1", 450_000),
		"imports":          strings.Repeat("import'./b'\n", 80_000) + roll,
		"foreign imports":  strings.Repeat("import'q'\n", 90_000) + roll,
		"errors":           strings.Repeat("?\n", 400_000),
	} {
		t.Run(name, func(t *testing.T) {
			r := build(t, c, project("main.ts", source, "b.ts", "import './main'"))
			t.Logf("%v after %v, %d problems: %.150s", r.Success, r.Took, len(r.Errors), r.Output)
			if len(r.Errors) > 100 {
				t.Errorf("%d problems", len(r.Errors))
			}
		})
	}
}

func TestManyBuildsAtOnceAllEnd(t *testing.T) {
	c := compiler(t, compile.Options{})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if r, err := c.Build(context.Background(), project("main.ts", roll)); err != nil || !r.Success {
				t.Errorf("got %v, %v", r.Output, err)
			}
		})
	}
	wg.Wait()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Build(ended, project("main.ts", roll)); !errors.Is(err, context.Canceled) {
		t.Errorf("a build that nobody waits for: %v", err)
	}
}

func TestWhatThePluginHandlesIsHeldAgainstItsManifest(t *testing.T) {
	var handlers manifest.Handlers
	var failure error
	c := compiler(t, compile.Options{Probe: func(context.Context, []byte, []byte) (manifest.Handlers, error) { return handlers, failure }})
	says := func(want string) {
		t.Helper()
		if r := build(t, c, project("main.ts", roll)); !strings.Contains(r.Output, want) {
			t.Errorf("got %s", r.Output)
		}
	}
	says("no function for this command")
	handlers.Commands = []string{"roll"}
	says("compiled")
	handlers.Commands = []string{"roll", "toss"}
	says(`a command "toss" that is not listed`)
	handlers = manifest.Handlers{Commands: []string{"roll"}, Messages: true, Webhook: true, Schedules: []string{"late"}}
	says("onMessage")
	says("onWebhook")
	says(`"late"`)
	failure = &sandbox.Fault{Kind: sandbox.Thrown, Message: "TypeError: no", At: []sandbox.Position{{File: "main.ts", Line: 7, Column: 1}}}
	says("error: main.ts:7:1: TypeError: no")
	failure = errors.New("ours")
	if _, err := c.Build(context.Background(), project("main.ts", roll)); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}
