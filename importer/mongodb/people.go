package mongodb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/accounts"
	"pegasus/importer"
)

// saved is a message that somebody has put aside in their own document.
type saved struct {
	person, message string // keys
	at              time.Time
}

// People implements importer.Source, for both systems.
func (s *Source) People(ctx context.Context, t *importer.Tell) ([]*importer.Person, error) {
	var people []*importer.Person
	ids := map[string]bool{}
	byKey := map[string]*importer.Person{}
	for _, collection := range []string{chatUsers, authUsers} {
		if collection == chatUsers && !s.chat() || collection == authUsers && !s.auth() {
			continue
		}
		line := t.Line(collection)
		err := s.each(ctx, collection, bson.D{}, nil, func(d doc) error {
			line.Read++
			p := s.readPerson(t, collection, d)
			if ids[p.User.ID] { // both systems gave one id to two people
				p.User.ID = importer.IDFor(collection, collection+"/"+p.Key, p.User.CreatedAt)
			}
			ids[p.User.ID] = true
			people = append(people, p)
			if collection == authUsers {
				byKey[p.Key] = p
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if err := s.readWaysIn(ctx, t, byKey); err != nil {
		return nil, err
	}
	slices.SortFunc(people, func(a, b *importer.Person) int {
		return cmp.Or(a.User.CreatedAt.Compare(b.User.CreatedAt), strings.Compare(a.User.ID, b.User.ID))
	})
	return people, nil
}

// readPerson reads a document of either system. ConnectBest keeps the ways in with the person.
func (s *Source) readPerson(t *importer.Tell, collection string, d doc) *importer.Person {
	p := &importer.Person{Collection: collection, Key: d.key("_id")}
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
	u.ID = importer.IDFor(collection, p.Key, u.CreatedAt)
	p.Address, _ = accounts.CleanEmail(d.text("email"))
	u.Email = p.Address
	p.User, p.Picture = u, d.text("avatar", "image", "picture")
	for _, key := range savedBy(d) {
		s.saved = append(s.saved, saved{p.Key, key, u.CreatedAt})
	}
	if collection == authUsers {
		p.Lost = u.TwoFactorEnabled // until its record is found
		return p
	}
	setPassword(t, p, d.text("password_hash", "password"))
	if u.TwoFactorEnabled {
		secret := accounts.UnsealedSecret(d.text("two_factor_secret"))
		p.Lost = secret == nil
		p.TwoFactor = p.SecondFactor(secret)
		if !blank(d.value("backup_codes")) {
			t.Note(collection, "their backup codes do not work here: new ones are made under Security", p.Name())
		}
	}
	if subject := d.text("google_id"); subject != "" {
		p.User.GoogleID, p.User.OAuthProvider = subject, "google"
		s.link(t, p, accounts.ProviderAccount{
			ID: importer.IDFor("google_id", p.Key+"/google", u.CreatedAt), Provider: "google", Subject: subject, Email: p.Address,
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

func setPassword(t *importer.Tell, p *importer.Person, hash string) {
	if p.PasswordHash = usableHash(hash); p.PasswordHash == "" && hash != "" {
		t.Note(p.Collection, "their password is hashed in a way that is unknown here: they set a new one by mail", p.Name())
	}
}

// link adds an account at a provider that means the same here.
func (s *Source) link(t *importer.Tell, p *importer.Person, a accounts.ProviderAccount) {
	if !slices.Contains(s.Providers, a.Provider) || a.Subject == "" {
		t.Note(p.Collection, "an account at a provider that is another one here, or none: the link is left out", fmt.Sprintf("%s at %s", p.Name(), a.Provider))
		return
	}
	a.UserID = p.User.ID
	p.Links = append(p.Links, a)
}

// readWaysIn reads what Better Auth keeps beside its people.
func (s *Source) readWaysIn(ctx context.Context, t *importer.Tell, people map[string]*importer.Person) error {
	err := s.each(ctx, "account", bson.D{}, nil, func(d doc) error {
		t.Line("account").Read++
		p := people[d.key("userId")]
		if p == nil {
			t.LeaveOut("account", "its person is not there", d.key("_id"))
			return nil
		}
		p.Parts = append(p.Parts, "account")
		if provider := d.text("providerId"); provider != accounts.ProviderCredential {
			created := d.created()
			s.link(t, p, accounts.ProviderAccount{
				ID: importer.IDFor("account", d.key("_id"), created), Provider: provider, Subject: d.text("accountId"), Email: p.Address,
				Scopes:    strings.FieldsFunc(d.text("scope"), func(c rune) bool { return c == ',' || c == ' ' }),
				CreatedAt: created, UpdatedAt: cmp.Or(d.when("updatedAt"), created),
			})
		} else if p.PasswordHash == "" {
			setPassword(t, p, d.text("password"))
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = s.each(ctx, "twoFactor", bson.D{}, nil, func(d doc) error {
		t.Line("twoFactor").Read++
		p := people[d.key("userId")]
		if p == nil || !p.User.TwoFactorEnabled {
			t.LeaveOut("twoFactor", "its person is not there, or has not turned it on", d.key("userId"))
			return nil
		}
		p.Parts = append(p.Parts, "twoFactor")
		if secret := openSecret(s.Secret, d.text("secret")); secret != nil {
			p.Lost, p.TwoFactor = false, p.SecondFactor(secret)
		}
		if d.text("backupCodes") != "" {
			t.Note("twoFactor", "their backup codes do not work here: new ones are made under Security", p.Name())
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.each(ctx, "passkey", bson.D{}, nil, func(d doc) error {
		t.Line("passkey").Read++
		owner := d.key("userId")
		if p := people[owner]; p != nil {
			owner = p.Name()
		}
		t.LeaveOut("passkey", "a passkey is bound to the system that made it: its person adds a new one", owner)
		return nil
	})
}
