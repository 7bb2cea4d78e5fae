// Package excerpt shortens text for places that show its beginning alone.
package excerpt

import (
	"strings"
	"unicode/utf8"
)

// Of returns text where it has at most most characters, and else its beginning with "…" in place of the rest, at most most
// characters in all. Bytes that are no text become U+FFFD.
func Of(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	end := 0
	for range most - 1 {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	return strings.TrimSpace(text[:end]) + "…"
}

// Line is Of for a text whose white space, line breaks included, becomes single spaces.
func Line(text string, most int) string { return Of(strings.Join(strings.Fields(text), " "), most) }
