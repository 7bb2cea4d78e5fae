package plugins

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/plugins/manifest"
)

var (
	errWaits   = fault.New(fault.Conflict, "APPROVAL_PENDING", "This plugin waits for a second person's approval.")
	errNoWait  = fault.New(fault.Conflict, "NOTHING_TO_APPROVE", "This plugin does not wait for an approval.")
	errOwnWish = fault.New(fault.Forbidden, "SECOND_PERSON_REQUIRED", "Somebody other than who asked for it has to approve it.")
	errWish    = fault.New(fault.Conflict, "WISH_CHANGED", "Something else is asked for meanwhile. Look at that first.")
	errNobody  = fault.New(fault.Conflict, "NOBODY_ANSWERS", "Whoever would answer for this plugin is not here any more. Somebody who keeps order in the channel has to approve it.")
)

// Proposal is what an install becomes once somebody has approved it. What was approved before works on meanwhile.
type Proposal struct {
	Version  int               `json:"version"`
	Bundle   string            `json:"bundle"`
	Manifest string            `json:"manifest"`
	Commands []string          `json:"commands"`
	Granted  Grant             `json:"granted"`
	Settings map[string]string `json:"settings"` // all of them, as Install keeps them
	AskerID  string            `json:"asker_id"`
	AskedAt  time.Time         `json:"asked_at"`
}

// AskerID returns who asked for what waits for an approval, "" where nothing does.
func (i Install) AskerID() string {
	switch {
	case i.Pending != nil:
		return i.Pending.AskerID
	case i.State == Asked:
		return i.InstallerID
	}
	return ""
}

// WishedVersion returns the version that waits for an approval, 0 where none does.
func (i Install) WishedVersion() int {
	switch {
	case i.Pending != nil:
		return i.Pending.Version
	case i.State == Asked:
		return i.Version
	}
	return 0
}

// mark names what waits for an approval, "" where nothing does. Whoever asks for anything else there gives it another one.
func (i Install) mark() string {
	n := i.Pending
	switch {
	case n == nil && i.State != Asked:
		return ""
	case n == nil:
		n = &Proposal{Version: i.Version, Granted: i.Granted, Settings: i.Settings, AskerID: i.InstallerID}
	}
	text, _ := json.Marshal([]any{n.Version, n.Granted, n.Settings, n.AskerID}) // all of it can be encoded
	return accounts.HashSecret(string(text))[:32]
}

// prepare returns what an install becomes by a wish of the actor's for a version that compiled.
func (s *Service) prepare(actor accounts.User, i Install, v Version, m manifest.Manifest, w Wish) (n Proposal, err error) {
	n = Proposal{
		Version: v.Number, Bundle: v.Build.Bundle, Manifest: v.Build.Manifest, Commands: make([]string, len(m.Commands)), AskerID: actor.ID, AskedAt: s.now(),
	}
	for at, c := range m.Commands {
		if n.Commands[at] = c.Name; c.Name == buildCommand || s.chat.IsBuiltIn(c.Name) {
			return n, errBuiltIn
		}
	}
	if n.Granted, err = checkGrant(actor, m, w.Grant, i.Granted); err == nil {
		n.Settings, err = s.takeSettings(i, m, w.Settings)
	}
	return n, err
}

// become makes an install what was wished for. Whoever asked for it answers for it from then on.
func (i *Install) become(n Proposal) error {
	i.Version, i.Bundle, i.Manifest, i.Commands = n.Version, n.Bundle, n.Manifest, n.Commands
	i.Granted, i.Settings, i.InstallerID, i.ApproverID = n.Granted, n.Settings, n.AskerID, ""
	i.State, i.Problem, i.Failures, i.Pending = Active, "", 0, nil
	return i.closeHook()
}

// closeHook ends the address of a webhook that the install may not have any more.
func (i *Install) closeHook() error {
	m, err := readManifest(i.Manifest)
	if err == nil && (!m.Triggers.Webhook || !i.allows(manifest.Webhook)) {
		i.WebhookHash = ""
	}
	return err
}

// ApproveInstall has what waits for a second person work, for who keeps the channel. Who asked for it cannot. Where they do not
// keep the channel, who approves it answers for it. mark is that of what the actor has looked at, "" for whatever is asked for:
// WISH_CHANGED where something else is asked for by now.
func (s *Service) ApproveInstall(ctx context.Context, actor accounts.User, installID, mark string) (Install, error) {
	_, c, err := s.keeper(ctx, actor, installID)
	if err != nil {
		return Install{}, err
	}
	return s.approve(ctx, actor, installID, mark, c, true)
}

// approve lets an install do what it waits for. Only who is inside of its channel can answer for it.
func (s *Service) approve(ctx context.Context, actor accounts.User, installID, mark string, c chat.Channel, inside bool) (Install, error) {
	asker := ""
	i, err := s.changeInstall(ctx, installID, func(i *Install) error {
		asker = i.AskerID()
		switch {
		case asker == "":
			return errNoWait
		case asker == actor.ID:
			return errOwnWish
		case mark != "" && mark != i.mark():
			return errWish
		}
		before := i.InstallerID
		if i.Pending != nil {
			if err := i.become(*i.Pending); err != nil {
				return err
			}
		}
		i.State, i.ApproverID = Active, actor.ID
		_, keeps, err := s.placeIn(ctx, i.ChannelID, asker)
		if err != nil || keeps {
			return err
		}
		if i.InstallerID = actor.ID; inside {
			return nil
		}
		i.InstallerID = before
		if here, _, err := s.placeIn(ctx, i.ChannelID, before); err != nil || here {
			return err
		}
		return errNobody
	})
	if err == nil {
		s.note(ctx, accounts.ActionPluginApproved, actor, i, i.title())
		s.tellAsker(ctx, asker, fmt.Sprintf("%s approved the plugin “%s” in %s.", actor.Shown(), i.title(), s.placeName(c)))
	}
	return i, err
}

// placeIn reports whether somebody is in a channel now, and whether they may install plugins there.
func (s *Service) placeIn(ctx context.Context, channelID, userID string) (here, keeps bool, err error) {
	u, err := s.user(ctx, userID)
	if err == nil && u.KeptOut(s.now()) != nil {
		return false, false, nil
	}
	var c chat.Channel
	var m chat.Member
	if err == nil {
		c, m, err = s.chat.Place(ctx, channelID, userID)
	}
	if fault.Is(err, fault.NotFound) {
		return false, false, nil
	}
	return err == nil, err == nil && chat.MayInstall(u, c, m), err
}

// DeclineInstall drops what waits for an approval: for who keeps the channel, for admins of the workspace, and for who asked for
// it. What was approved before works on; where nothing was, the install is gone.
func (s *Service) DeclineInstall(ctx context.Context, actor accounts.User, installID string) error {
	i, c, _, err := s.overseen(ctx, actor, installID)
	asker := i.AskerID()
	if asker == actor.ID && fault.From(err) == errKeepers {
		err = nil
	}
	switch {
	case err != nil:
		return err
	case asker == "":
		return errNoWait
	case i.State == Asked:
		err = s.takeOut(ctx, i, i.Revision)
	default:
		_, err = s.changeInstall(ctx, installID, func(i *Install) error {
			if i.Pending == nil || i.Pending.AskerID != asker {
				return errWish
			}
			i.Pending = nil
			return nil
		})
	}
	if err != nil {
		return err
	}
	s.note(ctx, accounts.ActionPluginDeclined, actor, i, i.title())
	if asker != actor.ID {
		s.tellAsker(ctx, asker, fmt.Sprintf("%s declined the plugin “%s” in %s.", actor.Shown(), i.title(), s.placeName(c)))
	}
	return nil
}

// askKeepers records what somebody asks for, and tells those who keep the channel that it waits for one of them, and where it can
// be read.
func (s *Service) askKeepers(ctx context.Context, actor accounts.User, c chat.Channel, i Install) {
	s.note(ctx, accounts.ActionPluginAsked, actor, i, i.title())
	wish := fmt.Sprintf("install the plugin “%s” in %s", i.title(), s.placeName(c))
	if n := i.Pending; n != nil && n.Version == i.Version {
		wish = fmt.Sprintf("grant the plugin “%s” in %s more", i.title(), s.placeName(c))
	} else if n != nil {
		wish = fmt.Sprintf("bring the plugin “%s” in %s to version %d", i.title(), s.placeName(c), n.Version)
	}
	s.tellKeepers(ctx, c, actor.ID, fmt.Sprintf(
		"%s wants to %s. Somebody else who keeps order there has to approve it: [look at it and decide](%s/installs/%s).", actor.Shown(), wish, s.url, i.ID))
}

// tellAsker tells who asked for something what became of it, as far as they are still there.
func (s *Service) tellAsker(ctx context.Context, askerID, text string) {
	ctx = context.WithoutCancel(ctx)
	u, err := s.user(ctx, askerID)
	if err == nil && u.KeptOut(s.now()) == nil {
		err = s.writeTo(ctx, u, text)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		s.failed(ctx, "tell who asked for a plugin", err)
	}
}

// update gives an install what was wished for, at once or, where it waits, once somebody has approved it.
func (i *Install) update(n Proposal, waits bool) error {
	if waits && i.State != Asked {
		i.Pending = &n
		return nil
	}
	err := i.become(n)
	if waits {
		i.State = Asked
	}
	return err
}

// settlePending changes settings of what waits for an approval, as far as it has them and they suit it.
func (s *Service) settlePending(i *Install, settings map[string]string) error {
	m, err := readManifest(i.Pending.Manifest)
	if err != nil {
		return err
	}
	known := map[string]string{}
	for key, value := range settings {
		if one, has := m.Setting(key); has {
			if _, err := one.Value(value); err == nil {
				known[key] = value
			}
		}
	}
	n := *i.Pending
	n.Settings, err = s.takeSettings(Install{ID: i.ID, Settings: n.Settings}, m, known)
	i.Pending = &n
	return err
}
