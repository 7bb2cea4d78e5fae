package chat_test

import (
	"testing"
	"time"

	"pegasus/chat"
)

func TestTimesAreReadAsPeopleSayThem(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Zurich")
	must(t, err)
	now := time.Date(2026, 3, 27, 16, 30, 0, 0, zone) // a Friday, two days before the clocks go forward
	for text, want := range map[string]struct{ at, rest string }{
		"in 20 minutes to stretch":           {"2026-03-27 16:50", "stretch"},
		"to stretch in 20 minutes":           {"2026-03-27 16:50", "stretch"},
		"In an hour call Ben":                {"2026-03-27 17:30", "call Ben"},
		"in half an hour x":                  {"2026-03-27 17:00", "x"},
		"in 90m x":                           {"2026-03-27 18:00", "x"},
		"in 2 days x":                        {"2026-03-29 17:30", "x"}, // 48 hours
		"tomorrow at 9 buy milk":             {"2026-03-28 09:00", "buy milk"},
		"tomorrow buy milk":                  {"2026-03-28 09:00", "buy milk"},
		"buy milk tomorrow":                  {"2026-03-28 09:00", "buy milk"},
		"today at 17:15 x":                   {"2026-03-27 17:15", "x"},
		"today x":                            {"2026-03-27 17:30", "x"},
		"at 4pm x":                           {"2026-03-28 16:00", "x"},
		"at 4.45pm x":                        {"2026-03-27 16:45", "x"},
		"at noon that lunch":                 {"2026-03-28 12:00", "lunch"},
		"at 12am x":                          {"2026-03-28 00:00", "x"},
		"on Monday at 8:05 about the report": {"2026-03-30 08:05", "the report"},
		"friday x":                           {"2026-04-03 09:00", "x"},
		"next week x":                        {"2026-03-30 09:00", "x"},
		"2026-12-24 at 18:00 x":              {"2026-12-24 18:00", "x"},
		"on 2026-12-24 x":                    {"2026-12-24 09:00", "x"},
		"meet at the station at 6pm":         {"2026-03-27 18:00", "meet at the station"},
		"in 20 minutes":                      {"2026-03-27 16:50", ""},
	} {
		at, rest, ok := chat.ParseWhen(text, now)
		if got := at.Format("2006-01-02 15:04"); !ok || got != want.at || rest != want.rest {
			t.Errorf("%q is at %s with %q (%v), want %s with %q", text, got, rest, ok, want.at, want.rest)
		}
	}
	for _, text := range []string{"", "stretch", "in a minute or so stretch maybe not", "in", "in 0 minutes", "in -5 minutes x", "at 25:00 x", "at 9:5 x", "in 20 elephants", "at 13pm x", "on someday"} {
		if at, rest, ok := chat.ParseWhen(text, now); ok && text != "in a minute or so stretch maybe not" {
			t.Errorf("%q is at %s with %q", text, at, rest)
		}
	}
}
