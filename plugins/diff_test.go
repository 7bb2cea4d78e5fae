package plugins

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// show writes a diff as patches are written.
func show(diffs []FileDiff) string {
	var b strings.Builder
	for _, d := range diffs {
		fmt.Fprintf(&b, "%s %s +%d -%d\n", d.Type, d.File, d.Added, d.Removed)
		for _, h := range d.Hunks {
			fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@\n", h.OldStart, h.OldLines, h.NewStart, h.NewLines)
			for _, l := range h.Lines {
				sign := " "
				if l.Old == 0 {
					sign = "+"
				} else if l.New == 0 {
					sign = "-"
				}
				b.WriteString(sign + l.Text + "\n")
			}
		}
	}
	return b.String()
}

func TestADiffShowsChangedLinesWithWhatStandsAround(t *testing.T) {
	var old []string
	for i := range 20 {
		old = append(old, fmt.Sprintf("line %d", i+1))
	}
	now := append([]string{}, old...)
	now[1] = "second"
	now = append(now[:15], now[16:]...)
	got := show(DiffFiles(
		[]File{{"a.ts", strings.Join(old, "\n") + "\n"}, {"gone.ts", "x\n"}, {"same.ts", "s"}},
		[]File{{"a.ts", strings.Join(now, "\n") + "\n"}, {"new.ts", "y\nz"}, {"same.ts", "s"}}))
	want := `modify a.ts +1 -2
@@ -1,5 +1,5 @@
 line 1
-line 2
+second
 line 3
 line 4
 line 5
@@ -13,7 +13,6 @@
 line 13
 line 14
 line 15
-line 16
 line 17
 line 18
 line 19
delete gone.ts +0 -1
@@ -1,1 +0,0 @@
-x
create new.ts +2 -0
@@ -0,0 +1,2 @@
+y
+z
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestADiffTellsBothTexts holds the lines of a diff against the texts, and its length against the longest common part.
func TestADiffTellsBothTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		a, b := words(random), words(random)
		var old, now []string
		kept := 0
		for _, l := range diffLines(a, b) {
			if l.Old != 0 {
				old = append(old, l.Text)
			}
			if l.New != 0 {
				now = append(now, l.Text)
			}
			if l.Old != 0 && l.New != 0 {
				kept++
			}
		}
		if strings.Join(old, ",") != strings.Join(a, ",") || strings.Join(now, ",") != strings.Join(b, ",") {
			t.Fatalf("%v to %v: got %v and %v", a, b, old, now)
		}
		if longest := longestCommon(a, b); kept != longest {
			t.Fatalf("%v to %v keeps %d lines, could %d", a, b, kept, longest)
		}
	}
}

func words(random *rand.Rand) []string {
	made := make([]string, random.IntN(12))
	for i := range made {
		made[i] = string(rune('a' + random.IntN(4)))
	}
	return made
}

func longestCommon(a, b []string) int {
	best := make([][]int, len(a)+1)
	for i := range best {
		best[i] = make([]int, len(b)+1)
	}
	for i := range a {
		for j := range b {
			best[i+1][j+1] = max(best[i][j+1], best[i+1][j])
			if a[i] == b[j] {
				best[i+1][j+1] = best[i][j] + 1
			}
		}
	}
	return best[len(a)][len(b)]
}

func TestADiffOfTextsWithNothingInCommonIsQuickAndCut(t *testing.T) {
	var a, b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&a, "a%d\n", i)
		fmt.Fprintf(&b, "b%d\n", i)
	}
	d := DiffFiles([]File{{"a.ts", a.String()}}, []File{{"a.ts", b.String()}})
	if len(d) != 1 || !d[0].Cut || d[0].Added != 20_000 || d[0].Removed != 20_000 || len(d[0].Hunks) > 0 {
		t.Errorf("got cut %t, +%d -%d", d[0].Cut, d[0].Added, d[0].Removed)
	}
}
