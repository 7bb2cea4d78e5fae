package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

func named(people ...accounts.User) (mentions []chat.Mention) {
	for _, u := range people {
		mentions = append(mentions, chat.Mention{UserID: u.ID, Named: true})
	}
	return mentions
}

// mention stores a message that mentions people, a minute after Start for each message before it.
func mention(t testing.TB, store chat.Store, channelID string, by accounts.User, mentions ...chat.Mention) chat.Message {
	t.Helper()
	c, err := store.Channel(t.Context(), channelID)
	must(t, err)
	m := Message(channelID, by.ID, "hello")
	m.Mentions, m.CreatedAt = mentions, Start.Add(time.Duration(c.LastSeq)*time.Minute)
	m, _, err = store.AppendMessage(t.Context(), m)
	must(t, err)
	return m
}

// mentioning checks which messages mention somebody, the newest first.
func mentioning(t testing.TB, store chat.Store, u accounts.User, want ...chat.Message) {
	t.Helper()
	found, err := store.Mentions(t.Context(), u.ID, time.Time{}, "", 100)
	must(t, err)
	for i := range min(len(found), len(want)) {
		alike(t, fmt.Sprintf("mention %d of %s", i, u.Username), found[i], again(t, store, want[i]))
	}
	equal(t, "the mentions of "+u.Username, len(found), len(want))
}

func unreadMentions(t testing.TB, store chat.Store, u accounts.User, want map[string]int64) {
	t.Helper()
	got, err := store.UnreadMentions(t.Context(), u.ID)
	must(t, err)
	alike(t, "the unread mentions of "+u.Username, got, want)
}

func mentionsStored(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben, cy := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "cy")
	c, d := AddChannel(t, store, "general", ada, ben, cy), AddChannel(t, store, "other", ada, ben)
	unreadMentions(t, store, ben, map[string]int64{})
	first := mention(t, store, c.ID, ada, named(ben)...)
	alike(t, "the stored message", first.Mentions, []chat.Mention(nil))
	second := mention(t, store, c.ID, ada, append(named(ben), chat.Mention{UserID: cy.ID})...)
	Post(t, store, c.ID, ada.ID, "nobody")
	Post(t, store, d.ID, ada.ID, "nobody")
	Post(t, store, d.ID, ada.ID, "nobody")
	third := mention(t, store, d.ID, ada, named(ben)...)
	mentioning(t, store, ada)
	mentioning(t, store, cy, second)
	latest := []chat.Message{third, second, first}
	mentioning(t, store, ben, latest...)
	unreadMentions(t, store, ben, map[string]int64{c.ID: 2, d.ID: 1})
	unreadMentions(t, store, ada, map[string]int64{})
	_, _, err := store.MarkRead(ctx, c.ID, ben.ID, 1, Start)
	must(t, err)
	unreadMentions(t, store, ben, map[string]int64{c.ID: 1, d.ID: 1})
	_, _, err = store.MarkRead(ctx, d.ID, ben.ID, 9, Start)
	must(t, err)
	unreadMentions(t, store, ben, map[string]int64{c.ID: 1})

	page, err := store.Mentions(ctx, ben.ID, time.Time{}, "", 2)
	must(t, err)
	equal(t, "the first page", len(page), 2)
	page, err = store.Mentions(ctx, ben.ID, page[1].CreatedAt, page[1].ID, 2)
	must(t, err)
	equal(t, "the second page", len(page), 1)
	equal(t, "the oldest", page[0].ID, first.ID)

	must(t, store.RemoveMember(ctx, c.ID, ben.ID))
	mentioning(t, store, ben, third)
	unreadMentions(t, store, ben, map[string]int64{})
	must(t, store.AddMember(ctx, Member(c.ID, ben.ID)))
	mentioning(t, store, ben, latest...)
	_, err = store.DeleteMessage(ctx, second.ID, "", Start)
	must(t, err)
	mentioning(t, store, ben, third, first)
	mentioning(t, store, cy)
	unreadMentions(t, store, ben, map[string]int64{c.ID: 1})
	must(t, store.EraseUser(ctx, ben.ID, accounts.Tombstone{Email: "x@gone.invalid", Username: "x", Name: "x"}, Start))
	mentioning(t, store, ben)
}

func mentionsChanged(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben, cy, dee := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "cy"), AddUser(t, store, "dee")
	c := AddChannel(t, store, "general", ada, ben, cy, dee)
	m := mention(t, store, c.ID, ada, append(named(ben), chat.Mention{UserID: cy.ID})...)
	change := func(mentions []chat.Mention, keepCrowd bool, want ...string) {
		t.Helper()
		added, err := store.SetMentions(ctx, m.ID, mentions, keepCrowd)
		must(t, err)
		slices.Sort(added)
		slices.Sort(want)
		alike(t, "those who were not mentioned before", added, want)
	}
	change(append(named(ben), chat.Mention{UserID: cy.ID}), false)
	change(named(dee), true, dee.ID) // without ben, with many
	mentioning(t, store, ben)
	mentioning(t, store, cy, m)
	mentioning(t, store, dee, m)
	change(named(dee), false)
	mentioning(t, store, cy)
	change(named(ben, dee, cy), false, ben.ID, cy.ID)
	change(nil, false)
	mentioning(t, store, ben)
	place(t, store, m, dee, true, m.Seq, 0)
	_, err := store.SetMentions(ctx, id.New(Start), named(ben), false)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")

	var mu sync.Mutex
	told := map[string]int{}
	won, failures := atOnce(20, func(int) error {
		added, err := store.SetMentions(ctx, m.ID, named(ben, cy), false)
		mu.Lock()
		defer mu.Unlock()
		for _, userID := range added {
			told[userID]++
		}
		return err
	})
	if won != 20 {
		t.Fatal(failures[0])
	}
	alike(t, "how often each was new", told, map[string]int{ben.ID: 1, cy.ID: 1})
	_, err = store.DeleteMessage(ctx, m.ID, "", Start)
	must(t, err)
	_, err = store.SetMentions(ctx, m.ID, named(ben), false)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
}

func mentionsRepeated(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	var first chat.Message
	for i := range 3 {
		m := withKey(c.ID, ada.ID, "key", "hello")
		m.Mentions = named(ben)
		got, repeated, err := store.AppendMessage(t.Context(), m)
		must(t, err)
		equal(t, "repeated", repeated, i > 0)
		if i == 0 {
			first = got
		}
		alike(t, "the message", got, first)
	}
	mentioning(t, store, ben, first)
	unreadMentions(t, store, ben, map[string]int64{c.ID: 1})
	// Who is named in the first message follows the thread from its first reply on.
	inbox(t, store, ben, false)
	reply(t, store, first, ada)
	inbox(t, store, ben, true, first)
	place(t, store, first, ben, true, first.Seq, 1)
}

func membersFound(t *testing.T, store Store) {
	ctx := t.Context()
	var people []accounts.User
	for _, one := range []struct{ username, name, shown string }{
		{"ada", "Ada Lovelace", ""}, {"adam", "Zoe", ""}, {"ben", "Adele", ""}, {"cy", "Über", "Adamant"}, {"dee", "Dee (.*)", ""}, {"x.y-z", "X", ""},
	} {
		u := User(one.username)
		u.Name, u.DisplayName = one.name, one.shown
		must(t, store.CreateUser(ctx, u, ""))
		people = append(people, u)
	}
	outside := AddUser(t, store, "adrian")
	gone := User("adolf")
	gone.Deactivated = true
	must(t, store.CreateUser(ctx, gone, ""))
	c := AddChannel(t, store, "general", append(people, gone)...)

	found, err := store.MembersNamed(ctx, c.ID, []string{"ada", "x.y-z", "nobody", outside.Username, gone.Username})
	must(t, err)
	alike(t, "the members of these names", found, map[string]string{"ada": people[0].ID, "x.y-z": people[5].ID})
	found, err = store.MembersNamed(ctx, id.New(Start), []string{"ada"})
	must(t, err)
	equal(t, "the members of no channel", len(found), 0)

	for _, test := range []struct {
		prefix string
		limit  int
		want   []string
	}{
		{"ad", 10, []string{"ada", "adam", "ben", "cy"}}, {"ad", 3, []string{"ada", "adam", "ben"}}, {"ad", 1, []string{"ada"}},
		{"AD", 2, []string{"ada", "adam"}}, {"zo", 10, []string{"adam"}}, {"üb", 10, []string{"cy"}}, {"adama", 10, []string{"cy"}},
		{"lovelace", 10, nil}, {"x.", 10, []string{"x.y-z"}}, {"x", 10, []string{"x.y-z"}}, {"dee (.*)", 10, []string{"dee"}}, {".*", 10, nil},
		{"", 3, []string{"ada", "adam", "ben"}}, {"ad", 0, nil},
	} {
		found, err := store.MembersMatching(ctx, c.ID, test.prefix, test.limit)
		must(t, err)
		var names []string
		for _, u := range found {
			names = append(names, u.Username)
		}
		alike(t, fmt.Sprintf("%q", test.prefix), names, test.want)
	}
}
