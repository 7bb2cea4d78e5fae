// Package builtin has plugins made without a model: by templates, and by the few changes that need no understanding.
package builtin

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"pegasus/plugins"
	"pegasus/plugins/manifest"
)

// Generator answers by rules. It is safe for concurrent use.
type Generator struct{ templates []plugins.Template }

// New returns a Generator that knows these templates.
func New(templates []plugins.Template) *Generator { return &Generator{templates} }

// Model implements plugins.Generator.
func (g *Generator) Model() string { return plugins.NoModel }

// Generate implements plugins.Generator.
func (g *Generator) Generate(_ context.Context, r plugins.Request, say func(plugins.Piece)) (plugins.Answer, error) {
	text, changes := g.answer(r)
	if r.Round > 1 {
		text, changes = "I cannot mend that: I am no model. Please change the files yourself, or go back to the version before.", nil
	}
	say(plugins.Piece{Text: text})
	for _, c := range changes {
		say(plugins.Piece{File: c.File})
	}
	return plugins.Answer{Text: text, Changes: changes, Model: g.Model()}, nil
}

const quoted = `["'“”„‘’]([^"'“”„‘’]+)["'“”„‘’]`

var (
	renameCommand = regexp.MustCompile(`(?is)^(?:please )?(?:rename|change)(?: the)?(?: command)? /([a-z0-9_-]+) (?:to|into) /?([a-z0-9_-]+)[.!]?$`)
	addCommand    = regexp.MustCompile(`(?is)^(?:please )?add (?:a|another|the) (?:new )?command /?([a-z0-9_-]+)(?: (?:that|which) (?:says|answers|replies)(?: with)? ` + quoted + `)?[.!]?$`)
	renamePlugin  = regexp.MustCompile(`(?is)^(?:please )?(?:rename (?:it|(?:the|this) plugin)(?: to)?|call (?:it|(?:the|this) plugin)) ` + quoted + `[.!]?$`)
	changeText    = regexp.MustCompile(`(?is)^(?:please )?(?:replace|change)(?: the)?(?: text| reply| answer)? ` + quoted + ` (?:to|with|by|into) ` + quoted + `[.!]?$`)
	sayInstead    = regexp.MustCompile(`(?is)^(?:please )?(?:say|answer|reply)(?: with)? ` + quoted + ` instead of ` + quoted + `[.!]?$`)
	commandName   = regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`)
)

func (g *Generator) answer(r plugins.Request) (string, []plugins.Change) {
	ask := strings.TrimSpace(r.Ask)
	p := project(r.Files)
	if m := renameCommand.FindStringSubmatch(ask); m != nil {
		return p.renameCommand(strings.ToLower(m[1]), strings.ToLower(m[2]))
	}
	if m := addCommand.FindStringSubmatch(ask); m != nil {
		return g.addCommand(p, r.Plugin, strings.ToLower(m[1]), m[2])
	}
	if m := renamePlugin.FindStringSubmatch(ask); m != nil {
		return p.renamePlugin(m[1])
	}
	if m := changeText.FindStringSubmatch(ask); m != nil {
		return p.changeText(m[1], m[2])
	}
	if m := sayInstead.FindStringSubmatch(ask); m != nil {
		return p.changeText(m[2], m[1])
	}
	if len(r.Files) == 0 {
		if t := g.fitting(ask); t != nil {
			return fmt.Sprintf("No model is configured here, so I began with the template **%s**: %s You can change its files, or ask me for a simple change.\n\n%s", t.Name, t.About, able), whole(t.Files)
		}
	}
	return "No model is configured on this server, so I understand a few things only.\n\n" + able + g.offered(r), nil
}

const able = `What I can do:

- rename a command: ` + "`rename /roll to /dice`" + `
- add a command: ` + "`add a command /hello that says \"Hello!\"`" + `
- change what it says: ` + "`say \"Good morning\" instead of \"Hello\"`" + `
- name the plugin: ` + "`call it \"Dice\"`"

func (g *Generator) offered(r plugins.Request) string {
	if len(r.Files) > 0 || len(g.templates) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n- begin with a template, by its name:")
	for _, t := range g.templates {
		fmt.Fprintf(&b, "\n  - **%s**: %s", t.Name, t.About)
	}
	return b.String()
}

// fitting returns the template that a question names.
func (g *Generator) fitting(ask string) *plugins.Template {
	said := strings.FieldsFunc(strings.ToLower(ask), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' })
	for i, t := range g.templates {
		if slices.Contains(said, t.ID) || strings.Contains(strings.ToLower(ask), strings.ToLower(t.Name)) {
			return &g.templates[i]
		}
	}
	return nil
}

func whole(files []plugins.File) []plugins.Change {
	changes := make([]plugins.Change, len(files))
	for i, f := range files {
		changes[i] = plugins.Change{Type: plugins.Create, File: f.Path, Content: f.Content}
	}
	return changes
}

// project are the files as they stand.
type project []plugins.File

func (p project) file(path string) (string, bool) {
	for _, f := range p {
		if f.Path == path {
			return f.Content, true
		}
	}
	return "", false
}

// manifest returns the manifest's text and what it says, "" where there is none that can be read.
func (p project) manifest() (string, manifest.Manifest) {
	text, _ := p.file(manifest.File)
	m, problems := manifest.Parse([]byte(text))
	if len(problems) > 0 {
		return "", m
	}
	return text, m
}

const noManifest = "I cannot read this plugin's `manifest.json`. Please mend it first."

func (p project) renameCommand(old, name string) (string, []plugins.Change) {
	text, m := p.manifest()
	has := func(n string) bool {
		return slices.ContainsFunc(m.Commands, func(c manifest.Command) bool { return c.Name == n })
	}
	switch {
	case text == "":
		return noManifest, nil
	case !has(old):
		return fmt.Sprintf("This plugin has no command `/%s`.", old), nil
	case has(name):
		return fmt.Sprintf("This plugin has a command `/%s` already.", name), nil
	case !commandName.MatchString(name):
		return fmt.Sprintf("`/%s` cannot be a command: it has 2 to 32 letters a to z, digits and hyphens, and begins with a letter.", name), nil
	}
	listed := regexp.MustCompile(`("name"\s*:\s*")` + regexp.QuoteMeta(old) + `(")`)
	at := strings.Index(text, `"commands"`)
	place := listed.FindStringSubmatchIndex(text[at:])
	if place == nil {
		return noManifest, nil
	}
	changed := text[:at+place[3]] + name + text[at+place[4]:]
	content, ok := p.file(m.Main)
	key := regexp.MustCompile(`(?m)^(\s*(?:async\s+)?)(["']?)` + regexp.QuoteMeta(old) + `(["']?)(\s*[:(])`)
	found := key.FindAllStringSubmatchIndex(content, -1)
	if !ok || len(found) != 1 {
		return fmt.Sprintf("I cannot find where `%s` handles `/%s`. Please change the two files yourself.", m.Main, old), nil
	}
	f := found[0]
	main := content[:f[4]] + property(name) + content[f[8]:]
	return fmt.Sprintf("`/%s` is `/%s` now.", old, name), []plugins.Change{
		{Type: plugins.Modify, File: manifest.File, Content: changed}, {Type: plugins.Modify, File: m.Main, Content: main},
	}
}

// property writes a name as the key of an object.
func property(name string) string {
	if strings.Contains(name, "-") {
		return `"` + name + `"`
	}
	return name
}

func (p project) renamePlugin(title string) (string, []plugins.Change) {
	text, _ := p.manifest()
	if text == "" {
		return noManifest, nil
	}
	place := regexp.MustCompile(`"title"\s*:\s*("(?:[^"\\]|\\.)*")`).FindStringSubmatchIndex(text)
	if place == nil {
		return noManifest, nil
	}
	return fmt.Sprintf("It is called “%s” now.", title), []plugins.Change{
		{Type: plugins.Modify, File: manifest.File, Content: text[:place[2]] + literal(title) + text[place[3]:]},
	}
}

// literal writes a text for JSON and TypeScript.
func literal(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a text can always be written
	return strings.TrimSuffix(b.String(), "\n")
}

func (p project) changeText(old, text string) (string, []plugins.Change) {
	var changes []plugins.Change
	times := 0
	for _, f := range p {
		if n := strings.Count(f.Content, old); n > 0 {
			times += n
			written := strings.TrimSuffix(strings.TrimPrefix(literal(text), `"`), `"`)
			changes = append(changes, plugins.Change{Type: plugins.Modify, File: f.Path, Content: strings.Replace(f.Content, old, written, 1)})
		}
	}
	switch times {
	case 0:
		return fmt.Sprintf("“%s” stands in none of the files.", old), nil
	case 1:
		return fmt.Sprintf("I changed “%s” to “%s”.", old, text), changes
	}
	return fmt.Sprintf("“%s” stands in the files %d times. Please name more of the text around it.", old, times), nil
}

func (g *Generator) addCommand(p project, title, name, says string) (string, []plugins.Change) {
	if says == "" {
		says = "Hello from /" + name
	}
	if !commandName.MatchString(name) {
		return fmt.Sprintf("`/%s` cannot be a command: it has 2 to 32 letters a to z, digits and hyphens, and begins with a letter.", name), nil
	}
	done := fmt.Sprintf("I added `/%s`, which says “%s”.", name, says)
	if len(p) == 0 {
		return done, whole(Single(title, name, says))
	}
	text, m := p.manifest()
	if text == "" {
		return noManifest, nil
	}
	if slices.ContainsFunc(m.Commands, func(c manifest.Command) bool { return c.Name == name }) {
		return fmt.Sprintf("This plugin has a command `/%s` already.", name), nil
	}
	content, _ := p.file(m.Main)
	list := regexp.MustCompile(`"commands"\s*:\s*\[`).FindStringIndex(text)
	handled := regexp.MustCompile(`\bcommands\s*:\s*\{`).FindAllStringIndex(content, -1)
	if list == nil || len(m.Commands) == 0 || len(handled) != 1 {
		return fmt.Sprintf("I cannot find where `%s` and `manifest.json` list the commands. Please add it yourself.", m.Main), nil
	}
	entry := fmt.Sprintf("\n    { \"name\": %s, \"help\": %s },", literal(name), literal("Says "+says))
	handler := fmt.Sprintf("\n    %s: () => %s,", property(name), literal(says))
	return done, []plugins.Change{
		{Type: plugins.Modify, File: manifest.File, Content: text[:list[1]] + entry + text[list[1]:]},
		{Type: plugins.Modify, File: m.Main, Content: content[:handled[0][1]] + handler + content[handled[0][1]:]},
	}
}

// Single is a plugin with one command that says a text.
func Single(title, command, says string) []plugins.File {
	return []plugins.File{
		{Path: manifest.File, Content: fmt.Sprintf(`{
  "api": 1,
  "name": %s,
  "title": %s,
  "description": %s,
  "version": "1.0.0",
  "main": "main.ts",
  "commands": [
    { "name": %s, "help": %s }
  ]
}
`, literal(command), literal(titleOf(title, command)), literal("Answers /"+command+"."), literal(command), literal("Says "+says))},
		{Path: "main.ts", Content: fmt.Sprintf(`import { definePlugin } from "pegasus";

export default definePlugin({
  commands: {
    %s: () => %s,
  },
});
`, property(command), literal(says))},
	}
}

// titleOf returns a title that a manifest can have.
func titleOf(title, command string) string {
	title = strings.Join(strings.Fields(title), " ")
	if title == "" || utf8.RuneCountInString(title) > manifest.MaxTitle {
		return command
	}
	return title
}
