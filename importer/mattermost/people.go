package mattermost

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/imported"
	"pegasus/importer"
)

// place is somebody's membership.
type place struct {
	channel, person string
	admin           bool
}

// webhooks is the key of the program as which webhooks speak: Mattermost has their messages written by who made the webhook.
const webhooks = "#webhooks"

// People implements importer.Source. It reads the whole export once.
func (s *Source) People(ctx context.Context, t *importer.Tell) ([]*importer.Person, error) {
	s.teams, s.people, s.taken, s.first = map[string]team{}, map[string]*importer.Person{}, map[string]bool{}, map[string]time.Time{}
	s.channels, s.ignored = map[string]*channel{}, map[string]int{}
	users, rooms := t.Line(people), t.Line(importer.Channels)
	read := int64(0)
	err := s.eachLine(ctx, func(offset int64, l *line) error {
		if offset-read > 1<<24 {
			read = offset
			t.Progress(importer.Progress{Collection: "kilobytes looked at", Done: int(offset >> 10), Total: int(s.size >> 10)})
		}
		switch {
		case l.Type == "team" && l.Team != nil:
			s.teams[l.Team.Name] = *l.Team
		case l.Type == "channel" && l.Channel != nil:
			rooms.Read++
			s.addChannel(t, *l.Channel)
		case l.Type == "user" && l.User != nil:
			users.Read++
			s.addUser(t, *l.User)
		case l.Type == "bot" && l.Bot != nil:
			users.Read++
			s.addBot(t, l.Bot.Username, cmp.Or(l.Bot.DisplayName, l.Bot.Username), l.Bot.Description)
		case l.Type == "direct_channel" && l.DirectChannel != nil:
			rooms.Read++
			s.addDirect(t, *l.DirectChannel)
		case l.Type == "post" && l.Post != nil:
			s.count(t, s.channels[key(l.Post.Team, l.Post.Channel)], offset, l.Post)
		case l.Type == "direct_post" && l.DirectPost != nil:
			s.count(t, s.direct(t, l.DirectPost.Members), offset, l.DirectPost)
		case l.Type != "version":
			s.ignored[l.Type[:min(len(l.Type), 20)]]++
		}
		if len(s.people) > maxPeople || len(s.first) > maxPeople || len(s.ignored) > 100 {
			return fmt.Errorf("the export has more than %d people, or lines of a hundred unknown types", maxPeople)
		}
		return nil
	}, func(number int, err error) {
		t.Line(importer.Messages).Read++
		t.LeaveOut(importer.Messages, "lines that are not as Mattermost writes them", fmt.Sprintf("line %d: %v", number, err))
	})
	if err != nil {
		return nil, err
	}
	s.settle(t)
	all := slices.Collect(maps.Values(s.people))
	slices.SortFunc(all, func(a, b *importer.Person) int {
		return cmp.Or(a.User.CreatedAt.Compare(b.User.CreatedAt), strings.Compare(a.Key, b.Key))
	})
	return all, nil
}

func (s *Source) addUser(t *importer.Tell, u user) {
	if !s.fresh(t, u.Username) {
		return
	}
	p := &importer.Person{Collection: people, Key: u.Username}
	full := strings.TrimSpace(u.FirstName + " " + u.LastName)
	p.Address, _ = accounts.CleanEmail(u.Email)
	p.User = accounts.User{
		ID: importer.IDFor("mattermost_users", u.Username, importer.NoTime), Email: p.Address, Username: u.Username,
		Name: importer.Clean(cmp.Or(full, u.Nickname, u.Username)), DisplayName: importer.Clean(u.Nickname),
		StatusMessage: importer.Clean(u.Position), Deactivated: u.DeleteAt > 0, Role: accounts.RoleUser, Notify: accounts.Notify{NewDevice: true},
	}
	if u.Status != nil {
		p.User.StatusMessage = importer.Clean(cmp.Or(u.Status.Text, u.Position))
		p.User.StatusEmoji, _ = s.reaction(u.Status.Emoji)
	}
	roles := strings.Fields(u.Roles)
	t.Place(p, people, importer.Standing{
		System: "Mattermost", Admins: "admins", Guest: slices.Contains(roles, "system_guest"), Admin: slices.Contains(roles, "system_admin"), Bring: s.Roles,
	})
	for _, name := range []string{p.User.Name, p.User.DisplayName, p.User.Username} {
		s.taken[strings.ToLower(name)] = name != ""
	}
	s.people[p.Key] = p
	for _, in := range u.Teams {
		for _, c := range in.Channels {
			s.places = append(s.places, place{key(in.Name, c.Name), p.Key, slices.Contains(strings.Fields(c.Roles), "channel_admin")})
		}
	}
}

func (s *Source) fresh(t *importer.Tell, username string) bool {
	if validKey(username) && s.people[username] == nil {
		return true
	}
	t.LeaveOut(people, "without a username of Mattermost's, or with that of somebody else", username)
	return false
}

func (s *Source) addBot(t *importer.Tell, username, name, about string) {
	if username != webhooks && !s.fresh(t, username) {
		return
	}
	s.people[username] = &importer.Person{Collection: people, Key: username, Person: imported.Person{User: accounts.User{
		ID: importer.IDFor("mattermost_users", username, importer.NoTime), Username: username, Name: importer.Clean(name), StatusMessage: importer.Clean(about),
		Bot: true, Deactivated: true, Role: accounts.RoleUser, Notify: accounts.Notify{NewDevice: true},
	}}}
}

// settle does what needs all lines: times, which the export does not have of people and channels, and names that clash.
func (s *Source) settle(t *importer.Tell) {
	oldest := importer.NoTime
	for _, first := range s.first {
		if oldest.Equal(importer.NoTime) || first.Before(oldest) {
			oldest = first
		}
	}
	for name, p := range s.people {
		p.User.CreatedAt = oldest
		if first, wrote := s.first[name]; wrote {
			p.User.CreatedAt = first
		}
		p.User.UpdatedAt = p.User.CreatedAt
		if p.User.Bot && s.taken[strings.ToLower(p.User.Name)] { // no program passes for a person
			p.User.Name += " (bot)"
		}
	}
	called := map[string]int{}
	for _, c := range s.order {
		if c.CreatedAt.IsZero() {
			c.CreatedAt = oldest
		}
		if c.People == nil {
			called[strings.ToLower(c.Name)]++
		}
	}
	for _, c := range s.order {
		if c.People != nil {
			continue
		}
		if called[strings.ToLower(c.Name)] > 1 {
			c.Name = c.team + "-" + c.Name
		}
		if len(s.teams) > 1 && c.Type == chat.Public && s.teams[c.team].Type != "O" {
			c.Type = chat.Private
			t.Note(importer.Channels, "public in a team that one is invited to, of several: private here, where everyone would see them", c.Key)
		}
	}
	s.log.sort()
}
