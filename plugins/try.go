package plugins

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/plugins/manifest"
	"pegasus/plugins/sandbox"
)

const (
	// tryFor is how long what a plugin keeps while it is tried out is kept after the last try, in the process that ran it.
	tryFor      = 30 * time.Minute
	maxSessions = 200
)

// Tried is what a plugin did while it was tried out.
type Tried struct {
	Said    []Said
	Log     []string
	Cut     bool // there was more to log than is kept
	Problem *Problem
	Outcome string        // ok, or in which way it failed
	Took    time.Duration // in all
	CPU     time.Duration // 0 where the system does not say
	Memory  int64         // bytes, 0 where the system does not say
}

// Said is something that a channel would have been told.
type Said struct {
	Text     string
	HTML     string // as the channel would show it
	ToCaller bool   // who called would have seen it alone
	Posted   bool   // of its own accord, not as an answer
}

// tries keeps what plugins keep while they are tried out.
type tries struct {
	mu       sync.Mutex
	sessions map[string]*session
}

type session struct {
	mu     sync.Mutex
	values map[string]json.RawMessage
	ends   time.Time
}

// session returns what a plugin keeps for one person who tries it out.
func (t *tries) session(key string, now time.Time) *session {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, one := range t.sessions {
		if !now.Before(one.ends) {
			delete(t.sessions, k)
		}
	}
	one := t.sessions[key]
	if one == nil {
		for k := range t.sessions {
			if len(t.sessions) < maxSessions {
				break
			}
			delete(t.sessions, k)
		}
		one = &session{values: map[string]json.RawMessage{}}
		t.sessions[key] = one
	}
	one.ends = now.Add(tryFor)
	return one
}

// Delivery is a request to a webhook, as a plugin sees it.
type Delivery = sandbox.Webhook

// Trial is what a plugin is tried out with: exactly one of Text, Schedule and Webhook.
type Trial struct {
	Version  int    // the newest that compiled for 0
	Text     string // as written in a channel: a command where it begins with a slash, else a message
	Schedule string // the name of the time that has come
	Webhook  *Delivery
	// Settings are as somebody fills them in, by key; one that is left out has its default. They are kept nowhere.
	Settings map[string]string
}

// TryPlugin runs a plugin that the actor may look at as a channel would. Nothing is posted, and what it keeps is kept for the
// actor's tries alone. Only admins have it ask other servers. Its own failure is in what is returned.
func (s *Service) TryPlugin(ctx context.Context, actor accounts.User, pluginID string, trial Trial) (Tried, error) {
	p, err := s.visible(ctx, actor, pluginID)
	if err != nil {
		return Tried{}, err
	}
	v, m, err := s.built(ctx, p, trial.Version)
	if err != nil {
		return Tried{}, err
	}
	most, err := s.chat.MaxMessage(ctx)
	if err != nil {
		return Tried{}, err
	}
	event, err := trial.event(m, actor, most, s.now())
	var settings map[string]any
	if err == nil {
		settings, err = trial.settings(m)
	}
	if err == nil {
		err = s.rates.take("try "+actor.ID, triesPerPerson, time.Minute)
	}
	if err != nil {
		return Tried{}, err
	}
	program, err := s.program(ctx, p.ID, v.Build.Bundle)
	if err != nil {
		return Tried{}, err
	}
	program.Owner = "try " + actor.ID
	h := &tryHost{s: s, actor: actor, manifest: m, session: s.tries.session(actor.ID+" "+p.ID, s.now())}
	out, err := s.runtime.Run(ctx, program, sandbox.Invocation{
		Event: event, Channel: sandbox.Channel{ID: p.ID, Name: "try-out"}, Settings: settings, Now: s.now(), Zone: s.zone(ctx, call{caller: actor}, authority{}),
	}, h)
	t := Tried{Said: h.said, Log: out.Logs, Cut: out.Cut, Outcome: "ok", Took: out.Used.Wall, CPU: out.Used.CPU, Memory: out.Used.Memory}
	var f *sandbox.Fault
	if errors.As(err, &f) {
		problem := f.Problem()
		t.Outcome, t.Problem = string(f.Kind), &Problem{File: problem.File, Line: problem.Line, Column: problem.Column, Text: problem.Text}
		return t, nil
	}
	for _, r := range out.Replies {
		t.Said = append(t.Said, Said{Text: r.Text, HTML: s.render(r.Text), ToCaller: r.ToCaller})
	}
	return t, err
}

// ForgetTries forgets what a plugin has kept while the actor tried it out.
func (s *Service) ForgetTries(actor accounts.User, pluginID string) {
	s.tries.mu.Lock()
	defer s.tries.mu.Unlock()
	delete(s.tries.sessions, actor.ID+" "+pluginID)
}

var errTrial = fault.New(fault.Invalid, "INVALID_TRIAL", "Choose one thing to try it with: a text, a schedule or a webhook delivery.")

// event returns what calls the plugin. most are the characters of a message.
func (t Trial) event(m manifest.Manifest, actor accounts.User, most int, now time.Time) (sandbox.Event, error) {
	switch {
	case t.Webhook != nil && t.Text == "" && t.Schedule == "":
		return hookEvent(m, *t.Webhook)
	case t.Schedule != "" && t.Text == "" && t.Webhook == nil:
		if !slices.ContainsFunc(m.Triggers.Schedules, func(one manifest.Schedule) bool { return one.Name == t.Schedule }) {
			return nil, fault.Field("schedule", "UNKNOWN_SCHEDULE", "The plugin has no schedule of this name.")
		}
		return sandbox.Schedule{Name: t.Schedule, Due: now}, nil
	case t.Webhook != nil || t.Schedule != "":
		return nil, errTrial
	}
	return textEvent(m, actor, t.Text, most, now)
}

// settings returns the settings as the plugin is given them.
func (t Trial) settings(m manifest.Manifest) (map[string]any, error) {
	for key := range t.Settings {
		if _, known := m.Setting(key); !known {
			return nil, errSetting
		}
	}
	return settingValues(m, func(one manifest.Setting) (string, error) { return t.Settings[one.Key], nil })
}

// hookEvent returns a delivery to the webhook, as a server would make it.
func hookEvent(m manifest.Manifest, w Delivery) (sandbox.Event, error) {
	switch {
	case !m.Triggers.Webhook:
		return nil, fault.Field("webhook", "NO_WEBHOOK", "The plugin takes no webhook.")
	case len(w.Body) > MaxHook || !utf8.ValidString(w.Body):
		return nil, fault.Field("body", "INVALID_BODY", "A delivery has at most 64 KB of text.")
	}
	if w.Method == "" {
		w.Method = "POST"
	}
	headers := make(map[string]string, len(w.Headers))
	for name, value := range w.Headers {
		headers[strings.ToLower(name)] = value
	}
	w.Headers = headers
	return w, nil
}

// textEvent returns what a text calls.
func textEvent(m manifest.Manifest, actor accounts.User, text string, most int, now time.Time) (sandbox.Event, error) {
	text = strings.TrimSpace(text)
	if text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > most {
		return nil, fault.Field("text", "INVALID_TEXT", fmt.Sprintf("Write a command or a message of up to %d characters.", most))
	}
	if command, slash := strings.CutPrefix(text, "/"); slash {
		name, rest := command, ""
		if at := strings.IndexAny(command, " \t\n"); at >= 0 {
			name, rest = command[:at], command[at:]
		}
		if !slices.ContainsFunc(m.Commands, func(c manifest.Command) bool { return c.Name == strings.ToLower(name) }) {
			return nil, fault.Field("text", "UNKNOWN_COMMAND", "The plugin has no command of this name.")
		}
		return sandbox.Command{Name: strings.ToLower(name), Text: strings.TrimSpace(rest), Person: asPerson(actor)}, nil
	}
	if m.Triggers.Messages == nil || !concerns(*m.Triggers.Messages, text) {
		return nil, fault.Field("text", "NOTHING_CALLED", "The plugin does not answer to this message. Its commands begin with a slash.")
	}
	return sandbox.Message{ID: id.New(now), Text: text, Person: asPerson(actor)}, nil
}
