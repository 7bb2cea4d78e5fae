package views

import (
	"slices"
	"strconv"

	"pegasus/plugins"
)

// SourceFile is a file on screen.
type SourceFile struct {
	Path     string
	Content  string
	HTML     string // highlighted, "" while it is edited
	Lines    int
	Base     int // the version that it is edited from
	Editing  bool
	New      bool
	Problems []plugins.Problem // what the compiler says of it
	Wrong    Wrong
}

// blamed reports whether the compiler complains of a line.
func (f SourceFile) blamed(line int) bool {
	return slices.ContainsFunc(f.Problems, func(p plugins.Problem) bool { return p.Line == line })
}

// place is where a line is found on the page: where the file is edited without scripts, the box.
func (f SourceFile) place(line int) string {
	if f.Editing {
		return "#content"
	}
	return "#L" + strconv.Itoa(line)
}

// overtaken reports whether there is a newer version than the one that the file is edited from.
func (f SourceFile) overtaken(p Workbench) bool { return f.Base != p.Plugin.Head }

// stands is the file's path, "" while it is only to be written.
func (f SourceFile) stands() string {
	if f.New {
		return ""
	}
	return f.Path
}
