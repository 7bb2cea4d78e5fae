package hooks

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
	"pegasus/rates"
)

// Options are the parts that a Service is made of. Every part must be set.
type Options struct {
	Store    Store
	Jobs     queue.Store
	Accounts *accounts.Service
	Chat     *chat.Service
	Key      []byte // the secrets of outgoing webhooks and commands are derived from it
	Host     string // the name of this server, which outgoing webhooks tell
	URL      string // where others reach this server, without a slash at its end
	// Others returns the commands of a channel that come before ours, and with channelID "" those that every channel has; nil where
	// there are none.
	Others    chat.Commands
	Unlimited bool // lifts the limits by rate
	Now       func() time.Time
	// Send posts a body to an address by a client that reaches no inner network, and follows no redirect. It ends with ctx.
	Send func(ctx context.Context, r Request) (Answer, error)
	// Emoji returns the emoji of a shortcode such as "tada".
	Emoji func(shortcode string) (string, bool)
	// Icon returns the path under which pages show a picture of another server, "" where they do not.
	Icon func(address string) string
	// Failed is told of work beside the request that did not succeed.
	Failed func(ctx context.Context, doing string, err error)
}

// Request is what an outgoing webhook or a command sends.
type Request struct {
	URL    string
	Header map[string]string
	Body   []byte
}

// Answer is what the other side said, of its body no more than MaxAnswer.
type Answer struct {
	Status int
	Body   []byte
}

// Service holds the rules of webhooks. It is safe for concurrent use.
type Service struct {
	store    Store
	jobs     queue.Store
	accounts *accounts.Service
	chat     *chat.Service
	key      []byte
	host     string
	url      string
	others   chat.Commands
	rates    *rates.Windows
	now      func() time.Time
	send     func(context.Context, Request) (Answer, error)
	failed   func(context.Context, string, error)
	emoji    func(string) (string, bool)
	icon     func(string) string
	aliases  aliases
}

// NewService returns a Service.
func NewService(o Options) *Service {
	return &Service{
		store: o.Store, jobs: o.Jobs, accounts: o.Accounts, chat: o.Chat, key: o.Key, host: o.Host, now: o.Now, send: o.Send, failed: o.Failed,
		emoji: o.Emoji, icon: o.Icon, aliases: newAliases(), url: o.URL, others: o.Others, rates: rates.New(o.Now, o.Unlimited),
	}
}

// Draft says what a webhook is to be like.
type Draft struct {
	Kind     Kind
	Name     string
	Crowds   bool
	URL      string
	Triggers []string
	Command  string // with or without its slash
	Usage    string
	About    string
}

// Made is a webhook with what is shown of it once: its secret, and the token in the body of what an outgoing one or a command sends.
type Made struct {
	Hook   Hook
	Secret string
	Token  string
}

// channel returns a channel whose webhooks the actor keeps: admins of the channel, and admins of the workspace who are in it. What
// is of all channels, with channelID "", admins of the workspace keep.
func (s *Service) channel(ctx context.Context, actor accounts.User, channelID string) (chat.Channel, error) {
	if channelID == "" {
		return chat.Channel{}, accounts.RequireAdmin(actor)
	}
	c, place, err := s.chat.Channel(ctx, actor, channelID)
	if err == nil && (c.IsDirect() || !chat.MayManage(actor, place)) {
		err = errKeepers
	}
	return c, err
}

// Create makes a webhook with a bot of its own, for who keeps the channel. One that sends something elsewhere is for admins
// of the workspace alone, as it says where this server connects to. With channelID "" it makes a command of all channels.
func (s *Service) Create(ctx context.Context, actor accounts.User, channelID string, d Draft) (Made, error) {
	c, err := s.channel(ctx, actor, channelID)
	if err == nil && c.Archived {
		err = fault.New(fault.Forbidden, "CHANNEL_ARCHIVED", "This channel is archived.")
	}
	if err == nil {
		err = s.checkDraft(ctx, actor, channelID, &d)
	}
	if err != nil {
		return Made{}, err
	}
	have, err := s.store.ChannelHooks(ctx, channelID)
	if err != nil {
		return Made{}, err
	}
	if len(have) >= MaxHooks {
		return Made{}, errMany
	}
	bot, err := s.accounts.CreateBot(ctx, actor, accounts.BotDraft{Name: d.Name, About: d.botAbout(c), Tokenless: true})
	if err != nil {
		return Made{}, err
	}
	now := s.now()
	h := Hook{
		ID: id.New(now), Kind: d.Kind, ChannelID: channelID, BotID: bot.ID, KeeperID: actor.ID, Name: bot.Name, Crowds: d.Crowds,
		URL: d.URL, Triggers: d.Triggers, Command: d.Command, Usage: d.Usage, About: d.About, CreatedAt: now, UpdatedAt: now,
	}
	made := s.secrets(&h)
	// The bot comes first: of a crash in between stays a bot that can do nothing.
	if channelID != "" {
		err = s.chat.AddMember(ctx, actor, channelID, bot.ID)
	}
	if err == nil {
		err = s.store.CreateHook(context.WithoutCancel(ctx), h)
	}
	if err != nil {
		s.endBot(ctx, actor, bot.ID)
		return Made{}, err
	}
	made.Hook = h
	s.record(ctx, accounts.ActionHookCreated, actor, h)
	return made, nil
}

// botAbout says what the bot of a new webhook is.
func (d Draft) botAbout(c chat.Channel) string {
	if d.Kind == SlashCommand {
		return "The command /" + d.Command
	}
	return "A webhook of #" + c.Name
}

func (s *Service) endBot(ctx context.Context, actor accounts.User, botID string) {
	ctx = context.WithoutCancel(ctx)
	if err := s.accounts.DeactivateBot(ctx, actor, botID); err != nil {
		s.failed(ctx, "switch the bot of a webhook off", err)
	}
}

// secrets gives a webhook a new secret.
func (s *Service) secrets(h *Hook) Made {
	if h.Kind == Incoming {
		secret := accounts.NewSecret()
		h.Hash, h.Hint = accounts.HashSecret(secret), secret[len(secret)-4:]
		return Made{Secret: secret}
	}
	h.Salt = accounts.NewSecret()
	return Made{Secret: s.signingSecret(*h), Token: s.token(*h)}
}

func (s *Service) record(ctx context.Context, action accounts.Action, actor accounts.User, h Hook) {
	s.accounts.Record(ctx, accounts.Event{Action: action, ActorID: actor.ID, UserID: h.BotID, Details: map[string]string{
		"hook": h.ID, "kind": string(h.Kind), "channel": h.ChannelID, "name": h.called(),
	}})
}

// called is what people call a webhook or a command.
func (h Hook) called() string {
	if h.Kind == SlashCommand {
		return "/" + h.Command
	}
	return h.Name
}

func (s *Service) checkDraft(ctx context.Context, actor accounts.User, channelID string, d *Draft) (err error) {
	if d.Kind == SlashCommand {
		d.Crowds, d.Triggers = false, nil
		return s.checkCommand(ctx, actor, channelID, d)
	}
	d.Command, d.Usage, d.About = "", "", ""
	switch {
	case channelID == "":
		return errKind
	case d.Kind == Incoming:
		d.URL, d.Triggers = "", nil
		return nil
	case d.Kind == Outgoing:
		d.Crowds = false
		if err := accounts.RequireAdmin(actor); err != nil {
			return err
		}
		if d.URL, err = cleanURL(d.URL); err != nil {
			return err
		}
		d.Triggers, err = cleanTriggers(d.Triggers)
		return err
	}
	return errKind
}

// cleanURL takes web addresses. Where they may lead is decided when they are connected to.
func cleanURL(text string) (string, error) {
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	if err != nil || len(text) > MaxURL || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return "", errURL
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String(), nil
}

// oneLine brings a text to one line, and reports whether it is a text of at most most characters then.
func oneLine(text *string, most int) bool {
	*text = strings.Join(strings.Fields(*text), " ")
	return utf8.ValidString(*text) && utf8.RuneCountInString(*text) <= most
}

func cleanTriggers(words []string) ([]string, error) {
	var clean []string
	seen := map[string]bool{}
	for _, word := range words {
		word = strings.ToLower(strings.TrimSpace(word))
		if word == "" || seen[word] {
			continue
		}
		if !utf8.ValidString(word) || strings.ContainsAny(word, " \t\r\n\x00") || utf8.RuneCountInString(word) > MaxTrigger {
			return nil, errTriggers
		}
		seen[word] = true
		clean = append(clean, word)
	}
	if len(clean) > MaxTriggers {
		return nil, errTriggers
	}
	return clean, nil
}

// List returns the webhooks of a channel that the actor keeps.
func (s *Service) List(ctx context.Context, actor accounts.User, channelID string) ([]Hook, error) {
	if _, err := s.channel(ctx, actor, channelID); err != nil {
		return nil, err
	}
	return s.store.ChannelHooks(ctx, channelID)
}

// All returns up to limit webhooks of all channels after an id, for admins of the workspace.
func (s *Service) All(ctx context.Context, actor accounts.User, after string, limit int) ([]Hook, error) {
	if err := accounts.RequireAdmin(actor); err != nil {
		return nil, err
	}
	return s.store.Hooks(ctx, after, limit)
}

// Hook returns a webhook for who keeps its channel. Admins of the workspace see all; to others who do not keep the channel
// it is not there.
func (s *Service) Hook(ctx context.Context, actor accounts.User, hookID string) (Hook, error) {
	if !id.Valid(hookID) {
		return Hook{}, ErrHook
	}
	h, err := s.store.Hook(ctx, hookID)
	if err != nil || actor.IsAdmin() {
		return h, err
	}
	if _, err := s.channel(ctx, actor, h.ChannelID); fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) {
		return Hook{}, ErrHook
	} else if err != nil {
		return Hook{}, err
	}
	return h, nil
}

// Update names what somebody changes of a webhook; nil leaves a field as it is.
type Update struct {
	Name     *string
	Crowds   *bool
	URL      *string
	Triggers *[]string
	Off      *bool
	Usage    *string
	About    *string
}

// Change changes a webhook. Where an outgoing one or a command leads is changed by an admin of the workspace who is in the channel, who
// keeps it from then on. A command keeps its name. Switching one on forgets its failures.
func (s *Service) Change(ctx context.Context, actor accounts.User, hookID string, u Update) (Hook, error) {
	h, err := s.Hook(ctx, actor, hookID)
	if err != nil {
		return Hook{}, err
	}
	change := Change{Off: u.Off}
	if h.Kind == Incoming {
		u.URL, u.Triggers = nil, nil
	}
	if h.Kind != SlashCommand {
		u.Usage, u.About = nil, nil
	} else {
		u.Triggers = nil
	}
	if u.URL != nil || u.Triggers != nil || u.Usage != nil || u.About != nil {
		if err := s.redirect(ctx, actor, h, u, &change); err != nil {
			return Hook{}, err
		}
	}
	if h.Kind == Incoming && u.Crowds != nil {
		if _, err := s.channel(ctx, actor, h.ChannelID); err != nil {
			return Hook{}, err
		}
		change.Crowds = u.Crowds
	}
	if u.Name != nil && *u.Name != h.Name {
		bot, err := s.accounts.UpdateBot(ctx, actor, h.BotID, accounts.BotChange{Name: u.Name})
		if err != nil {
			return Hook{}, err
		}
		change.Name = &bot.Name
	}
	if u.Off != nil {
		change.Problem, change.Failures = new(""), new(0)
	}
	h, err = s.store.ChangeHook(context.WithoutCancel(ctx), hookID, change, s.now())
	if err == nil {
		s.record(ctx, accounts.ActionHookChanged, actor, h)
	}
	return h, err
}

// redirect changes what is sent where, and what is said of it.
func (s *Service) redirect(ctx context.Context, actor accounts.User, h Hook, u Update, change *Change) (err error) {
	if err := accounts.RequireAdmin(actor); err != nil {
		return err
	}
	if _, err := s.channel(ctx, actor, h.ChannelID); err != nil {
		return err
	}
	if u.URL != nil {
		address, err := cleanURL(*u.URL)
		if err != nil {
			return err
		}
		change.URL = &address
		if address != h.URL {
			change.KeeperID = &actor.ID
		}
	}
	if u.Triggers != nil {
		words, err := cleanTriggers(*u.Triggers)
		if err != nil {
			return err
		}
		change.Triggers = &words
	}
	change.Usage, change.About = u.Usage, u.About
	return cleanHelp(u.Usage, u.About)
}

// ReplaceSecret gives a webhook a new secret; the old one is good no more. It is for who keeps the channel, and for one
// that sends something elsewhere an admin of the workspace among them.
func (s *Service) ReplaceSecret(ctx context.Context, actor accounts.User, hookID string) (Made, error) {
	h, err := s.Hook(ctx, actor, hookID)
	if err == nil {
		_, err = s.channel(ctx, actor, h.ChannelID)
	}
	if err == nil && h.Kind != Incoming {
		err = accounts.RequireAdmin(actor)
	}
	if err != nil {
		return Made{}, err
	}
	made := s.secrets(&h)
	made.Hook, err = s.store.ChangeHook(context.WithoutCancel(ctx), hookID, Change{Hash: &h.Hash, Hint: &h.Hint, Salt: &h.Salt}, s.now())
	if err == nil {
		s.record(ctx, accounts.ActionHookSecret, actor, h)
	}
	return made, err
}

// Delete ends a webhook and its bot. What was posted stays.
func (s *Service) Delete(ctx context.Context, actor accounts.User, hookID string) error {
	h, err := s.Hook(ctx, actor, hookID)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.store.DeleteHook(ctx, hookID); err != nil {
		return err
	}
	s.record(ctx, accounts.ActionHookRemoved, actor, h)
	s.endBot(ctx, actor, h.BotID)
	for _, kind := range []string{jobDelivery, jobCalled} {
		if err := s.jobs.DeleteJobs(ctx, hookID, kind); err != nil {
			return err
		}
	}
	return nil
}

// touchAfter is how exactly the last use of a webhook is kept.
const touchAfter = time.Minute

// touch records a use. A failure refuses nobody: the next use notes itself.
func (s *Service) touch(ctx context.Context, h Hook) {
	now := s.now()
	if now.Sub(h.LastUsedAt) < touchAfter {
		return
	}
	_, _ = s.store.ChangeHook(context.WithoutCancel(ctx), h.ID, Change{LastUsedAt: &now}, h.UpdatedAt)
}
