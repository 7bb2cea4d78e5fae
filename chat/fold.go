package chat

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded is a text as searches compare it: without case, accents, and what of a character's form says nothing of what it
// means (full width, ligatures, skin tones). at[i] is where in the text the character begins that rune i comes from; at
// has one more entry, the length of the text.
type folded struct {
	runes []rune
	at    []int
}

func fold(text string) folded {
	f := folded{runes: make([]rune, 0, len(text)), at: make([]int, 0, len(text)+1)}
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf && (i+1 == len(text) || text[i+1] < utf8.RuneSelf) {
			f.add(i, unicode.ToLower(rune(c)))
			i++
			continue
		}
		size := norm.NFKC.NextBoundaryInString(text[i:], true)
		f.addCharacter(i, text[i:i+size])
		i += size
	}
	f.at = append(f.at, len(text))
	return f
}

func (f *folded) add(at int, r rune) {
	f.runes = append(f.runes, r)
	f.at = append(f.at, at)
}

// addCharacter adds a character that may consist of several runes.
func (f *folded) addCharacter(at int, text string) {
	var kept []rune
	base := rune(0)
	for _, r := range norm.NFKD.String(text) {
		r = unicode.ToLower(r)
		if !unicode.Is(unicode.M, r) {
			base = r
		}
		switch {
		case isInvisible(r) || isAccent(base, r):
		case letters[r] != "":
			kept = append(kept, []rune(letters[r])...)
		default:
			kept = append(kept, r)
		}
	}
	for _, r := range norm.NFC.String(string(kept)) {
		f.add(at, r)
	}
}

// letters holds what is written for a letter where it is not at hand, of letters that are not made of another and an accent.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ı': "i", 'ς': "σ",
}

// isInvisible tells what only changes how its neighbours look.
func isInvisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || r >= 0x1F3FB && r <= 0x1F3FF
}

// isAccent tells marks that are commonly left out, as those of vowels in Arabic and Hebrew. In other scripts a mark makes
// another letter.
func isAccent(base, mark rune) bool {
	if !unicode.Is(unicode.Mn, mark) {
		return false
	}
	if unicode.Is(unicode.Cyrillic, base) {
		return mark == '\u0301' || mark == '\u0308' && base == 'е'
	}
	return unicode.In(base, unicode.Latin, unicode.Greek, unicode.Arabic, unicode.Hebrew)
}

// kind is what a rune is in a text.
type kind uint8

const (
	between kind = iota // nothing to search for: spaces and punctuation
	letter              // part of a word that ends where its letters, digits and marks end
	wide                // of a script that does not set words apart, where every rune may begin one
	symbol              // a word of its own, as emoji are
)

func kindOf(r rune) kind {
	switch {
	case r < utf8.RuneSelf:
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return letter
		}
		return between
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Thai,
		unicode.Lao, unicode.Khmer, unicode.Myanmar), r == 'ー':
		return wide
	case unicode.In(r, unicode.L, unicode.N, unicode.M):
		return letter
	case unicode.Is(unicode.So, r):
		return symbol
	}
	return between
}

// word is a run of runes of one kind, and of a symbol one.
type word struct {
	from, to int
	kind     kind
}

func (f folded) words() []word {
	var words []word
	for i := 0; i < len(f.runes); {
		k := kindOf(f.runes[i])
		end := i + 1
		for k != symbol && end < len(f.runes) && kindOf(f.runes[end]) == k {
			end++
		}
		if k != between {
			words = append(words, word{i, end, k})
		}
		i = end
	}
	return words
}

func (f folded) text(w word) string { return string(f.runes[w.from:w.to]) }
