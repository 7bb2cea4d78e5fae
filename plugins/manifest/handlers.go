package manifest

import (
	"fmt"
	"slices"
)

// Handlers are what a compiled plugin answers to, as it says itself.
type Handlers struct {
	Commands  []string `json:"commands"`
	Schedules []string `json:"schedules"`
	Messages  bool     `json:"messages"`
	Webhook   bool     `json:"webhook"`
}

// Compare says what the manifest in text promises and the plugin does not handle, and the other way round.
func (m Manifest) Compare(text []byte, h Handlers) []Problem {
	places, bad := locate(text)
	if bad != nil {
		return []Problem{at(text, bad.offset, bad.text)}
	}
	var problems []Problem
	complain := func(path, format string, args ...any) {
		if len(problems) < maxComplaints {
			problems = append(problems, at(text, places.of(path), fmt.Sprintf(format, args...)))
		}
	}
	for i, c := range m.Commands {
		if !slices.Contains(h.Commands, c.Name) {
			complain(fmt.Sprintf("/commands/%d/name", i), "%s has no function for this command: add %q to commands.", m.Main, c.Name)
		}
	}
	for _, name := range h.Commands {
		if !slices.ContainsFunc(m.Commands, func(c Command) bool { return c.Name == name }) {
			complain("/commands", "%s handles a command %.40q that is not listed here.", m.Main, name)
		}
	}
	for i, s := range m.Triggers.Schedules {
		if !slices.Contains(h.Schedules, s.Name) {
			complain(fmt.Sprintf("/triggers/schedules/%d/name", i), "%s has no function for this schedule: add %q to schedules.", m.Main, s.Name)
		}
	}
	for _, name := range h.Schedules {
		if !slices.ContainsFunc(m.Triggers.Schedules, func(s Schedule) bool { return s.Name == name }) {
			complain("/triggers/schedules", "%s handles a schedule %.40q that is not listed here.", m.Main, name)
		}
	}
	if wanted := m.Triggers.Messages != nil; wanted && !h.Messages {
		complain("/triggers/messages", "%s has no onMessage.", m.Main)
	} else if !wanted && h.Messages {
		complain("/triggers", `%s has onMessage, which needs "messages" among the triggers.`, m.Main)
	}
	if m.Triggers.Webhook && !h.Webhook {
		complain("/triggers/webhook", "%s has no onWebhook.", m.Main)
	} else if !m.Triggers.Webhook && h.Webhook {
		complain("/triggers", `%s has onWebhook, which needs "webhook": true among the triggers.`, m.Main)
	}
	return problems
}
