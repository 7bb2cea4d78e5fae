package chat

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pegasus/fault"
)

// Limits of a search's text.
const (
	MaxQuery      = 512 // characters
	MaxQueryParts = 20  // words, phrases and operators
)

// query is a search's text, taken apart. A text has words, of which a message must contain all, "phrases", and operators;
// a minus before any of them excludes. A backslash before a quotation mark, a minus, a colon or a backslash makes it a
// character like others. What looks like an operator and is none is a word.
//
//	from:@ada from:me                       who wrote it; of several, any
//	in:#general in:@ada in:@ada,@ben        a channel, or the conversation with somebody or with several; of several, any.
//	                                        Any of these by its id, too
//	has:link|file|image|code|reaction|pin
//	is:reply|thread|edited|saved|dm         saved by oneself; thread is what is answered too
//	before:DAY after:DAY on:DAY during:DAY  a day, month or year of the reader's: see period
type query struct {
	said         []string // the words and phrases that are wanted, as they were written
	terms        []term
	from         []name
	in           []name
	marks        []marked
	since, until time.Time // from the first, up to and without the second; zero for open
}

// name is what from: or in: names.
type name struct {
	text   string
	person bool // it stood after an @
	not    bool
}

// marked asks for messages with a mark.
type marked struct {
	mark mark
	not  bool
}

// mark is what has: and is: ask for.
type mark string

// The marks. Each is a term of the messages that have it, but isSaved, which is one for each person, and isDirect, which says
// where to look.
const (
	hasLink     mark = "link"
	hasFile     mark = "file"
	hasImage    mark = "image"
	hasCode     mark = "code"
	hasReaction mark = "reaction"
	hasPin      mark = "pin"
	isReply     mark = "reply"
	isThread    mark = "thread"
	isEdited    mark = "edited"
	isSaved     mark = "saved"
	isDirect    mark = "dm"
)

// values lists what operators take that do not take names or days.
var values = map[string][]mark{
	"has": {hasLink, hasFile, hasImage, hasCode, hasReaction, hasPin},
	"is":  {isThread, isReply, isEdited, isSaved, isDirect},
}

var queryOperators = []string{"from", "in", "has", "is", "before", "after", "during", "on"}

func errQuery(format string, args ...any) error {
	return fault.Field("query", "INVALID_QUERY", fmt.Sprintf(format, args...))
}

// parseQuery takes a text apart, whose days are those of the zone of now. The error names what is wrong with it.
func parseQuery(text string, now time.Time) (query, error) {
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return query{}, errQuery("A search must be valid text.")
	case utf8.RuneCountInString(text) > MaxQuery:
		return query{}, errQuery("A search has at most %d characters.", MaxQuery)
	}
	parts, err := splitQuery([]rune(text))
	if err != nil {
		return query{}, err
	}
	if len(parts) > MaxQueryParts {
		return query{}, errQuery("A search has at most %d words and operators.", MaxQueryParts)
	}
	var q query
	used := 0
	for _, p := range parts {
		took, err := q.add(p, now)
		if err != nil {
			return query{}, err
		}
		if took {
			used++
		}
	}
	if used == 0 {
		return query{}, errQuery("Write at least one word, number or operator to search for.")
	}
	return q, nil
}

// part is a word, phrase or operator.
type part struct {
	not      bool
	operator string // "" for a word or phrase
	text     string
	quoted   bool
}

func splitQuery(text []rune) (parts []part, err error) {
	for i := 0; i < len(text); {
		if unicode.IsSpace(text[i]) {
			i++
			continue
		}
		var p part
		if text[i] == '-' && i+1 < len(text) && !unicode.IsSpace(text[i+1]) {
			p.not = true
			i++
		}
		if i, err = p.read(text, i); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// read reads a part that begins at i, and returns where it ends.
func (p *part) read(text []rune, i int) (end int, err error) {
	if isQuote(text[i]) {
		return p.readQuoted(text, i)
	}
	var b []rune
	plain := true // nothing was escaped
	for i < len(text) && !unicode.IsSpace(text[i]) {
		switch r := text[i]; {
		case escapes(text, i):
			plain = false
			b = append(b, text[i+1])
			i++
		case r == ':' && plain && p.operator == "" && slices.Contains(queryOperators, strings.ToLower(string(b))):
			p.operator, b = strings.ToLower(string(b)), nil
			if i+1 < len(text) && isQuote(text[i+1]) {
				return p.readQuoted(text, i+1)
			}
		default:
			b = append(b, r)
		}
		i++
	}
	p.text = string(b)
	return i, nil
}

func (p *part) readQuoted(text []rune, i int) (end int, err error) {
	p.quoted = true
	var b []rune
	for i++; i < len(text); i++ {
		if escapes(text, i) {
			i++
		} else if isQuote(text[i]) {
			p.text = string(b)
			return i + 1, nil
		}
		b = append(b, text[i])
	}
	return 0, errQuery("The quotation mark before “%s” is not closed.", string(b))
}

// isQuote takes what keyboards of telephones write for a quotation mark, too.
func isQuote(r rune) bool { return r == '"' || r == '“' || r == '”' || r == '„' }

func escapes(text []rune, i int) bool {
	return text[i] == '\\' && i+1 < len(text) && (isQuote(text[i+1]) || strings.ContainsRune(`-:\`, text[i+1]))
}

// add reports whether the part asks for anything: punctuation alone does not.
func (q *query) add(p part, now time.Time) (bool, error) {
	value := strings.TrimSpace(p.text)
	if p.operator != "" && value == "" {
		return false, errQuery("“%s:” needs something right after it.", p.operator)
	}
	switch p.operator {
	case "":
		t := newTerm(p)
		if len(t.words) == 0 {
			return false, nil
		}
		q.terms = append(q.terms, t)
		if !p.not {
			q.said = append(q.said, value)
		}
	case "from":
		plain, person := strings.CutPrefix(value, "@")
		q.from = append(q.from, name{plain, person, p.not})
	case "in":
		plain, person := strings.CutPrefix(value, "@")
		q.in = append(q.in, name{strings.TrimPrefix(plain, "#"), person, p.not})
	case "has", "is":
		wanted := mark(strings.ToLower(value))
		if !slices.Contains(values[p.operator], wanted) {
			return false, errQuery("“%s:” takes %s, not “%s”.", p.operator, listMarks(values[p.operator]), value)
		}
		q.marks = append(q.marks, marked{wanted, p.not})
	default:
		return true, q.addPeriod(p, value, now)
	}
	return true, nil
}

func listMarks(marks []mark) string {
	texts := make([]string, len(marks))
	for i, m := range marks {
		texts[i] = string(m)
	}
	return strings.Join(texts[:len(texts)-1], ", ") + " or " + texts[len(texts)-1]
}

func (q *query) addPeriod(p part, value string, now time.Time) error {
	if p.not {
		return errQuery("“%s:” takes no minus before it.", p.operator)
	}
	from, to, ok := period(value, now)
	if !ok {
		return errQuery("“%s:” takes a day as 2026-03-14, a month as 2026-03, a year, today, yesterday, or this or last week, month or year, not “%s”.", p.operator, value)
	}
	switch p.operator {
	case "before":
		from, to = time.Time{}, from
	case "after":
		from, to = to, time.Time{}
	}
	if from.After(q.since) {
		q.since = from
	}
	if !to.IsZero() && (q.until.IsZero() || to.Before(q.until)) {
		q.until = to
	}
	return nil
}
