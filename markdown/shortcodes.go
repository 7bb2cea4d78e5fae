package markdown

import (
	"sync"

	"github.com/yuin/goldmark-emoji/definition"
)

var shortcodes = sync.OnceValue(func() definition.Emojis { return definition.Github() })

// Emoji returns the emoji that a shortcode such as "tada" stands for in a message.
func Emoji(shortcode string) (string, bool) {
	e, found := shortcodes().Get(shortcode)
	if !found || len(e.Unicode) == 0 {
		return "", false
	}
	return string(e.Unicode), true
}
