package mongodb

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/importer"
)

// Rocket is the database of a Rocket.Chat server. Source of what its documents hold: the types of packages/core-typings in its own
// sources.
type Rocket struct {
	// Emoji returns the emoji that a name stands for in messages here.
	Emoji func(name string) (string, bool)
	// Roles makes admins of who was an admin there.
	Roles bool

	from  *Source
	bots  map[string]bool
	rooms map[string]*importer.Channel
	order []*importer.Channel
}

// Collections of Rocket.Chat. Its people are in users, as ConnectBest's are.
const (
	rocketRooms    = "rocketchat_room"
	rocketMessages = "rocketchat_message"
	rocketMembers  = "rocketchat_subscription"
)

// OpenRocket connects to the database of a Rocket.Chat server as Open does.
func OpenRocket(ctx context.Context, uri, database string) (*Rocket, error) {
	from, err := open(ctx, uri, database, func(s *Source) error {
		if s.has(chatUsers) && s.has(rocketRooms) {
			return nil
		}
		return errors.New("the database is none of Rocket.Chat: it lacks users or rocketchat_room")
	})
	if err != nil {
		return nil, err
	}
	return &Rocket{from: from, Emoji: func(string) (string, bool) { return "", false }}, nil
}

// Close ends the connection.
func (r *Rocket) Close() error { return r.from.Close() }

// Traits implements importer.Source.
func (r *Rocket) Traits() importer.Traits {
	return importer.Traits{Name: "Rocket.Chat", Prefix: "rocketchat_", People: []string{chatUsers}}
}

// Ignored implements importer.Source.
func (r *Rocket) Ignored() []string {
	return slices.DeleteFunc(slices.Clone(r.from.collections), func(name string) bool {
		return slices.Contains([]string{chatUsers, rocketRooms, rocketMessages, rocketMembers}, name) || strings.HasPrefix(name, "system.")
	})
}

// People implements importer.Source.
func (r *Rocket) People(ctx context.Context, t *importer.Tell) ([]*importer.Person, error) {
	var people []*importer.Person
	r.bots = map[string]bool{}
	err := r.from.each(ctx, chatUsers, bson.D{}, nil, func(d doc) error {
		t.Line(chatUsers).Read++
		people = append(people, r.person(t, d))
		return nil
	})
	slices.SortFunc(people, func(a, b *importer.Person) int {
		if c := a.User.CreatedAt.Compare(b.User.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.Key, b.Key)
	})
	return people, err
}

func (r *Rocket) person(t *importer.Tell, d doc) *importer.Person {
	p := &importer.Person{Collection: chatUsers, Key: d.key("_id")}
	username := d.text("username")
	if username != "" {
		p.Aliases = []string{"@" + username}
	}
	p.User = accounts.User{
		ID: importer.IDFor("rocketchat_users", p.Key, d.created()), Name: d.text("name", "username"), DisplayName: d.text("nickname"), Username: username,
		StatusMessage: d.text("statusText", "bio"), Deactivated: !d.value("active").IsZero() && !d.flag("active"), Bot: d.text("type") != "user" && d.text("type") != "",
		Role: accounts.RoleUser, Notify: accounts.Notify{NewDevice: true}, CreatedAt: d.created(), UpdatedAt: d.created(), LastLogin: d.when("lastLogin"),
	}
	if p.User.Bot {
		r.bots[p.Key] = true
		return p
	}
	for _, email := range d.documents("emails") {
		if address, err := accounts.CleanEmail(email.text("address")); err == nil && p.Address == "" {
			p.Address, p.User.EmailVerified = address, email.flag("verified")
		}
	}
	p.User.Email = p.Address
	roles := d.texts("roles")
	t.Place(p, chatUsers, importer.Standing{
		System: "Rocket.Chat", Admins: "admins", Guest: slices.Contains(roles, "guest"), Admin: slices.Contains(roles, "admin"), Bring: r.Roles,
	})
	return p
}

// History implements importer.Source.
func (r *Rocket) History(ctx context.Context, t *importer.Tell) (*importer.History, error) {
	r.rooms = map[string]*importer.Channel{}
	err := r.from.each(ctx, rocketRooms, bson.D{}, nil, func(d doc) error {
		t.Line(importer.Channels).Read++
		kind := d.text("t")
		c := &importer.Channel{Key: d.key("_id"), Channel: chat.Channel{
			Name: d.text("name", "fname"), Type: chat.Private, Topic: d.text("topic"), Description: d.text("description"), Archived: d.flag("archived"),
			CreatedBy: d.document("u").key("_id"), CreatedAt: rocketTime(d),
		}}
		switch kind {
		case "c":
			c.Type = chat.Public
		case "p":
		case "d":
			if c.People = d.texts("uids"); c.People == nil {
				t.LeaveOut(importer.Channels, "a conversation that does not say between whom it is", c.Key)
				return nil
			}
		default:
			t.LeaveOut(importer.Channels, "of a kind that is not here, such as a livechat", c.Key)
			return nil
		}
		c.ID = importer.IDFor("rocketchat_channels", c.Key, c.CreatedAt)
		r.rooms[c.Key] = c
		r.order = append(r.order, c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	authors, total, err := r.count(ctx, t)
	return &importer.History{Channels: r.order, Authors: slices.Collect(maps.Keys(authors)), Total: total}, err
}

// Members implements importer.Source.
func (r *Rocket) Members(ctx context.Context, _ *importer.Tell, visit func(importer.Membership) error) error {
	return r.from.each(ctx, rocketMembers, bson.D{}, nil, func(d doc) error {
		roles := d.texts("roles")
		return visit(importer.Membership{
			Channel: d.key("rid"), Person: d.document("u").key("_id"), JoinedAt: rocketTime(d), LastReadAt: d.when("ls"),
			Admin: slices.Contains(roles, "owner") || slices.Contains(roles, "moderator"),
		})
	})
}

// Marks implements importer.Source: they come with their messages.
func (r *Rocket) Marks(context.Context, *importer.Tell, func(string, int, importer.Mark) error) error {
	return nil
}

// Rest implements importer.Source.
func (r *Rocket) Rest(context.Context, *importer.Tell, func(importer.Rest) error) error { return nil }

var _, _ importer.Source = (*Rocket)(nil), (*Source)(nil)
