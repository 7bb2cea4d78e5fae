package excerpt

import "testing"

func TestTheBeginningOfATextStandsForIt(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"äöüß", 4, "äöüß"}, {"äöüßx", 4, "äöü…"}, {"ab cd", 4, "ab…"},
		{"a\xffb", 3, "a\uFFFDb"}, {"a\xffbcd", 3, "a\uFFFD…"}, {"日本語です", 3, "日本…"}, {"ab", 1, "…"},
	} {
		if got := Of(c.text, c.most); got != c.want {
			t.Errorf("Of(%q, %d) = %q, want %q", c.text, c.most, got, c.want)
		}
	}
	if got := Line("  one\r\n\ttwo  three ", 9); got != "one two…" {
		t.Errorf("Line is %q", got)
	}
}
