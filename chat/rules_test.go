package chat_test

import (
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func TestInAnAnnouncementChannelAdminsPostAndEverybodyReplies(t *testing.T) {
	w := newWorld(t)
	owner, ben := w.person(t, "owner", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	mod, boss := w.person(t, "mod", accounts.RoleModerator), w.person(t, "boss", accounts.RoleAdmin)
	c := w.channel(t, chat.Public, owner, ben, mod, boss)
	earlier := w.post(t, ben, c.ID, "from before")
	admins := chat.Admins
	_, err := w.UpdateChannel(t.Context(), ben, c.ID, chat.ChannelChange{Posting: &admins})
	refused(t, err, fault.Forbidden, "FORBIDDEN")
	_, err = w.UpdateChannel(t.Context(), owner, c.ID, chat.ChannelChange{Posting: &admins})
	must(t, err)
	news := w.post(t, owner, c.ID, "news")
	w.post(t, boss, c.ID, "more news")
	for _, u := range []accounts.User{ben, mod} {
		_, err := w.PostMessage(t.Context(), u, c.ID, chat.Draft{Content: "me too"})
		refused(t, err, fault.Forbidden, "POSTING_RESTRICTED")
		_, err = w.SetTopic(t.Context(), u, c.ID, "mine")
		refused(t, err, fault.Forbidden, "POSTING_RESTRICTED")
		_, err = w.PostMessage(t.Context(), u, c.ID, chat.Draft{Content: "thanks", ParentID: news.ID})
		must(t, err)
	}
	_, err = w.EditMessage(t.Context(), ben, earlier.ID, "put right")
	must(t, err)
	odd := chat.Who("nobody")
	_, err = w.UpdateChannel(t.Context(), owner, c.ID, chat.ChannelChange{Posting: &odd})
	refused(t, err, fault.Invalid, "INVALID_RIGHT")
}

func TestTheTopicIsOneLineOfWhoeverMayPost(t *testing.T) {
	w := newWorld(t)
	owner, ben, eve := w.person(t, "owner", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "eve", accounts.RoleUser)
	c := w.channel(t, chat.Private, owner, ben)
	w.told()
	got, err := w.SetTopic(t.Context(), ben, c.ID, "  the \n boats ")
	if err != nil || got.Topic != "the boats" {
		t.Fatalf("%+v, %v", got, err)
	}
	w.tells(t, "channel:"+c.ID+" ChannelUpdated")
	_, err = w.SetTopic(t.Context(), ben, c.ID, "the boats")
	must(t, err)
	_, err = w.SetTopic(t.Context(), ben, c.ID, strings.Repeat("x", chat.MaxTopic+1))
	refused(t, err, fault.Invalid, "TOPIC_TOO_LONG")
	_, err = w.SetTopic(t.Context(), eve, c.ID, "mine")
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	w.tells(t)
}

func TestWhoIsMutedReadsAndDoesNotWriteUntilTheTimeIsOver(t *testing.T) {
	w := newWorld(t)
	owner, ben := w.person(t, "owner", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	mod := w.person(t, "mod", accounts.RoleModerator)
	c := w.channel(t, chat.Public, owner, ben, mod)
	m := w.post(t, ben, c.ID, "hello")
	_, err := w.Mute(t.Context(), mod, c.ID, ben.ID, time.Hour)
	must(t, err)
	writes := func(code string) {
		t.Helper()
		_, posted := w.PostMessage(t.Context(), ben, c.ID, chat.Draft{Content: "x"})
		_, replied := w.PostMessage(t.Context(), ben, c.ID, chat.Draft{Content: "x", ParentID: m.ID})
		_, edited := w.EditMessage(t.Context(), ben, m.ID, "x")
		_, said := w.SetTopic(t.Context(), ben, c.ID, "x")
		for _, err := range []error{posted, replied, edited, said} {
			if code == "" {
				must(t, err)
			} else {
				refused(t, err, fault.Forbidden, code)
			}
		}
	}
	writes("MUTED")
	if _, err := w.History(t.Context(), ben, c.ID, chat.Cut{Limit: 5}); err != nil {
		t.Error(err)
	}
	must(t, w.RemoveMember(t.Context(), ben, c.ID, ben.ID))
	must(t, w.Join(t.Context(), ben, c.ID))
	writes("MUTED")
	w.later(time.Hour)
	writes("")
	_, err = w.Mute(t.Context(), owner, c.ID, ben.ID, time.Minute)
	must(t, err)
	writes("MUTED")
	_, err = w.Mute(t.Context(), owner, c.ID, ben.ID, 0)
	must(t, err)
	writes("")
	_, err = w.Mute(t.Context(), owner, c.ID, ben.ID, chat.MaxMute+1)
	refused(t, err, fault.Invalid, "INVALID_TIME")
}

func TestWhoKeepsOrderRestrainsThoseBelow(t *testing.T) {
	w := newWorld(t)
	owner, admin := w.person(t, "owner", accounts.RoleUser), w.person(t, "admin", accounts.RoleUser)
	ben, mod := w.person(t, "ben", accounts.RoleUser), w.person(t, "mod", accounts.RoleModerator)
	other, boss := w.person(t, "other", accounts.RoleModerator), w.person(t, "boss", accounts.RoleAdmin)
	c := w.channel(t, chat.Private, owner, admin, ben, mod, other, boss)
	must(t, w.SetMemberRole(t.Context(), owner, c.ID, admin.ID, chat.RoleAdmin))
	for _, test := range []struct {
		by, whom accounts.User
		may      bool
	}{
		{ben, mod, false}, {ben, ben, false}, {mod, ben, true}, {mod, owner, false}, {mod, other, false}, {mod, boss, false}, {mod, mod, false},
		{owner, ben, true}, {owner, admin, true}, {owner, mod, true}, {owner, boss, false}, {boss, owner, true}, {boss, mod, true},
	} {
		_, err := w.Mute(t.Context(), test.by, c.ID, test.whom.ID, time.Minute)
		if (err == nil) != test.may {
			t.Errorf("%s mutes %s: %v", test.by.Username, test.whom.Username, err)
		}
		if test.may || test.by.ID == test.whom.ID {
			continue
		}
		refused(t, w.RemoveMember(t.Context(), test.by, c.ID, test.whom.ID), fault.Forbidden, "FORBIDDEN")
	}
	must(t, w.RemoveMember(t.Context(), mod, c.ID, ben.ID))
	direct, _, err := w.DirectChannel(t.Context(), mod, ben.ID)
	must(t, err)
	_, err = w.Mute(t.Context(), mod, direct.ID, ben.ID, time.Minute)
	if err == nil {
		t.Error("somebody is muted in a conversation")
	}
}

func TestAdminsSayWhoAddsPeopleAndWhoCallsEveryone(t *testing.T) {
	w := newWorld(t)
	owner, ben, cyd := w.person(t, "owner", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "cyd", accounts.RoleUser)
	c := w.channel(t, chat.Public, owner, ben)
	admins := chat.Admins
	_, err := w.UpdateChannel(t.Context(), owner, c.ID, chat.ChannelChange{Inviting: &admins, Crowds: &admins})
	must(t, err)
	refused(t, w.AddMember(t.Context(), ben, c.ID, cyd.ID), fault.Forbidden, "FORBIDDEN")
	must(t, w.AddMember(t.Context(), owner, c.ID, cyd.ID))
	if m := w.post(t, ben, c.ID, "@channel look"); strings.Contains(m.HTML, "mention") {
		t.Errorf("a member calls everyone: %s", m.HTML)
	}
	if m := w.post(t, owner, c.ID, "@channel look"); !strings.Contains(m.HTML, "mention") {
		t.Errorf("an admin does not call everyone: %s", m.HTML)
	}
}

func TestNewcomersBeginWhereAdminsSay(t *testing.T) {
	w := newWorld(t)
	must(t, w.EnsureGeneral(t.Context()))
	owner, boss := w.person(t, "owner", accounts.RoleUser), w.person(t, "boss", accounts.RoleAdmin)
	c := w.channel(t, chat.Public, owner, boss)
	yes := true
	_, err := w.UpdateChannel(t.Context(), owner, c.ID, chat.ChannelChange{Newcomers: &yes})
	refused(t, err, fault.Forbidden, "FORBIDDEN")
	_, err = w.UpdateChannel(t.Context(), boss, c.ID, chat.ChannelChange{Newcomers: &yes})
	must(t, err)
	ben := w.person(t, "ben", accounts.RoleUser)
	for range 2 {
		must(t, w.Welcome(t.Context(), ben.ID))
	}
	joined, err := w.JoinedChannels(t.Context(), ben)
	if err != nil || len(joined) != 2 {
		t.Fatalf("%+v, %v", joined, err)
	}
}
