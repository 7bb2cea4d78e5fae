package chat

import (
	"strings"
	"time"
)

// period returns when a day, month, year or week begins, and when the next one does, in the zone of now.
func period(text string, now time.Time) (from, to time.Time, ok bool) {
	year, month, day := now.Date()
	from, to, ok = dates(text, time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
	return DayBegins(from, now.Location()), DayBegins(to, now.Location()), ok
}

// DayBegins returns when the day of a date begins in a zone, whatever zone the date is in.
func DayBegins(date time.Time, zone *time.Location) time.Time {
	year, month, day := date.Date()
	begins := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if begins.Day() != day { // there the clocks go forward at midnight, and the day begins at one
		begins = begins.Add(time.Hour)
	}
	return begins
}

// dates returns the first date of a day, month, year or week, and that of the next one. Weeks begin on Monday. What is not a
// number may be written with spaces, dashes or underscores between its words.
func dates(text string, today time.Time) (from, to time.Time, ok bool) {
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006-01-02", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}} {
		if from, err := time.Parse(form.layout, text); err == nil {
			return from, from.AddDate(form.years, form.months, form.days), true
		}
	}
	year, _, day := today.Date()
	monday := today.AddDate(0, 0, -(int(today.Weekday())+6)%7)
	first, january := today.AddDate(0, 0, 1-day), time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	switch strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), " ") {
	case "today":
		return today, today.AddDate(0, 0, 1), true
	case "yesterday":
		return today.AddDate(0, 0, -1), today, true
	case "this week":
		return monday, monday.AddDate(0, 0, 7), true
	case "last week":
		return monday.AddDate(0, 0, -7), monday, true
	case "this month":
		return first, first.AddDate(0, 1, 0), true
	case "last month":
		return first.AddDate(0, -1, 0), first, true
	case "this year":
		return january, january.AddDate(1, 0, 0), true
	case "last year":
		return january.AddDate(-1, 0, 0), january, true
	}
	return time.Time{}, time.Time{}, false
}
