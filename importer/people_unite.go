package importer

import (
	"pegasus/accounts"
)

// unite makes one person of those who have one address in both systems. Of two in one system, whose addresses differ in case
// alone, the older keeps it: who has the other account cannot be told. people are the oldest first.
func (r *run) unite(people []*person) (united []*person) {
	owners := map[string]*person{}
	for _, p := range people {
		first := owners[p.address]
		switch {
		case p.address == "":
			r.report.note(p.collection, "without a usable address: nobody can sign in", p.name())
			p.hold()
		case first == nil:
			owners[p.address] = p
		case first.collection == p.collection || first.joined(p.collection):
			r.report.note(p.collection, "an older account has the same address: nobody can sign in to this one", p.name())
			p.hold()
		default:
			r.merge(first, p)
			continue
		}
		united = append(united, p)
	}
	return united
}

// joined reports whether a person of this collection was united with p already.
func (p *person) joined(collection string) bool {
	for _, a := range p.also {
		if a.collection == collection {
			return true
		}
	}
	return false
}

// merge adds to a person what the other system knows of them. Where one of the two has proven the address and the other has
// not, the ways in and the role of the other are dropped: they may be a stranger's, who has waited for this.
func (r *run) merge(p, other *person) {
	p.also = append(p.also, reference{other.collection, other.key})
	p.parts = append(append(p.parts, other.collection), other.parts...)
	p.saved = append(p.saved, other.saved...)
	for _, field := range []struct{ to, from *string }{
		{&p.User.Name, &other.User.Name}, {&p.User.Username, &other.User.Username}, {&p.User.DisplayName, &other.User.DisplayName},
		{&p.User.Preferences, &other.User.Preferences}, {&p.User.StatusMessage, &other.User.StatusMessage},
		{&p.User.Phone, &other.User.Phone}, {&p.picture, &other.picture},
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
		r.dropped(p, p.collection)
		p.takeWaysIn(other)
	default:
		r.dropped(p, other.collection)
	}
}

func (r *run) dropped(p *person, collection string) {
	r.report.note(collection, "united by the address, which was proven in the other system alone: the ways in and the role are those from there", p.name())
}

func (p *person) addWaysIn(other *person) {
	if p.PasswordHash == "" {
		p.PasswordHash = other.PasswordHash
	}
	if !p.User.TwoFactorEnabled {
		p.User.TwoFactorEnabled, p.TwoFactor, p.lost = other.User.TwoFactorEnabled, other.TwoFactor, other.lost
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

func (p *person) takeWaysIn(other *person) {
	p.PasswordHash, p.TwoFactor, p.lost, p.Links = other.PasswordHash, other.TwoFactor, other.lost, other.Links
	p.User.EmailVerified, p.User.TwoFactorEnabled, p.User.Role = true, other.User.TwoFactorEnabled, other.User.Role
	p.User.GoogleID, p.User.OAuthProvider = other.User.GoogleID, other.User.OAuthProvider
	p.own()
}

// own makes what came from another document theirs.
func (p *person) own() {
	if p.TwoFactor != nil {
		p.TwoFactor.UserID = p.id()
	}
	for i := range p.Links {
		p.Links[i].UserID = p.id()
	}
}

// dropTwins leaves an account at a provider to the oldest of those who are linked to it.
func (r *run) dropTwins(people []*person) {
	taken := map[[2]string]string{}
	for _, p := range people {
		kept := p.Links[:0]
		for _, l := range p.Links {
			key := [2]string{l.Provider, l.Subject}
			switch taken[key] {
			case "":
				taken[key] = p.id()
				kept = append(kept, l)
			case p.id(): // linked twice to the same person
			default:
				r.report.note(p.collection, "an account at a provider is an older person's already: the link is left out", p.name())
			}
		}
		p.Links = kept
	}
}
