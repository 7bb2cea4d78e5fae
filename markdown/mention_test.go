package markdown

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func anybody(string) bool { return true }

// marked returns the names that are marked in HTML, in their order.
func marked(html string) (names []string) {
	for _, m := range regexp.MustCompile(`<span class="mention" data-mention="([^"]*)">@([^<]*)</span>`).FindAllStringSubmatch(html, -1) {
		if m[1] != m[2] {
			return []string{"MISMATCH"}
		}
		names = append(names, m[1])
	}
	return names
}

// Of these people ada, ben, ada.b, x-y, c_d and e9 are there, and channel and here stand for many.
func TestMentionsAreFoundWhereTheyAreMeant(t *testing.T) {
	people := []string{"ada", "ben", "ada.b", "x-y", "c_d", "e9", "channel", "here", "1st"}
	for _, c := range []struct{ in, want string }{
		{"@ada", "ada"}, {"hi @ada", "ada"}, {"hi @ada!", "ada"}, {"hi @ada, hello", "ada"}, {"@ada: look", "ada"}, {"@ada; look", "ada"},
		{"@ada.", "ada"}, {"@ada...", "ada"}, {"@ada?", "ada"}, {"@ada's", "ada"}, {"@ada’s", "ada"}, {"(@ada)", "ada"}, {"[@ada]", "ada"},
		{"\"@ada\"", "ada"}, {"@ada/@ben", "ada"}, {"@ada,@ben", "ada ben"}, {"@ada @ben", "ada ben"}, {"@ada\n@ben", "ada ben"},
		{"@ada @ada", "ada ada"}, {"@ADA", "ada"}, {"@Ada.B", "ada.b"}, {"@ada.b", "ada.b"}, {"@ada.b.", "ada.b"}, {"@ada.c", "ada"},
		{"@ada.Thanks", "ada"}, {"@ada-ben", "ada"}, {"@ada_ben", "ada"}, {"@ada-", "ada"}, {"@ada_", "ada"}, {"@x-y", "x-y"}, {"@x-y-z", "x-y"},
		{"@c_d", "c_d"}, {"@e9", "e9"}, {"@1st", "1st"}, {"@channel", "channel"}, {"@here now", "here"}, {"@Channel", "channel"},
		{"@channels", ""}, {"@adab", ""}, {"@ad", ""}, {"@", ""}, {"@ ada", ""}, {"@@ada", ""}, {"@ada@example.org", ""}, {"@ada@", ""},
		{"ada@ben.example", ""}, {"x@ada", ""}, {"9@ada", ""}, {"é@ada", ""}, {"@adaé", ""}, {"@adaж", ""}, {"ж@ada", ""}, {"@ada\u0301", ""},
		{"@ada٣", ""}, {"你好@ada你好", "ada"}, {"@adaさん", "ada"}, {"@ada님", "ada"}, {"@ada😀", "ada"}, {"😀@ada", "ada"}, {"@ada.é", "ada"},
		{"`@ada`", ""}, {"``x @ada``", ""}, {"```\n@ada\n```", ""}, {"~~~\n@ada\n~~~", ""}, {"    @ada", ""}, {"`a` @ada `b`", "ada"},
		{"`@ada", "ada"}, {"\\@ada", ""}, {"**@ada**", "ada"}, {"*@ada*", "ada"}, {"_@ada_", "ada"}, {"~~@ada~~", "ada"}, {"# @ada", "ada"},
		{"> @ada", "ada"}, {"- @ada", "ada"}, {"1. @ada", "ada"}, {"|a|\n|-|\n|@ada|", "ada"}, {"[x @ada](https://example.com)", "ada"},
		{"[x](https://example.com/@ada)", ""}, {"https://example.com/@ada", ""}, {"https://ada@example.com/x", ""}, {"example.com/@ada", ""},
		{"<https://example.com/@ada>", ""}, {"<ada@example.com>", ""}, {"mailto:x@ada.b", ""}, {"![@ada](https://example.com/x.png)", "ada"},
		{"<b title=\"@ada\">", ""}, {"<b>@ada</b>", "ada"}, {"<!-- @ada -->", ""}, {"-@ada", "ada"}, {".@ada", "ada"}, {"+@ada", "ada"},
		{"@" + strings.Repeat("a", 65), ""}, {"@ada." + strings.Repeat("a", 80), "ada"}, {"@.ada", ""}, {"@-ada", ""}, {"@ada\t@ben", "ada ben"},
		{"@ada&amp;", "ada"}, {"@ada<@ben>", "ada ben"}, {"@ada..b", "ada"}, {"＠ada", ""},
	} {
		r := New()
		html := r.RenderMentions(c.in, func(name string) bool { return slices.Contains(people, name) })
		if got := strings.Join(marked(html), " "); got != c.want {
			t.Errorf("%q mentions %q, want %q: %s", c.in, got, c.want, html)
		}
		for _, name := range strings.Fields(c.want) {
			if !slices.Contains(r.Names(c.in), name) {
				t.Errorf("%q may mention %q, want %q among them", c.in, r.Names(c.in), name)
			}
		}
		if got := marked(r.Render(c.in)); got != nil {
			t.Errorf("%q marks %q where nobody is there", c.in, got)
		}
	}
}

func TestNamesAreAllThatCouldStandThere(t *testing.T) {
	if got, want := New().Names("@Ada.b-c, `@code` a@b.example @ada @ada.b-c"), []string{"ada.b-c", "ada.b", "ada"}; !slices.Equal(got, want) {
		t.Errorf("the names are %q, want %q", got, want)
	}
}

// Whatever is written, the names are well-formed, and what is marked is among them and nothing else changes.
func FuzzMentions(f *testing.F) {
	for _, seed := range []string{"@ada", "`@ada` @ben.", "@a.b-c_d@e", "**@ada**\n\n> @ben", "é@ada @adaé", "@a\x00b", "[@ada](<@b>)", "@.00"} {
		f.Add(seed)
	}
	r := New()
	form := regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$`)
	f.Fuzz(func(t *testing.T, source string) {
		names := r.Names(source)
		for _, name := range names {
			if !form.MatchString(name) {
				t.Fatalf("%q has the name %q", source, name)
			}
		}
		html := r.RenderMentions(source, anybody)
		for _, name := range marked(html) {
			if !slices.Contains(names, name) {
				t.Fatalf("%q marks %q, which is not among %q", source, name, names)
			}
		}
		if got := marked(r.RenderMentions(source, func(string) bool { return false })); got != nil {
			t.Fatalf("%q marks %q", source, got)
		}
	})
}
