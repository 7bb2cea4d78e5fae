package plugins

import (
	"strings"
	"testing"
)

func TestHostilePathsAreRefused(t *testing.T) {
	for _, p := range []string{
		"", ".", "..", "../x.ts", "a/../b.ts", "a/../../b.ts", "./a.ts", "/etc/passwd", "//etc/passwd", "a//b.ts", "a/", "a/.",
		"a/..", "..\\x.ts", "a\\b.ts", "C:\\x.ts", "C:/x.ts", "c:x.ts", "\\\\host\\share", "file:///etc/passwd", "http://x/y.ts",
		"a\x00.ts", "a.ts\x00", "a\n.ts", "a\tb.ts", "a\x7f.ts", "\xff\xfe.ts", "a\u202e.ts", "a\u200b.ts", ".git/config", "src/.env",
		".", "...", "a./b.ts", "a /b.ts", " a.ts", "a.ts ", "con", "CON.ts", "src/nul.txt", "lpt1.ts", "a*.ts", "a?.ts", "a|b.ts", "a<b.ts",
		"a\"b.ts", "%2e%2e/a.ts", "~/a.ts", "e\u0301.ts", "\u2025/a.ts", "..\u2215a.ts", "..\uff0fa.ts", strings.Repeat("a/", 10) + "b.ts", strings.Repeat("a", 201),
	} {
		if badPath(p) == "" {
			t.Errorf("%q is taken", p)
		}
		if _, problems := apply(nil, []Change{{Type: Create, File: p, Content: "x"}}); len(problems) == 0 {
			t.Errorf("%q is applied", p)
		}
	}
	for _, p := range []string{"plugin.json", "src/main.ts", "a-b_c.d.ts", "src/ünï.ts", "src/[id].ts", "a b.md", strings.Repeat("a/", 9) + "b.ts"} {
		if why := badPath(p); why != "" {
			t.Errorf("%q is refused: %s", p, why)
		}
	}
}

func TestFilesThatClashOnSomeSystemAreRefused(t *testing.T) {
	for name, files := range map[string][]string{
		"same":                    {"a.ts", "a.ts"},
		"case":                    {"Main.ts", "main.ts"},
		"width":                   {"ａ.ts", "a.ts"},
		"sharp s":                 {"straße.ts", "strasse.ts"},
		"file and folder":         {"src", "src/a.ts"},
		"file and folder, case":   {"SRC", "src/a.ts"},
		"folders, case":           {"Src/a.ts", "src/b.ts"},
		"folders, case, deep":     {"a/B/c.ts", "a/b/d.ts"},
		"folder before its file":  {"a/b/c.ts", "a/b"},
		"folder before, and case": {"a/b/c.ts", "A/B"},
	} {
		var tree []File
		for _, p := range files {
			tree = append(tree, File{Path: p, Content: "x"})
		}
		if len(badTree(tree)) == 0 {
			t.Errorf("%s: taken", name)
		}
	}
	if problems := badTree([]File{{Path: "a/b.ts"}, {Path: "a/c.ts"}, {Path: "a/d/b.ts"}, {Path: "b.ts"}}); len(problems) > 0 {
		t.Errorf("a good tree is refused: %v", problems)
	}
}

func TestAProjectHasBounds(t *testing.T) {
	many := make([]File, MaxFiles+1)
	for i := range many {
		many[i].Path = "f" + strings.Repeat("a", i%100) + strings.Repeat("b", i/100) + ".ts"
	}
	for name, files := range map[string][]File{
		"too many":    many,
		"too large":   {{Path: "a.ts", Content: strings.Repeat("x", MaxSource/2)}, {Path: "b.ts", Content: strings.Repeat("x", MaxSource/2+1)}},
		"no text":     {{Path: "a.ts", Content: "\xff"}},
		"holds a NUL": {{Path: "a.ts", Content: "a\x00b"}},
	} {
		if len(badTree(files)) == 0 {
			t.Errorf("%s: taken", name)
		}
	}
	if problems := badTree(many[:MaxFiles]); len(problems) > 0 {
		t.Errorf("200 files are refused: %v", problems)
	}
}
