// Package emoji names the emoji that people choose from, in groups, with the words by which they find them.
package emoji

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

// names has a line "# name" for each group and under it a line for each emoji: itself, its name and more words for it, parted
// by tabs. It was made from emojibase-data 17.0.0 (MIT), without skin tones and parts of emoji.
//
//go:embed names.txt
var names string

// Emoji is one that people may choose.
type Emoji struct {
	Text  string // the emoji itself, in the form in which reactions are kept
	Name  string
	Words string // others by which it is found, its shortcodes among them
}

// Group is a part of the list.
type Group struct {
	Name  string
	Emoji []Emoji
}

// Groups returns all of them in the order in which keyboards show them. It must not be changed.
var Groups = sync.OnceValue(func() []Group {
	var all []Group
	for line := range strings.Lines(names) {
		line = strings.TrimSuffix(line, "\n")
		if name, is := strings.CutPrefix(line, "# "); is {
			all = append(all, Group{Name: name})
			continue
		}
		parts := append(strings.Split(line, "\t"), "")
		last := &all[len(all)-1]
		last.Emoji = append(last.Emoji, Emoji{Text: parts[0], Name: parts[1], Words: parts[2]})
	}
	return all
})

// Find returns up to limit emoji of which each word of the text begins a word, in the order of Groups. Those that have it in
// their name come first.
func Find(text string, limit int) []Emoji {
	wanted := strings.FieldsFunc(strings.ToLower(text), parts)
	var named, other []Emoji
	for _, group := range Groups() {
		for _, e := range group.Emoji {
			if hasAll(e.Name, wanted) {
				named = append(named, e)
			} else if hasAll(e.Name+" "+e.Words, wanted) {
				other = append(other, e)
			}
		}
	}
	found := append(named, other...)
	return found[:min(limit, len(found))]
}

func parts(r rune) bool { return r == ' ' || r == ':' || r == '_' || r == '-' }

func hasAll(text string, wanted []string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), parts)
	for _, prefix := range wanted {
		if !begins(words, prefix) {
			return false
		}
	}
	return len(wanted) > 0
}

func begins(words []string, prefix string) bool {
	for _, word := range words {
		if strings.HasPrefix(word, prefix) {
			return true
		}
	}
	return false
}

// JSON returns the groups as the script of the picker reads them: [[group, [[emoji, name, words], …]], …].
func JSON() ([]byte, error) {
	all := make([][2]any, len(Groups()))
	for i, group := range Groups() {
		rows := make([][3]string, len(group.Emoji))
		for j, e := range group.Emoji {
			rows[j] = [3]string{e.Text, e.Name, e.Words}
		}
		all[i] = [2]any{group.Name, rows}
	}
	return json.Marshal(all)
}
