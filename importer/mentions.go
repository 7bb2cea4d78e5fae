package importer

import (
	"regexp"
	"strings"
)

var called = regexp.MustCompile(`(^|[^\w@/.-])@([A-Za-z0-9][A-Za-z0-9._-]*)`)

// Mentions gives people whom a text calls by their usernames the names that they have here, outside code. username returns them, "" for
// nobody. @all, by which Mattermost and Rocket.Chat mean everyone in a channel, becomes @channel.
func Mentions(text string, username func(name string) string) string {
	pieces := strings.Split(text, "`")
	for i := range pieces {
		if i%2 == 1 && i < len(pieces)-1 {
			continue
		}
		pieces[i] = called.ReplaceAllStringFunc(pieces[i], func(found string) string {
			before, name, _ := strings.Cut(found, "@")
			bare := strings.TrimRight(strings.ToLower(name), ".-_")
			if here := username(bare); here != "" {
				return before + "@" + here + name[len(bare):]
			}
			if bare == "all" {
				return before + "@channel" + name[len(bare):]
			}
			return found
		})
	}
	return strings.Join(pieces, "`")
}
