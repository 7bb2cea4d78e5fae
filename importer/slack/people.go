package slack

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/imported"
	"pegasus/importer"
)

// user is an element of the list of people.
type user struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	RealName   string  `json:"real_name"`
	Deleted    bool    `json:"deleted"`
	Bot        bool    `json:"is_bot"`
	Admin      bool    `json:"is_admin"`
	Owner      bool    `json:"is_owner"`
	Restricted bool    `json:"is_restricted"` // a guest; one of a single channel is one as well
	Stranger   bool    `json:"is_stranger"`   // of another workspace, known from a shared channel
	Updated    float64 `json:"updated"`
	Profile    profile `json:"profile"`
}

type profile struct {
	Email         string  `json:"email"`
	RealName      string  `json:"real_name"`
	DisplayName   string  `json:"display_name"`
	Title         string  `json:"title"`
	Phone         string  `json:"phone"`
	StatusText    string  `json:"status_text"`
	StatusEmoji   string  `json:"status_emoji"`
	StatusExpires float64 `json:"status_expiration"`
	Picture       string  `json:"image_512"`
	BotID         string  `json:"bot_id"`
}

// slackbot is the program that Slack itself speaks as.
const slackbot = "USLACKBOT"

// People implements importer.Source: those of the list, and who is known from messages alone.
func (s *Source) People(ctx context.Context, t *importer.Tell) ([]*importer.Person, error) {
	line := t.Line(people) // the first of the report
	if err := s.readChannels(t); err != nil {
		return nil, err
	}
	if err := s.count(ctx, t); err != nil {
		return nil, err
	}
	s.people, s.shown, s.taken = map[string]*importer.Person{}, map[string]string{}, map[string]bool{}
	err := list(s, s.usersIn, func(u user) error {
		line.Read++
		switch {
		case len(s.people) >= maxPeople:
			return fmt.Errorf("there are more than %d people", maxPeople)
		case !validKey(u.ID) || s.people[u.ID] != nil:
			t.LeaveOut(people, "without an id of Slack's, or with that of somebody else", u.ID)
		default:
			s.add(s.person(t, u))
		}
		return nil
	}, func(err error) {
		line.Read++
		t.LeaveOut(people, "not as Slack writes them", err.Error())
	})
	if err != nil {
		return nil, err
	}
	s.addWriters(t)
	all := slices.Collect(maps.Values(s.people))
	slices.SortFunc(all, func(a, b *importer.Person) int {
		return cmp.Or(a.User.CreatedAt.Compare(b.User.CreatedAt), strings.Compare(a.Key, b.Key))
	})
	return all, nil
}

func (s *Source) add(p *importer.Person) {
	s.people[p.Key], s.shown[p.Key] = p, cmp.Or(p.User.DisplayName, p.User.Name)
	for _, alias := range p.Aliases {
		s.shown[alias] = s.shown[p.Key]
	}
	if p.User.Bot {
		return
	}
	for _, name := range []string{p.User.DisplayName, p.User.Name, p.User.Username} {
		s.taken[strings.ToLower(name)] = name != ""
	}
}

// person reads somebody of the list.
func (s *Source) person(t *importer.Tell, u user) *importer.Person {
	p := &importer.Person{Collection: people, Key: u.ID, Picture: importer.Clean(u.Profile.Picture)}
	p.User = accounts.User{
		ID: importer.IDFor("slack_users", u.ID, importer.NoTime), Name: importer.Clean(cmp.Or(u.Profile.RealName, u.RealName, u.Name)),
		DisplayName: importer.Clean(u.Profile.DisplayName), Username: importer.Clean(u.Name), Phone: importer.Clean(u.Profile.Phone),
		StatusMessage: bare(cmp.Or(u.Profile.StatusText, u.Profile.Title)), Deactivated: u.Deleted, Bot: u.Bot || u.ID == slackbot,
		Role: accounts.RoleUser, Notify: accounts.Notify{NewDevice: true}, CreatedAt: s.since(u.ID, moment(u.Updated)),
	}
	p.User.UpdatedAt = p.User.CreatedAt
	if p.User.DisplayName == p.User.Name {
		p.User.DisplayName = ""
	}
	if emoji, ok := s.reaction(strings.Trim(u.Profile.StatusEmoji, ":")); ok {
		p.User.StatusEmoji = emoji
	}
	if u.Profile.StatusExpires > 0 {
		p.User.StatusUntil = moment(u.Profile.StatusExpires)
	}
	if u.Profile.BotID != "" && p.User.Bot {
		p.Aliases = append(p.Aliases, u.Profile.BotID)
	}
	if p.User.Bot {
		return p
	}
	p.Address, _ = accounts.CleanEmail(u.Profile.Email)
	p.User.Email = p.Address
	t.Place(p, people, importer.Standing{
		System: "Slack", Admins: "admins or owners", Guest: u.Restricted || u.Stranger, Admin: u.Admin || u.Owner, Bring: s.Roles,
	})
	return p
}

// since is when somebody first wrote, or else when the oldest channel was made: Slack does not say when they came.
func (s *Source) since(key string, updated time.Time) time.Time {
	if w := s.seen[key]; w != nil {
		return w.first
	}
	if s.oldest.IsZero() || updated.After(importer.NoTime) && updated.Before(s.oldest) {
		return updated
	}
	return s.oldest
}

// addWriters adds who is known from messages alone: programs, and people of other workspaces, whose accounts are off.
func (s *Source) addWriters(t *importer.Tell) {
	aliases := map[string]bool{}
	for _, p := range s.people {
		for _, alias := range p.Aliases {
			aliases[alias] = true
		}
	}
	for key, w := range s.seen {
		if s.people[key] != nil || aliases[key] || key == "" || !w.bot && w.name == "" && key != slackbot {
			continue
		}
		t.Line(people).Read++
		bot, name := w.bot, cmp.Or(w.name, "Bot")
		if key == slackbot {
			bot, name = true, "Slackbot"
		}
		p := &importer.Person{Collection: people, Key: key, Person: imported.Person{User: accounts.User{
			ID: importer.IDFor("slack_users", key, importer.NoTime), Name: name, Bot: bot, Deactivated: true, Role: accounts.RoleUser,
			Notify: accounts.Notify{NewDevice: true}, CreatedAt: w.first, UpdatedAt: w.first,
		}}}
		s.add(p)
	}
	for _, p := range s.people { // no program passes for a person
		if p.User.Bot && (s.taken[strings.ToLower(p.User.Name)] || s.taken[strings.ToLower(p.User.DisplayName)]) {
			p.User.Name, p.User.DisplayName = p.User.Name+" (bot)", ""
		}
	}
}

// count looks at every message once: who has written, how many there are, and what is left out.
func (s *Source) count(ctx context.Context, t *importer.Tell) error {
	s.seen = map[string]*writer{}
	total, done := 0, 0
	for _, c := range s.channels {
		total += len(c.days)
	}
	messages, reactions, pins := t.Line(importer.Messages), t.Line(importer.Reactions), t.Line(importer.Pins)
	for _, c := range s.channels {
		if c.CreatedAt.After(importer.NoTime) && (s.oldest.IsZero() || c.CreatedAt.Before(s.oldest)) {
			s.oldest = c.CreatedAt
		}
		pins.Read += len(c.pins)
		for _, p := range c.pins {
			if _, ok := stamp(p.ID); !ok || p.Type != "C" && p.Type != "" {
				t.LeaveOut(importer.Pins, "no message is pinned, but a file", c.Name)
			}
		}
		for _, name := range c.days {
			if done++; done%10 == 0 {
				t.Progress(importer.Progress{Collection: "looking at days", Done: done, Total: total})
			}
			err := s.eachMessage(ctx, name, func(m *message) error {
				messages.Read++
				s.total++
				s.saw(c, m)
				for _, r := range m.Reactions {
					reactions.Read += len(r.Users)
					if _, ok := s.reaction(r.Name); !ok {
						reactions.LeftOut += len(r.Users)
						t.Note(importer.Reactions, "it is no emoji", importer.Clean(r.Name))
					}
				}
				if len(s.seen) > maxPeople {
					return fmt.Errorf("more than %d people have written", maxPeople)
				}
				return nil
			}, func(reason, example string) {
				messages.Read++
				t.LeaveOut(importer.Messages, reason, example)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// saw notes who has written a message.
func (s *Source) saw(c *channel, m *message) {
	when := at(m.at)
	if when.After(c.newest) {
		c.newest = when
	}
	if c.CreatedAt.Equal(importer.NoTime) || when.Before(c.CreatedAt) && c.People != nil {
		c.CreatedAt = when
	}
	w := s.seen[m.author()]
	if w == nil {
		w = &writer{first: when, bot: m.User == "" && m.Comment == nil}
		s.seen[m.author()] = w
	}
	if when.Before(w.first) {
		w.first = when
	}
	if w.name != "" {
		return
	}
	for _, n := range []*named{m.BotProfile, m.UserProfile} {
		if n != nil && w.name == "" {
			w.name = importer.Clean(cmp.Or(n.DisplayName, n.RealName, n.Name))
		}
	}
	if w.name == "" && w.bot {
		w.name = importer.Clean(m.Username)
	}
}

var _ importer.Source = (*Source)(nil)
