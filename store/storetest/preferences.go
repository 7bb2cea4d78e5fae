package storetest

import (
	"slices"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

func preferencesKept(t *testing.T, store Store) {
	ctx := t.Context()
	ada := AddUser(t, store, "ada")
	_, chosen, err := store.Preferences(ctx, ada.ID)
	must(t, err)
	equal(t, "whether anything is chosen", chosen, false)
	for _, want := range []chat.Preferences{
		{UserID: ada.ID, Level: chat.LevelAll, Keywords: []string{"release", "naïve"}, Zone: "Europe/Berlin", Quiet: chat.Quiet{Days: 62, From: 1320, To: 420},
			PausedUntil: Start.Add(time.Hour), HideContent: true, Sound: true, NoMail: true, NoAnswers: true},
		{UserID: ada.ID},
	} {
		must(t, store.SetPreferences(ctx, want))
		got, chosen, err := store.Preferences(ctx, ada.ID)
		must(t, err)
		equal(t, "whether anything is chosen", chosen, true)
		alike(t, "the preferences", got, want)
	}
	must(t, store.EraseUser(ctx, ada.ID, accounts.Tombstone{Email: "x@gone.invalid", Username: "x", Name: "x"}, Start))
	_, chosen, err = store.Preferences(ctx, ada.ID)
	must(t, err)
	equal(t, "whether anything is chosen by who is gone", chosen, false)
}

func audienceFound(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben, cy, dee, eve := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "cy"), AddUser(t, store, "dee"), AddUser(t, store, "eve")
	c, other := AddChannel(t, store, "c", ada, ben, cy, dee), AddChannel(t, store, "other", eve)
	must(t, store.SetMemberNotify(ctx, c.ID, ben.ID, chat.LevelAll, false))
	must(t, store.SetMemberNotify(ctx, c.ID, dee.ID, chat.LevelNothing, true))
	chosen := chat.Preferences{UserID: cy.ID, Keywords: []string{"release"}}
	must(t, store.SetPreferences(ctx, chosen))
	must(t, store.SetPreferences(ctx, chat.Preferences{UserID: ada.ID, Sound: true}))
	refused(t, store.SetMemberNotify(ctx, c.ID, eve.ID, chat.LevelAll, false), fault.NotFound, "NOT_A_MEMBER")
	refused(t, store.SetMemberNotify(ctx, id.New(Start), ada.ID, chat.LevelAll, false), fault.NotFound, "NOT_A_MEMBER")

	who := func(concerned []string, everybody bool) (names []string) {
		t.Helper()
		found, err := store.Audience(ctx, c.ID, concerned, everybody)
		must(t, err)
		for _, r := range found {
			switch r.UserID {
			case ben.ID:
				equal(t, "ben's level", r.Level, chat.LevelAll)
			case cy.ID:
				alike(t, "what cy chose", r.Preferences, chosen)
			case dee.ID:
				equal(t, "whether dee has muted it", r.Muted, true)
			}
			names = append(names, r.UserID)
		}
		slices.Sort(names)
		return names
	}
	ids := func(people ...accounts.User) (ids []string) {
		for _, u := range people {
			ids = append(ids, u.ID)
		}
		slices.Sort(ids)
		return ids
	}
	alike(t, "who asks for more", who(nil, false), ids(ben, cy))
	alike(t, "with whom it concerns", who([]string{dee.ID, eve.ID, ben.ID}, false), ids(ben, cy, dee))
	alike(t, "everybody", who(nil, true), ids(ada, ben, cy, dee))
	none, err := store.Audience(ctx, other.ID, nil, false)
	must(t, err)
	equal(t, "the audience of another channel", len(none), 0)

	_, m, err := store.Membership(ctx, c.ID, dee.ID)
	must(t, err)
	equal(t, "the level of the membership", m.Level, chat.LevelNothing)
	equal(t, "whether the membership is muted", m.Muted, true)
	joined, err := store.JoinedChannels(ctx, dee.ID)
	must(t, err)
	equal(t, "whether the joined channel is muted", joined[0].Muted, true)
	Post(t, store, c.ID, dee.ID, "mine") // counters leave it alone
	_, m, err = store.Membership(ctx, c.ID, dee.ID)
	must(t, err)
	equal(t, "whether it is muted after a message", m.Muted, true)

	called := mention(t, store, c.ID, ada, append(named(ben), chat.Mention{UserID: cy.ID})...)
	for u, want := range map[string][2]bool{ben.ID: {true, true}, cy.ID: {true, false}, dee.ID: {}} {
		mentioned, byName, err := store.Mentioned(ctx, called.ID, u)
		must(t, err)
		equal(t, "whether somebody is mentioned, and by name", [2]bool{mentioned, byName}, want)
	}
}
