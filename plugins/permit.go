package plugins

import (
	"context"
	"slices"

	"pegasus/accounts"
	"pegasus/plugins/manifest"
)

// SetGrant says what an install may do, of what the version that is installed asks for: for who keeps its channel, and for
// admins of the workspace. They need not be among those who may look at the plugin. Hosts are an admin's to grant. Where a second
// person has to approve, more than before waits for them, whoever grants it; where nothing was approved yet, whoever adds to what is
// asked for is who asks for it from then on.
func (s *Service) SetGrant(ctx context.Context, actor accounts.User, installID string, wanted Grant) (Install, error) {
	_, c, _, err := s.overseen(ctx, actor, installID)
	if err != nil {
		return Install{}, err
	}
	waits := false
	i, err := s.changeInstall(ctx, installID, func(i *Install) error {
		m, err := readManifest(i.Manifest)
		if err != nil {
			return err
		}
		granted, err := checkGrant(actor, m, wanted, i.Granted)
		if err != nil {
			return err
		}
		switch waits = s.approval && granted.exceeds(i.Granted); {
		case !waits:
			return i.grant(granted)
		case i.Pending != nil:
			return errWaits
		case i.State == Asked:
			i.InstallerID = actor.ID
			return i.grant(granted)
		}
		i.Pending = &Proposal{
			Version: i.Version, Bundle: i.Bundle, Manifest: i.Manifest, Commands: i.Commands, Granted: granted, Settings: i.Settings,
			AskerID: actor.ID, AskedAt: s.now(),
		}
		return nil
	})
	if err != nil {
		return Install{}, err
	}
	if waits {
		s.askKeepers(ctx, actor, c, i)
	} else {
		s.note(ctx, accounts.ActionPluginGranted, actor, i, i.title())
	}
	return i, nil
}

// grant gives an install a grant. What changes by it changes in what waits for an approval as well.
func (i *Install) grant(granted Grant) error {
	if n := i.Pending; n != nil {
		m, err := readManifest(n.Manifest)
		if err != nil {
			return err
		}
		moved := Grant{
			Permissions: follow(n.Granted.Permissions, i.Granted.Permissions, granted.Permissions),
			Hosts:       follow(n.Granted.Hosts, i.Granted.Hosts, granted.Hosts), HostsBy: n.Granted.HostsBy,
		}
		if granted.HostsBy != "" && (moved.HostsBy == "" || granted.HostsBy != i.Granted.HostsBy) {
			moved.HostsBy = granted.HostsBy
		}
		i.Pending.Granted = moved.within(m)
	}
	i.Granted = granted
	return i.closeHook()
}

// follow returns a list to which the change from one list to another is made.
func follow(list, before, after []string) (out []string) {
	for _, one := range list {
		if slices.Contains(after, one) || !slices.Contains(before, one) {
			out = append(out, one)
		}
	}
	for _, one := range after {
		if !slices.Contains(before, one) && !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

// exceeds reports whether a grant gives something that another one does not.
func (g Grant) exceeds(other Grant) bool {
	more := other.Missing(manifestOf(g))
	return len(more.Permissions)+len(more.Hosts) > 0
}

// manifestOf is a manifest that asks for no more and no less than a grant gives.
func manifestOf(g Grant) (m manifest.Manifest) {
	for _, p := range g.Permissions {
		m.Permissions = append(m.Permissions, manifest.Permission(p))
	}
	m.Hosts = g.Hosts
	return m
}
