package chat

import (
	"html"
	"slices"
	"strings"
	"unicode/utf8"
)

// shortest is the length in runes from which on a part of a word is found; what is shorter must be a whole word.
const shortest = 3

// term is a word or phrase of a query.
//
// A word is found where its letters stand, be it inside of a longer word, and in the inflections of an English word. What
// has punctuation inside, such as an address or snake_case, is found as it is written. A phrase is found where its words
// stand in a row, whole and uninflected, whatever punctuation and spaces are between them.
type term struct {
	not    bool
	phrase bool
	folded        // without what stands before the first word and after the last one
	words  []word // of runes
	stem   string // of a single word of letters, "" for all else
}

func newTerm(p part) term {
	t := term{not: p.not, phrase: p.quoted, folded: fold(p.text)}
	words := t.folded.words()
	if len(words) == 0 {
		return t
	}
	first, last := words[0].from, words[len(words)-1].to
	t.runes, t.at = t.runes[first:last], t.at[first:last+1]
	for _, w := range words {
		t.words = append(t.words, word{w.from - first, w.to - first, w.kind})
	}
	if !t.phrase && len(t.words) == 1 && t.words[0].kind == letter && last-first >= shortest {
		t.stem = stem(string(t.runes))
	}
	return t
}

// haystack is a message's text, ready for terms to be looked for in it.
type haystack struct {
	folded
	words []word
	units []unit
}

func newHaystack(text string) *haystack {
	h := &haystack{folded: fold(text)}
	h.words = h.folded.words()
	h.units = unitsOf(h.words)
	return h
}

// unit is what a phrase consists of: a word, or a single rune of a script that does not set words apart.
type unit struct {
	from, to int
	joined   bool // follows the unit before it without anything between
}

func unitsOf(words []word) (units []unit) {
	for _, w := range words {
		if w.kind != wide {
			units = append(units, unit{w.from, w.to, false})
			continue
		}
		for i := w.from; i < w.to; i++ {
			units = append(units, unit{i, i + 1, i > w.from})
		}
	}
	return units
}

// find returns where a term stands, as places of runes, in no order.
func (h *haystack) find(t term) []Span {
	if t.phrase {
		return h.findPhrase(t)
	}
	found := h.findRunes(t)
	if t.stem == "" {
		return found
	}
	for _, w := range h.words {
		if w.kind == letter && stem(h.text(w)) == t.stem {
			found = append(found, Span{w.from, w.to})
		}
	}
	return found
}

func (h *haystack) findRunes(t term) (found []Span) {
	n := len(t.runes)
	first, last := t.words[0], t.words[len(t.words)-1]
	for i := 0; i+n <= len(h.runes); i++ {
		if h.runes[i] != t.runes[0] || !slices.Equal(h.runes[i:i+n], t.runes) {
			continue
		}
		if isShort(first) && i > 0 && kindOf(h.runes[i-1]) == letter ||
			isShort(last) && i+n < len(h.runes) && kindOf(h.runes[i+n]) == letter {
			continue
		}
		found = append(found, Span{i, i + n})
	}
	return found
}

func isShort(w word) bool { return w.kind == letter && w.to-w.from < shortest }

func (h *haystack) findPhrase(t term) (found []Span) {
	wanted := unitsOf(t.words)
	for i := 0; i+len(wanted) <= len(h.units); i++ {
		row := h.units[i : i+len(wanted)]
		same := func(a, b unit) bool {
			return (a.joined || !b.joined) && slices.Equal(h.runes[a.from:a.to], t.runes[b.from:b.to])
		}
		if slices.EqualFunc(row, wanted, same) {
			found = append(found, Span{row[0].from, row[len(row)-1].to})
		}
	}
	return found
}

// Span is a part of a text, in bytes.
type Span struct{ From, To int }

// match reports whether a text has all terms that it must have and none that it must not, and where it has them, in order
// and apart.
func match(terms []term, text string) (spans []Span, ok bool) {
	if len(terms) == 0 {
		return nil, true
	}
	h := newHaystack(text)
	for _, t := range terms {
		found := h.find(t)
		if t.not != (len(found) == 0) {
			return nil, false
		}
		for _, s := range found {
			spans = append(spans, h.source(s))
		}
	}
	return merge(spans), true
}

// source returns the part of the text that runes come from: whole characters.
func (f folded) source(s Span) Span {
	from, last := f.at[s.From], f.at[s.To-1]
	for s.To < len(f.runes) && f.at[s.To] == last {
		s.To++
	}
	return Span{from, f.at[s.To]}
}

func merge(spans []Span) (apart []Span) {
	slices.SortFunc(spans, func(a, b Span) int { return a.From - b.From })
	for _, s := range spans {
		if n := len(apart); n > 0 && s.From <= apart[n-1].To {
			apart[n-1].To = max(apart[n-1].To, s.To)
		} else {
			apart = append(apart, s)
		}
	}
	return apart
}

// Sizes of a snippet, in characters.
const (
	snippetSize = 200
	snippetLead = 40 // before the first place that was found
)

// snippet returns the part of a text around the first of these places as safe HTML, on one line, with the places in mark
// elements. Spoilers stay covered.
func snippet(text string, spans []Span) string {
	text, spans = covered(text, spans)
	from, to := cut(text, spans)
	var b strings.Builder
	write := func(from, to int) {
		b.WriteString(html.EscapeString(strings.Map(oneLine, text[from:to])))
	}
	if from > 0 {
		b.WriteString("…")
	}
	at := from
	for _, s := range spans {
		s = Span{max(s.From, at), min(s.To, to)}
		if s.From >= s.To {
			continue
		}
		write(at, s.From)
		b.WriteString("<mark>")
		write(s.From, s.To)
		b.WriteString("</mark>")
		at = s.To
	}
	write(at, to)
	if to < len(text) {
		b.WriteString("…")
	}
	return b.String()
}

func oneLine(r rune) rune {
	if r == '\n' || r == '\t' || r == '\r' {
		return ' '
	}
	return r
}

// cut returns which part of a text, in bytes, a snippet shows. It leaves room for a character at each end.
func cut(text string, spans []Span) (from, to int) {
	if utf8.RuneCountInString(text) <= snippetSize {
		return 0, len(text)
	}
	if len(spans) > 0 {
		from = spans[0].From
	}
	for range snippetLead {
		_, size := utf8.DecodeLastRuneInString(text[:from])
		from -= size
	}
	to = from
	for range snippetSize - 2 {
		_, size := utf8.DecodeRuneInString(text[to:])
		to += size
	}
	return from, to
}
