package chat

import (
	"strings"
	"testing"

	"pegasus/markdown"
)

func TestWhatASpoilerHidesStaysHiddenInPlainText(t *testing.T) {
	for text, want := range map[string]string{
		"Rosebud is ||the sled||.":      "Rosebud is ▒▒▒.",
		"||a|| and ||b||":               "▒▒▒ and ▒▒▒",
		"over ||two\nlines||":           "over ▒▒▒",
		"||one || still||":              "▒▒▒",
		"a || b is an expression":       "a || b is an expression",
		"a || b || c too":               "a || b || c too",
		"only ||one side":               "only ||one side",
		"||**Snape** kills||":           "▒▒▒",
		"||x||":                         "▒▒▒",
		"nothing":                       "nothing",
		"||日本|| ||é||":                  "▒▒▒ ▒▒▒",
		"||||":                          "||||",
		"||a|b||":                       "▒▒▒",
		"code `x||y||z` is covered too": "code `x▒▒▒z` is covered too",
	} {
		if got := Covered(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestASnippetMarksTheCoverInPlaceOfWhatItHides(t *testing.T) {
	for _, row := range []struct{ text, query, want string }{
		{"Rosebud is ||the sled|| in the end", "sled", "Rosebud is <mark>▒▒▒</mark> in the end"},
		{"Rosebud is ||the sled|| in the end", "end", "Rosebud is ▒▒▒ in the <mark>end</mark>"},
		{"Rosebud is ||the sled|| in the end", "rosebud sled", "<mark>Rosebud</mark> is <mark>▒▒▒</mark> in the end"},
		{"||sled sled sled|| sled", "sled", "<mark>▒▒▒</mark> <mark>sled</mark>"},
		{strings.Repeat("word ", 80) + "||sled||", "sled", "…" + lastRunes(strings.Repeat("word ", 80), snippetLead) + "<mark>▒▒▒</mark>"},
	} {
		q, err := parseQuery(row.query, monday)
		if err != nil {
			t.Fatal(err)
		}
		spans, ok := match(q.terms, row.text)
		if got := snippet(row.text, spans); !ok || got != row.want {
			t.Errorf("%q in %q shows\n%s, want\n%s", row.query, row.text, got, row.want)
		}
	}
}

func FuzzNoSpoilerOfTheRendererIsPlain(f *testing.F) {
	f.Add("||a|| b ||c||")
	f.Add("x||y||z")
	f.Add("**||a||**|| b||")
	f.Add("||a||b||c||")
	f.Add("|||a|||")
	r := markdown.New()
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.Map(func(r rune) rune {
			if strings.ContainsRune("|ab *.\n", r) {
				return r
			}
			return -1
		}, text)
		html := r.Render(text)
		if !strings.Contains(html, `class="spoiler"`) {
			return
		}
		if left := r.Render(Covered(text)); strings.Contains(left, `class="spoiler"`) {
			t.Errorf("%q keeps a spoiler: %q", text, Covered(text))
		}
	})
}
