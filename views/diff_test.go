package views

import (
	"strings"
	"testing"
)

func shown(changes []change) string {
	var b strings.Builder
	for _, c := range changes {
		b.WriteString([]string{"", "+[", "-["}[c.kind])
		b.WriteString(c.text)
		if c.kind != same {
			b.WriteString("]")
		}
	}
	return b.String()
}

func TestTwoTextsAreComparedWordByWord(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"", "", ""}, {"hello", "hello", "hello"}, {"", "new", "+[new]"}, {"old", "", "-[old]"},
		{"see you at three", "see you at four", "see you at -[three]+[four]"},
		{"a b c d", "a c d", "a -[b ]c d"}, {"first\nsecond", "first\n\nsecond", "first-[\n]+[\n\n]second"},
		{"Grüße, 世界!", "Grüße, Welt!", "Grüße, -[世界]+[Welt]!"}, {"x.y", "x,y", "x-[.]+[,]y"},
	} {
		if got := shown(compare(c.before, c.after)); got != c.want {
			t.Errorf("%q to %q is %q, want %q", c.before, c.after, got, c.want)
		}
	}
}

func TestComparingLosesNothing(t *testing.T) {
	long := strings.Repeat("a b ", 500)
	for _, pair := range [][2]string{{long, strings.Repeat("c d ", 500)}, {long, long + "!"}, {"one two three", "three two one"}, {"\x00 ", "é\u0301"}} {
		var before, after string
		for _, c := range compare(pair[0], pair[1]) {
			if c.kind != added {
				before += c.text
			}
			if c.kind != removed {
				after += c.text
			}
		}
		if before != pair[0] || after != pair[1] {
			t.Errorf("%.20q and %.20q came back as %.20q and %.20q", pair[0], pair[1], before, after)
		}
	}
}
