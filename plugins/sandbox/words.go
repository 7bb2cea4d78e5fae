package sandbox

import "strings"

// words splits what follows a command at space; what stands in double quotes, straight or curly, is one word.
func words(text string) []string {
	all := []string{}
	var word strings.Builder
	quoted, begun := false, false
	for _, r := range text {
		switch {
		case r == '"' || r == '“' || r == '”':
			quoted, begun = !quoted, true
		case !quoted && (r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\u00a0'):
			if begun {
				all = append(all, word.String())
				word.Reset()
			}
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if begun {
		all = append(all, word.String())
	}
	return all
}
