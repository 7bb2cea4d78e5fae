package plugins

import (
	"context"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

const (
	maxKeepers = 20   // of a channel who are told of something
	maxAsked   = 2000 // members among whom they are looked for
)

// tellKeepers has the workbench write to those who keep a channel, but for one of them.
func (s *Service) tellKeepers(ctx context.Context, c chat.Channel, except, text string) {
	ctx = context.WithoutCancel(ctx)
	keepers, err := s.keepersOf(ctx, c, except)
	for _, u := range keepers {
		if err == nil {
			err = s.writeTo(ctx, u, text)
		}
	}
	if err != nil {
		s.failed(ctx, "tell the keepers of a channel", err)
	}
}

// keepersOf returns who may install plugins in a channel, at most maxKeepers of them.
func (s *Service) keepersOf(ctx context.Context, c chat.Channel, except string) (keepers []accounts.User, err error) {
	const page = 500
	for after, read := "", 0; read < maxAsked; read += page {
		members, err := s.chat.MembersOf(ctx, c.ID, after, page)
		if err != nil {
			return nil, err
		}
		places, ids := map[string]chat.Member{}, make([]string, len(members))
		for n, m := range members {
			ids[n], places[m.UserID], after = m.UserID, m, m.UserID
		}
		people, err := s.users(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, u := range people {
			if u.ID != except && !u.Bot && u.KeptOut(s.now()) == nil && chat.MayInstall(u, c, places[u.ID]) && len(keepers) < maxKeepers {
				keepers = append(keepers, u)
			}
		}
		if len(members) < page {
			break
		}
	}
	return keepers, nil
}

// writeTo has the workbench send somebody a direct message.
func (s *Service) writeTo(ctx context.Context, u accounts.User, text string) error {
	bot, err := s.workbench(ctx)
	if err != nil {
		return err
	}
	direct, _, err := s.chat.DirectChannel(ctx, bot, u.ID)
	if err == nil {
		_, err = s.chat.PostMessage(ctx, bot, direct.ID, chat.Draft{Content: text})
	}
	if fault.Is(err, fault.Forbidden) { // kept out by now
		err = nil
	}
	return err
}

// placeName names a channel in a sentence.
func (s *Service) placeName(c chat.Channel) string {
	if c.IsDirect() {
		return "a direct conversation"
	}
	return "#" + c.Name
}

// workbenchNames are what the workbench's own bot may be called: the first one that nobody else has.
var workbenchNames = []string{"workbench", "workbench-bot", "pegasus-workbench"}

// workbench returns the bot that speaks for the workbench itself, and makes it where it is missing. Nobody owns it, which
// tells it from the bots of plugins.
func (s *Service) workbench(ctx context.Context) (accounts.User, error) {
	for _, name := range workbenchNames {
		for range 2 {
			bot, err := s.userNamed(ctx, name)
			if err == nil && bot.Bot && bot.OwnerID == "" && !bot.Deactivated {
				return bot, nil
			}
			if !fault.Is(err, fault.NotFound) {
				if err != nil {
					return bot, err
				}
				break // somebody else's
			}
			bot, err = s.bots.CreateBot(ctx, accounts.User{}, accounts.BotDraft{Name: "Workbench", Username: name, About: "Builds plugins", Tokenless: true})
			if err == nil {
				return bot, nil
			}
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
				return bot, err
			}
		}
	}
	return accounts.User{}, fault.New(fault.Conflict, "NO_WORKBENCH_BOT", "The workbench finds no name to speak by: somebody here is called like it.")
}
