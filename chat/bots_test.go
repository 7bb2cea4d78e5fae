package chat_test

import (
	"slices"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func TestABotIsNoneOfThePeopleOfAConversation(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	bot := w.person(t, "dice", accounts.RoleUser)
	direct, _, err := w.DirectChannel(t.Context(), ada, ben.ID)
	must(t, err)
	must(t, w.Seat(t.Context(), direct.ID, bot))
	must(t, w.Seat(t.Context(), direct.ID, bot))
	w.post(t, bot, direct.ID, "a roll of the dice")
	found, err := w.Conversations(t.Context(), ada, "", 10)
	must(t, err)
	if len(found) != 1 || !slices.Equal(found[0].People, []string{ben.ID}) || found[0].LastMessage != "a roll of the dice" {
		t.Errorf("got %+v", found)
	}
	one, err := w.Conversation(t.Context(), ben, direct.ID)
	must(t, err)
	if !slices.Equal(one.People, []string{ada.ID}) {
		t.Errorf("got %v", one.People)
	}
	must(t, w.Unseat(t.Context(), direct.ID, bot.ID))
	must(t, w.Unseat(t.Context(), direct.ID, bot.ID))
	_, err = w.PostMessage(t.Context(), bot, direct.ID, chat.Draft{Content: "still here"})
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
}

func TestPluginsAreForWhoKeepsOrder(t *testing.T) {
	w := newWorld(t)
	ada, ben, mo := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "mo", accounts.RoleModerator)
	bot := w.person(t, "bot", accounts.RoleUser)
	bot.Bot = true
	c := w.channel(t, chat.Private, ada, ben, mo)
	must(t, w.AddMember(t.Context(), ada, c.ID, bot.ID))
	must(t, w.SetMemberRole(t.Context(), ada, c.ID, bot.ID, chat.RoleAdmin))
	direct, _, err := w.DirectChannel(t.Context(), ada, ben.ID)
	must(t, err)
	for _, one := range []struct {
		who       accounts.User
		channelID string
		may       bool
	}{{ada, c.ID, true}, {ben, c.ID, false}, {mo, c.ID, true}, {ben, direct.ID, true}, {bot, c.ID, false}} {
		place, m, err := w.Channel(t.Context(), one.who, one.channelID)
		must(t, err)
		if chat.MayInstall(one.who, place, m) != one.may {
			t.Errorf("%s in %s: not %v", one.who.Name, place.Type, one.may)
		}
	}
}
