package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

func channelsListed(t *testing.T, store Store) {
	yes := true
	for _, name := range []string{"delta", "Alpha", "charlie", "Bravo", "gone"} {
		c := Channel(name)
		if name == "charlie" {
			c.Type = chat.Private
		}
		must(t, store.CreateChannel(t.Context(), c, nil))
		if name == "gone" {
			_, err := store.UpdateChannel(t.Context(), c.ID, chat.ChannelChange{Archived: &yes})
			must(t, err)
		}
	}
	const last = "~" // behind every id
	for _, test := range []struct {
		private bool
		after   chat.ChannelPlace
		limit   int
		want    []string
	}{
		{true, chat.ChannelPlace{}, 10, []string{"Alpha", "Bravo", "charlie", "delta"}},
		{false, chat.ChannelPlace{}, 10, []string{"Alpha", "Bravo", "delta"}},
		{true, chat.ChannelPlace{}, 2, []string{"Alpha", "Bravo"}},
		{true, chat.ChannelPlace{Name: "Bravo", ID: last}, 2, []string{"charlie", "delta"}},
		{false, chat.ChannelPlace{Name: "bRAVO", ID: last}, 2, []string{"delta"}},
		{true, chat.ChannelPlace{Name: "delta", ID: last}, 2, nil},
		{true, chat.ChannelPlace{}, 0, nil},
	} {
		got, err := store.Channels(t.Context(), chat.ChannelQuery{Private: test.private, After: test.after, Limit: test.limit})
		must(t, err)
		if names := channelNames(got); !slices.Equal(names, test.want) {
			t.Fatalf("%+v gives %v", test, names)
		}
	}
}

// paged reads a list of channels a page at a time.
func paged(t *testing.T, store Store, q chat.ChannelQuery) (all []chat.Channel) {
	t.Helper()
	for {
		page, err := store.Channels(t.Context(), q)
		must(t, err)
		all = append(all, page...)
		if len(page) < q.Limit {
			return all
		}
		q.After = q.Order.Place(page[len(page)-1])
	}
}

func channelsOfOneName(t *testing.T, store Store) {
	for range 5 {
		c := Channel("plans")
		c.Type = chat.Private
		must(t, store.CreateChannel(t.Context(), c, nil))
	}
	seen := map[string]bool{}
	for _, c := range paged(t, store, chat.ChannelQuery{Private: true, Limit: 2}) {
		seen[c.ID] = true
	}
	equal(t, "the number of channels in the pages", len(seen), 5)
}

func channelsRanked(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	quiet := AddChannel(t, store, "quiet")
	small, large := AddChannel(t, store, "small", ada), AddChannel(t, store, "large", ada, ben)
	silent := AddChannel(t, store, "silent", ada)
	hidden := Channel("hidden")
	hidden.Type = chat.Private
	must(t, store.CreateChannel(t.Context(), hidden, []chat.Member{Member(hidden.ID, ada.ID)}))
	for i, c := range []chat.Channel{large, small, hidden} {
		m := Message(c.ID, ada.ID, "hello")
		m.CreatedAt = Start.Add(time.Duration(i) * time.Minute)
		_, _, err := store.AppendMessage(t.Context(), m)
		must(t, err)
	}
	topic, description := "The Harbour", "of 100% (boats)"
	_, err := store.UpdateChannel(t.Context(), small.ID, chat.ChannelChange{Topic: &topic, Description: &description})
	must(t, err)
	for _, limit := range []int{1, 2, 10} {
		for _, test := range []struct {
			q    chat.ChannelQuery
			want []string
		}{
			{chat.ChannelQuery{Order: chat.ByActivity}, []string{"small", "large", "silent", "quiet"}},
			{chat.ChannelQuery{Order: chat.ByActivity, Private: true}, []string{"hidden", "small", "large", "silent", "quiet"}},
			{chat.ChannelQuery{Order: chat.ByMembers}, []string{"large", "silent", "small", "quiet"}},
			{chat.ChannelQuery{Text: "l"}, []string{"large", "silent", "small"}},
			{chat.ChannelQuery{Text: "HARBOUR"}, []string{"small"}},
			{chat.ChannelQuery{Text: "100% (b"}, []string{"small"}},
			{chat.ChannelQuery{Text: ".*", Order: chat.ByMembers}, nil},
		} {
			test.q.Limit = limit
			if names := channelNames(paged(t, store, test.q)); !slices.Equal(names, test.want) {
				t.Fatalf("%+v gives %v, want %v", test.q, names, test.want)
			}
		}
	}
	_, _ = quiet, silent
}

func archivedListed(t *testing.T, store Store) {
	yes, ada, ben := true, AddUser(t, store, "ada"), AddUser(t, store, "ben")
	AddChannel(t, store, "open", ada)
	for _, name := range []string{"zulu", "alpha"} {
		c := AddChannel(t, store, name, ada)
		_, err := store.UpdateChannel(t.Context(), c.ID, chat.ChannelChange{Archived: &yes})
		must(t, err)
	}
	hidden := Channel("mike")
	hidden.Type, hidden.Archived = chat.Private, true
	must(t, store.CreateChannel(t.Context(), hidden, []chat.Member{Member(hidden.ID, ben.ID)}))
	for _, limit := range []int{1, 2, 10} {
		got := channelNames(paged(t, store, chat.ChannelQuery{Archived: true, Limit: limit}))
		equal(t, "all archived channels", fmt.Sprint(got), "[alpha mike zulu]")
	}
	found := channelNames(paged(t, store, chat.ChannelQuery{Archived: true, Text: "ZU", Limit: 10}))
	equal(t, "the archived channels that a text finds", fmt.Sprint(found), "[zulu]")
	if _, err := store.UpdateChannel(t.Context(), hidden.ID, chat.ChannelChange{Archived: new(false)}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		user  string
		limit int
		want  string
	}{{ada.ID, 10, "alpha zulu"}, {ada.ID, 1, "alpha"}, {ben.ID, 10, ""}, {ada.ID, 0, ""}} {
		got, err := store.ArchivedChannels(t.Context(), test.user, test.limit)
		must(t, err)
		equal(t, "the archived channels", strings.Join(channelNames(got), " "), test.want)
	}
}

func channelRules(t *testing.T, store Store) {
	c := Channel("news")
	c.Topic, c.Rules, c.Newcomers = "Today", chat.Rules{Crowds: chat.Admins}, true
	must(t, store.CreateChannel(t.Context(), c, nil))
	got, err := store.Channel(t.Context(), c.ID)
	must(t, err)
	equal(t, "the channel", got, c)
	c.Topic, c.Rules, c.Newcomers = "", chat.Rules{Posting: chat.Admins, Inviting: chat.Admins}, false
	got, err = store.UpdateChannel(t.Context(), c.ID, chat.ChannelChange{
		Topic: &c.Topic, Posting: &c.Rules.Posting, Crowds: &c.Rules.Crowds, Inviting: &c.Rules.Inviting, Newcomers: &c.Newcomers,
	})
	must(t, err)
	equal(t, "the channel after the change", got, c)
	got, err = store.Channel(t.Context(), c.ID)
	must(t, err)
	equal(t, "the channel as it reads", got, c)
}

func newcomerChannels(t *testing.T, store Store) {
	yes := true
	for _, name := range []string{"welcome", "Help", "plain", "closed", "old"} {
		c := Channel(name)
		c.Newcomers = name != "plain"
		if name == "closed" {
			c.Type = chat.Private
		}
		must(t, store.CreateChannel(t.Context(), c, nil))
		if name == "old" {
			_, err := store.UpdateChannel(t.Context(), c.ID, chat.ChannelChange{Archived: &yes})
			must(t, err)
		}
	}
	got, err := store.NewcomerChannels(t.Context())
	must(t, err)
	equal(t, "the channels of newcomers", strings.Join(channelNames(got), " "), "Help welcome")
}

func joinRefused(t *testing.T, store Store) {
	yes, private, ada := true, chat.Private, AddUser(t, store, "ada")
	for what, change := range map[string]chat.ChannelChange{"private": {Type: &private}, "archived": {Archived: &yes}} {
		c := AddChannel(t, store, what)
		_, err := store.UpdateChannel(t.Context(), c.ID, change)
		must(t, err)
		refused(t, store.JoinMember(t.Context(), Member(c.ID, ada.ID)), fault.NotFound, "CHANNEL_NOT_FOUND")
		_, _, err = store.Membership(t.Context(), c.ID, ada.ID)
		refused(t, err, fault.NotFound, "NOT_A_MEMBER")
		got, err := store.Channel(t.Context(), c.ID)
		must(t, err)
		equal(t, "the number of members", got.MemberCount, 0)
	}
	refused(t, store.JoinMember(t.Context(), Member(id.New(Start), ada.ID)), fault.NotFound, "CHANNEL_NOT_FOUND")
	open := AddChannel(t, store, "open")
	must(t, store.JoinMember(t.Context(), Member(open.ID, ada.ID)))
	refused(t, store.JoinMember(t.Context(), Member(open.ID, ada.ID)), fault.Conflict, "ALREADY_MEMBER")
}

func joinAgainstPrivate(t *testing.T, store Store) {
	private := chat.Private
	var people []string
	for i := range 20 {
		people = append(people, AddUser(t, store, fmt.Sprintf("user%d", i)).ID)
	}
	c := AddChannel(t, store, "plans")
	results := make([]error, len(people))
	atOnce(len(people)+1, func(i int) error {
		if i == len(people) {
			_, err := store.UpdateChannel(t.Context(), c.ID, chat.ChannelChange{Type: &private})
			return err
		}
		results[i] = store.JoinMember(t.Context(), Member(c.ID, people[i]))
		return results[i]
	})
	in := 0
	for i, userID := range people {
		_, _, err := store.Membership(t.Context(), c.ID, userID)
		if (err == nil) != (results[i] == nil) {
			t.Fatalf("the join answered %v, and the membership %v", results[i], err)
		}
		if err == nil {
			in++
		}
	}
	got, err := store.Channel(t.Context(), c.ID)
	must(t, err)
	equal(t, "the type", got.Type, chat.Private)
	equal(t, "the number of members", got.MemberCount, in)
}

func memberMuted(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "plans", ada)
	until := Start.Add(time.Hour)
	refused(t, store.MuteMember(t.Context(), c.ID, ben.ID, until), fault.NotFound, "NOT_A_MEMBER")
	mutedUntil := func(want time.Time) {
		t.Helper()
		_, m, err := store.Membership(t.Context(), c.ID, ada.ID)
		must(t, err)
		equal(t, "the end of the mute", m.MutedUntil, want)
	}
	mutedUntil(time.Time{})
	must(t, store.MuteMember(t.Context(), c.ID, ada.ID, until))
	mutedUntil(until)
	must(t, store.RemoveMember(t.Context(), c.ID, ada.ID))
	must(t, store.JoinMember(t.Context(), Member(c.ID, ada.ID)))
	mutedUntil(until)
	must(t, store.RemoveMember(t.Context(), c.ID, ada.ID))
	must(t, store.AddMember(t.Context(), Member(c.ID, ada.ID)))
	mutedUntil(until)
	must(t, store.MuteMember(t.Context(), c.ID, ada.ID, time.Time{}))
	mutedUntil(time.Time{})
	must(t, store.RemoveMember(t.Context(), c.ID, ada.ID))
	must(t, store.AddMember(t.Context(), Member(c.ID, ada.ID)))
	mutedUntil(time.Time{})
}
