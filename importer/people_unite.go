package importer

import (
	"pegasus/accounts"
)

// unite makes one person of those who have one address in both systems. Of two in one system, whose addresses differ in case
// alone, the older keeps it: who has the other account cannot be told. people are the oldest first.
func (r *run) unite(people []*Person) (united []*Person) {
	owners := map[string]*Person{}
	for _, p := range people {
		first := owners[p.Address]
		switch {
		case p.User.Bot: // which has no address
		case p.Address == "":
			r.report.Note(p.Collection, "without a usable address: nobody can sign in", p.Name())
			p.Hold()
		case first == nil:
			owners[p.Address] = p
		case first.Collection == p.Collection || first.joined(p.Collection):
			r.report.Note(p.Collection, "an older account has the same address: nobody can sign in to this one", p.Name())
			p.Hold()
		default:
			r.merge(first, p)
			continue
		}
		united = append(united, p)
	}
	return united
}

// joined reports whether a person of this collection was united with p already.
func (p *Person) joined(collection string) bool {
	for _, a := range p.Also {
		if a.Collection == collection {
			return true
		}
	}
	return false
}

// merge adds to a person what the other system knows of them. Where one of the two has proven the address and the other has
// not, the ways in and the role of the other are dropped: they may be a stranger's, who has waited for this.
func (r *run) merge(p, other *Person) {
	p.Also = append(p.Also, Reference{other.Collection, other.Key})
	p.Parts = append(append(p.Parts, other.Collection), other.Parts...)
	for _, field := range []struct{ to, from *string }{
		{&p.User.Name, &other.User.Name}, {&p.User.Username, &other.User.Username}, {&p.User.DisplayName, &other.User.DisplayName},
		{&p.User.Preferences, &other.User.Preferences}, {&p.User.StatusMessage, &other.User.StatusMessage},
		{&p.User.Phone, &other.User.Phone}, {&p.Picture, &other.Picture},
	} {
		if *field.to == "" {
			*field.to = *field.from
		}
	}
	if other.User.Banned && !p.User.Banned {
		p.User.Banned, p.User.BanReason, p.User.BanExpires = true, other.User.BanReason, other.User.BanExpires
	}
	p.User.Deactivated = p.User.Deactivated || other.User.Deactivated
	if other.User.LastLogin.After(p.User.LastLogin) {
		p.User.LastLogin = other.User.LastLogin
	}
	switch {
	case p.User.EmailVerified == other.User.EmailVerified:
		p.addWaysIn(other)
	case other.User.EmailVerified:
		r.dropped(p, p.Collection)
		p.takeWaysIn(other)
	default:
		r.dropped(p, other.Collection)
	}
}

func (r *run) dropped(p *Person, collection string) {
	r.report.Note(collection, "united by the address, which was proven in the other system alone: the ways in and the role are those from there", p.Name())
}

func (p *Person) addWaysIn(other *Person) {
	if p.PasswordHash == "" {
		p.PasswordHash = other.PasswordHash
	}
	if !p.User.TwoFactorEnabled {
		p.User.TwoFactorEnabled, p.TwoFactor, p.Lost = other.User.TwoFactorEnabled, other.TwoFactor, other.Lost
	}
	p.Links = append(p.Links, other.Links...)
	if other.User.GoogleID != "" && p.User.GoogleID == "" {
		p.User.GoogleID, p.User.OAuthProvider = other.User.GoogleID, other.User.OAuthProvider
	}
	if other.User.Role == accounts.RoleAdmin || p.User.Role == accounts.RoleUser {
		p.User.Role = other.User.Role
	}
	p.own()
}

func (p *Person) takeWaysIn(other *Person) {
	p.PasswordHash, p.TwoFactor, p.Lost, p.Links = other.PasswordHash, other.TwoFactor, other.Lost, other.Links
	p.User.EmailVerified, p.User.TwoFactorEnabled, p.User.Role = true, other.User.TwoFactorEnabled, other.User.Role
	p.User.GoogleID, p.User.OAuthProvider = other.User.GoogleID, other.User.OAuthProvider
	p.own()
}

// own makes what came from another document theirs.
func (p *Person) own() {
	if p.TwoFactor != nil {
		p.TwoFactor.UserID = p.User.ID
	}
	for i := range p.Links {
		p.Links[i].UserID = p.User.ID
	}
}

// dropTwins leaves an account at a provider to the oldest of those who are linked to it.
func (r *run) dropTwins(people []*Person) {
	taken := map[[2]string]string{}
	for _, p := range people {
		kept := p.Links[:0]
		for _, l := range p.Links {
			key := [2]string{l.Provider, l.Subject}
			switch taken[key] {
			case "":
				taken[key] = p.User.ID
				kept = append(kept, l)
			case p.User.ID: // linked twice to the same person
			default:
				r.report.Note(p.Collection, "an account at a provider is an older person's already: the link is left out", p.Name())
			}
		}
		p.Links = kept
	}
}
