package importer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/accounts"
	"pegasus/imported"
)

// person is somebody from the source, on the way here.
type person struct {
	imported.Person
	collection string
	key        string
	also       []reference // the document in the other system
	parts      []string    // the collections of further documents about them
	brought    bool        // by this run
	address    string      // clean, "" for none that can be used
	lost       bool        // they have a second factor that cannot be read
	picture    string
	saved      []string // the keys of messages that they have put aside in their document
}

type reference struct{ collection, key string }

func (p *person) id() string { return p.User.ID }

// name is what the report calls them.
func (p *person) name() string {
	return fmt.Sprintf("%s (%s)", cmp.Or(p.address, p.User.Name, "no address"), p.key)
}

// hold takes away every way in, and the address: their messages have an author all the same.
func (p *person) hold() {
	p.User.Email, p.User.EmailVerified = p.id()+"@imported.invalid", false
	p.User.Role, p.User.TwoFactorEnabled, p.User.GoogleID, p.User.OAuthProvider = accounts.RoleUser, false, "", ""
	p.PasswordHash, p.TwoFactor, p.Links, p.lost = "", nil, nil, false
}

// bringPeople brings the people of both systems. They are held in memory, unlike messages.
func (r *run) bringPeople(ctx context.Context) error {
	people, err := r.readPeople(ctx)
	if err != nil {
		return err
	}
	people = r.unite(people)
	r.dropTwins(people)
	return r.storePeople(ctx, people)
}

// readPeople returns the people of both systems with all that belongs to them, the oldest first.
func (r *run) readPeople(ctx context.Context) ([]*person, error) {
	var people []*person
	ids := map[string]bool{}
	byKey := map[string]*person{}
	for _, collection := range []string{chatUsers, authUsers} {
		if collection == chatUsers && !r.Source.chat() || collection == authUsers && !r.Source.auth() {
			continue
		}
		line := r.report.line(collection)
		err := r.Source.each(ctx, collection, bson.D{}, nil, func(d doc) error {
			line.Read++
			p := r.readPerson(collection, d)
			if ids[p.id()] { // both systems gave one id to two people
				p.User.ID = idFor(collection, collection+"/"+p.key, p.User.CreatedAt)
			}
			ids[p.id()] = true
			people = append(people, p)
			if collection == authUsers {
				byKey[p.key] = p
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if err := r.readWaysIn(ctx, byKey); err != nil {
		return nil, err
	}
	slices.SortFunc(people, func(a, b *person) int {
		return cmp.Or(a.User.CreatedAt.Compare(b.User.CreatedAt), strings.Compare(a.id(), b.id()))
	})
	return people, nil
}

// readPerson reads a document of either system. ConnectBest keeps the ways in with the person.
func (r *run) readPerson(collection string, d doc) *person {
	p := &person{collection: collection, key: d.key("_id")}
	u := accounts.User{
		EmailVerified: d.flag("email_verified", "emailVerified"), Name: d.text("full_name", "fullName", "name"),
		Username: d.text("username"), DisplayName: d.text("displayName", "display_name"), Role: roleOf(d.text("role")),
		Preferences: preferences(d), Status: accounts.Status(d.text("status")), StatusMessage: d.text("status_message"),
		Phone: d.text("phone", "phoneNumber"), Deactivated: d.flag("deactivated", "is_deleted"),
		Banned: d.flag("banned"), BanReason: d.text("banReason", "ban_reason"), BanExpires: d.when("banExpires", "ban_expires"),
		TwoFactorEnabled: d.flag("two_factor_enabled", "twoFactorEnabled"), Notify: accounts.Notify{NewDevice: true},
		CreatedAt: d.created(), LastLogin: d.when("last_login", "lastLogin"),
	}
	u.UpdatedAt = cmp.Or(d.when("updated_at", "updatedAt"), u.CreatedAt)
	u.ID = idFor(collection, p.key, u.CreatedAt)
	p.address, _ = accounts.CleanEmail(d.text("email"))
	u.Email = p.address
	p.User, p.picture, p.saved = u, d.text("avatar", "image", "picture"), savedBy(d)
	if collection == authUsers {
		p.lost = u.TwoFactorEnabled // until its record is found
		return p
	}
	r.setPassword(p, d.text("password_hash", "password"))
	if u.TwoFactorEnabled {
		secret := accounts.UnsealedSecret(d.text("two_factor_secret"))
		p.lost = secret == nil
		p.TwoFactor = secondFactor(p, secret)
		if !blank(d.value("backup_codes")) {
			r.report.note(collection, "their backup codes do not work here: new ones are made under Security", p.name())
		}
	}
	if subject := d.text("google_id"); subject != "" {
		p.User.GoogleID, p.User.OAuthProvider = subject, "google"
		r.link(p, accounts.ProviderAccount{
			ID: idFor("google_id", p.key+"/google", u.CreatedAt), Provider: "google", Subject: subject, Email: p.address,
			CreatedAt: u.CreatedAt, UpdatedAt: u.CreatedAt,
		})
	}
	return p
}

// roleOf takes the highest role of a list, as Better Auth allows.
func roleOf(text string) (role accounts.Role) {
	role = accounts.RoleUser
	for part := range strings.SplitSeq(strings.ToLower(text), ",") {
		switch part = strings.TrimSpace(part); {
		case part == string(accounts.RoleAdmin):
			return accounts.RoleAdmin
		case part == string(accounts.RoleModerator):
			role = accounts.RoleModerator
		}
	}
	return role
}

func preferences(d doc) string {
	if v := d.value("preferences"); v.Type == bson.TypeEmbeddedDocument {
		text, _ := bson.MarshalExtJSON(bson.Raw(v.Value), false, false)
		return string(text)
	}
	return d.text("preferences")
}

// savedBy returns the keys of the messages that a person has put aside in their own document.
func savedBy(d doc) (keys []string) {
	for _, name := range []string{"bookmarks", "starred_messages", "saved_messages"} {
		list, ok := d.value(name).ArrayOK()
		if !ok {
			continue
		}
		values, _ := list.Values()
		for _, v := range values {
			if inner, ok := v.DocumentOK(); ok {
				v = doc(inner).value("message_id", "messageId", "_id", "id")
			}
			if key := keyOf(v); key != "" && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

func (r *run) setPassword(p *person, hash string) {
	if p.PasswordHash = usableHash(hash); p.PasswordHash == "" && hash != "" {
		r.report.note(p.collection, "their password is hashed in a way that is unknown here: they set a new one by mail", p.name())
	}
}

// link adds an account at a provider that means the same here.
func (r *run) link(p *person, a accounts.ProviderAccount) {
	if !slices.Contains(r.Providers, a.Provider) || a.Subject == "" {
		r.report.note(p.collection, "an account at a provider that is another one here, or none: the link is left out", fmt.Sprintf("%s at %s", p.name(), a.Provider))
		return
	}
	a.UserID = p.id()
	p.Links = append(p.Links, a)
}

// readWaysIn reads what Better Auth keeps beside its people.
func (r *run) readWaysIn(ctx context.Context, people map[string]*person) error {
	err := r.Source.each(ctx, "account", bson.D{}, nil, func(d doc) error {
		r.report.line("account").Read++
		p := people[d.key("userId")]
		if p == nil {
			r.report.leaveOut("account", "its person is not there", d.key("_id"))
			return nil
		}
		p.parts = append(p.parts, "account")
		if provider := d.text("providerId"); provider != accounts.ProviderCredential {
			created := d.created()
			r.link(p, accounts.ProviderAccount{
				ID: idFor("account", d.key("_id"), created), Provider: provider, Subject: d.text("accountId"), Email: p.address,
				Scopes:    strings.FieldsFunc(d.text("scope"), func(c rune) bool { return c == ',' || c == ' ' }),
				CreatedAt: created, UpdatedAt: cmp.Or(d.when("updatedAt"), created),
			})
		} else if p.PasswordHash == "" {
			r.setPassword(p, d.text("password"))
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = r.Source.each(ctx, "twoFactor", bson.D{}, nil, func(d doc) error {
		r.report.line("twoFactor").Read++
		p := people[d.key("userId")]
		if p == nil || !p.User.TwoFactorEnabled {
			r.report.leaveOut("twoFactor", "its person is not there, or has not turned it on", d.key("userId"))
			return nil
		}
		p.parts = append(p.parts, "twoFactor")
		if secret := openSecret(r.Secret, d.text("secret")); secret != nil {
			p.lost, p.TwoFactor = false, secondFactor(p, secret)
		}
		if d.text("backupCodes") != "" {
			r.report.note("twoFactor", "their backup codes do not work here: new ones are made under Security", p.name())
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.Source.each(ctx, "passkey", bson.D{}, nil, func(d doc) error {
		r.report.line("passkey").Read++
		owner := d.key("userId")
		if p := people[owner]; p != nil {
			owner = p.name()
		}
		r.report.leaveOut("passkey", "a passkey is bound to the system that made it: its person adds a new one", owner)
		return nil
	})
}
