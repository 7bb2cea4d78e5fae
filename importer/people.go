package importer

import (
	"cmp"
	"context"
	"fmt"

	"pegasus/accounts"
	"pegasus/imported"
)

// Person is somebody from the source, on the way here. User.ID must be set, by IDFor; User.Email is Address.
type Person struct {
	imported.Person
	Collection string
	Key        string
	Aliases    []string    // other keys by which the source calls them
	Also       []Reference // the document in the other system
	Parts      []string    // the collections of further documents about them
	Address    string      // clean, "" for none that can be used
	Lost       bool        // they have a second factor that cannot be read
	Picture    string
	brought    bool // by this run
}

// Name is what the report calls them.
func (p *Person) Name() string {
	return fmt.Sprintf("%s (%s)", cmp.Or(p.Address, p.User.Name, "no address"), p.Key)
}

// Hold takes away every way in, and the address: their messages have an author all the same.
func (p *Person) Hold() {
	p.User.Email, p.User.EmailVerified = p.User.ID+"@imported.invalid", false
	p.User.Role, p.User.TwoFactorEnabled, p.User.GoogleID, p.User.OAuthProvider = accounts.RoleUser, false, "", ""
	p.PasswordHash, p.TwoFactor, p.Links, p.Lost = "", nil, nil, false
}

// SecondFactor returns the record of somebody who has a second factor. Without a secret no code will do.
func (p *Person) SecondFactor(secret []byte) *accounts.TwoFactor {
	return &accounts.TwoFactor{UserID: p.User.ID, Secret: secret, Confirmed: true, CreatedAt: p.User.CreatedAt}
}

// bringPeople brings the people of all systems of the source. They are held in memory, unlike messages.
func (r *run) bringPeople(ctx context.Context) error {
	people, err := r.Source.People(ctx, r.tell)
	if err != nil {
		return err
	}
	people = r.unite(people)
	r.dropTwins(people)
	return r.storePeople(ctx, people)
}
