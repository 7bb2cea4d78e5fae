package importer

import (
	"strings"
	"sync"
	"unicode/utf8"

	"pegasus/chat"
	"pegasus/emoji"
)

// Shortcode returns the emoji that a name of Slack's or Mattermost's stands for, such as "tada" or "wave::skin-tone-3". named
// knows the names that messages here have.
func Shortcode(name string, named func(name string) (string, bool)) (string, bool) {
	name, tone, toned := strings.Cut(name, "::skin-tone-")
	found := ""
	for _, candidate := range []string{name, strings.ReplaceAll(name, "-", "_")} {
		if one, known := named(candidate); known && found == "" {
			found = one
		}
		if found == "" {
			found = names()[candidate]
		}
	}
	if region, flag := strings.CutPrefix(name, "flag-"); flag && len(region) == 2 && found == "" {
		found = flagOf(region)
	}
	if toned && found != "" && len(tone) == 1 && tone[0] >= '2' && tone[0] <= '6' {
		_, size := utf8.DecodeRuneInString(found)
		rest := strings.TrimPrefix(found[size:], "\ufe0f")
		if one, ok := chat.CanonicalEmoji(found[:size] + string(rune(0x1f3fb+int(tone[0]-'2'))) + rest); ok {
			return one, true
		}
	}
	return chat.CanonicalEmoji(found)
}

func flagOf(region string) string {
	var flag []rune
	for _, letter := range strings.ToLower(region) {
		if letter < 'a' || letter > 'z' {
			return ""
		}
		flag = append(flag, 0x1f1e6+letter-'a')
	}
	return string(flag)
}

// otherNames are those that no list here has.
var otherNames = map[string]string{
	"simple_smile": "🙂", "hugging_face": "🤗", "the_horns": "🤘", "knife_fork_plate": "🍽️", "robot_face": "🤖", "mostly_sunny": "🌤️",
	"face_with_rolling_eyes": "🙄", "money_mouth_face": "🤑", "zipper_mouth_face": "🤐", "sleuth_or_spy": "🕵️", "lower_left_crayon": "🖍️",
	"hand_with_index_and_middle_fingers_crossed": "🤞", "female_technologist": "👩‍💻", "male_technologist": "👨‍💻", "face_palm": "🤦",
	"man_facepalming": "🤦‍♂️", "woman_facepalming": "🤦‍♀️", "shrug": "🤷", "upside_down_face": "🙃", "face_with_cowboy_hat": "🤠",
	"smiling_face_with_smiling_eyes_and_hand_covering_mouth": "🤭", "grinning_face_with_star_eyes": "🤩",
}

// names has every emoji by its name and shortcodes, as names are written in exports.
var names = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	add := func(name, text string) {
		if name = strings.ReplaceAll(name, "-", "_"); all[name] == "" {
			all[name] = text
		}
	}
	for _, group := range emoji.Groups() {
		for _, e := range group.Emoji {
			add(strings.ReplaceAll(strings.ToLower(e.Name), " ", "_"), e.Text)
			for _, word := range strings.Fields(e.Words) {
				if strings.Contains(word, "_") {
					add(word, e.Text)
				}
			}
		}
	}
	for name, text := range otherNames {
		add(name, text)
	}
	return all
})
