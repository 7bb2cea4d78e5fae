package plugins

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pegasus/excerpt"
)

// apply returns files after changes, sorted by path, and what each change did. Where problems come with it, nothing of the
// result is to be used: changes are made all or not at all. files stays as it is.
func apply(files []File, changes []Change) ([]File, []Problem) {
	after := slices.Clone(files)
	var problems []Problem
	for _, c := range changes {
		if why := badPath(c.File); why != "" {
			problems = append(problems, Problem{Text: why + " (" + excerpt.Of(c.File, maxShownPath) + ")"})
			continue
		}
		at := slices.IndexFunc(after, func(f File) bool { return f.Path == c.File })
		switch {
		case c.Type == Delete && at < 0:
			problems = append(problems, Problem{File: c.File, Text: "There is no such file to delete."})
		case c.Type == Delete:
			after = slices.Delete(after, at, at+1)
		case len(c.Edits) > 0 && at < 0:
			problems = append(problems, Problem{File: c.File, Text: "There is no such file to edit."})
		case len(c.Edits) > 0:
			content, bad := edit(after[at], c.Edits)
			after[at].Content = content
			problems = append(problems, bad...)
		case at < 0:
			after = append(after, File{Path: c.File, Content: plainLines(c.Content)})
		default:
			after[at].Content = plainLines(c.Content)
		}
	}
	slices.SortFunc(after, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	if len(problems) == 0 {
		problems = badTree(after)
	}
	return after, problems
}

// plainLines ends all lines as the system of the server does, whatever wrote them.
func plainLines(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

func edit(f File, edits []Edit) (content string, problems []Problem) {
	content = f.Content
	for n, e := range edits {
		from, to, why := anchor(content, plainLines(e.Old))
		if why != "" {
			problems = append(problems, Problem{File: f.Path, Text: fmt.Sprintf("Edit %d does not apply: %s", n+1, why)})
			continue
		}
		content = content[:from] + plainLines(e.New) + content[to:]
	}
	return content, problems
}

// anchor finds the one place where old stands. A text that stands nowhere to the letter is looked for line by line, without
// regard to the spaces at the ends of lines: models lose them.
func anchor(content, old string) (from, to int, why string) {
	if strings.TrimSpace(old) == "" {
		return 0, 0, "the text to replace is empty."
	}
	switch strings.Count(content, old) {
	case 1:
		from = strings.Index(content, old)
		return from, from + len(old), ""
	case 0:
		return anchorLines(content, old)
	}
	return 0, 0, "the text to replace stands in the file more than once. Take more lines around it."
}

func anchorLines(content, old string) (from, to int, why string) {
	const missing = "the text to replace does not stand in the file."
	wanted := strings.Split(strings.Trim(old, "\n"), "\n")
	lines := strings.SplitAfter(content, "\n")
	found, offset := 0, 0
	for i := range lines {
		if matches(lines[i:], wanted) {
			found++
			from, to = offset, offset+len(strings.TrimSuffix(strings.Join(lines[i:i+len(wanted)], ""), "\n"))
		}
		offset += len(lines[i])
	}
	switch found {
	case 0:
		return 0, 0, missing
	case 1:
		return from, to, ""
	}
	return 0, 0, "the text to replace stands in the file more than once. Take more lines around it."
}

func matches(lines, wanted []string) bool {
	if len(lines) < len(wanted) {
		return false
	}
	for i, line := range wanted {
		if strings.TrimRight(lines[i], " \t\n") != strings.TrimRight(line, " \t") {
			return false
		}
	}
	return true
}

// operations tells how two states of a project differ, in the words of Pegasus's API.
func operations(before, after []File) []Operation {
	had := contents(before)
	var made []Operation
	for _, f := range after {
		old, there := had[f.Path]
		switch {
		case !there:
			made = append(made, Operation{Type: Create, File: f.Path, Content: f.Content})
		case old != f.Content:
			made = append(made, Operation{Type: Modify, File: f.Path, Content: f.Content})
		}
		delete(had, f.Path)
	}
	for _, f := range before {
		if _, gone := had[f.Path]; gone {
			made = append(made, Operation{Type: Delete, File: f.Path})
		}
	}
	return made
}

func contents(files []File) map[string]string {
	byPath := make(map[string]string, len(files))
	for _, f := range files {
		byPath[f.Path] = f.Content
	}
	return byPath
}
