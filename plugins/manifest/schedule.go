package manifest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schedule is a time at which a plugin is called, again and again: either Every or At is set.
type Schedule struct {
	Name  string   `json:"name"`
	Every string   `json:"every,omitempty"` // "15m", "2h": counted from midnight UTC
	At    string   `json:"at,omitempty"`    // "09:30"
	Days  []string `json:"days,omitempty"`  // with At: "mon" to "sun"; none for every day
	Zone  string   `json:"zone,omitempty"`  // with At: "Europe/London"; none for the zone of whoever installed it
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

var (
	interval  = regexp.MustCompile(`^([1-9][0-9]{0,3})(m|h)$`)
	timeOfDay = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])$`)
)

// Next returns the first time after that one at which the schedule is due. zone counts where the schedule names none.
// A time of day that a change of the clocks leaves out is due as time.Date understands it, one that comes twice once.
func (s Schedule) Next(after time.Time, zone *time.Location) time.Time {
	if every, complaint := s.every(); complaint == "" {
		midnight := after.UTC().Truncate(24 * time.Hour)
		next := midnight.Add((after.Sub(midnight)/every + 1) * every)
		if tomorrow := midnight.AddDate(0, 0, 1); next.After(tomorrow) {
			return tomorrow
		}
		return next
	}
	if named, err := time.LoadLocation(s.Zone); s.Zone != "" && err == nil {
		zone = named
	}
	local := after.In(zone)
	at := timeOfDay.FindStringSubmatch(s.At)
	if at == nil {
		return time.Time{}
	}
	hour, _ := strconv.Atoi(at[1])
	minute, _ := strconv.Atoi(at[2])
	for day := range 8 {
		next := time.Date(local.Year(), local.Month(), local.Day()+day, hour, minute, 0, 0, zone)
		if next.After(after) && (len(s.Days) == 0 || slices.Contains(s.Days, weekdays[next.Weekday()])) {
			return next
		}
	}
	return time.Time{}
}

// every returns the interval, or what is wrong with it.
func (s Schedule) every() (every time.Duration, complaint string) {
	parts := interval.FindStringSubmatch(s.Every)
	if parts == nil {
		return 0, fmt.Sprintf("%q is not an interval: write it like 15m or 2h.", s.Every)
	}
	count, _ := strconv.Atoi(parts[1])
	every = time.Duration(count) * time.Minute
	if parts[2] == "h" {
		every = time.Duration(count) * time.Hour
	}
	if every < MinInterval || every > MaxInterval {
		return 0, "An interval is from 5m to 24h."
	}
	return every, ""
}

func (s Schedule) check(at string, complain func(path, text string)) {
	if (s.Every == "") == (s.At == "") {
		complain(at, `A schedule has either "every" or "at".`)
		return
	}
	if s.Every != "" {
		if _, complaint := s.every(); complaint != "" {
			complain(at+"/every", complaint)
		}
		if len(s.Days) > 0 || s.Zone != "" {
			complain(at, `"days" and "zone" go with "at".`)
		}
		return
	}
	if !timeOfDay.MatchString(s.At) {
		complain(at+"/at", fmt.Sprintf("%q is not a time of day: write it like 09:30.", s.At))
	}
	for i, day := range s.Days {
		if !slices.Contains(weekdays, day) || slices.Contains(s.Days[:i], day) {
			complain(fmt.Sprintf("%s/days/%d", at, i), "Days are mon, tue, wed, thu, fri, sat and sun, each at most once.")
		}
	}
	if _, err := time.LoadLocation(s.Zone); err != nil || strings.EqualFold(s.Zone, "local") {
		complain(at+"/zone", fmt.Sprintf("%q is not a time zone: write it like Europe/London.", s.Zone))
	}
}
