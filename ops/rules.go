package ops

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rule says when something is wrong: a metric is above, or below, a value for a time.
type Rule struct {
	Metric    Metric
	Below     bool // wrong below the value, else above it
	Threshold float64
	For       time.Duration
}

// Name names a rule: there is one a metric and direction.
func (r Rule) Name() string {
	name := strings.ReplaceAll(r.Metric.Name, "_", "-")
	if r.Below {
		return name + "-low"
	}
	return name + "-high"
}

// String returns the rule as it is written.
func (r Rule) String() string {
	sign := ">"
	if r.Below {
		sign = "<"
	}
	return fmt.Sprintf("%s %s %s for %s", r.Metric.Name, sign, r.Metric.Unit.Format(r.Threshold), short(r.For))
}

// broken reports whether a value is wrong.
func (r Rule) broken(value float64) bool {
	if r.Below {
		return value < r.Threshold
	}
	return value > r.Threshold
}

const (
	usualRules = "errors > 5% for 5m; latency_p99 > 2s for 5m; cpu > 90% for 15m; memory > 90% for 5m; disk_free < 10% for 5m; " +
		"queue_age > 10m for 5m; mail_waiting > 50 for 15m; store_down > 0 for 1m"
	maxRules = 50
	minFor   = Every
	maxFor   = recentFor
)

// ServersRule is one more where several servers are joined.
const ServersRule = "; servers_apart > 0 for 1m"

// DefaultRules are the rules where none are set. backupAge is how old the newest good backup may grow, 0 where none are made.
func DefaultRules(backupAge time.Duration) string {
	if backupAge == 0 {
		return usualRules
	}
	return fmt.Sprintf("%s; backup_age > %s for 5m", usualRules, backupAge)
}

// ParseRules reads rules that are separated by semicolons, each a metric, < or >, a value with or without a unit, and how long
// it must hold: "errors > 5% for 5m". Without a time it is a minute. "default" stands for the rules given as such, and a rule
// takes the place of an earlier one of its metric and direction. "off" is no rule at all.
func ParseRules(text, defaults string) ([]Rule, error) {
	if strings.TrimSpace(text) == "off" {
		return nil, nil
	}
	var rules []Rule
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		var more []Rule
		var err error
		switch part {
		case "":
			continue
		case "default":
			more, err = ParseRules(defaults, "")
		default:
			more = make([]Rule, 1)
			more[0], err = parseRule(part)
		}
		if err != nil {
			return nil, err
		}
		for _, r := range more {
			rules = place(rules, r)
		}
	}
	if len(rules) > maxRules {
		return nil, fmt.Errorf("there may be %d rules at most", maxRules)
	}
	return rules, nil
}

func place(rules []Rule, r Rule) []Rule {
	for i := range rules {
		if rules[i].Name() == r.Name() {
			rules[i] = r
			return rules
		}
	}
	return append(rules, r)
}

func parseRule(text string) (r Rule, err error) {
	words := strings.Fields(text)
	if len(words) != 3 && (len(words) != 5 || words[3] != "for") {
		return Rule{}, fmt.Errorf("a rule is like errors > 5%% for 5m, not %q", text)
	}
	known := false
	if r.Metric, known = Find(words[0]); !known {
		return Rule{}, fmt.Errorf("there is no metric %q", words[0])
	}
	switch words[1] {
	case ">":
	case "<":
		r.Below = true
	default:
		return Rule{}, fmt.Errorf("a rule compares by < or >, not by %q", words[1])
	}
	if r.Threshold, err = r.Metric.Unit.parse(words[2]); err != nil {
		return Rule{}, fmt.Errorf("%q is no value of %s", words[2], r.Metric.Name)
	}
	r.For = time.Minute
	if len(words) == 5 {
		if r.For, err = time.ParseDuration(words[4]); err != nil || r.For < minFor || r.For > maxFor {
			return Rule{}, fmt.Errorf("a rule holds for %s to %s, not for %q", short(minFor), short(maxFor), words[4])
		}
	}
	return r, nil
}

var errValue = errors.New("no value")

// parse reads a value with or without a unit, as a number in u.
func (u Unit) parse(text string) (float64, error) {
	scale := 1.0
	switch u {
	case Millis, Seconds:
		if d, err := time.ParseDuration(text); err == nil && d >= 0 {
			if u == Millis {
				return inMillis(d), nil
			}
			return d.Seconds(), nil
		}
	case Bytes:
		for i, unit := range byteUnits {
			if number, has := strings.CutSuffix(text, unit); has && i > 0 {
				text, scale = number, float64(int64(1)<<(10*i))
			}
		}
	case Percent:
		text = strings.TrimSuffix(text, "%")
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n <= 1e18) {
		return 0, errValue
	}
	return n * scale, nil
}

var byteUnits = []string{"B", "KB", "MB", "GB", "TB"}

// Format writes a value for people.
func (u Unit) Format(value float64) string {
	switch u {
	case Bytes:
		unit := 0
		for value >= 1024 && unit < len(byteUnits)-1 {
			value /= 1024
			unit++
		}
		return rounded(value) + " " + byteUnits[unit]
	case Millis:
		if value >= 1000 {
			return rounded(value/1000) + " s"
		}
		return rounded(value) + " ms"
	case Seconds:
		if value >= 60 {
			return short(time.Duration(value) * time.Second)
		}
		return rounded(value) + " s"
	case Percent:
		return rounded(value) + " %"
	case PerSecond:
		return rounded(value) + " /s"
	}
	return rounded(value)
}

// rounded writes a number with three digits that say something, and no more than it needs.
func rounded(n float64) string {
	places := 2
	switch {
	case n >= 100:
		places = 0
	case n >= 10:
		places = 1
	}
	text := strconv.FormatFloat(n, 'f', places, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// short writes a time without the zeroes at its end.
func short(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
