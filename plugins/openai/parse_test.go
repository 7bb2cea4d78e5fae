package openai

import (
	"reflect"
	"strings"
	"testing"

	"pegasus/plugins"
)

// read parses a text piece by piece, each of n bytes.
func read(text string, n int, complete bool) (*parser, string, []string) {
	var said strings.Builder
	var files []string
	p := &parser{say: func(piece plugins.Piece) {
		said.WriteString(piece.Text)
		if piece.File != "" {
			files = append(files, piece.File)
		}
	}}
	for i := 0; i < len(text); i += n {
		p.write(text[i:min(i+n, len(text))])
	}
	p.end(complete)
	return p, said.String(), files
}

const answer = `I add a die, and ` + "`code`" + `:

` + "```ts\nconst a = 1;\n```" + `

<file path="main.ts">
` + "```ts" + `
import { definePlugin } from "pegasus";

export default 1;
` + "```" + `
</file>
And an edit.
<edit path="manifest.json">
<<<<<<< SEARCH
  "name": "a"
=======
  "name": "b",
  "title": "<file path='x'>"
>>>>>>> REPLACE
<<<<<<< SEARCH
x
=======
>>>>>>> REPLACE
</edit>
` + "```xml\n<delete path=\"old.ts\"/>\n```" + `
a < b, done.`

func TestAnAnswerIsReadTheSameHoweverItComes(t *testing.T) {
	want := []plugins.Change{
		{Type: plugins.Modify, File: "main.ts", Content: "import { definePlugin } from \"pegasus\";\n\nexport default 1;\n"},
		{Type: plugins.Modify, File: "manifest.json", Edits: []plugins.Edit{
			{Old: `  "name": "a"`, New: "  \"name\": \"b\",\n  \"title\": \"<file path='x'>\""}, {Old: "x", New: ""},
		}},
		{Type: plugins.Delete, File: "old.ts"},
	}
	const text = "I add a die, and `code`:\n\n```ts\nconst a = 1;\n```\n\nAnd an edit.\na < b, done."
	for _, source := range []string{answer, strings.ReplaceAll(answer, "\n", "\r\n")} {
		for n := 1; n < 40; n++ {
			p, said, files := read(source, n, true)
			if !reflect.DeepEqual(p.changes, want) {
				t.Fatalf("by %d: got %+v", n, p.changes)
			}
			if strings.ReplaceAll(said, "\r", "") != text || p.text.String() != said {
				t.Fatalf("by %d: said %q, want %q", n, said, text)
			}
			if !reflect.DeepEqual(files, []string{"main.ts", "manifest.json", "old.ts"}) || p.broken {
				t.Fatalf("by %d: files %v", n, files)
			}
		}
	}
}

func TestTextIsSaidAsSoonAsItCannotBeATag(t *testing.T) {
	var said strings.Builder
	p := &parser{say: func(piece plugins.Piece) { said.WriteString(piece.Text) }}
	for _, step := range []struct{ piece, so string }{
		{"Hel", "Hel"}, {"lo", "Hello"}, {" <fi", "Hello <fi"}, {"x\n", "Hello <fix\n"}, {"<", "Hello <fix\n"}, {"b> it\n", "Hello <fix\n<b> it\n"},
	} {
		if p.write(step.piece); said.String() != step.so {
			t.Errorf("after %q: said %q, want %q", step.piece, said.String(), step.so)
		}
	}
}

func TestAnAnswerThatBreaksOffIsNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		text     string
		complete bool
		broken   bool
		changes  int
	}{
		"a file cut short":                {"<file path=\"a.ts\">\nx\n", false, true, 0},
		"a file without its end":          {"<file path=\"a.ts\">\nx\n", true, false, 1},
		"an empty file without its end":   {"<file path=\"a.ts\">\n", true, true, 0},
		"a search cut short":              {"<edit path=\"a.ts\">\n<<<<<<< SEARCH\nx\n", true, true, 0},
		"a replacement cut short":         {"<edit path=\"a.ts\">\n<<<<<<< SEARCH\nx\n=======\ny\n", true, true, 0},
		"an edit without its end":         {"<edit path=\"a.ts\">\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE", true, false, 1},
		"an edit without a replacement":   {"<edit path=\"a.ts\">\nhello\n</edit>\n", true, false, 0},
		"a tag without a path":            {"<file>\nx\n</file>\n", true, false, 0},
		"a tag within a line":             {"say <file path=\"a.ts\">\nx\n", true, false, 0},
		"an end without line break":       {"<file path=\"a.ts\">\nx\n</file>", true, false, 1},
		"a path in single quotes":         {"<file path='./a.ts' >\nx\n</file>", true, false, 1},
		"thoughts":                        {"<think>\n<file path=\"a.ts\">\nx\n</file>\n</think>\nHello", true, false, 0},
		"a delete":                        {"<delete path=\"a.ts\" />", true, false, 1},
		"a marker of other length":        {"<edit path=\"a.ts\">\n<<<<<<<<< SEARCH\nx\n=====\ny\n>>>>>\n</edit>", true, false, 1},
		"a line of signs in the new text": {"<edit path=\"a.ts\">\n<<<<<<< SEARCH\nx\n=======\n====\n>>>>>>> REPLACE\n</edit>", true, false, 1},
	} {
		p, _, _ := read(c.text, 7, c.complete)
		if p.broken != c.broken || len(p.changes) != c.changes {
			t.Errorf("%s: broken %t, %d changes: %+v", name, p.broken, len(p.changes), p.changes)
		}
	}
}

func FuzzParser(f *testing.F) {
	f.Add(answer, 3)
	f.Add("<think>\n</think>\n<edit path=\"a\">\n<<<<<<< SEARCH\n", 1)
	f.Add("```\n```\n<delete path=\"a\"/>\n```", 2)
	f.Fuzz(func(t *testing.T, text string, n int) {
		if n < 1 || n > 1000 {
			return
		}
		one, said, _ := read(text, n, true)
		all, allSaid, _ := read(text, len(text)+1, true)
		if !reflect.DeepEqual(one.changes, all.changes) || said != allSaid || one.broken != all.broken {
			t.Fatalf("pieces of %d: %+v %q, whole: %+v %q", n, one.changes, said, all.changes, allSaid)
		}
	})
}
