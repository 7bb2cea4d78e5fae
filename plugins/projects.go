package plugins

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

var errTooMany = fault.New(fault.Conflict, "TOO_MANY_PLUGINS", "You have 200 plugins already. Please delete one first.")

// NewPlugin is what a plugin is made of.
type NewPlugin struct {
	Name string
	Data string // a JSON object, "" for an empty one
	// Template is the id of what it begins with, "" for no files.
	Template string
}

// CreatePlugin makes a plugin of the actor's. Where they have one with this name it is ErrPluginExists.
func (s *Service) CreatePlugin(ctx context.Context, actor accounts.User, n NewPlugin) (Plugin, error) {
	var files []File
	if n.Template != "" {
		template, err := s.template(n.Template)
		if err != nil {
			return Plugin{}, err
		}
		files = template.Files
	}
	data, err := cleanData(n.Data)
	if err != nil {
		return Plugin{}, err
	}
	return s.create(ctx, actor, n.Name, data, files, ByTemplate, "")
}

// create makes a plugin whose first version holds files, where there are any.
func (s *Service) create(ctx context.Context, actor accounts.User, name, data string, files []File, origin Origin, note string) (Plugin, error) {
	name, err := cleanName(name)
	if err != nil {
		return Plugin{}, err
	}
	have, err := s.store.PluginsOf(ctx, actor.ID, MaxPlugins)
	if err != nil {
		return Plugin{}, err
	}
	if len(have) >= MaxPlugins {
		return Plugin{}, errTooMany
	}
	now := s.now()
	p := Plugin{
		ID: id.New(now), OwnerID: actor.ID, Name: name, NameKey: nameKey(name), Data: data, Status: Pending,
		CreatedAt: now, UpdatedAt: now, Revision: 1,
	}
	if err := s.store.CreatePlugin(ctx, p); err != nil {
		return Plugin{}, err
	}
	if len(files) > 0 {
		if _, err := s.addVersion(ctx, p, files, Version{AuthorID: actor.ID, Origin: origin, Note: note}); err != nil {
			return Plugin{}, err
		}
	}
	if p, err = s.store.Plugin(ctx, p.ID); err == nil {
		s.publish(p, false)
	}
	return p, err
}

// SaveData makes a plugin with this name and data, or gives the one that the actor has under this name the data.
func (s *Service) SaveData(ctx context.Context, actor accounts.User, name, data string) (Plugin, error) {
	p, err := s.CreatePlugin(ctx, actor, NewPlugin{Name: name, Data: data})
	if fault.From(err) != ErrPluginExists {
		return p, err
	}
	if p, err = s.store.PluginNamed(ctx, actor.ID, nameKey(name)); err != nil {
		return Plugin{}, err
	}
	return s.SavePlugin(ctx, actor, p.ID, PluginChange{Data: &data})
}

// PluginChange names what to change; nil leaves it as it is.
type PluginChange struct {
	Name   *string
	Data   *string
	Shared *bool
}

// saveTries is how often a change is tried again where somebody else's came between.
const saveTries = 5

// SavePlugin changes a plugin of the actor's.
func (s *Service) SavePlugin(ctx context.Context, actor accounts.User, id string, c PluginChange) (Plugin, error) {
	if err := c.clean(); err != nil {
		return Plugin{}, err
	}
	return s.change(ctx, actor, id, func(p *Plugin) error {
		if c.Name != nil {
			p.Name, p.NameKey = *c.Name, nameKey(*c.Name)
		}
		if c.Data != nil {
			p.Data = *c.Data
		}
		if c.Shared != nil {
			p.Shared = *c.Shared
		}
		return nil
	})
}

func (c *PluginChange) clean() error {
	if c.Name != nil {
		name, err := cleanName(*c.Name)
		if err != nil {
			return err
		}
		c.Name = &name
	}
	if c.Data != nil {
		data, err := cleanData(*c.Data)
		if err != nil {
			return err
		}
		c.Data = &data
	}
	return nil
}

// change stores what apply does to a plugin of the actor's as it stands.
func (s *Service) change(ctx context.Context, actor accounts.User, id string, apply func(*Plugin) error) (Plugin, error) {
	for try := 1; ; try++ {
		p, err := s.store.Plugin(ctx, id)
		if err == nil && p.OwnerID != actor.ID {
			err = ErrPluginNotFound
		}
		if err != nil {
			return Plugin{}, err
		}
		before := p
		if err := apply(&p); err != nil {
			return Plugin{}, err
		}
		if p == before {
			return s.standing(p), nil
		}
		p.UpdatedAt = s.now()
		err = s.store.SavePlugin(ctx, p)
		if fault.From(err) == ErrPluginChanged && try < saveTries {
			continue
		}
		if err != nil {
			return Plugin{}, err
		}
		p.Revision++
		p = s.standing(p)
		s.publish(p, false)
		return p, nil
	}
}

// Plugins returns the actor's own, the one that was changed last first.
func (s *Service) Plugins(ctx context.Context, actor accounts.User) ([]Plugin, error) {
	own, err := s.store.PluginsOf(ctx, actor.ID, MaxPlugins)
	for i, p := range own {
		own[i] = s.standing(p)
	}
	return own, err
}

// Plugin returns one that the actor may look at.
func (s *Service) Plugin(ctx context.Context, actor accounts.User, id string) (Plugin, error) {
	return s.visible(ctx, actor, id)
}

// lowestID lies before every id.
const lowestID = "000000000000000000000000"

// PluginNamed returns the plugin with this id, which means the same to everybody, else the actor's with this name, else the oldest
// one that is shared under it.
func (s *Service) PluginNamed(ctx context.Context, actor accounts.User, name string) (Plugin, error) {
	if id.Valid(name) {
		if p, err := s.Plugin(ctx, actor, name); !fault.Is(err, fault.NotFound) {
			return p, err
		}
	}
	key := nameKey(name)
	if !utf8.ValidString(name) || key == "" {
		return Plugin{}, ErrPluginNotFound
	}
	p, err := s.store.PluginNamed(ctx, actor.ID, key)
	if !fault.Is(err, fault.NotFound) {
		return p, err
	}
	shared, err := s.store.SharedPlugins(ctx, key+" "+lowestID, 1)
	if err != nil {
		return Plugin{}, err
	}
	if len(shared) == 0 || shared[0].NameKey != key {
		return Plugin{}, ErrPluginNotFound
	}
	return shared[0], nil
}

// OwnPluginNamed returns the actor's plugin with this name.
func (s *Service) OwnPluginNamed(ctx context.Context, actor accounts.User, name string) (Plugin, error) {
	if !utf8.ValidString(name) {
		return Plugin{}, ErrPluginNotFound
	}
	return s.store.PluginNamed(ctx, actor.ID, nameKey(name))
}

// SharedPlugins returns what everyone may look at, by name, behind the place that PlaceOf gives of the last one of the page
// before ("" for the start). Limit is 1 to MaxPlugins.
func (s *Service) SharedPlugins(ctx context.Context, after string, limit int) ([]Plugin, error) {
	found, err := s.store.SharedPlugins(ctx, after, min(limit, MaxPlugins))
	for i := range found {
		found[i].Unseen = "" // it says what its owner has looked at
	}
	return found, err
}

// SharedLike returns up to limit plugins that everyone may look at and whose name begins with a text, by name.
func (s *Service) SharedLike(ctx context.Context, text string, limit int) ([]Plugin, error) {
	key := nameKey(text)
	if key == "" || !utf8.ValidString(text) {
		return nil, nil
	}
	found, err := s.SharedPlugins(ctx, key+" "+lowestID, limit)
	for i, p := range found {
		if !strings.HasPrefix(p.NameKey, key) {
			return found[:i], err
		}
	}
	return found, err
}

// PlaceOf returns the place of a plugin among those that are shared.
func PlaceOf(p Plugin) string { return p.NameKey + " " + p.ID }

// DeletePlugin deletes a plugin of the actor's with all that belongs to it.
func (s *Service) DeletePlugin(ctx context.Context, actor accounts.User, id string) error {
	p, err := s.own(ctx, actor, id)
	if err != nil {
		return err
	}
	installs, err := s.store.InstallsOf(ctx, id, maxInstallsOf)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	s.cancelAnswer(p.Asking)
	if err := s.store.DeletePlugin(ctx, id); err != nil {
		return err
	}
	if err := s.retire(ctx, actor, p, installs); err != nil {
		return err
	}
	s.record(ctx, accounts.Event{
		Action: accounts.ActionPluginDeleted, ActorID: actor.ID, UserID: actor.ID, Details: map[string]string{"plugin": id, "name": p.Name},
	})
	s.publish(p, true)
	return nil
}

// LeaveAll deletes the plugins of a person who is going for good.
func (s *Service) LeaveAll(ctx context.Context, userID string) error {
	own, err := s.store.PluginsOf(ctx, userID, MaxPlugins)
	for _, p := range own {
		if err := s.DeletePlugin(ctx, accounts.User{ID: userID}, p.ID); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return err
}

// maxCopies is how many names a copy tries.
const maxCopies = 50

// CopyPlugin makes a plugin of the actor's with the newest files of one that they may look at. With name "" it gets the
// name of that one, with a number behind it where the actor has one of this name.
func (s *Service) CopyPlugin(ctx context.Context, actor accounts.User, id, name string) (Plugin, error) {
	p, err := s.visible(ctx, actor, id)
	if err != nil {
		return Plugin{}, err
	}
	files, err := s.files(ctx, p, p.Head)
	if err != nil {
		return Plugin{}, err
	}
	note := "Copied from " + p.Name
	if name != "" {
		return s.create(ctx, actor, name, p.Data, files, ByCopy, note)
	}
	for n := 1; ; n++ {
		made, err := s.create(ctx, actor, copyName(p.Name, n), p.Data, files, ByCopy, note)
		if fault.From(err) != ErrPluginExists || n == maxCopies {
			return made, err
		}
	}
}

// copyName returns the n-th name that a copy tries.
func copyName(name string, n int) string {
	if n == 1 {
		return name
	}
	suffix := fmt.Sprintf(" %d", n)
	runes := []rune(name)
	return string(runes[:min(len(runes), MaxName-len(suffix))]) + suffix
}
