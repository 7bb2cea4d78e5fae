package chat

import "strings"

// stem returns what an English word has in common with its inflections, by Porter's rules: "run" of "running". Other words
// and short ones stay as they are. Source: https://tartarus.org/martin/PorterStemmer/def.txt.
func stem(word string) string {
	if len(word) < 3 || strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return word
	}
	word = stemPlural(word)
	word = stemPast(word)
	// As in his later rules, "deploy" keeps its y and is the stem of "deployment" too.
	if root, found := strings.CutSuffix(word, "y"); found && len(root) > 1 && isConsonant(root, len(root)-1) {
		word = root + "i"
	}
	word = replaceSuffix(word, 0, suffixes2)
	word = replaceSuffix(word, 0, suffixes3)
	word = replaceSuffix(word, 1, suffixes4)
	return stemEnd(word)
}

// suffix is an ending and what comes in its place.
type suffix struct{ old, new string }

// The endings of Porter's steps 2 to 4. Of those that a word has the longest one counts, so it stands before any that it
// ends in.
var (
	suffixes2 = []suffix{
		{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"}, {"bli", "ble"},
		{"alli", "al"}, {"entli", "ent"}, {"eli", "e"}, {"ousli", "ous"}, {"ization", "ize"}, {"ation", "ate"},
		{"ator", "ate"}, {"alism", "al"}, {"iveness", "ive"}, {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},
		{"iviti", "ive"}, {"biliti", "ble"}, {"logi", "log"},
	}
	suffixes3 = []suffix{
		{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"}, {"ical", "ic"}, {"ful", ""}, {"ness", ""},
	}
	suffixes4 = []suffix{
		{"al", ""}, {"ance", ""}, {"ence", ""}, {"er", ""}, {"ic", ""}, {"able", ""}, {"ible", ""}, {"ant", ""},
		{"ement", ""}, {"ment", ""}, {"ent", ""}, {"ion", ""}, {"ou", ""}, {"ism", ""}, {"ate", ""}, {"iti", ""},
		{"ous", ""}, {"ive", ""}, {"ize", ""},
	}
)

// replaceSuffix puts another ending in the place of the first of these that the word has, where the measure of what stands
// before it is above least.
func replaceSuffix(word string, least int, endings []suffix) string {
	for _, s := range endings {
		root, found := strings.CutSuffix(word, s.old)
		if !found {
			continue
		}
		if measure(root) <= least || s.old == "ion" && !strings.HasSuffix(root, "s") && !strings.HasSuffix(root, "t") {
			return word
		}
		return root + s.new
	}
	return word
}

// stemPlural is step 1a.
func stemPlural(word string) string {
	switch {
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "ies"):
		return word[:len(word)-2]
	case strings.HasSuffix(word, "ss"):
		return word
	}
	return strings.TrimSuffix(word, "s")
}

// stemPast is step 1b.
func stemPast(word string) string {
	if root, found := strings.CutSuffix(word, "eed"); found {
		if measure(root) > 0 {
			return root + "ee"
		}
		return word
	}
	root, found := strings.CutSuffix(word, "ed")
	if !found {
		root, found = strings.CutSuffix(word, "ing")
	}
	if !found || !hasVowel(root) {
		return word
	}
	last := root[len(root)-1]
	switch {
	case strings.HasSuffix(root, "at"), strings.HasSuffix(root, "bl"), strings.HasSuffix(root, "iz"):
		return root + "e"
	case endsDouble(root) && last != 'l' && last != 's' && last != 'z':
		return root[:len(root)-1]
	case measure(root) == 1 && endsShort(root):
		return root + "e"
	}
	return root
}

// stemEnd is step 5.
func stemEnd(word string) string {
	if root, found := strings.CutSuffix(word, "e"); found {
		if m := measure(root); m > 1 || m == 1 && !endsShort(root) {
			word = root
		}
	}
	if strings.HasSuffix(word, "ll") && measure(word) > 1 {
		word = word[:len(word)-1]
	}
	return word
}

// measure counts how often a consonant follows a vowel.
func measure(word string) (n int) {
	for i := 1; i < len(word); i++ {
		if isConsonant(word, i) && !isConsonant(word, i-1) {
			n++
		}
	}
	return n
}

func isConsonant(word string, i int) bool {
	switch word[i] {
	case 'a', 'e', 'i', 'o', 'u':
		return false
	case 'y':
		return i == 0 || !isConsonant(word, i-1)
	}
	return true
}

func hasVowel(word string) bool {
	for i := range len(word) {
		if !isConsonant(word, i) {
			return true
		}
	}
	return false
}

func endsDouble(word string) bool {
	n := len(word)
	return n > 1 && word[n-1] == word[n-2] && isConsonant(word, n-1)
}

// endsShort reports whether a word ends in a consonant, a vowel and a consonant that is not w, x or y.
func endsShort(word string) bool {
	n := len(word)
	return n > 2 && isConsonant(word, n-3) && !isConsonant(word, n-2) && isConsonant(word, n-1) &&
		!strings.ContainsRune("wxy", rune(word[n-1]))
}
