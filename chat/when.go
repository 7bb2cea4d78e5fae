package chat

import (
	"strconv"
	"strings"
	"time"
)

// morning is the hour of a day without an hour of its own.
const morning = 9

// ParseWhen finds the time that a text begins or ends with, as people say it, and returns it with the rest of the text:
// "in 20 minutes to stretch", "tomorrow at 9 call Ben", "write the report on Friday at 3pm", "2026-03-20 at 15:30 …". Words
// that join the two are left out. Times are those of the place of now, and the next to come.
func ParseWhen(text string, now time.Time) (at time.Time, rest string, ok bool) {
	words := strings.Fields(text)
	if at, n := whenAt(words, now); n > 0 {
		return at, strings.Join(joined(words[n:]), " "), true
	}
	for i := range words {
		if at, n := whenAt(words[i:], now); n > 0 && i+n == len(words) {
			return at, strings.Join(joined(words[:i]), " "), true
		}
	}
	return time.Time{}, text, false
}

// joined drops a first word that joins a time and what is to be done.
func joined(words []string) []string {
	if len(words) > 1 {
		switch strings.ToLower(words[0]) {
		case "to", "that", "about":
			return words[1:]
		}
	}
	return words
}

// whenAt reads a time at the beginning and returns how many words it took, 0 for none.
func whenAt(words []string, now time.Time) (time.Time, int) {
	if len(words) == 0 {
		return time.Time{}, 0
	}
	switch first := strings.ToLower(words[0]); first {
	case "in":
		if span, n := span(words[1:]); n > 0 {
			return now.Add(span), n + 1
		}
	case "at":
		if len(words) > 1 {
			if hour, minute, ok := clockTime(words[1]); ok {
				return next(now, hour, minute), 2
			}
		}
	case "today", "tomorrow":
		days := 0
		if first == "tomorrow" {
			days = 1
		}
		return dayAt(now.AddDate(0, 0, days), words, 1, now)
	case "on":
		if day, n := day(words[1:], now); n > 0 {
			return dayAt(day, words, n+1, now)
		}
	case "next":
		if len(words) > 1 && strings.EqualFold(words[1], "week") {
			return dayAt(weekday(now, time.Monday), words, 2, now)
		}
		if day, n := day(words[1:], now); n > 0 {
			return dayAt(day, words, n+1, now)
		}
	default:
		if day, n := day(words, now); n > 0 {
			return dayAt(day, words, n, now)
		}
	}
	return time.Time{}, 0
}

// dayAt adds the hour that may follow a day to it.
func dayAt(day time.Time, words []string, n int, now time.Time) (time.Time, int) {
	hour, minute, taken := morning, 0, n
	if len(words) > n+1 && strings.EqualFold(words[n], "at") {
		if h, m, ok := clockTime(words[n+1]); ok {
			hour, minute, taken = h, m, n+2
		}
	}
	at := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, now.Location())
	if taken == n && !at.After(now) {
		at = now.Add(time.Hour) // later today
	}
	return at, taken
}

// next returns the next time that a clock shows this.
func next(now time.Time, hour, minute int) time.Time {
	at := time.Date(now.Year(), now.Month(), now.Day(), hour, minute, 0, 0, now.Location())
	if !at.After(now) {
		at = time.Date(now.Year(), now.Month(), now.Day()+1, hour, minute, 0, 0, now.Location())
	}
	return at
}

// span reads a duration: "20 minutes", "an hour", "90s".
func span(words []string) (time.Duration, int) {
	if len(words) == 0 {
		return 0, 0
	}
	first := strings.ToLower(words[0])
	if first == "half" && len(words) > 2 && strings.EqualFold(words[1], "an") && strings.EqualFold(words[2], "hour") {
		return 30 * time.Minute, 3
	}
	digits := strings.TrimRight(first, "abcdefghijklmnopqrstuvwxyz")
	name, taken := first[len(digits):], 1
	if first == "a" || first == "an" {
		digits, name = "1", ""
	}
	if name == "" && len(words) > 1 {
		name, taken = strings.ToLower(words[1]), 2
	}
	n, err := strconv.Atoi(digits)
	unit := unitOf(strings.TrimRight(name, ".,"))
	if err != nil || n < 1 || n > 100_000 || unit == 0 {
		return 0, 0
	}
	return time.Duration(n) * unit, taken
}

func unitOf(name string) time.Duration {
	switch strings.TrimSuffix(name, "s") {
	case "", "sec", "second":
		if name == "" {
			return 0
		}
		return time.Second
	case "m", "min", "minute":
		return time.Minute
	case "h", "hr", "hour":
		return time.Hour
	case "d", "day":
		return 24 * time.Hour
	case "w", "week":
		return 7 * 24 * time.Hour
	}
	return 0
}

// day reads a day of the week or a date.
func day(words []string, now time.Time) (time.Time, int) {
	if len(words) == 0 {
		return time.Time{}, 0
	}
	if date, err := time.ParseInLocation(time.DateOnly, words[0], now.Location()); err == nil {
		return date, 1
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), strings.TrimRight(words[0], ",")) {
			return weekday(now, d), 1
		}
	}
	return time.Time{}, 0
}

// weekday returns the next such day after today.
func weekday(now time.Time, d time.Weekday) time.Time {
	days := int(d-now.Weekday()+7) % 7
	if days == 0 {
		days = 7
	}
	return now.AddDate(0, 0, days)
}

// clockTime reads "9", "9am", "9:30", "15:30", "3.30pm", "noon" and "midnight".
func clockTime(word string) (hour, minute int, ok bool) {
	word = strings.ToLower(strings.TrimRight(word, ","))
	switch word {
	case "noon":
		return 12, 0, true
	case "midnight":
		return 0, 0, true
	}
	word, pm := strings.CutSuffix(word, "pm")
	word, am := strings.CutSuffix(word, "am")
	hours, minutes, split := strings.Cut(strings.Replace(word, ".", ":", 1), ":")
	hour, err := strconv.Atoi(hours)
	if err == nil && split {
		if len(minutes) != 2 {
			return 0, 0, false
		}
		minute, err = strconv.Atoi(minutes)
	}
	if err != nil || hour < 0 || minute < 0 || minute > 59 || hour > 23 || (am || pm) && (hour < 1 || hour > 12) {
		return 0, 0, false
	}
	if (am || pm) && hour == 12 {
		hour = 0
	}
	if pm {
		hour += 12
	}
	return hour, minute, true
}
