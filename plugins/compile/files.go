package compile

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"pegasus/plugins/manifest"
)

// Limits of a project.
const (
	MaxFiles  = 200
	MaxBytes  = 1 << 20 // of all files together
	MaxPath   = 200     // bytes of a path
	maxDepth  = 9       // folders above a file
	maxErrors = 50
)

// File is one file of a project.
type File struct {
	Path    string // relative, with slashes: "lib/dice.ts"
	Content string
}

// segment is a name that leads nowhere else on any system: no dot at its ends, nothing that systems read as an order.
var segment = regexp.MustCompile(`^[\p{L}\p{N}\p{M}_@+$()\[\]-]([\p{L}\p{N}\p{M}._@+$()\[\] -]*[\p{L}\p{N}\p{M}_@+$()\[\]-])?$`)

// CheckPath returns what is wrong with the path of a file, "" where nothing is.
func CheckPath(p string) string {
	if p == "" || len(p) > MaxPath {
		return fmt.Sprintf("A path has 1 to %d characters.", MaxPath)
	}
	segments := strings.Split(p, "/")
	if len(segments) > maxDepth+1 {
		return fmt.Sprintf("A file lies at most %d folders deep.", maxDepth)
	}
	for _, s := range segments {
		if !segment.MatchString(s) {
			return "A path is made of letters, digits and . _ - @ + $ ( ) [ ], with / between folders, and stays inside of the project."
		}
	}
	return ""
}

// CheckFiles holds a project against its limits and the rules of paths. It returns nothing where all is well.
func CheckFiles(files []File) []manifest.Problem {
	if len(files) > MaxFiles {
		return []manifest.Problem{{Text: fmt.Sprintf("A project has at most %d files.", MaxFiles)}}
	}
	size := 0
	for _, f := range files {
		size += len(f.Content)
	}
	if size > MaxBytes {
		return []manifest.Problem{{Text: "A project has at most 1 MB of files."}}
	}
	var problems []manifest.Problem
	seen := map[string]bool{}    // files and folders, without regard to case; true for files
	spelt := map[string]string{} // how they are written
	for _, f := range files {
		if wrong := CheckPath(f.Path); wrong != "" {
			problems = append(problems, manifest.Problem{File: printable(f.Path), Text: wrong})
			continue
		}
		if clash(seen, spelt, f.Path) {
			problems = append(problems, manifest.Problem{File: f.Path, Text: "There is another file or folder of this name, perhaps in other case."})
		}
		if !utf8.ValidString(f.Content) || strings.ContainsRune(f.Content, 0) {
			problems = append(problems, manifest.Problem{File: f.Path, Text: "A file of a project is text in UTF-8."})
		}
	}
	return problems[:min(len(problems), maxErrors)]
}

// clash notes a file and its folders, and reports whether one of them is there already as something else.
func clash(seen map[string]bool, spelt map[string]string, file string) bool {
	lower := strings.ToLower(file)
	if _, taken := seen[lower]; taken {
		return true
	}
	seen[lower], spelt[lower] = true, file
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		lower := strings.ToLower(dir)
		if isFile, taken := seen[lower]; taken && (isFile || spelt[lower] != dir) {
			return true
		}
		seen[lower], spelt[lower] = false, dir
	}
	return false
}

// printable returns the beginning of a path that broke the rules, fit to be shown.
func printable(p string) string {
	quoted := fmt.Sprintf("%.60q", p)
	return quoted[1 : len(quoted)-1]
}

// refusedFiles are those that other tools would read their settings from. Here they have no meaning, and who writes one
// expects it to have.
var refusedFiles = map[string]string{
	"tsconfig.json":     "There are no settings of the compiler here: remove this file.",
	"jsconfig.json":     "There are no settings of the compiler here: remove this file.",
	"package.json":      "A plugin has no packages: remove this file, and describe the plugin in manifest.json.",
	"package-lock.json": "A plugin has no packages: remove this file.",
}

var refusedWords = []struct {
	pattern *regexp.Regexp
	wrong   string
}{
	{regexp.MustCompile(`(?://|/\*)[#@][ \t]*sourceMappingURL[ \t]*=`), "The compiler makes its own source map: remove this comment."},
	{regexp.MustCompile(`\b(?:process\.env|import\.meta\.env)\b`), "There is no environment here: what can be set is a setting in manifest.json, and comes as ctx.settings."},
}

// checkSources refuses what a compiler might take as an order to read something else. Texts and comments count as well: a
// source that only speaks of it can say it otherwise.
func checkSources(files []File) (problems []manifest.Problem) {
	for _, f := range files {
		if wrong, refused := refusedFiles[strings.ToLower(path.Base(f.Path))]; refused {
			line := 1
			if i := strings.Index(f.Content, `"extends"`); i >= 0 {
				line += strings.Count(f.Content[:i], "\n")
			}
			problems = append(problems, manifest.Problem{File: f.Path, Line: line, Column: 1, Text: wrong})
		}
		if _, isCode := loaders[path.Ext(f.Path)]; !isCode {
			continue
		}
		for _, refused := range refusedWords {
			if found := refused.pattern.FindStringIndex(f.Content); found != nil {
				before := f.Content[:found[0]]
				problems = append(problems, manifest.Problem{
					File: f.Path, Line: strings.Count(before, "\n") + 1, Column: len(before) - strings.LastIndexByte(before, '\n'), Text: refused.wrong,
				})
			}
		}
	}
	return problems[:min(len(problems), maxErrors)]
}
