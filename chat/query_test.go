package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pegasus/fault"
)

// shown writes a query down in a form that tests can compare.
func (q query) shown() string {
	var parts []string
	sign := func(not bool) string {
		if not {
			return "-"
		}
		return ""
	}
	for _, t := range q.terms {
		text := string(t.runes)
		if t.phrase {
			text = `"` + text + `"`
		}
		parts = append(parts, sign(t.not)+text)
	}
	for _, n := range q.from {
		parts = append(parts, sign(n.not)+"from="+n.text)
	}
	for _, n := range q.in {
		kind := "#"
		if n.person {
			kind = "@"
		}
		parts = append(parts, sign(n.not)+"in="+kind+n.text)
	}
	for _, m := range q.marks {
		parts = append(parts, sign(m.not)+string(m.mark))
	}
	for _, bound := range []struct {
		name string
		at   time.Time
	}{{">=", q.since}, {"<", q.until}} {
		if !bound.at.IsZero() {
			parts = append(parts, bound.name+bound.at.Format("2006-01-02T15"))
		}
	}
	return strings.Join(parts, " ")
}

func TestAQueryIsTakenApart(t *testing.T) {
	for text, want := range map[string]string{
		"hello World":                                  "hello world",
		`"hello  World" x`:                             `"hello  world" x`,
		`“smart quotes”`:                               `"smart quotes"`,
		`-no -"not this" - yes--no`:                    `-no -"not this" yes--no`,
		"from:@Ada from:me -from:ben":                  "from=Ada from=me -from=ben",
		`FROM:"ada"`:                                   "from=ada",
		"in:#general in:general in:@ada -in:x":         "in=#general in=#general in=@ada -in=#x",
		"has:link has:FILE -has:image has:code":        "link file -image code",
		"has:reaction has:pin":                         "reaction pin",
		"is:thread is:reply is:edited is:saved -is:dm": "thread reply edited saved -dm",
		"on:2026-03-14":                                ">=2026-03-14T00 <2026-03-15T00",
		"during:2026-02":                               ">=2026-02-01T00 <2026-03-01T00",
		"during:2025":                                  ">=2025-01-01T00 <2026-01-01T00",
		"before:2026-03-14":                            "<2026-03-14T00",
		"after:2026-03-14":                             ">=2026-03-15T00",
		"after:2026-01-01 before:2026-02-01":           ">=2026-01-02T00 <2026-02-01T00",
		"after:2026-01 after:2026-02":                  ">=2026-03-01T00",
		"on:today":                                     ">=2026-03-16T00 <2026-03-17T00",
		"on:Yesterday":                                 ">=2026-03-15T00 <2026-03-16T00",
		`during:"this week"`:                           ">=2026-03-16T00 <2026-03-23T00",
		"during:last-week":                             ">=2026-03-09T00 <2026-03-16T00",
		"during:last_month":                            ">=2026-02-01T00 <2026-03-01T00",
		"during:this-month":                            ">=2026-03-01T00 <2026-04-01T00",
		`during:"last year"`:                           ">=2025-01-01T00 <2026-01-01T00",
		"during:this-year":                             ">=2026-01-01T00 <2027-01-01T00",
		"to:ada http://x.test:80/":                     "to:ada http://x.test:80",
		`from\:ada \"quoted\" \-x \\`:                  `from:ada quoted x`,
		"a  \t\nb":                                     "a b",
		"... hi !!!":                                   "hi",
		"naïve ÜBER":                                   "naive uber",
		`a"b"`:                                         `a"b`,
		"fromage:x":                                    "fromage:x",
	} {
		q, err := parseQuery(text, monday)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if got := q.shown(); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestWhatIsWrongWithAQueryIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "at least one word",
		" \t ":                         "at least one word",
		"-> ...":                       "at least one word",
		`say "this`:                    "“this” is not closed",
		"from:":                        "“from:”",
		`in:"" x`:                      "“in:”",
		"has:cheese":                   "not “cheese”",
		"is:here":                      "thread, reply, edited, saved or dm, not “here”",
		"before:tomorrow":              "“before:” takes a day",
		"on:2026-02-30":                "not “2026-02-30”",
		"-on:today":                    "no minus",
		"a\x00b":                       "valid text",
		"\xff":                         "valid text",
		strings.Repeat("x", 513):       "at most 512",
		strings.Repeat("x ", 21):       "at most 20",
		strings.Repeat("has:pin ", 21): "at most 20",
	} {
		_, err := parseQuery(text, monday)
		f := fault.From(err)
		if err == nil || f.Code != "INVALID_QUERY" || f.Kind != fault.Invalid || f.Field != "query" || !strings.Contains(f.Message, want) {
			t.Errorf("%q gives %+v, want %q", text, f, want)
		}
	}
}

func TestWeeksBeginOnMonday(t *testing.T) {
	for day := range 7 {
		from, to, ok := period("this week", time.Date(2026, 3, 16+day, 12, 0, 0, 0, time.UTC))
		if got := fmt.Sprintln(from.Format(time.DateOnly), to.Format(time.DateOnly), ok); got != "2026-03-16 2026-03-23 true\n" {
			t.Errorf("on day %d the week is %s", day, got)
		}
	}
}

func TestDaysAreThoseOfTheReadersZone(t *testing.T) {
	late := time.Date(2026, 3, 28, 23, 30, 0, 0, time.UTC)
	for _, row := range []struct{ zone, text, want string }{
		{"UTC", "today", "2026-03-28T00:00 2026-03-29T00:00"},
		{"Europe/Berlin", "today", "2026-03-28T23:00 2026-03-29T22:00"}, // 23 hours, for the clocks go forward
		{"America/New_York", "today", "2026-03-28T04:00 2026-03-29T04:00"},
		{"Asia/Kathmandu", "yesterday", "2026-03-27T18:15 2026-03-28T18:15"},
		{"Europe/Berlin", "this week", "2026-03-22T23:00 2026-03-29T22:00"},
		{"Pacific/Auckland", "this week", "2026-03-22T11:00 2026-03-29T11:00"},
		{"Asia/Tokyo", "2026-03", "2026-02-28T15:00 2026-03-31T15:00"},
		{"Asia/Tokyo", "last year", "2024-12-31T15:00 2025-12-31T15:00"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00 2018-11-05T02:00"}, // a day without midnight
	} {
		zone, err := ParseZone("zone", row.zone)
		if err != nil {
			t.Fatal(err)
		}
		from, to, ok := period(row.text, late.In(zone))
		if got := from.UTC().Format("2006-01-02T15:04") + " " + to.UTC().Format("2006-01-02T15:04"); got != row.want || !ok {
			t.Errorf("%s in %s is %s, want %s", row.text, row.zone, got, row.want)
		}
	}
}

// holds reports whether a message with these terms may be what a clause asks for.
func (c Clause) holds(terms []string) bool {
	for _, all := range c.Any {
		if !slices.ContainsFunc(all, func(t string) bool { return !slices.Contains(terms, t) }) {
			return !c.Not
		}
	}
	return c.Not
}

// The index leads to every message that a query finds, whatever they say.
func FuzzTheIndexMissesNothing(f *testing.F) {
	for _, seed := range []struct{ query, text string }{
		{"deployments 東京", "We deployed 東京タワー"}, {`"hello world" -x`, "hello, world"}, {"ada@example.com", "ada@example.com"},
		{`"東 京"`, "東・京"}, {"\\-a from:me b-c-d", "b-c-d"}, {"🎉 ﬁne", "fine🎉"}, {"a.bcd", "a.bcde"}, {"\u0301a", "a\u0301\u0301b"},
	} {
		f.Add(seed.query, seed.text)
	}
	f.Fuzz(func(t *testing.T, text, content string) {
		q, err := parseQuery(text, monday)
		if err != nil {
			return
		}
		// What a message is made of is found in it, so that the test sees more than misses.
		for _, content := range []string{content, content + " " + text, strings.ToUpper(text) + content} {
			spans, ok := match(q.terms, content)
			if !ok {
				continue
			}
			at := 0
			for _, s := range spans {
				if s.From < at || s.To <= s.From || s.To > len(content) {
					t.Fatalf("%q in %q is at %v", text, content, spans)
				}
				at = s.To
			}
			snippet(content, spans)
			terms := Indexed{Message: Message{Content: content}}.Terms()
			for _, term := range terms {
				if strings.ContainsFunc(term, func(r rune) bool { return r < 128 && kindOf(r) != letter }) || !utf8.ValidString(term) {
					t.Fatalf("%q has the term %q, which not every index takes as it is", content, term)
				}
			}
			for _, one := range q.terms {
				if c := one.clause(); !one.not && !c.holds(terms) {
					t.Fatalf("%q is in %q, but %q are not all among %q", text, content, c.Any, terms)
				}
			}
		}
	})
}
