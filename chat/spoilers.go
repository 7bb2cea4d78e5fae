package chat

import (
	"regexp"
	"strings"
)

// cover stands for what a spoiler hides, however long that is.
const cover = "▒▒▒"

// spoilers finds what is between two bars on each side, over lines too. It takes a little more for a spoiler than the
// renderer does, such as bars in code, so that no place that shows plain text gives one away.
var spoilers = regexp.MustCompile(`(?s)\|\|[^|\s](?:.*?\S)??\|\|`)

// Covered returns a text with its spoilers covered, for where a message is told as plain text: notes, lists, notifications.
func Covered(text string) string {
	text, _ = covered(text, nil)
	return text
}

// covered is Covered with places in the text moved along. One within a spoiler becomes the place of its cover.
func covered(text string, spans []Span) (string, []Span) {
	if !strings.Contains(text, "||") {
		return text, spans
	}
	hidden := spoilers.FindAllStringIndex(text, -1)
	move := func(at, within int) int {
		shift := 0
		for _, h := range hidden {
			if at <= h[0] {
				break
			}
			if at < h[1] {
				return h[0] + shift + within
			}
			shift += len(cover) - (h[1] - h[0])
		}
		return at + shift
	}
	moved := make([]Span, len(spans))
	for i, s := range spans {
		moved[i] = Span{move(s.From, 0), move(s.To, len(cover))}
	}
	return spoilers.ReplaceAllString(text, cover), merge(moved)
}
