package importer

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/imported"
)

const (
	peopleBatch = 500
	isAdmin     = "are admins here now"
)

// storePeople stores who is not here yet, some at a time.
func (r *run) storePeople(ctx context.Context, people []*person) error {
	names := map[string]bool{}
	for done := 0; done < len(people); done += peopleBatch {
		r.Progress(Progress{"people", done, len(people)})
		part := people[done:min(done+peopleBatch, len(people))]
		fresh, err := r.newPeople(ctx, part)
		if err == nil {
			err = r.storeNew(ctx, fresh, names)
		}
		if err == nil {
			err = r.keepAbout(ctx, part)
		}
		if err != nil {
			return err
		}
	}
	r.Progress(Progress{"people", len(people), len(people)})
	return nil
}

// newPeople returns those who are to be stored, and finds out where the others are.
func (r *run) newPeople(ctx context.Context, people []*person) (fresh []*person, err error) {
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.id()
	}
	here, err := r.Target.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		present := slices.ContainsFunc(here, func(u accounts.User) bool { return u.ID == p.id() })
		noted := r.notes[p.collection][p.key]
		switch {
		case present:
			err = r.mendFactor(ctx, p)
		case noted != "":
			p.User.ID = noted
		default:
			fresh = append(fresh, p)
			continue
		}
		if err != nil {
			return nil, err
		}
		r.report.line(p.collection).Already++
	}
	return fresh, nil
}

// mendFactor gives a second factor to somebody for whom an earlier run could not read it.
func (r *run) mendFactor(ctx context.Context, p *person) error {
	if p.TwoFactor == nil || p.TwoFactor.Secret == nil || r.DryRun {
		return nil
	}
	filled, err := r.Target.FillTwoFactor(ctx, p.id(), p.TwoFactor.Secret)
	if filled {
		r.report.note(p.collection, "their second factor works from now on", p.name())
	}
	return err
}

// storeNew stores people whose ids are free: under their own account, or joined to one that is here already.
func (r *run) storeNew(ctx context.Context, fresh []*person, names map[string]bool) error {
	for _, p := range fresh {
		p.User = accounts.FromElsewhere(p.User)
	}
	for attempt := 0; len(fresh) > 0; attempt++ {
		if attempt > 8 {
			return errors.New("no username was free: is something else making accounts at the moment?")
		}
		var open []*person
		for _, p := range fresh {
			joined, err := r.join(ctx, p)
			if err == nil && !joined {
				open = append(open, p)
				err = r.prepare(ctx, p, names, attempt)
			}
			if err != nil {
				return err
			}
		}
		refusals := make([]error, len(open))
		if !r.DryRun && len(open) > 0 {
			var err error
			if refusals, err = r.Target.ImportPeople(ctx, convert(open)); err != nil {
				return err
			}
		}
		fresh = nil
		for i, p := range open {
			if refusals[i] != nil { // somebody has just signed up: look again
				fresh = append(fresh, p)
				continue
			}
			r.tellOf(p)
		}
	}
	return nil
}

func convert(people []*person) []imported.Person {
	out := make([]imported.Person, len(people))
	for i, p := range people {
		out[i] = p.Person
	}
	return out
}

// join finds the account here that has a person's address. Both may be a stranger's who has not proven the address: only one
// here that is proven takes over what the source knows, and its own ways in stay the only ones.
func (r *run) join(ctx context.Context, p *person) (bool, error) {
	if p.address == "" || p.User.Email != p.address {
		return false, nil
	}
	u, err := r.Target.UserByEmail(ctx, p.address)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !u.EmailVerified && !r.TrustAddresses {
		r.report.note(p.collection, "an account here has the same address and has never proven it: brought beside it, and nobody can sign in to it", p.name())
		p.hold()
		return false, nil
	}
	reason := "an account here has the same address: what they wrote is theirs there; its password, second factor and role stay"
	if !p.User.EmailVerified || !u.EmailVerified {
		reason = "an account here has the same address, which was not proven on both sides: what they wrote is theirs there; its password, second factor and role stay"
	}
	r.report.note(p.collection, reason, p.name())
	r.report.line(p.collection).Already++
	p.User.ID = u.ID
	return true, nil
}

// prepare gives a person a free username and leaves out what is somebody else's here.
func (r *run) prepare(ctx context.Context, p *person, names map[string]bool, attempt int) error {
	wanted := p.User
	for ; ; attempt++ {
		p.User.Username = accounts.UsernameFromElsewhere(wanted, attempt)
		_, err := r.Target.UserByUsername(ctx, p.User.Username)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err != nil && !names[p.User.Username] {
			break
		}
	}
	names[p.User.Username] = true
	kept := p.Links[:0]
	for _, l := range p.Links {
		there, err := r.Target.ProviderAccount(ctx, l.Provider, l.Subject)
		switch {
		case fault.Is(err, fault.NotFound) || err == nil && there.UserID == p.id():
			kept = append(kept, l)
		case err != nil:
			return err
		default:
			r.report.note(p.collection, "an account at a provider is somebody's here already: the link is left out", p.name())
		}
	}
	p.Links = kept
	if p.lost && r.DropTwoFactor {
		p.User.TwoFactorEnabled, p.TwoFactor = false, nil
	} else if p.lost {
		p.TwoFactor = secondFactor(p, nil)
	}
	return nil
}

// tellOf counts somebody who was stored.
func (r *run) tellOf(p *person) {
	p.brought = true
	r.report.line(p.collection).Brought++
	switch {
	case p.lost && r.DropTwoFactor:
		r.report.note(p.collection, "their second factor could not be read and is off: they set it up again", p.name())
	case p.lost:
		r.report.note(p.collection, "their second factor could not be read: they cannot sign in until an admin resets it, or until another run with the secret", p.name())
	}
	if p.User.Role == accounts.RoleAdmin {
		r.report.note(p.collection, isAdmin, p.name())
	}
}

// keepAbout notes where people are, and keeps what of them has no place yet.
func (r *run) keepAbout(ctx context.Context, people []*person) error {
	var docs []imported.Document
	for _, p := range people {
		for _, ref := range append([]reference{{p.collection, p.key}}, p.also...) {
			r.people[ref.collection][ref.key] = p.id()
			if err := r.noteTarget(ctx, ref.collection, ref.key, p.id()); err != nil {
				return err
			}
		}
		for _, collection := range p.parts {
			if p.brought {
				r.report.line(collection).Brought++
			} else {
				r.report.line(collection).Already++
			}
		}
		for _, key := range p.saved {
			r.saved = append(r.saved, mark{
				key: p.key + "/" + key, messageID: key, userID: p.id(), at: p.User.CreatedAt,
			})
		}
		if p.picture == "" {
			continue
		}
		text, err := bson.MarshalExtJSON(bson.D{{Key: "picture", Value: p.picture}}, true, false)
		if err != nil {
			return err
		}
		docs = append(docs, imported.Document{
			Kind: "profiles", SourceID: p.key, TargetID: p.id(), OwnerID: p.id(), CreatedAt: p.User.CreatedAt, JSON: string(text),
		})
	}
	return r.keep(ctx, "profiles", docs)
}
