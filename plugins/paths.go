package plugins

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pegasus/excerpt"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxDepth is how many folders a file may lie in.
const maxDepth = 10

// devices are names that some systems keep for themselves, also with an ending behind them.
var devices = []string{
	"con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2", "lpt3",
	"lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
}

// badPath says why a path cannot be that of a file, "" where it can. What is let through stays within the project, and can
// be unpacked on every system.
func badPath(p string) string {
	switch {
	case p == "":
		return "A file needs a name."
	case len(p) > MaxPath:
		return "A path has at most 200 bytes."
	case !utf8.ValidString(p) || !norm.NFC.IsNormalString(p) || strings.ContainsFunc(p, oddInPath):
		return "A path has letters, digits, slashes and . _ - @ + $ ( ) [ ] only."
	case path.IsAbs(p) || path.Clean(p) != p:
		return "A path is relative to the project, and goes straight to its file."
	}
	parts := strings.Split(p, "/")
	if len(parts) > maxDepth {
		return "A file lies in at most 9 folders."
	}
	for _, part := range parts {
		stem, _, _ := strings.Cut(strings.ToLower(part), ".")
		switch {
		case strings.HasPrefix(part, "."):
			return "No part of a path begins with a dot."
		case strings.HasSuffix(part, ".") || strings.Trim(part, " ") != part:
			return "No part of a path ends with a dot, or begins or ends with a space."
		case slices.Contains(devices, stem):
			return "Some systems do not take this name."
		}
	}
	return ""
}

func oddInPath(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.N, unicode.M) && !strings.ContainsRune("/._-@+$()[] ", r)
}

// pathKey is what two paths have in common that are one on systems without regard to case.
func pathKey(p string) string { return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(p))) }

// badTree returns what is wrong with a project as a whole: too much of it, or files that clash.
func badTree(files []File) (problems []Problem) {
	size := 0
	for _, f := range files {
		size += len(f.Content)
		if why := badPath(f.Path); why != "" {
			problems = append(problems, Problem{Text: why + " (" + excerpt.Of(f.Path, maxShownPath) + ")"})
		} else if !utf8.ValidString(f.Content) || strings.ContainsRune(f.Content, 0) {
			problems = append(problems, Problem{File: f.Path, Text: "A file holds text in UTF-8."})
		}
	}
	if len(files) > MaxFiles {
		problems = append(problems, Problem{Text: "A project has at most 200 files."})
	}
	if size > MaxSource {
		problems = append(problems, Problem{Text: "A project has at most 1 MB."})
	}
	if len(problems) == 0 {
		problems = clashes(files)
	}
	return problems
}

// clashes returns the files that cannot lie beside the others on every system.
func clashes(files []File) (problems []Problem) {
	spelled := map[string]string{} // each file and folder, by its key
	isFile := map[string]bool{}
	for _, f := range files {
		key := pathKey(f.Path)
		if _, there := spelled[key]; there {
			problems = append(problems, Problem{File: f.Path, Text: "There is a file or a folder of this name already."})
		}
		spelled[key], isFile[key] = f.Path, true
	}
	for _, f := range files {
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			key := pathKey(dir)
			if other, there := spelled[key]; there && (isFile[key] || other != dir) {
				problems = append(problems, Problem{File: f.Path, Text: "Its folder has the name of another file or folder."})
				break
			}
			spelled[key] = dir
		}
	}
	return problems
}

// maxShownPath is how much of a path is shown where it is refused, in characters: it may be of any length and bytes.
const maxShownPath = 60
