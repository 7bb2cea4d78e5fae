package plugins

import (
	"context"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/plugins/manifest"
)

// maxInstallsOf is how many installs of a plugin are looked at.
const maxInstallsOf = 1000

// Placed is an install as somebody in its channel sees it.
type Placed struct {
	Install
	Manifest manifest.Manifest
	Channel  chat.Channel
	Name     string // of the plugin, as its owner calls it
	OwnerID  string
	Newest   int                // the newest version that compiled
	Mark     string             // names what waits for an approval, "" where nothing does
	Wished   *manifest.Manifest // of the version that waits for an approval while another one works, nil for none
	Visible  bool               // the viewer may look at the plugin, and so bring the install to another version
	Outside  bool               // the viewer is an admin of the workspace who is not in the channel
	Keeper   bool               // the viewer may change the install
}

// Filled returns what was chosen for a setting, for who looks after the install. Of a secret it tells only that there is one.
func (p Placed) Filled(one manifest.Setting) (value string, filled bool) {
	value, filled = p.Settings[one.Key]
	if one.Type == manifest.Secret {
		value = ""
	}
	return value, filled
}

// InstallsIn returns the plugins of a channel that the actor is in, those included that wait or are off, and whether the
// actor may install more.
func (s *Service) InstallsIn(ctx context.Context, actor accounts.User, channelID string) (list []Placed, keeper bool, err error) {
	c, m, err := s.chat.Channel(ctx, actor, channelID)
	if err != nil {
		return nil, false, err
	}
	installs, err := s.store.InstallsIn(ctx, []string{c.ID}, MaxInstalls)
	if err != nil {
		return nil, false, err
	}
	keeper = chat.MayInstall(actor, c, m)
	list, err = s.place(ctx, actor, installs, func(Install) (chat.Channel, bool) { return c, keeper })
	return list, keeper, err
}

// InstallsOf returns where a plugin that the actor may look at is installed, of the channels that the actor is in.
func (s *Service) InstallsOf(ctx context.Context, actor accounts.User, pluginID string) ([]Placed, error) {
	p, err := s.visible(ctx, actor, pluginID)
	if err != nil {
		return nil, err
	}
	installs, err := s.store.InstallsOf(ctx, p.ID, maxInstallsOf)
	if err != nil {
		return nil, err
	}
	in, err := s.chat.Places(ctx, actor)
	if err != nil {
		return nil, err
	}
	here := installs[:0]
	for _, i := range installs {
		if _, inside := in[i.ChannelID]; inside {
			here = append(here, i)
		}
	}
	return s.place(ctx, actor, here, func(i Install) (chat.Channel, bool) {
		j := in[i.ChannelID]
		return j.Channel, chat.MayInstall(actor, j.Channel, j.Member)
	})
}

// InstallByID returns an install in a channel that the actor is in, or to admins of the workspace, without what was chosen for its
// settings, in any channel.
func (s *Service) InstallByID(ctx context.Context, actor accounts.User, installID string) (Placed, error) {
	i, c, inside, err := s.overseen(ctx, actor, installID)
	keeper := err == nil && inside
	if fault.From(err) == errKeepers {
		err = nil
	}
	if err != nil {
		return Placed{}, err
	}
	list, err := s.place(ctx, actor, []Install{i}, func(Install) (chat.Channel, bool) { return c, keeper })
	if err == nil && len(list) == 0 {
		err = ErrInstallNotFound
	}
	if err != nil {
		return Placed{}, err
	}
	if list[0].Outside = !inside; !inside {
		list[0].Settings = nil // what was chosen is theirs
	}
	return list[0], nil
}

// place says of installs what a viewer of theirs sees, with one read. Those of a plugin that is being deleted are left out.
func (s *Service) place(ctx context.Context, actor accounts.User, installs []Install, in func(Install) (chat.Channel, bool)) ([]Placed, error) {
	ids := make([]string, len(installs))
	for n, i := range installs {
		ids[n] = i.PluginID
	}
	found, err := s.store.Plugins(ctx, ids)
	if err != nil {
		return nil, err
	}
	known := make(map[string]Plugin, len(found))
	for _, p := range found {
		known[p.ID] = p
	}
	list := make([]Placed, 0, len(installs))
	for _, i := range installs {
		p, there := known[i.PluginID]
		if !there {
			continue
		}
		m, err := readManifest(i.Manifest)
		if err != nil {
			return nil, err
		}
		one := Placed{Install: i, Manifest: m, Name: p.Name, OwnerID: p.OwnerID, Newest: p.Built, Mark: i.mark(), Visible: p.OwnerID == actor.ID || p.Shared}
		one.Channel, one.Keeper = in(i)
		if i.Pending != nil {
			wished, err := readManifest(i.Pending.Manifest)
			if err != nil {
				return nil, err
			}
			one.Wished = &wished
		}
		list = append(list, one)
	}
	return list, nil
}

// Runs returns what an install did last, the newest first, for who keeps its channel. limit is at most KeptRuns.
func (s *Service) Runs(ctx context.Context, actor accounts.User, installID string, limit int) ([]Run, error) {
	i, _, err := s.keeper(ctx, actor, installID)
	if err != nil {
		return nil, err
	}
	return s.store.Runs(ctx, i.ID, min(limit, KeptRuns))
}
