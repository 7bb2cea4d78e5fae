package chat_test

import (
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func TestWhoMakesChannelsIsWhatAdminsDecided(t *testing.T) {
	w := newWorld(t)
	user, mod, boss := w.person(t, "ada", accounts.RoleUser), w.person(t, "mod", accounts.RoleModerator), w.person(t, "boss", accounts.RoleAdmin)
	n := 0
	for _, c := range []struct {
		makers          accounts.Makers
		user, mod, boss bool
	}{{accounts.Anyone, true, true, true}, {accounts.ByModerators, false, true, true}, {accounts.ByAdmins, false, false, true}} {
		for _, kind := range []chat.ChannelType{chat.Public, chat.Private} {
			w.decided = accounts.Policy{PublicChannels: c.makers}
			if kind == chat.Private {
				w.decided = accounts.Policy{PrivateChannels: c.makers}
			}
			for who, may := range map[*accounts.User]bool{&user: c.user, &mod: c.mod, &boss: c.boss} {
				n++
				_, err := w.CreateChannel(t.Context(), *who, chat.NewChannel{Name: "c-" + strings.Repeat("x", n), Type: kind})
				if f := fault.From(err); (err == nil) != may || err != nil && (f.Kind != fault.Forbidden || f.Code != "CHANNELS_RESTRICTED") {
					t.Errorf("%s makes a %s channel with %q: %v", who.Name, kind, c.makers, err)
				}
			}
		}
	}
}

// A private channel that is opened would be a public one that its admin may not make.
func TestWhoMakesNoChannelsOfATypeMakesNoneOneOfIt(t *testing.T) {
	w := newWorld(t)
	ada, boss := w.person(t, "ada", accounts.RoleUser), w.person(t, "boss", accounts.RoleAdmin)
	hidden, open := w.channel(t, chat.Private, ada, boss), w.channel(t, chat.Public, ada, boss)
	w.decided = accounts.Policy{PublicChannels: accounts.ByAdmins, PrivateChannels: accounts.ByModerators}
	public, private, topic := chat.Public, chat.Private, "boats"
	for _, c := range []struct {
		who       accounts.User
		channelID string
		change    chat.ChannelChange
		code      string
	}{
		{ada, hidden.ID, chat.ChannelChange{Type: &public}, "CHANNELS_RESTRICTED"},
		{ada, open.ID, chat.ChannelChange{Type: &private}, "CHANNELS_RESTRICTED"},
		{ada, hidden.ID, chat.ChannelChange{Type: &private, Topic: &topic}, ""},
		{ada, open.ID, chat.ChannelChange{Type: &public}, ""},
		{boss, hidden.ID, chat.ChannelChange{Type: &public}, ""},
	} {
		_, err := w.UpdateChannel(t.Context(), c.who, c.channelID, c.change)
		if f := fault.From(err); c.code == "" && err != nil || c.code != "" && (f == nil || f.Code != c.code) {
			t.Errorf("%s: %v, want %q", c.who.Name, err, c.code)
		}
	}
	if _, _, err := w.DirectChannel(t.Context(), ada, boss.ID); err != nil {
		t.Errorf("a conversation is no channel: %v", err)
	}
}

func TestHowLongAMessageMayBeIsWhatAdminsDecided(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	long := strings.Repeat("ä", 3000)
	refuses := func(want string) {
		t.Helper()
		for name, try := range map[string]func() error{
			"post":     func() error { _, err := w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: long}); return err },
			"command":  func() error { _, err := w.Say(t.Context(), ada, c.ID, chat.Draft{Content: "/me " + long}); return err },
			"rehearse": func() error { _, err := w.Rehearse(t.Context(), ada, c.ID, long); return err },
			"later": func() error {
				_, err := w.Schedule(t.Context(), ada, c.ID, chat.Draft{Content: long}, w.now().Add(time.Hour))
				return err
			},
		} {
			err := try()
			if f := fault.From(err); want == "" && err != nil || want != "" && (f == nil || f.Code != "CONTENT_TOO_LONG" || !strings.Contains(f.Message, want)) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
	refuses("2000")
	w.decided.MaxMessage = 4000
	refuses("")
	m := w.post(t, ada, c.ID, long)
	w.decided.MaxMessage = 1000
	refuses("1000")
	if _, err := w.EditMessage(t.Context(), ada, m.ID, long+"!"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an edit: %v", err)
	}
	if got, err := w.Message(t.Context(), ada, m.ID); err != nil || got.Content != long {
		t.Errorf("what stood before is %d long, %v", len(got.Content), err)
	}
}
