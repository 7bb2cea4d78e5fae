package importer

import (
	"context"
	"encoding/json"
	"errors"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/imported"
)

const (
	peopleBatch = 500
	isAdmin     = "are admins here now"
)

// storePeople stores who is not here yet, some at a time.
func (r *run) storePeople(ctx context.Context, people []*Person) error {
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
func (r *run) newPeople(ctx context.Context, people []*Person) (fresh []*Person, err error) {
	var ids []string
	for _, p := range people {
		ids = append(ids, p.User.ID)
		if noted := r.notes[p.Collection][p.Key]; noted != "" && noted != p.User.ID {
			ids = append(ids, noted)
		}
	}
	here, err := r.Target.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	at := make(map[string]accounts.User, len(here))
	for _, u := range here {
		at[u.ID] = u
		r.callable(u)
	}
	for _, p := range people {
		_, present := at[p.User.ID]
		noted := r.notes[p.Collection][p.Key]
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
		r.report.Line(p.Collection).Already++
	}
	return fresh, nil
}

// callable notes by which name somebody here is mentioned.
func (r *run) callable(u accounts.User) {
	if !u.Deactivated && u.Username != "" {
		r.usernames[u.ID] = u.Username
	}
}

// mendFactor gives a second factor to somebody for whom an earlier run could not read it.
func (r *run) mendFactor(ctx context.Context, p *Person) error {
	if p.TwoFactor == nil || p.TwoFactor.Secret == nil || r.DryRun {
		return nil
	}
	filled, err := r.Target.FillTwoFactor(ctx, p.User.ID, p.TwoFactor.Secret)
	if filled {
		r.report.Note(p.Collection, "their second factor works from now on", p.Name())
	}
	return err
}

// storeNew stores people whose ids are free: under their own account, or joined to one that is here already.
func (r *run) storeNew(ctx context.Context, fresh []*Person, names map[string]bool) error {
	for _, p := range fresh {
		p.User = accounts.FromElsewhere(p.User)
	}
	for attempt := 0; len(fresh) > 0; attempt++ {
		if attempt > 8 {
			return errors.New("no username was free: is something else making accounts at the moment?")
		}
		var open []*Person
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

func convert(people []*Person) []imported.Person {
	out := make([]imported.Person, len(people))
	for i, p := range people {
		out[i] = p.Person
	}
	return out
}

// join finds the account here that has a person's address. Both may be a stranger's who has not proven the address: only one
// here that is proven takes over what the source knows, and its own ways in stay the only ones.
func (r *run) join(ctx context.Context, p *Person) (bool, error) {
	if p.Address == "" || p.User.Email != p.Address {
		return false, nil
	}
	u, err := r.Target.UserByEmail(ctx, p.Address)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !u.EmailVerified && !r.TrustAddresses {
		r.report.Note(p.Collection, "an account here has the same address and has never proven it: brought beside it, and nobody can sign in to it", p.Name())
		p.Hold()
		return false, nil
	}
	reason := "an account here has the same address: what they wrote is theirs there; its password, second factor and role stay"
	if !p.User.EmailVerified || !u.EmailVerified {
		reason = "an account here has the same address, which was not proven on both sides: what they wrote is theirs there; its password, second factor and role stay"
	}
	r.report.Note(p.Collection, reason, p.Name())
	r.report.Line(p.Collection).Already++
	p.User.ID = u.ID
	r.callable(u)
	return true, nil
}

// prepare gives a person a free username and leaves out what is somebody else's here.
func (r *run) prepare(ctx context.Context, p *Person, names map[string]bool, attempt int) error {
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
		case fault.Is(err, fault.NotFound) || err == nil && there.UserID == p.User.ID:
			kept = append(kept, l)
		case err != nil:
			return err
		default:
			r.report.Note(p.Collection, "an account at a provider is somebody's here already: the link is left out", p.Name())
		}
	}
	p.Links = kept
	if p.Lost && r.DropTwoFactor {
		p.User.TwoFactorEnabled, p.TwoFactor = false, nil
	} else if p.Lost {
		p.TwoFactor = p.SecondFactor(nil)
	}
	return nil
}

// tellOf counts somebody who was stored.
func (r *run) tellOf(p *Person) {
	p.brought = true
	r.callable(p.User)
	r.report.Line(p.Collection).Brought++
	switch {
	case p.Lost && r.DropTwoFactor:
		r.report.Note(p.Collection, "their second factor could not be read and is off: they set it up again", p.Name())
	case p.Lost:
		r.report.Note(p.Collection, "their second factor could not be read: they cannot sign in until an admin resets it, or until another run with the secret", p.Name())
	}
	if p.User.Role == accounts.RoleAdmin {
		r.report.Note(p.Collection, isAdmin, p.Name())
	}
}

// keepAbout notes where people are, and keeps what of them has no place yet.
func (r *run) keepAbout(ctx context.Context, people []*Person) error {
	var docs []imported.Document
	for _, p := range people {
		for _, ref := range append([]Reference{{p.Collection, p.Key}}, p.Also...) {
			r.people[ref.Collection][ref.Key] = p.User.ID
			if err := r.noteTarget(ctx, ref.Collection, ref.Key, p.User.ID); err != nil {
				return err
			}
		}
		for _, alias := range p.Aliases {
			r.people[p.Collection][alias] = p.User.ID
		}
		for _, collection := range p.Parts {
			if p.brought {
				r.report.Line(collection).Brought++
			} else {
				r.report.Line(collection).Already++
			}
		}
		if p.Picture == "" {
			continue
		}
		text, err := json.Marshal(map[string]string{"picture": p.Picture})
		if err != nil {
			return err
		}
		docs = append(docs, imported.Document{
			Kind: r.kind("profiles"), SourceID: p.Key, TargetID: p.User.ID, OwnerID: p.User.ID, CreatedAt: p.User.CreatedAt, JSON: string(text),
		})
	}
	_, err := r.keep(ctx, "profiles", docs)
	return err
}
