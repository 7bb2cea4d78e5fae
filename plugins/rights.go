package plugins

import (
	"context"
	"slices"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/plugins/manifest"
)

var (
	errOff     = fault.New(fault.Conflict, "PLUGIN_OFF", "This plugin is switched off in this channel.")
	errOrphan  = fault.New(fault.Conflict, "PLUGIN_ORPHANED", "Whoever installed this plugin is not here any more. Somebody who keeps order in the channel has to take it over.")
	errCaller  = fault.New(fault.Forbidden, "NOT_GRANTED", "Whoever called the plugin may not have it do this here.")
	errSilent  = fault.New(fault.Forbidden, "NOT_GRANTED", "The plugin was not granted this here.")
	errAskHost = fault.New(fault.Forbidden, "HOST_NOT_GRANTED", "The plugin was not granted to ask this host.")
)

// authority is what an install may do at the moment of a call: the least of what its manifest asks for, what it was granted,
// and what its installer may. What it does for somebody who called it by a command they have to be allowed to as well: calledBy.
type authority struct {
	Install
	manifest  manifest.Manifest
	channel   chat.Channel
	bot       accounts.User
	installer accounts.User
	hosts     []string
}

// authorise looks at everything anew that an install's rights come from. PLUGIN_OFF where it does not work now,
// PLUGIN_ORPHANED where nobody answers for it.
func (s *Service) authorise(ctx context.Context, i Install) (a authority, err error) {
	if a.Install = i; i.State != Active {
		return a, errOff
	}
	if a.manifest, err = readManifest(i.Manifest); err != nil {
		return a, err
	}
	people, err := s.users(ctx, slices.DeleteFunc([]string{i.InstallerID, i.BotID, i.Granted.HostsBy}, func(id string) bool { return id == "" }))
	if err != nil {
		return a, err
	}
	now := s.now()
	for _, u := range people {
		if u.ID == i.InstallerID {
			a.installer = u
		}
		if u.ID == i.BotID {
			a.bot = u
		}
		if u.ID == i.Granted.HostsBy && u.IsAdmin() && u.KeptOut(now) == nil {
			a.hosts = i.Granted.within(a.manifest).Hosts
		}
	}
	if a.installer.ID == "" || a.installer.KeptOut(now) != nil {
		return a, errOrphan
	}
	if a.bot.ID == "" || a.bot.KeptOut(now) != nil {
		return a, errOff
	}
	a.channel, _, err = s.chat.Place(ctx, i.ChannelID, i.InstallerID)
	if fault.Is(err, fault.NotFound) {
		return a, errOrphan
	}
	if err == nil && a.channel.Archived {
		err = errOff
	}
	return a, err
}

// calledBy returns who called an install by a command, as they are in its channel now: what they may not do there they do not have it
// do. Where nobody called it, or a message did, which is said to everybody, there is none. NOT_GRANTED where they are not there any more.
func (s *Service) calledBy(ctx context.Context, a authority, c call) (u accounts.User, here chat.Channel, place chat.Member, err error) {
	if c.kind != KindCommand {
		return u, here, place, nil
	}
	if u, err = s.user(ctx, c.caller.ID); err == nil && u.KeptOut(s.now()) != nil {
		err = errCaller
	}
	if err == nil {
		here, place, err = s.chat.Place(ctx, a.ChannelID, u.ID)
	}
	if fault.Is(err, fault.NotFound) {
		err = errCaller
	}
	return u, here, place, err
}

// may reports whether the install has a right now.
func (a authority) may(p manifest.Permission) bool {
	return a.manifest.Asks(p) && a.Granted.Allows(string(p))
}

// Allows reports whether a permission was granted.
func (g Grant) Allows(permission string) bool { return slices.Contains(g.Permissions, permission) }
