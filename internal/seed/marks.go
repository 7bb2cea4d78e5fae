package main

import (
	"context"
	"fmt"

	"pegasus/accounts"
	"pegasus/chat"
)

// reactions are what people thought of a line, by its text.
var reactions = map[string][]struct {
	emoji string
	by    []string
}{
	"Load test is green: p99 stays at `41 ms` with 10,000 streams.": {
		{"🎉", []string{"captain", "tester", "operator", "engineer"}}, {"👀", []string{"analyst"}},
	},
	"Hello! First day. Where do I find the handbook?":                                              {{"👋", []string{"captain", "helper", "builder"}}},
	"*A calm place to talk and to build, on a machine of your own.*":                               {{"❤️", []string{"captain", "planner", "designer"}}},
	"The coffee machine has a status page now. It is amber.":                                       {{"☕", []string{"newcomer", "captain"}}, {"😄", []string{"tester"}}},
	"Half of the delay fixed, half random. Nice.":                                                  {{"👍", []string{"engineer", "captain"}}},
	"Thank you. I'll make the outbox say so on the ops page.":                                      {{"🙏", []string{"operator"}}},
	"New member panel: roles as words, actions on focus. Less grey.":                               {{"👍", []string{"writer", "engineer"}}},
	"Three people asked how to mute a channel this week. It should be in the menu of the channel.": {{"➕", []string{"writer", "captain"}}},
}

// pinned and saved are lines by their texts; the captain saves.
var (
	pinned = map[string]bool{
		"Welcome, everyone. Announcements go here; everything else has a channel of its own.": true,
		"The report is at https://pegasus.example/reports/fanout":                             true,
	}
	saved = map[string]bool{
		"Two numbers to check: rows before and after, and the time at a million messages.": true,
		"*A calm place to talk and to build, on a machine of your own.*":                   true,
	}
)

// mark puts on a message what people thought of it.
func (w *workspace) mark(ctx context.Context, l line, m chat.Message) error {
	for _, r := range reactions[l.text] {
		for _, by := range r.by {
			if _, _, err := w.chat.React(ctx, w.people[by], m.ChannelID, m.ID, r.emoji); err != nil {
				return fmt.Errorf("%s from %s: %w", r.emoji, by, err)
			}
		}
	}
	if pinned[l.text] {
		if _, err := w.chat.TogglePin(ctx, w.people[l.by], m.ID); err != nil {
			return err
		}
	}
	if saved[l.text] {
		if _, err := w.chat.ToggleBookmark(ctx, w.people[cast[0].username], m.ID); err != nil {
			return err
		}
	}
	return nil
}

// talks are direct conversations, the first person's with others.
var talks = []struct {
	with  []string
	lines []struct{ by, text string }
}{
	{[]string{"operator"}, []struct{ by, text string }{
		{"operator", "The migration took 41 s on the copy. Shall I book the window for Wednesday night?"},
		{"captain", "Yes, after ten. I'll be there."},
		{"operator", "Booked. :+1:"},
	}},
	{[]string{"planner", "writer"}, []struct{ by, text string }{
		{"planner", "Release notes: one page or two?"},
		{"writer", "One. The second is what nobody reads."},
	}},
	{[]string{"newcomer"}, []struct{ by, text string }{
		{"newcomer", "Thank you for the tour! Who could show me the build?"},
	}},
}

func (w *workspace) talkDirectly(ctx context.Context) error {
	captain := w.people[cast[0].username]
	for _, t := range talks {
		c, err := w.conversation(ctx, captain, t.with)
		if err != nil {
			return err
		}
		for _, l := range t.lines {
			w.clock = w.clock.Add(soon)
			if _, err := w.chat.PostMessage(ctx, w.people[l.by], c.ID, chat.Draft{Content: l.text}); err != nil {
				return fmt.Errorf("%s to %v: %w", l.by, t.with, err)
			}
		}
		if len(t.with) > 1 {
			if _, err := w.chat.MarkRead(ctx, captain, c.ID, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *workspace) conversation(ctx context.Context, captain accounts.User, with []string) (c chat.Channel, err error) {
	if len(with) == 1 {
		c, _, err = w.chat.DirectChannel(ctx, captain, w.people[with[0]].ID)
		return c, err
	}
	ids := make([]string, len(with))
	for i, name := range with {
		ids[i] = w.people[name].ID
	}
	c, _, err = w.chat.GroupChannel(ctx, captain, ids)
	return c, err
}
