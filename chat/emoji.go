package chat

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"
)

// emojiText lists the emoji that Unicode 17.0 recommends for interchange (RGI_Emoji of UTS #51), fully qualified, in the
// order of their code points. Of the five skin tones it names the lightest alone, which stands for all.
//
//go:embed emoji.txt
var emojiText string

const (
	lightestTone = '\U0001F3FB'
	darkestTone  = '\U0001F3FF'
	emojiStyle   = '\uFE0F' // asks for the coloured form; clients send many emoji without
)

// knownEmoji maps each emoji, without its style selectors, to its full form.
var knownEmoji = sync.OnceValue(func() map[string]string {
	all := strings.Fields(emojiText)
	known := make(map[string]string, len(all))
	for _, full := range all {
		known[bare(full)] = full
	}
	return known
})

// CanonicalEmoji returns the one form in which an emoji is kept, so that no two that look alike stand side by side. It
// reports false for anything but a single emoji of at most MaxEmoji characters.
func CanonicalEmoji(text string) (emoji string, ok bool) {
	if utf8.RuneCountInString(text) > MaxEmoji || !utf8.ValidString(text) {
		return "", false
	}
	var tones []rune
	key := strings.Map(func(r rune) rune {
		if isTone(r) {
			tones = append(tones, r)
			return lightestTone
		}
		return r
	}, bare(text))
	full, ok := knownEmoji()[key]
	return strings.Map(func(r rune) rune {
		if isTone(r) {
			r, tones = tones[0], tones[1:]
		}
		return r
	}, full), ok
}

func bare(emoji string) string { return strings.ReplaceAll(emoji, string(emojiStyle), "") }

func isTone(r rune) bool { return lightestTone <= r && r <= darkestTone }
