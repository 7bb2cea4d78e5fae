package mongo

import (
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/accounts"
	"pegasus/id"
	"pegasus/store/storetest"
)

func TestBotsForWhichSomethingSpeaksLoseTheirTokens(t *testing.T) {
	s := connect(t)
	ensure(t, s)
	ada := storetest.AddUser(t, s, "ada")
	bots := map[string]accounts.User{}
	for _, name := range []string{"own", "hook", "plugin", "server"} {
		bot := storetest.User(name)
		bot.Email, bot.Bot = "bot:"+bot.ID, true
		if name != "server" {
			bot.OwnerID = ada.ID
		}
		must(t, s.CreateUser(t.Context(), bot, ""))
		must(t, s.CreateToken(t.Context(), storetest.Token(bot.ID, name)))
		bots[name] = bot
	}
	_, err := s.hooks.InsertOne(t.Context(), bson.D{{Key: "_id", Value: ref(id.New(storetest.Start))}, {Key: "bot_id", Value: ref(bots["hook"].ID)}, {Key: "hash", Value: "h"}})
	must(t, err)
	install := storetest.Install(storetest.AddPlugin(t, s, ada.ID, "dice").ID, id.New(storetest.Start))
	install.BotID = bots["plugin"].ID
	must(t, s.AddInstall(t.Context(), install))
	for range 2 {
		ensure(t, s)
	}
	for name, bot := range bots {
		got, err := s.User(t.Context(), bot.ID)
		must(t, err)
		tokens, err := s.Tokens(t.Context(), bot.ID)
		must(t, err)
		if got.Tokenless != (name != "own") || len(tokens) > 0 != (name == "own") {
			t.Errorf("%s: tokenless %v, with %d tokens", name, got.Tokenless, len(tokens))
		}
	}
}
