package views

import "strings"

// Sizes of a message that is folded. The style sheet shows some 16 lines of it.
const (
	tallLines  = 22
	lineLength = 110 // characters of a line on a wide screen
)

// tall reports whether rendered text takes so many lines that it is worth folding.
func tall(html string) bool {
	if len(html) < 2*tallLines {
		return false
	}
	lines := 0
	for block := range strings.SplitSeq(html, "\n") {
		lines += 1 + textLength(block)/lineLength
	}
	return lines > tallLines
}

// textLength returns the length of rendered text without its tags.
func textLength(html string) (n int) {
	for _, piece := range strings.Split(html, "<") {
		_, text, tagged := strings.Cut(piece, ">")
		if !tagged {
			text = piece
		}
		n += len(text)
	}
	return n
}

// editedAt is when a message was edited, seen from when it was written.
func editedAt(m Message) string {
	if at := m.EditedAt.UTC(); at.Format("2006-01-02") != m.At.UTC().Format("2006-01-02") {
		return at.Format("2 Jan 2006, 15:04")
	}
	return clock(m.EditedAt)
}
