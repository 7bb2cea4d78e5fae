package manifest

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"pegasus/fault"
)

var (
	nameShape    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	keyShape     = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]{0,31}$`)
	versionShape = regexp.MustCompile(`^[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}$`)
	hostShape    = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// Named reports whether a text can be the name of a plugin, a command or a schedule.
func Named(name string) bool {
	return len(name) >= MinName && len(name) <= MaxName && nameShape.MatchString(name)
}

const nameRule = "is 2 to 32 of a-z, 0-9 and hyphens between them, and begins with a letter."

func (m Manifest) check(complain func(path, text string)) {
	if m.API != API {
		complain("/api", fmt.Sprintf(`"api" is %d, the version of the programming interface.`, API))
	}
	if !Named(m.Name) {
		complain("/name", `"name" `+nameRule)
	}
	if text(m.Title, 1, MaxTitle) != nil {
		complain("/title", fmt.Sprintf(`"title" has 1 to %d characters on one line.`, MaxTitle))
	}
	if text(m.Description, 0, MaxSentence) != nil {
		complain("/description", fmt.Sprintf(`"description" has at most %d characters on one line.`, MaxSentence))
	}
	if m.Version != "" && !versionShape.MatchString(m.Version) {
		complain("/version", `"version" looks like 1.2.3.`)
	}
	m.checkCommands(complain)
	m.checkTriggers(complain)
	m.checkPermissions(complain)
	m.checkSettings(complain)
	if len(m.Commands) == 0 && m.Triggers.Messages == nil && len(m.Triggers.Schedules) == 0 && !m.Triggers.Webhook {
		complain("", "A plugin answers to something: give it commands or triggers.")
	}
}

func (m Manifest) checkCommands(complain func(path, text string)) {
	if len(m.Commands) > MaxCommands {
		complain("/commands", fmt.Sprintf("A plugin has at most %d commands.", MaxCommands))
	}
	for i, c := range m.Commands {
		path := fmt.Sprintf("/commands/%d", i)
		if !Named(c.Name) {
			complain(path+"/name", "The name of a command "+nameRule)
		}
		if slices.ContainsFunc(m.Commands[:i], func(other Command) bool { return other.Name == c.Name }) {
			complain(path+"/name", fmt.Sprintf("There are two commands %q.", c.Name))
		}
		if text(c.Hint, 0, MaxHint) != nil {
			complain(path+"/hint", fmt.Sprintf(`"hint" has at most %d characters on one line.`, MaxHint))
		}
		if text(c.Help, 0, MaxSentence) != nil {
			complain(path+"/help", fmt.Sprintf(`"help" has at most %d characters on one line.`, MaxSentence))
		}
	}
}

func (m Manifest) checkTriggers(complain func(path, text string)) {
	if t := m.Triggers.Messages; t != nil {
		if t.All == (t.Match != "") {
			complain("/triggers/messages", `"messages" is either { "all": true } or { "match": "a pattern" }.`)
		}
		if _, err := regexp.Compile(t.Match); err != nil || utf8.RuneCountInString(t.Match) > MaxPattern {
			complain("/triggers/messages/match", fmt.Sprintf("This is not a regular expression of at most %d characters in the syntax of RE2.", MaxPattern))
		}
	}
	if len(m.Triggers.Schedules) > MaxSchedules {
		complain("/triggers/schedules", fmt.Sprintf("A plugin has at most %d schedules.", MaxSchedules))
	}
	for i, s := range m.Triggers.Schedules {
		path := fmt.Sprintf("/triggers/schedules/%d", i)
		if !Named(s.Name) {
			complain(path+"/name", "The name of a schedule "+nameRule)
		}
		if slices.ContainsFunc(m.Triggers.Schedules[:i], func(other Schedule) bool { return other.Name == s.Name }) {
			complain(path+"/name", fmt.Sprintf("There are two schedules %q.", s.Name))
		}
		s.check(path, complain)
	}
}

// checkPermissions also holds what needs a permission against those that are asked for.
func (m Manifest) checkPermissions(complain func(path, text string)) {
	for i, p := range m.Permissions {
		path := fmt.Sprintf("/permissions/%d", i)
		if !known(p) {
			complain(path, fmt.Sprintf("%q is no permission. There are: %s.", p, names()))
		} else if slices.Contains(m.Permissions[:i], p) {
			complain(path, fmt.Sprintf("%q is asked for twice.", p))
		}
	}
	for _, need := range []struct {
		path       string
		needed     bool
		permission Permission
	}{
		{"/triggers/messages", m.Triggers.Messages != nil, ReadMessages},
		{"/triggers/schedules", len(m.Triggers.Schedules) > 0, OnSchedule},
		{"/triggers/webhook", m.Triggers.Webhook, Webhook},
		{"/hosts", len(m.Hosts) > 0, Network},
	} {
		if need.needed && !m.Asks(need.permission) {
			complain(need.path, fmt.Sprintf("This needs %q among the permissions.", need.permission))
		}
	}
	if m.Asks(Network) && len(m.Hosts) == 0 {
		complain("/permissions", `With "network" goes "hosts", a list of the host names that it asks.`)
	}
	if len(m.Hosts) > MaxHosts {
		complain("/hosts", fmt.Sprintf("A plugin asks at most %d hosts.", MaxHosts))
	}
	for i, host := range m.Hosts {
		if len(host) > 253 || !hostShape.MatchString(host) {
			complain(fmt.Sprintf("/hosts/%d", i), fmt.Sprintf("%q is not a host name such as api.example.com.", host))
		}
	}
}

func (m Manifest) checkSettings(complain func(path, text string)) {
	if len(m.Settings) > MaxSettings {
		complain("/settings", fmt.Sprintf("A plugin has at most %d settings.", MaxSettings))
	}
	for i, s := range m.Settings {
		path := fmt.Sprintf("/settings/%d", i)
		if !keyShape.MatchString(s.Key) {
			complain(path+"/key", "The key of a setting is a letter and at most 31 letters, digits and underscores.")
		}
		if slices.ContainsFunc(m.Settings[:i], func(other Setting) bool { return other.Key == s.Key }) {
			complain(path+"/key", fmt.Sprintf("There are two settings %q.", s.Key))
		}
		if text(s.Label, 1, MaxTitle) != nil {
			complain(path+"/label", fmt.Sprintf(`"label" has 1 to %d characters on one line.`, MaxTitle))
		}
		if text(s.Help, 0, MaxSentence) != nil {
			complain(path+"/help", fmt.Sprintf(`"help" has at most %d characters on one line.`, MaxSentence))
		}
		s.check(path, complain)
	}
}

func (s Setting) check(path string, complain func(path, text string)) {
	if !slices.Contains([]SettingType{String, Number, Boolean, Choice, Secret}, s.Type) {
		complain(path+"/type", "The type of a setting is string, number, boolean, choice or secret.")
		return
	}
	if (s.Type == Choice) != (len(s.Options) > 0) || len(s.Options) > MaxOptions {
		complain(path+"/options", fmt.Sprintf("A choice, and nothing else, has 1 to %d options.", MaxOptions))
	}
	for i, option := range s.Options {
		if text(option, 1, MaxTitle) != nil || slices.Contains(s.Options[:i], option) {
			complain(fmt.Sprintf("%s/options/%d", path, i), fmt.Sprintf("An option has 1 to %d characters, and there is each once.", MaxTitle))
		}
	}
	if s.Default == nil {
		return
	}
	fits := false
	switch d := s.Default.(type) {
	case bool:
		fits = s.Type == Boolean
	case float64:
		fits = s.Type == Number
	case string:
		fits = (s.Type == String || s.Type == Choice) && d != ""
		if fits {
			_, err := s.value(d)
			fits = err == nil
		}
	}
	if !fits {
		complain(path+"/default", fmt.Sprintf(`This "default" does not fit a %s. A secret has none.`, s.Type))
	}
}

func (s Setting) value(given string) (any, error) {
	switch s.Type {
	case Number:
		n, err := strconv.ParseFloat(given, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, fault.Field(s.Key, "SETTING_INVALID", "Write a number, such as 5 or 2.5.")
		}
		return n, nil
	case Boolean:
		return given == "true" || given == "on" || given == "1", nil
	case Choice:
		if !slices.Contains(s.Options, given) {
			return nil, fault.Field(s.Key, "SETTING_INVALID", "Choose one of: "+strings.Join(s.Options, ", ")+".")
		}
		return given, nil
	}
	if utf8.RuneCountInString(given) > MaxSetting || !utf8.ValidString(given) || strings.ContainsRune(given, 0) {
		return nil, fault.Field(s.Key, "SETTING_INVALID", fmt.Sprintf("Write at most %d characters.", MaxSetting))
	}
	return given, nil
}

var errText = errors.New("not such a text")

// text holds a text of one line against its limits, in characters.
func text(s string, least, most int) error {
	if n := utf8.RuneCountInString(s); n < least || n > most || strings.ContainsFunc(s, unicode.IsControl) {
		return errText
	}
	if least > 0 && strings.TrimSpace(s) == "" {
		return errText
	}
	return nil
}

func known(p Permission) bool {
	for _, one := range Permissions {
		if one.Name == p {
			return true
		}
	}
	return false
}

func names() string {
	all := make([]string, len(Permissions))
	for i, one := range Permissions {
		all[i] = string(one.Name)
	}
	return strings.Join(all, ", ")
}
