package accounts

import (
	"context"
	"errors"
	"strings"
	"time"

	"pegasus/fault"
	"pegasus/id"
)

// A bot is a user that a program speaks as. It has no password and no address, so that nobody signs in as one by any way;
// it comes in by a token alone. It is left out of lists, searches and counts of people, and is never an admin.

// MaxBots is how many bots a workspace has that are switched on.
const MaxBots = 1000

// BotDraft says what a bot is to be like.
type BotDraft struct {
	Name     string // what others see, under the rules of people's names
	Username string // "" makes one of the name
	About    string // what it does, up to MaxStatusMessage characters

	Tokenless bool
}

// BotChange names what to change of a bot; nil leaves a field as it is.
type BotChange struct {
	Name     *string
	Username *string
	About    *string
}

var (
	errBot       = fault.New(fault.Invalid, "USER_IS_BOT", "This is a bot, not a person. It has a page of its own.")
	errNoBot     = fault.New(fault.NotFound, "BOT_NOT_FOUND", "There is no such bot.")
	errLikeBot   = fault.Field("name", "NAME_RESERVED", "A bot is called like this.")
	errLikeHuman = fault.Field("name", "NAME_TAKEN", "Somebody here is called like this. A bot needs a name of its own.")
	errTokenless = fault.New(fault.Conflict, "BOT_TOKENLESS", "A webhook, a command or a plugin speaks for this bot. Make a bot of its own for a token.")
	errManyBots  = fault.New(fault.Conflict, "TOO_MANY_BOTS", "There are 1000 bots already. Please switch one off first.")
)

// botAddress takes the place of an address. It is none, so that nobody can be written to there or sign up with it.
func botAddress(botID string) string { return "bot:" + botID }

// CreateBot makes a bot for which owner answers. Who may ask for one is decided by whoever calls this: AddBot is for
// admins, plugins get theirs when they are installed. Errors: those of a name, NAME_TAKEN where somebody is called so,
// USERNAME_TAKEN where a username was chosen, TOO_MANY_BOTS.
func (s *Service) CreateBot(ctx context.Context, owner User, d BotDraft) (User, error) {
	name, err := cleanName("name", d.Name)
	if err != nil {
		return User{}, err
	}
	about, err := cleanText("about", d.About, MaxStatusMessage)
	if err != nil {
		return User{}, err
	}
	username := ""
	if d.Username != "" {
		if username, err = cleanUsername(d.Username); err != nil {
			return User{}, err
		}
	}
	if err := s.roomForBot(ctx); err != nil {
		return User{}, err
	}
	if err := s.notLikeHuman(ctx, name, username); err != nil {
		return User{}, err
	}
	now := s.now()
	bot := User{
		ID: id.New(now), Name: name, Username: username, StatusMessage: about, Role: RoleUser, Preferences: "{}",
		Status: StatusOffline, Bot: true, OwnerID: owner.ID, Tokenless: d.Tokenless, CreatedAt: now, UpdatedAt: now,
	}
	bot.Email = botAddress(bot.ID)
	if bot, err = s.storeBot(ctx, bot); err != nil {
		return User{}, err
	}
	s.record(ctx, Event{Action: ActionBotCreated, ActorID: owner.ID, UserID: bot.ID, Details: map[string]string{"name": name}})
	return bot, nil
}

// storeBot stores a bot. A username that was not chosen is made of the name.
func (s *Service) storeBot(ctx context.Context, bot User) (User, error) {
	chosen := bot.Username != ""
	for attempt := 0; ; attempt++ {
		if !chosen {
			bot.Username = usernameFrom(strings.ReplaceAll(strings.ToLower(bot.Name), " ", "-"), attempt)
		}
		err := s.store.CreateUser(ctx, bot, "")
		if !chosen && attempt < 5 && errors.Is(err, ErrUsernameTaken) {
			continue
		}
		return bot, err
	}
}

// AddBot is CreateBot for an admin.
func (s *Service) AddBot(ctx context.Context, admin User, d BotDraft) (User, error) {
	if err := RequireAdmin(admin); err != nil {
		return User{}, err
	}
	return s.CreateBot(ctx, admin, d)
}

// Bot returns a bot, switched off or not, for an admin.
func (s *Service) Bot(ctx context.Context, admin User, botID string) (User, error) {
	if err := RequireAdmin(admin); err != nil {
		return User{}, err
	}
	return s.bot(ctx, botID)
}

func (s *Service) bot(ctx context.Context, botID string) (User, error) {
	u, err := s.store.User(ctx, botID)
	if fault.Is(err, fault.NotFound) || err == nil && !u.Bot {
		return User{}, errNoBot
	}
	return u, err
}

// Bots lists up to limit bots that are switched on, in the order in which they were made, after an id, for an admin.
func (s *Service) Bots(ctx context.Context, admin User, after string, limit int) ([]User, error) {
	if err := RequireAdmin(admin); err != nil {
		return nil, err
	}
	return s.store.Bots(ctx, after, limit)
}

// BotsOn returns every bot that is switched on, in the order in which they were made; there are MaxBots at most.
func (s *Service) BotsOn(ctx context.Context) ([]User, error) {
	return s.store.Bots(ctx, "", MaxBots)
}

// ChangeBot changes a bot for an admin.
func (s *Service) ChangeBot(ctx context.Context, admin User, botID string, c BotChange) (User, error) {
	if err := RequireAdmin(admin); err != nil {
		return User{}, err
	}
	return s.UpdateBot(ctx, admin, botID, c)
}

// UpdateBot changes a bot. As with CreateBot, whoever calls this decides who may.
func (s *Service) UpdateBot(ctx context.Context, by User, botID string, c BotChange) (User, error) {
	if _, err := s.bot(ctx, botID); err != nil {
		return User{}, err
	}
	p := ProfileChange{Name: c.Name, Username: c.Username, StatusMessage: c.About}
	change, err := p.clean()
	if err != nil {
		return User{}, err
	}
	if err := s.notLikeHuman(ctx, value(change.Name), value(change.Username)); err != nil {
		return User{}, err
	}
	u, err := s.store.UpdateUser(ctx, botID, change, s.now())
	if err != nil {
		return User{}, err
	}
	if fields := p.identity(); fields != "" {
		s.record(ctx, Event{Action: ActionProfileChanged, ActorID: by.ID, UserID: botID, Details: map[string]string{"fields": fields}})
	}
	s.changed(u)
	return u, nil
}

// RemoveBot is DeactivateBot for an admin.
func (s *Service) RemoveBot(ctx context.Context, admin User, botID string) error {
	if err := RequireAdmin(admin); err != nil {
		return err
	}
	return s.DeactivateBot(ctx, admin, botID)
}

// DeactivateBot switches a bot off: its tokens and streams end and it leaves its channels. What it wrote stays
// under its name, and its username stays taken. Done again it does the same. Whoever calls this decides who may.
func (s *Service) DeactivateBot(ctx context.Context, by User, botID string) error {
	bot, err := s.bot(ctx, botID)
	if err != nil {
		return err
	}
	off := true
	u, err := s.store.UpdateUser(ctx, botID, UserChange{Deactivated: &off}, s.now())
	if err != nil {
		return err
	}
	// From here on no token of the bot lets anything in. The tokens themselves go as well, so that lists tell the truth.
	s.endStreams(ctx, botID, "", "")
	tokens, err := s.store.Tokens(ctx, botID)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if err := s.store.DeleteToken(ctx, botID, t.ID); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if err := s.leave(ctx, botID); err != nil {
		return err
	}
	if !bot.Deactivated {
		s.record(ctx, Event{Action: ActionBotRemoved, ActorID: by.ID, UserID: botID, Details: map[string]string{"name": bot.Name}})
	}
	s.changed(u)
	return nil
}

// ActivateBot switches a bot on again. It comes back without tokens and channels. Errors: TOO_MANY_BOTS, and NAME_TAKEN where
// somebody is called so by now. Whoever calls this decides who may.
func (s *Service) ActivateBot(ctx context.Context, by User, botID string) (User, error) {
	bot, err := s.bot(ctx, botID)
	if err != nil || !bot.Deactivated {
		return bot, err
	}
	if err := s.roomForBot(ctx); err != nil {
		return User{}, err
	}
	if err := s.notLikeHuman(ctx, bot.Name, bot.Username); err != nil {
		return User{}, err
	}
	off := false
	if bot, err = s.store.UpdateUser(ctx, botID, UserChange{Deactivated: &off}, s.now()); err != nil {
		return User{}, err
	}
	s.record(ctx, Event{Action: ActionBotRestored, ActorID: by.ID, UserID: botID, Details: map[string]string{"name": bot.Name}})
	s.changed(bot)
	return bot, nil
}

// RestoreBot is ActivateBot for an admin.
func (s *Service) RestoreBot(ctx context.Context, admin User, botID string) (User, error) {
	if err := RequireAdmin(admin); err != nil {
		return User{}, err
	}
	return s.ActivateBot(ctx, admin, botID)
}

// roomForBot refuses one bot more than there may be.
func (s *Service) roomForBot(ctx context.Context) error {
	have, err := s.store.Bots(ctx, "", MaxBots)
	if err == nil && len(have) >= MaxBots {
		err = errManyBots
	}
	return err
}

// CreateBotToken makes a token for a bot, for an admin with a fresh session. It is CreateToken in all else; a bot's token
// has no admin rights, and a bot for which something here speaks has no token (BOT_TOKENLESS).
func (s *Service) CreateBotToken(
	ctx context.Context, admin User, session Session, botID, name string, scopes []Scope, life time.Duration,
) (Token, string, error) {
	bot, err := s.Bot(ctx, admin, botID)
	if err != nil {
		return Token{}, "", err
	}
	switch {
	case bot.Deactivated:
		return Token{}, "", errNoBot
	case bot.Tokenless:
		return Token{}, "", errTokenless
	}
	return s.createToken(ctx, admin, session, bot, name, scopes, life)
}

// BotTokens lists a bot's tokens, newest first, for an admin.
func (s *Service) BotTokens(ctx context.Context, admin User, botID string) ([]Token, error) {
	if _, err := s.Bot(ctx, admin, botID); err != nil {
		return nil, err
	}
	return s.store.Tokens(ctx, botID)
}

// DeleteBotToken ends a token of a bot at once, for an admin.
func (s *Service) DeleteBotToken(ctx context.Context, admin User, botID, tokenID string) error {
	bot, err := s.Bot(ctx, admin, botID)
	if err != nil {
		return err
	}
	return s.deleteToken(ctx, admin.ID, bot.ID, tokenID)
}

// CheckAlias reports, as an error, that a bot may not be shown under a name, under the rules of CreateBot.
func (s *Service) CheckAlias(ctx context.Context, name string) error {
	clean, err := cleanName("name", name)
	if err != nil {
		return err
	}
	return s.notLikeHuman(ctx, clean)
}

// notBot refuses to change a bot where people are changed.
func (s *Service) notBot(ctx context.Context, userID string) error {
	u, err := s.store.User(ctx, userID)
	if err == nil && u.Bot {
		err = errBot
	}
	return err
}

// notLikeHuman refuses names under which a bot would pass for somebody. It reads everyone's name, which the rare making of
// a bot is worth.
func (s *Service) notLikeHuman(ctx context.Context, names ...string) error {
	looks := likenesses(names...)
	if len(looks) == 0 {
		return nil
	}
	const page = 1000
	for after := ""; ; {
		people, err := s.store.ListUsers(ctx, after, page)
		if err != nil {
			return err
		}
		for _, u := range people {
			if looks.any(u.Name, u.DisplayName, u.Username) {
				return errLikeHuman
			}
			after = u.ID
		}
		if len(people) < page {
			return nil
		}
	}
}

// notLikeBot refuses names under which a person would pass for a bot of the workspace.
func (s *Service) notLikeBot(ctx context.Context, names ...string) error {
	looks := likenesses(names...)
	if len(looks) == 0 {
		return nil
	}
	bots, err := s.store.Bots(ctx, "", MaxBots)
	if err != nil {
		return err
	}
	for _, bot := range bots {
		if looks.any(bot.Name, bot.Username) {
			return errLikeBot
		}
	}
	return nil
}

type likeness map[string]bool

// likenesses returns what names look like. Names without letters look like themselves.
func likenesses(names ...string) likeness {
	looks := likeness{}
	for _, name := range names {
		if name != "" {
			looks[look(name)] = true
		}
	}
	return looks
}

func (l likeness) any(names ...string) bool {
	for _, name := range names {
		if name != "" && l[look(name)] {
			return true
		}
	}
	return false
}

func look(name string) string {
	if s := skeleton(name); s != "" {
		return s
	}
	return name
}

func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
