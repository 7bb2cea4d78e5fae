package chat

import (
	"html"
	"strings"
)

// markWords returns rendered text with the words of a search in mark elements. A word that tags take apart is not marked.
// In rendered text a "<" always begins a tag.
func markWords(rendered string, terms []term) string {
	wanted := make([]term, 0, len(terms))
	for _, t := range terms {
		if !t.not {
			wanted = append(wanted, t)
		}
	}
	var b strings.Builder
	for rendered != "" {
		text, rest, tagged := strings.Cut(rendered, "<")
		plain := html.UnescapeString(text)
		at := 0
		for _, s := range places(wanted, plain) {
			b.WriteString(html.EscapeString(plain[at:s.From]) + "<mark>" + html.EscapeString(plain[s.From:s.To]) + "</mark>")
			at = s.To
		}
		b.WriteString(html.EscapeString(plain[at:]))
		if !tagged {
			break
		}
		tag, after, _ := strings.Cut(rest, ">")
		b.WriteString("<" + tag + ">")
		rendered = after
	}
	return b.String()
}

// places returns where any of the terms stands in a text, in order and apart.
func places(terms []term, text string) (spans []Span) {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	h := newHaystack(text)
	for _, t := range terms {
		for _, s := range h.find(t) {
			spans = append(spans, h.source(s))
		}
	}
	return merge(spans)
}
