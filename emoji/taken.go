package emoji

import (
	"strings"
	"sync"

	"github.com/yuin/goldmark-emoji/definition"
)

// Taken reports whether a shortcode stands for one of these emoji, as messages are rendered or as the list names it.
func Taken(shortcode string) bool {
	if _, is := github().Get(shortcode); is {
		return true
	}
	return listed()[shortcode]
}

var github = sync.OnceValue(func() definition.Emojis { return definition.Github() })

var listed = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, group := range Groups() {
		for _, e := range group.Emoji {
			names[strings.ReplaceAll(strings.ToLower(e.Name), " ", "_")] = true
		}
	}
	return names
})
