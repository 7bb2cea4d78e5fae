package plugins

import (
	"context"
	"slices"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/excerpt"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/plugins/manifest"
)

var (
	errKeepers  = fault.New(fault.Forbidden, "FORBIDDEN", "Only those who keep order in the channel may do this.")
	errNoPerson = fault.New(fault.Forbidden, "FORBIDDEN", "Only people bring plugins into a channel.")
	errNotBuilt = fault.Field("version", "VERSION_NOT_BUILT", "This version did not compile, or is not compiled yet.")
	errManyHere = fault.New(fault.Conflict, "TOO_MANY_INSTALLS", "A channel has at most 50 plugins. Remove one first.")
	errBuiltIn  = fault.New(fault.Conflict, "COMMAND_BUILT_IN", "One of the plugin's commands is called like one that every channel has.")
	errManyAsks = fault.New(fault.Conflict, "TOO_MANY_ASKED", "Three plugins of yours wait here already. Wait until somebody has decided.")
)

// maxAsks is how many plugins somebody asks for in a channel before one is decided on.
const maxAsks = 3

// Wish says what is to work in a channel.
type Wish struct {
	Version  int // 0 for the newest that compiled
	Grant    Grant
	Settings map[string]string // by key; one that is left out has its default
}

// InstallChanged goes to a channel when a plugin in it was installed, changed or removed.
type InstallChanged struct {
	Install Install
	Removed bool
}

// Install has a plugin that the actor may look at work in a channel that they are in. It waits for a second person where they do
// not keep the channel, and everywhere if that is asked for. Errors are those of the channel, of the grant, of settings and of the
// store, COMMAND_BUILT_IN, VERSION_NOT_BUILT, TOO_MANY_INSTALLS, TOO_MANY_ASKED.
func (s *Service) Install(ctx context.Context, actor accounts.User, pluginID, channelID string, w Wish) (Install, error) {
	c, keeper, err := s.openTo(ctx, actor, channelID)
	if err != nil {
		return Install{}, err
	}
	p, err := s.visible(ctx, actor, pluginID)
	if err != nil {
		return Install{}, err
	}
	v, m, err := s.built(ctx, p, w.Version)
	if err != nil {
		return Install{}, err
	}
	now := s.now()
	i := Install{ID: id.New(now), PluginID: p.ID, ChannelID: c.ID, CreatedAt: now, UpdatedAt: now, Revision: 1}
	n, err := s.prepare(actor, i, v, m, w)
	if err == nil {
		err = i.become(n)
	}
	if err == nil {
		err = s.roomFor(ctx, actor, i, keeper)
	}
	if err == nil && !keeper {
		err = s.rates.take("asks "+actor.ID, asksPerPerson, time.Minute)
	}
	if err != nil {
		return Install{}, err
	}
	if s.approval || !keeper {
		i.State = Asked
	}
	bot, err := s.botOf(ctx, actor, p, m)
	if err != nil {
		return Install{}, err
	}
	i.BotID = bot.ID
	ctx = context.WithoutCancel(ctx)
	if err := s.store.AddInstall(ctx, i); err != nil {
		return Install{}, err
	}
	if err := s.seat(ctx, i); err != nil {
		return Install{}, err
	}
	if i.State == Asked {
		s.askKeepers(ctx, actor, c, i)
	} else {
		s.note(ctx, accounts.ActionPluginInstalled, actor, i, m.Title)
	}
	return i, nil
}

// roomFor refuses a plugin more than a channel has, more than somebody asks for who does not keep it, one that is there, and one
// whose commands are taken there.
func (s *Service) roomFor(ctx context.Context, actor accounts.User, wanted Install, keeper bool) error {
	have, err := s.store.InstallsIn(ctx, []string{wanted.ChannelID}, MaxInstalls)
	if err != nil {
		return err
	}
	if len(have) >= MaxInstalls {
		return errManyHere
	}
	asks := 0
	for _, i := range have {
		if i.PluginID == wanted.PluginID {
			return ErrInstalled
		}
		if i.State == Asked && i.InstallerID == actor.ID {
			asks++
		}
	}
	if !keeper && asks >= maxAsks {
		return errManyAsks
	}
	return freeIn(have, wanted.ID, wanted.Commands)
}

// freeIn refuses commands that other installs of a channel hold. What waits for an approval holds none, so that the approval looks
// again.
func freeIn(have []Install, installID string, commands []string) error {
	for _, i := range have {
		if i.ID != installID && slices.ContainsFunc(i.Holds(), func(name string) bool { return slices.Contains(commands, name) }) {
			return ErrCommandTaken
		}
	}
	return nil
}

// built returns a version that compiled, the newest one for 0, with its manifest.
func (s *Service) built(ctx context.Context, p Plugin, number int) (Version, manifest.Manifest, error) {
	if number == 0 {
		number = p.Built
	}
	if number == 0 {
		return Version{}, manifest.Manifest{}, errNotBuilt
	}
	v, err := s.version(ctx, p, number)
	if err != nil {
		return Version{}, manifest.Manifest{}, err
	}
	if v.Build == nil || !v.Build.Success || v.Build.Bundle == "" {
		return Version{}, manifest.Manifest{}, errNotBuilt
	}
	m, err := readManifest(v.Build.Manifest)
	return v, m, err
}

// openTo returns a channel in use in which the actor may ask for plugins, and whether they install them without asking anybody.
func (s *Service) openTo(ctx context.Context, actor accounts.User, channelID string) (c chat.Channel, keeper bool, err error) {
	c, m, err := s.chat.Channel(ctx, actor, channelID)
	if err != nil {
		return chat.Channel{}, false, err
	}
	keeper, err = s.mayAsk(actor, c, m)
	return c, keeper, err
}

// mayAsk returns nil where a member may ask for a plugin in their channel, and whether they keep it. Who is muted asks for none, and
// no bot does: whoever it speaks for would be the second person too.
func (s *Service) mayAsk(actor accounts.User, c chat.Channel, m chat.Member) (keeper bool, err error) {
	keeper = chat.MayInstall(actor, c, m)
	switch {
	case actor.Bot:
		err = errNoPerson
	case c.Archived:
		err = fault.New(fault.Conflict, "CHANNEL_ARCHIVED", "This channel is archived.")
	case !keeper:
		err = chat.MayPost(actor, c, m, true, s.now())
	}
	return keeper, err
}

// seat brings a channel in line with how an install stands: its bot has a place while it works there, and its times are
// waited for. It tells the channel.
func (s *Service) seat(ctx context.Context, i Install) error {
	s.deaf.hear(i.ChannelID)
	if err := s.reschedule(ctx, i); err != nil {
		return err
	}
	if i.State == Active {
		bot, err := s.user(ctx, i.BotID)
		if err == nil {
			err = s.chat.Seat(ctx, i.ChannelID, bot)
		}
		if err != nil {
			return err
		}
	}
	s.events.Publish(chat.ChannelTopic(i.ChannelID), InstallChanged{Install: i})
	return nil
}

// note writes to the audit log what somebody did to an install.
func (s *Service) note(ctx context.Context, action accounts.Action, actor accounts.User, i Install, title string) {
	s.record(ctx, accounts.Event{Action: action, ActorID: actor.ID, UserID: i.BotID, Details: map[string]string{
		"plugin": i.PluginID, "name": title, "channel": i.ChannelID, "install": i.ID,
	}})
}

// botOf returns the account that a plugin speaks as, and makes it where it is missing.
func (s *Service) botOf(ctx context.Context, actor accounts.User, p Plugin, m manifest.Manifest) (accounts.User, error) {
	if p.BotID != "" {
		bot, err := s.user(ctx, p.BotID)
		if err != nil || !bot.Deactivated {
			return bot, err
		}
	}
	owner, err := s.user(ctx, p.OwnerID)
	if fault.Is(err, fault.NotFound) {
		owner, err = actor, nil
	}
	if err != nil {
		return accounts.User{}, err
	}
	bot, err := s.makeBot(ctx, owner, m)
	if err != nil {
		return accounts.User{}, err
	}
	ctx = context.WithoutCancel(ctx)
	for try := 1; ; try++ {
		now, err := s.store.Plugin(ctx, p.ID)
		if err == nil && now.BotID == p.BotID {
			now.BotID = bot.ID
			if err = s.store.SavePlugin(ctx, now); fault.From(err) == ErrPluginChanged && try < saveTries {
				continue
			}
		}
		if err == nil && now.BotID != bot.ID { // somebody else was faster
			if err = s.bots.DeactivateBot(ctx, owner, bot.ID); err == nil {
				return s.user(ctx, now.BotID)
			}
		}
		return bot, err
	}
}

// makeBot makes a bot with the title of a plugin, or one like it where the title cannot be a bot's name.
func (s *Service) makeBot(ctx context.Context, owner accounts.User, m manifest.Manifest) (bot accounts.User, err error) {
	about := excerpt.Of(m.Description, accounts.MaxStatusMessage)
	for _, name := range []string{m.Title, m.Title + " plugin", m.Name + " plugin"} {
		if bot, err = s.bots.CreateBot(ctx, owner, accounts.BotDraft{Name: name, About: about, Tokenless: true}); !fault.Is(err, fault.Invalid) {
			return bot, err
		}
	}
	return bot, err
}
