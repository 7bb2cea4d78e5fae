package mattermost

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"pegasus/chat"
	"pegasus/importer"
)

type channel struct {
	importer.Channel
	team string
}

// key names a channel of a team.
func key(team, name string) string { return team + "/" + name }

func (s *Source) addChannel(t *importer.Tell, r room) {
	c := &channel{team: r.Team, Channel: importer.Channel{Key: key(r.Team, r.Name), Channel: chat.Channel{
		Name: r.Name, Type: chat.Private, Description: oneLine(r.Purpose), Topic: oneLine(r.Header), Archived: r.DeletedAt > 0,
	}}}
	if !validKey(r.Team) || !validKey(r.Name) || s.channels[c.Key] != nil {
		t.LeaveOut(importer.Channels, "without a team and a name of Mattermost's, or with those of another channel", c.Key)
		return
	}
	if r.Type == "O" {
		c.Type = chat.Public
	}
	s.keepChannel(c)
}

func (s *Source) keepChannel(c *channel) {
	c.ID = importer.IDFor("mattermost_channels", c.Key, importer.NoTime)
	s.channels[c.Key] = c
	s.order = append(s.order, c)
}

func oneLine(text string) string { return strings.Join(strings.Fields(importer.Clean(text)), " ") }

func (s *Source) addDirect(t *importer.Tell, r directRoom) {
	members := r.Members
	for _, p := range r.Participants {
		members = append(members, p.Username)
	}
	if s.direct(t, members) == nil {
		t.LeaveOut(importer.Channels, "a conversation between nobody", strings.Join(members, " "))
	}
}

// direct returns the conversation between people, nil where they cannot be. Some have no line of their own.
func (s *Source) direct(t *importer.Tell, members []string) *channel {
	members = slices.Compact(slices.Sorted(slices.Values(members)))
	if len(members) == 0 || len(members) > 100 || !slices.ContainsFunc(members, validKey) || slices.ContainsFunc(members, func(m string) bool { return !validKey(m) }) {
		return nil
	}
	name := strings.Join(members, " ")
	if s.channels[name] == nil {
		s.keepChannel(&channel{Channel: importer.Channel{Key: name, People: members, Channel: chat.Channel{Name: strings.Join(members, "-"), Type: chat.Private}}})
	}
	return s.channels[name]
}

// History implements importer.Source. People has read it all.
func (s *Source) History(context.Context, *importer.Tell) (*importer.History, error) {
	h := &importer.History{Total: len(s.log), Authors: slices.Collect(maps.Keys(s.first))}
	for _, c := range s.order {
		h.Channels = append(h.Channels, &c.Channel)
	}
	return h, nil
}

// Members implements importer.Source. The export does not say when somebody joined: they have been there from the start, and have read
// everything.
func (s *Source) Members(_ context.Context, _ *importer.Tell, visit func(importer.Membership) error) error {
	for _, p := range s.places {
		m := importer.Membership{Channel: p.channel, Person: p.person, Admin: p.admin}
		if c := s.channels[p.channel]; c != nil {
			m.JoinedAt = c.CreatedAt
		}
		if err := visit(m); err != nil {
			return err
		}
	}
	for _, c := range s.order {
		for _, person := range c.People {
			if err := visit(importer.Membership{Channel: c.Key, Person: person, JoinedAt: c.CreatedAt}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Marks implements importer.Source: they come with their messages.
func (s *Source) Marks(context.Context, *importer.Tell, func(string, int, importer.Mark) error) error {
	return nil
}

// Rest implements importer.Source.
func (s *Source) Rest(context.Context, *importer.Tell, func(importer.Rest) error) error { return nil }

// saw notes a message's time for its channel and author.
func (s *Source) saw(c *channel, author string, when time.Time) {
	if c.CreatedAt.IsZero() || when.Before(c.CreatedAt) {
		c.CreatedAt = when
	}
	if first, wrote := s.first[author]; !wrote || when.Before(first) {
		s.first[author] = when
	}
}
