package plugins

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/plugins/manifest"
)

// allows reports whether a permission was granted.
func (i Install) allows(p manifest.Permission) bool { return i.Granted.Allows(string(p)) }

// keeper finds an install in a channel that the actor keeps. In a channel that they are not in it is not there.
func (s *Service) keeper(ctx context.Context, actor accounts.User, installID string) (Install, chat.Channel, error) {
	i, c, m, err := s.inside(ctx, actor, installID)
	if err == nil && !chat.MayInstall(actor, c, m) {
		err = errKeepers
	}
	return i, c, err
}

// inside finds an install in a channel that the actor is in.
func (s *Service) inside(ctx context.Context, actor accounts.User, installID string) (Install, chat.Channel, chat.Member, error) {
	i, err := s.store.Install(ctx, installID)
	if err != nil {
		return Install{}, chat.Channel{}, chat.Member{}, err
	}
	c, m, err := s.chat.Channel(ctx, actor, i.ChannelID)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) {
		err = ErrInstallNotFound
	}
	return i, c, m, err
}

// changeInstall stores what apply does to an install as it stands, and brings its channel in line.
func (s *Service) changeInstall(ctx context.Context, installID string, apply func(*Install) error) (Install, error) {
	ctx = context.WithoutCancel(ctx)
	for try := 1; ; try++ {
		i, err := s.store.Install(ctx, installID)
		if err == nil {
			err = apply(&i)
		}
		if err != nil {
			return Install{}, err
		}
		i.UpdatedAt = s.now()
		err = s.store.SaveInstall(ctx, i)
		if fault.From(err) == ErrInstallChanged && try < saveTries {
			continue
		}
		if err != nil {
			return Install{}, err
		}
		i.Revision++
		return i, s.seat(ctx, i)
	}
}

// UpdateInstall brings an install to another version, gives it another grant and settings, and makes the actor the one who
// answers for it. The plugin must be one that they may look at. With grant nil the new version keeps what was granted, and gets
// nothing that it asks for beyond. It waits for a second person as Install does, and what is installed works on meanwhile. Who does
// not keep the channel asks for no settings, and for nothing while somebody else asks.
func (s *Service) UpdateInstall(ctx context.Context, actor accounts.User, installID string, version int, grant *Grant, settings map[string]string) (Install, error) {
	i, c, place, err := s.inside(ctx, actor, installID)
	if err != nil {
		return Install{}, err
	}
	p, err := s.visible(ctx, actor, i.PluginID)
	if err != nil {
		return Install{}, err
	}
	keeper, err := s.mayAsk(actor, c, place)
	if err == nil && !keeper && len(settings) > 0 {
		err = errKeepers
	}
	if err != nil {
		return Install{}, err
	}
	v, m, err := s.built(ctx, p, version)
	if err == nil && !keeper {
		err = s.rates.take("asks "+actor.ID, asksPerPerson, time.Minute)
	}
	if err != nil {
		return Install{}, err
	}
	have, err := s.store.InstallsIn(ctx, []string{c.ID}, MaxInstalls)
	if err != nil {
		return Install{}, err
	}
	asked := ""
	i, err = s.changeInstall(ctx, installID, func(i *Install) error {
		asked = i.mark()
		if asker := i.AskerID(); !keeper && asker != "" && asker != actor.ID {
			return errWaits
		}
		w := Wish{Grant: i.Granted.within(m), Settings: settings}
		if grant != nil {
			w.Grant = *grant
		}
		n, err := s.prepare(actor, *i, v, m, w)
		if err == nil {
			err = freeIn(have, i.ID, n.Commands)
		}
		if err != nil {
			return err
		}
		return i.update(n, s.approval || !keeper)
	})
	if err != nil {
		return Install{}, err
	}
	switch {
	case i.AskerID() != actor.ID:
		s.note(ctx, accounts.ActionPluginUpdated, actor, i, i.title())
	case i.mark() != asked:
		s.askKeepers(ctx, actor, c, i)
	}
	return i, nil
}

// SetSettings changes settings of an install. One that is not named keeps what it has, "" brings back the default.
func (s *Service) SetSettings(ctx context.Context, actor accounts.User, installID string, settings map[string]string) (Install, error) {
	i, _, err := s.keeper(ctx, actor, installID)
	if err != nil {
		return Install{}, err
	}
	m, err := readManifest(i.Manifest)
	if err != nil {
		return Install{}, err
	}
	i, err = s.changeInstall(ctx, installID, func(i *Install) (err error) {
		if i.Settings, err = s.takeSettings(*i, m, settings); err == nil && i.Pending != nil {
			err = s.settlePending(i, settings)
		}
		return err
	})
	if err == nil {
		s.note(ctx, accounts.ActionPluginSettings, actor, i, m.Title)
	}
	return i, err
}

// SwitchInstall switches an install on or off. One that waits for an approval stays as it is.
func (s *Service) SwitchInstall(ctx context.Context, actor accounts.User, installID string, on bool) (Install, error) {
	action, apply := switched(actor, on)
	return s.step(ctx, actor, installID, action, apply)
}

// switched is what the switch does to an install, and how the audit log calls it.
func switched(actor accounts.User, on bool) (accounts.Action, func(*Install) error) {
	action := accounts.ActionPluginSwitchedOff
	if on {
		action = accounts.ActionPluginSwitchedOn
	}
	return action, func(i *Install) error {
		if i.State == Asked {
			return errWaits
		}
		i.State, i.Problem, i.Failures = Off, actor.Shown()+" switched it off.", 0
		if on {
			i.State, i.Problem = Active, ""
		}
		return nil
	}
}

// TakeOverInstall makes the actor the one who answers for an install. One that waits for its first approval stays with who asked.
func (s *Service) TakeOverInstall(ctx context.Context, actor accounts.User, installID string) (Install, error) {
	return s.step(ctx, actor, installID, accounts.ActionPluginTakenOver, func(i *Install) error {
		if i.State == Asked {
			return errWaits
		}
		i.InstallerID = actor.ID
		return nil
	})
}

// step changes an install for somebody who keeps its channel.
func (s *Service) step(ctx context.Context, actor accounts.User, installID string, action accounts.Action, apply func(*Install) error) (Install, error) {
	if _, _, err := s.keeper(ctx, actor, installID); err != nil {
		return Install{}, err
	}
	i, err := s.changeInstall(ctx, installID, apply)
	if err == nil {
		s.note(ctx, action, actor, i, i.title())
	}
	return i, err
}

// RenewWebhook gives the webhook of an install a new address and returns it, once. The old one ends.
func (s *Service) RenewWebhook(ctx context.Context, actor accounts.User, installID string) (string, error) {
	secret := newHookSecret()
	_, err := s.step(ctx, actor, installID, accounts.ActionPluginWebhook, func(i *Install) error {
		m, err := readManifest(i.Manifest)
		if err == nil && (!m.Triggers.Webhook || !i.allows(manifest.Webhook)) {
			err = fault.New(fault.Conflict, "NO_WEBHOOK", "This plugin takes no webhook, or was not granted one.")
		}
		i.WebhookHash = accounts.HashSecret(secret)
		return err
	})
	if err != nil {
		return "", err
	}
	return s.url + HookPath + secret, nil
}

func newHookSecret() string {
	bytes := make([]byte, 32)
	_, _ = rand.Read(bytes) // it never fails
	return hex.EncodeToString(bytes)
}

// RemoveInstall takes a plugin out of a channel, with all that it keeps there. Its bot goes as well; what it said stays.
func (s *Service) RemoveInstall(ctx context.Context, actor accounts.User, installID string) error {
	i, _, err := s.keeper(ctx, actor, installID)
	if err != nil {
		return err
	}
	if err := s.takeOut(ctx, i, 0); err != nil {
		return err
	}
	s.note(ctx, accounts.ActionPluginRemoved, actor, i, i.title())
	return nil
}

// takeOut deletes an install with all that it keeps, and takes its bot out of the channel. With a revision other than 0 it is
// ErrInstallChanged where another one stands.
func (s *Service) takeOut(ctx context.Context, i Install, revision int) error {
	ctx = context.WithoutCancel(ctx)
	if err := s.store.DeleteInstall(ctx, i.ID, revision); err != nil {
		return err
	}
	s.deaf.hear(i.ChannelID)
	for _, kind := range []string{jobSchedule, jobHook} {
		if err := s.jobs.DeleteJobs(ctx, i.ID, kind); err != nil {
			return err
		}
	}
	if err := s.chat.Unseat(ctx, i.ChannelID, i.BotID); err != nil {
		return err
	}
	s.events.Publish(chat.ChannelTopic(i.ChannelID), InstallChanged{Install: i, Removed: true})
	return nil
}

// retire ends the account that a deleted plugin spoke as: it leaves its channels.
func (s *Service) retire(ctx context.Context, actor accounts.User, p Plugin, installs []Install) error {
	for _, i := range installs {
		if err := s.chat.Unseat(ctx, i.ChannelID, i.BotID); err != nil {
			return err
		}
		s.events.Publish(chat.ChannelTopic(i.ChannelID), InstallChanged{Install: i, Removed: true})
	}
	if p.BotID == "" {
		return nil
	}
	err := s.bots.DeactivateBot(ctx, actor, p.BotID)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return err
}

// title returns what people call the plugin of an install.
func (i Install) title() string {
	m, err := readManifest(i.Manifest)
	if err != nil || m.Title == "" {
		return "A plugin"
	}
	return m.Title
}
