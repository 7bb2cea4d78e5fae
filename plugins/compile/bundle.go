package compile

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/evanw/esbuild/pkg/api"

	"pegasus/plugins/jail"
	"pegasus/plugins/manifest"
)

// Child is the work of the processes in which bundles are made. A program that builds has to pass it to jail.Main.
var Child = jail.Work{
	Name:   "plugin-compile",
	Limits: jail.Limits{Memory: 256 << 20, Heap: 128 << 20, Stack: 64 << 20, CPU: 10 * time.Second},
	Run:    child,
}

// Sizes of what goes to and comes from a child.
const (
	maxAsked    = 4 << 20
	maxAnswered = 8 << 20
)

type asked struct {
	Main  string `json:"main"`
	Files []File `json:"files"`
}

type answered struct {
	Bundle   string             `json:"bundle"`
	Map      string             `json:"map"`
	Errors   []manifest.Problem `json:"errors"`
	Warnings []manifest.Problem `json:"warnings"`
}

// child makes one bundle.
func child(in io.Reader, out io.Writer) {
	if jail.Greet(out) != nil {
		return
	}
	message, err := jail.ReadFrame(in, maxAsked)
	if err != nil {
		return
	}
	var a asked
	if err := json.Unmarshal(message, &a); err != nil {
		return
	}
	answer, err := json.Marshal(bundle(a))
	if err != nil {
		return
	}
	_ = jail.WriteFrame(out, answer) // the other side may have given up
}

// The namespaces of esbuild in which everything lies. "file", the only one that it reads from the disk by itself, is none.
const (
	inProject = "project"
	inKit     = "kit"
	inEntry   = "entry"
)

// kitModule is what `import … from "pegasus"` gives. All that a plugin can do comes as arguments of its functions; the module
// is there for the types, and to say which objects are plugins.
const kitModule = `export const definePlugin = (plugin) => plugin;`

var loaders = map[string]api.Loader{
	".ts": api.LoaderTS, ".mts": api.LoaderTS, ".js": api.LoaderJS, ".mjs": api.LoaderJS,
	".json": api.LoaderJSON, ".txt": api.LoaderText, ".md": api.LoaderText,
}

// bundle makes one script of the files that main leads to.
func bundle(a asked) answered {
	tree := make(map[string]string, len(a.Files))
	for _, f := range a.Files {
		tree[f.Path] = f.Content
	}
	built := api.Build(api.BuildOptions{
		EntryPoints: []string{"plugin"}, Bundle: true, Write: false, Outfile: "/plugin.js", AbsWorkingDir: "/",
		Format: api.FormatCommonJS, Platform: api.PlatformNeutral, Target: api.ES2023, Charset: api.CharsetUTF8,
		LegalComments: api.LegalCommentsNone, Sourcemap: api.SourceMapExternal, SourcesContent: api.SourcesContentExclude,
		TsconfigRaw: `{}`, LogLevel: api.LogLevelSilent, LogLimit: maxErrors, MainFields: []string{},
		Plugins: []api.Plugin{{Name: "project", Setup: func(b api.PluginBuild) {
			b.OnResolve(api.OnResolveOptions{Filter: `.*`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
				return resolve(tree, a.Main, args), nil
			})
			b.OnLoad(api.OnLoadOptions{Filter: `.*`}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
				return load(tree, a.Main, args), nil
			})
		}}},
	})
	answer := answered{Errors: problems(built.Errors, a.Main), Warnings: problems(built.Warnings, a.Main)}
	if len(answer.Errors) > 0 {
		return answer
	}
	for _, f := range built.OutputFiles {
		if strings.HasSuffix(f.Path, ".map") {
			answer.Map = string(f.Contents)
		} else {
			answer.Bundle = string(f.Contents)
		}
	}
	return answer
}

func load(tree map[string]string, main string, args api.OnLoadArgs) api.OnLoadResult {
	content, loader := "", api.LoaderJS
	switch args.Namespace {
	case inEntry:
		content = fmt.Sprintf("export { default } from %q", "./"+main)
	case inKit:
		content = kitModule
	case inProject:
		content, loader = tree[args.Path], loaders[path.Ext(args.Path)]
	default:
		return api.OnLoadResult{Errors: []api.Message{{Text: "This cannot be read."}}}
	}
	return api.OnLoadResult{Contents: &content, Loader: loader}
}

// resolve says what an import means. Whatever it does not know is refused, so esbuild never looks for it by itself.
func resolve(tree map[string]string, main string, args api.OnResolveArgs) api.OnResolveResult {
	refuse := func(text string) api.OnResolveResult {
		return api.OnResolveResult{Errors: []api.Message{{Text: text}}}
	}
	switch {
	case args.Kind == api.ResolveEntryPoint:
		return api.OnResolveResult{Path: "plugin", Namespace: inEntry}
	case args.Namespace == inEntry:
		return api.OnResolveResult{Path: main, Namespace: inProject}
	case args.Path == "pegasus":
		return api.OnResolveResult{Path: "pegasus", Namespace: inKit, SideEffects: api.SideEffectsFalse}
	case args.Namespace != inProject || args.Kind == api.ResolveCSSImportRule || args.Kind == api.ResolveCSSURLToken:
		return refuse("This cannot be imported.")
	case !strings.HasPrefix(args.Path, "./") && !strings.HasPrefix(args.Path, "../"):
		return refuse(foreign(args.Path))
	}
	target := path.Join(path.Dir(args.Importer), args.Path)
	if target == ".." || strings.HasPrefix(target, "../") {
		return refuse(fmt.Sprintf("%.200q leads out of the project.", args.Path))
	}
	for _, candidate := range candidates(target) {
		if _, there := tree[candidate]; !there {
			continue
		}
		if _, readable := loaders[path.Ext(candidate)]; !readable {
			return refuse(fmt.Sprintf("%.200q cannot be imported: a plugin is made of .ts, .js, .json, .txt and .md files.", args.Path))
		}
		return api.OnResolveResult{Path: candidate, Namespace: inProject}
	}
	return refuse(fmt.Sprintf("There is no file %.200q in the project.", target))
}

// candidates are the files that an import may mean, in order: TypeScript leaves the end of a name out, or writes .js for .ts.
func candidates(target string) []string {
	all := []string{target, target + ".ts", target + ".js", target + ".mjs", target + ".json", target + "/index.ts", target + "/index.js"}
	if bare, found := strings.CutSuffix(target, ".js"); found {
		all = append(all, bare+".ts")
	}
	return all
}

// ofNode are the modules of Node.js that plugins are most often expected to have.
var ofNode = strings.Fields(`assert async_hooks buffer child_process cluster console crypto dgram dns events fs http http2 https
	module net os path perf_hooks process punycode querystring readline repl stream string_decoder timers tls tty url util v8
	vm wasi worker_threads zlib`)

// foreign says why an import that is no file of the project is refused.
func foreign(name string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(name, "node:"), "/")
	switch {
	case strings.HasPrefix(name, "node:") || slices.Contains(ofNode, first):
		return fmt.Sprintf("%.200q is a part of Node.js, which plugins do not run in: use what ctx offers.", name)
	case strings.HasPrefix(name, "http:") || strings.HasPrefix(name, "https:") || strings.HasPrefix(name, "//"):
		return fmt.Sprintf("%.200q: nothing is imported over the network. A plugin may ask hosts with ctx.fetch.", name)
	case strings.HasPrefix(name, "/") || strings.Contains(name, `\`) || strings.HasPrefix(name, "file:"):
		return fmt.Sprintf("%.200q is a path outside of the project: import files with ./ or ../.", name)
	case strings.HasPrefix(name, "data:"):
		return "A data: address cannot be imported: write a file."
	case strings.HasPrefix(name, "#"):
		return fmt.Sprintf("%.200q: there are no maps of imports here: import files with ./ or ../.", name)
	}
	return fmt.Sprintf(`There is no package %.200q: a plugin imports its own files with ./ or ../, and "pegasus".`, name)
}

// problems turns the compiler's messages into ours. Names lose the namespaces, and nothing else of theirs is let through.
func problems(messages []api.Message, main string) []manifest.Problem {
	var all []manifest.Problem
	for _, m := range messages {
		p := manifest.Problem{Text: strings.NewReplacer(`"`+inProject+":", `"`, `"`+inKit+":", `"`, `"`+inEntry+":", `"`).Replace(m.Text)}
		if m.Location != nil {
			namespace, file, _ := strings.Cut(m.Location.File, ":")
			switch namespace {
			case inProject:
				p.File, p.Line, p.Column = file, m.Location.Line, m.Location.Column+1
			case inEntry:
				p.File, p.Line, p.Column = main, 1, 1
				if strings.Contains(m.Text, `"default"`) {
					p.Text = "A plugin has a default export: export default definePlugin({ … })."
				}
			}
		}
		all = append(all, p)
	}
	return all
}
