package chat

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAnEmojiHasOneForm(t *testing.T) {
	for text, want := range map[string]string{
		"👍": "👍", "👍🏿": "👍🏿", "❤️": "❤️", "❤": "❤️", "✌🏽": "✌🏽", "☝️🏻": "☝🏻",
		"1️⃣": "1️⃣", "1⃣": "1️⃣", "🇩🇪": "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿": "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👨‍👩‍👧‍👦": "👨‍👩‍👧‍👦",
		"👩🏻‍❤️‍💋‍👨🏿": "👩🏻‍❤️‍💋‍👨🏿", "👩🏻‍❤‍💋‍👨🏿": "👩🏻‍❤️‍💋‍👨🏿", "🏳‍🌈": "🏳️‍🌈", "👍️": "👍",
		"🫱🏼‍🫲🏾": "🫱🏼‍🫲🏾", "🚶🏾‍♀️‍➡️": "🚶🏾‍♀️‍➡️", "🫩": "🫩",
	} {
		if got, ok := CanonicalEmoji(text); !ok || got != want {
			t.Errorf("%q becomes %q (%v), want %q", text, got, ok, want)
		}
	}
}

func TestWhatIsNoEmojiIsNone(t *testing.T) {
	for _, text := range []string{
		"", " ", "a", "1", "#", "ok", ":smile:", "👍👍", "👍 ", " 👍", "👍a", "👪🏻", "🇽🇽", "🇩", "🏻", "🏽", "\uFE0F", "\u200D", "👍\u200D", "👍\u200D👍",
		"<b>", "\x00", "\xff", "👍\xff", "A️", "中", "é", "\U000E0067", "🏴󠁧󠁢󠁸󠁸󠁸󠁿", "👨‍👩‍👧‍👦👨‍👩‍👧‍👦", strings.Repeat("\uFE0F", 9) + "👍👍", strings.Repeat("👍", 1000),
	} {
		if got, ok := CanonicalEmoji(text); ok {
			t.Errorf("%q passes as %q", text, got)
		}
	}
}

func TestEveryListedEmojiIsItsOwnForm(t *testing.T) {
	all := strings.Fields(emojiText)
	if len(all) != 2260 || len(knownEmoji()) != len(all) {
		t.Fatalf("%d are listed, %d of them apart", len(all), len(knownEmoji()))
	}
	for _, full := range all {
		if got, ok := CanonicalEmoji(full); !ok || got != full {
			t.Errorf("%q becomes %q (%v)", full, got, ok)
		}
		if n := utf8.RuneCountInString(full); n > MaxEmoji {
			t.Errorf("%q has %d characters", full, n)
		}
	}
}
