// Package kit holds what is given to whoever writes a plugin: the types of its programming interface and worked examples.
package kit

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

// Types is plugin.d.ts, which editors and models read.
//
//go:embed plugin.d.ts
var Types string

//go:embed examples
var examples embed.FS

// File is one file of an example.
type File struct {
	Path    string
	Content string
}

// Example is a whole plugin that shows how something is done.
type Example struct {
	Name  string // as in its manifest
	Doc   string // what it shows, Markdown with a heading; not among Files
	Files []File // by path
}

// inOrder are the examples from the simplest on.
var inOrder = []string{"dice", "poll", "standup", "karma", "rota"}

// Examples returns the worked examples, the simplest first.
func Examples() []Example {
	all := make([]Example, len(inOrder))
	for i, name := range inOrder {
		all[i] = read(name)
	}
	return all
}

// read reads an example. What is embedded is there, so nothing can fail but the program's own making.
func read(name string) Example {
	dir := path.Join("examples", name)
	entries, err := fs.ReadDir(examples, dir)
	if err != nil {
		panic(err)
	}
	e := Example{Name: name}
	for _, entry := range entries {
		content, err := fs.ReadFile(examples, path.Join(dir, entry.Name()))
		if err != nil {
			panic(err)
		}
		if strings.EqualFold(entry.Name(), "README.md") {
			e.Doc = string(content)
			continue
		}
		e.Files = append(e.Files, File{Path: entry.Name(), Content: string(content)})
	}
	return e
}
