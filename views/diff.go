package views

import (
	"strings"
	"unicode"
)

// change is a piece of text that two versions share, or that one of them has alone.
type change struct {
	kind changeKind
	text string
}

type changeKind byte

const (
	same changeKind = iota
	added
	removed
)

// maxCompared bounds the work of comparing two texts: the product of their numbers of words.
const maxCompared = 400_000

// compare returns the words of two texts in one order: those that both have, those that went and those that came. Texts that
// are too long to compare and differ throughout are shown one after the other.
func compare(before, after string) []change {
	a, b := pieces(before), pieces(after)
	var changes []change
	add := func(kind changeKind, texts ...string) {
		text := strings.Join(texts, "")
		if last := len(changes) - 1; last >= 0 && changes[last].kind == kind {
			changes[last].text += text
		} else if text != "" {
			changes = append(changes, change{kind, text})
		}
	}
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	add(same, a[:head]...)
	between(a[head:len(a)-tail], b[head:len(b)-tail], add)
	add(same, a[len(a)-tail:]...)
	return changes
}

// between tells add of the longest common sequence of a and b and of what is not in it.
func between(a, b []string, add func(changeKind, ...string)) {
	if len(a)*len(b) > maxCompared {
		add(removed, a...)
		add(added, b...)
		return
	}
	longest := make([][]uint16, len(a)+1) // of a[i:] and b[j:]; a message has fewer pieces than fit
	for i := range longest {
		longest[i] = make([]uint16, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			add(same, a[i])
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			add(removed, a[i])
			i++
		default:
			add(added, b[j])
			j++
		}
	}
	add(removed, a[i:]...)
	add(added, b[j:]...)
}

// pieces cuts a text into words, runs of space and single other characters.
func pieces(text string) []string {
	var all []string
	start, last := 0, 0
	for i, r := range text {
		kind := 3
		switch {
		case unicode.IsSpace(r):
			kind = 1
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
			kind = 2
		}
		if i > 0 && (kind != last || kind == 3) {
			all = append(all, text[start:i])
			start = i
		}
		last = kind
	}
	if text != "" {
		all = append(all, text[start:])
	}
	return all
}
