package chat

import (
	"maps"
	"slices"
	"strings"
)

// Indexed is a message with what a search may ask about it beside its own fields.
type Indexed struct {
	Message
	Reacted bool
	SavedBy []string // the people who have bookmarked it
}

// Lengths in runes of the parts of words that are terms. The long ones tell words apart that consist of the same common
// short ones.
const (
	gram     = 3
	longGram = 5
)

// maxGrams is how many parts of a word a search asks for. What it finds is compared in full later.
const maxGrams = 8

// The first letter of a term says what it is about.
const (
	aboutWord    = "w" // the stem of a word
	aboutGram    = "g" // a part of a word, or one or two runes of a script that does not set words apart
	aboutAuthor  = "u"
	aboutSavedBy = "s"
	aboutMark    = "m"
	aboutChannel = "c"
)

// Terms of what others put on a message, which a store may keep elsewhere than in the message.
const (
	TermReaction = aboutMark + string(hasReaction)
	TermPin      = aboutMark + string(hasPin)
	TermThread   = aboutMark + string(isThread)
)

// SavedBy returns who has saved the messages with a term, "" for a term of another kind.
func SavedBy(term string) string {
	userID, saved := strings.CutPrefix(term, aboutSavedBy)
	if !saved {
		return ""
	}
	return userID
}

// Terms returns what the message is indexed under, without repeats: texts of letters, digits and symbols that are folded and
// that no two stores may understand differently. A deleted message has none.
func (x Indexed) Terms() []string {
	if x.Deleted {
		return nil
	}
	terms := map[string]bool{aboutAuthor + x.UserID: true, aboutChannel + x.ChannelID: true}
	f := fold(x.Content)
	for _, w := range f.words() {
		if w.kind == letter {
			terms[aboutWord+stem(f.text(w))] = true
		}
		for _, n := range gramSizes(w.kind) {
			for i := w.from; i+n <= w.to; i++ {
				terms[aboutGram+string(f.runes[i:i+n])] = true
			}
		}
	}
	for _, m := range x.marks() {
		terms[aboutMark+string(m)] = true
	}
	for _, userID := range x.SavedBy {
		terms[aboutSavedBy+userID] = true
	}
	return slices.Sorted(maps.Keys(terms))
}

func gramSizes(k kind) []int {
	switch k {
	case letter:
		return []int{gram, longGram}
	case wide:
		return []int{1, 2}
	}
	return []int{1}
}

func (x Indexed) marks() (all []mark) {
	for mark, has := range map[mark]bool{
		hasLink:     strings.Contains(x.Content, "https://") || strings.Contains(x.Content, "http://"),
		hasFile:     len(x.Attachments) > 0,
		hasImage:    slices.ContainsFunc(x.Attachments, func(a Attachment) bool { return strings.HasPrefix(a.Type, "image/") }),
		hasCode:     strings.Contains(x.Content, "`"),
		hasReaction: x.Reacted,
		hasPin:      !x.PinnedAt.IsZero(),
		isReply:     x.ParentID != "",
		isThread:    x.ParentID != "" || x.ReplyCount > 0,
		isEdited:    !x.EditedAt.IsZero(),
	} {
		if has {
			all = append(all, mark)
		}
	}
	return all
}

// Clause is a condition on terms: all of one of the lists, or, with Not, of none of them.
type Clause struct {
	Any [][]string
	Not bool
}

// InChannel returns the term of the messages of a channel.
func InChannel(channelID string) string { return aboutChannel + channelID }

// clause returns what terms a message has that has the term somewhere in its text. Messages without it may have them too.
func (t term) clause() Clause {
	var all []string
	for i, w := range t.words {
		all = append(all, t.wordTerms(w, i == 0 || i == len(t.words)-1)...)
	}
	slices.Sort(all)
	c := Clause{Any: [][]string{slices.Compact(all)}}
	if t.stem != "" {
		c.Any = append(c.Any, []string{aboutWord + t.stem})
	}
	return c
}

// wordTerms returns the terms of a word, which may be a part of a longer one in the message where it is at an edge.
func (t term) wordTerms(w word, edge bool) []string {
	if w.kind == letter && (t.phrase || !edge || isShort(w)) {
		return []string{aboutWord + stem(t.text(w))}
	}
	n := 1
	switch length := w.to - w.from; {
	case w.kind == letter && length >= longGram:
		n = longGram
	case w.kind == letter:
		n = gram
	case w.kind == wide && length > 1:
		n = 2
	}
	count := w.to - w.from - n + 1
	step := (count + maxGrams - 1) / maxGrams
	var terms []string
	for i := w.from; i+n <= w.to; i += step {
		terms = append(terms, aboutGram+string(t.runes[i:i+n]))
	}
	return terms
}
