package mattermost

import (
	"strings"

	"pegasus/chat"
	"pegasus/importer"
)

// mark adds what people have put on a message.
func (s *Source) mark(out *importer.Part, p *post, id, name string) {
	for _, r := range p.Reactions {
		if emoji, ok := s.reaction(r.EmojiName); ok && validKey(r.User) {
			when := at(r.CreateAt)
			if when.IsZero() {
				when = at(p.CreateAt)
			}
			out.Marks = append(out.Marks, importer.Mark{
				Key: name + "/" + importer.Clean(r.EmojiName) + "/" + r.User, MessageID: id, Person: r.User, Emoji: emoji, At: when,
			})
		}
	}
	for _, person := range p.FlaggedBy {
		if validKey(person) {
			out.Saved = append(out.Saved, importer.Mark{Key: name + "/" + person, MessageID: id, Person: person, At: at(p.CreateAt)})
		}
	}
	if p.Pinned {
		out.Pins = append(out.Pins, importer.Pin{MessageID: id, Person: p.User, At: at(p.CreateAt)})
	}
}

// tones are how Mattermost names them.
var tones = map[string]string{
	"_light_skin_tone": "2", "_medium_light_skin_tone": "3", "_medium_skin_tone": "4", "_medium_dark_skin_tone": "5", "_dark_skin_tone": "6",
}

// reaction returns an emoji by its name, or the name of one of the workspace's own in colons.
func (s *Source) reaction(name string) (string, bool) {
	if len(name) > maxKey {
		return "", false
	}
	if one, ok := importer.Shortcode(name, s.Emoji); ok {
		return one, true
	}
	for _, tone := range []string{"_medium_light_skin_tone", "_medium_dark_skin_tone", "_light_skin_tone", "_medium_skin_tone", "_dark_skin_tone"} {
		if base, toned := strings.CutSuffix(name, tone); toned {
			if one, ok := importer.Shortcode(base+"::skin-tone-"+tones[tone], s.Emoji); ok {
				return one, true
			}
		}
	}
	return chat.ReactionFromElsewhere(":" + name + ":")
}
