package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

// Direct returns a conversation of these people, and their places in it, ready to be stored. The first one opened it.
func Direct(people ...accounts.User) (chat.Channel, []chat.Member) {
	c := chat.Channel{
		ID: id.New(Start), Type: chat.Direct, Key: chat.DirectKey(people[0].ID, people[len(people)-1].ID), CreatedAt: Start,
		CreatedBy: people[0].ID,
	}
	var members []chat.Member
	var ids []string
	for i, u := range people {
		if slices.Contains(ids, u.ID) {
			continue // notes to oneself
		}
		m := Member(c.ID, u.ID)
		m.Role = chat.RolePeer
		m.ListedFrom = int64(min(i, 1))
		members, ids = append(members, m), append(ids, u.ID)
	}
	if len(people) > 2 {
		c.Type, c.Key = chat.Group, chat.GroupKey(ids)
	}
	return c, members
}

// AddDirect stores a conversation of these people. The first one opened it.
func AddDirect(t testing.TB, store chat.Store, people ...accounts.User) chat.Channel {
	t.Helper()
	c, members := Direct(people...)
	must(t, store.CreateChannel(t.Context(), c, members))
	c.MemberCount = len(members)
	return c
}

func directReadsBack(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c, members := Direct(ada, ben)
	must(t, store.CreateChannel(ctx, c, members))
	c.MemberCount = 2
	for range 2 {
		got, err := store.ChannelByKey(ctx, c.Key)
		must(t, err)
		alike(t, "the conversation by its key", got, c)
		got, m, err := store.Membership(ctx, c.ID, ben.ID)
		must(t, err)
		alike(t, "the conversation", got, c)
		equal(t, "the place in it", m, members[1])
	}
	for _, key := range []string{"", chat.DirectKey(ada.ID, ada.ID), "#" + c.Key, c.ID} {
		_, err := store.ChannelByKey(ctx, key)
		refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	}
	posted := Post(t, store, c.ID, ben.ID, "hello")
	equal(t, "the number of the first message", posted.Seq, 1)
	text := "other"
	changed, err := store.UpdateChannel(ctx, c.ID, chat.ChannelChange{Description: &text})
	must(t, err)
	equal(t, "the key after a change", changed.Key, c.Key)
	equal(t, "the type after a change", changed.Type, chat.Direct)
	again, err := store.ChannelByKey(ctx, c.Key)
	must(t, err)
	equal(t, "the conversation that keeps the key", again.ID, c.ID)
}

func directOnce(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	won, failures := atOnce(50, func(int) error {
		c, members := Direct(ada, ben)
		return store.CreateChannel(ctx, c, members)
	})
	equal(t, "the number of conversations made", won, 1)
	for _, err := range failures {
		refused(t, err, fault.Conflict, "CHANNEL_EXISTS")
	}
	c, err := store.ChannelByKey(ctx, chat.DirectKey(ben.ID, ada.ID))
	must(t, err)
	equal(t, "the number of members", c.MemberCount, 2)
	for _, u := range []accounts.User{ada, ben} {
		ids, err := store.JoinedChannelIDs(ctx, u.ID)
		must(t, err)
		if !slices.Equal(ids, []string{c.ID}) {
			t.Fatalf("channels are %v", ids)
		}
	}
	AddDirect(t, store, ada, ada) // not in the way of one that has no key
	hidden := Channel("hidden")
	hidden.Type = chat.Private
	must(t, store.CreateChannel(ctx, hidden, nil))
}

// A conversation has no name: lists by names, their counts and the rule for names know nothing of it.
func directUnnamed(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben, cyd := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "cyd")
	general := AddChannel(t, store, "general", ada, ben)
	two, three := AddDirect(t, store, ada, ben), AddDirect(t, store, ada, ben, cyd)
	AddChannel(t, store, two.Key, ada) // a name that spells a key takes nothing away
	for _, publicOnly := range []bool{false, true} {
		for _, after := range []string{"", "a"} {
			channels, err := store.Channels(ctx, chat.ChannelQuery{Private: !publicOnly, After: chat.ChannelPlace{Name: after}, Limit: 10})
			must(t, err)
			for _, c := range channels {
				if c.IsDirect() {
					t.Fatalf("channels after %q have %+v", after, c)
				}
			}
			equal(t, "the number of channels", len(channels), 2)
		}
	}
	n, err := store.CountChannels(ctx)
	must(t, err)
	equal(t, "the count of channels", n, 2)
	_, err = store.ChannelByName(ctx, "")
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	joined, err := store.JoinedChannels(ctx, ben.ID)
	must(t, err)
	equal(t, "the number of joined channels", len(joined), 1)
	equal(t, "the joined channel", joined[0].Channel.ID, general.ID)
	ids, err := store.JoinedChannelIDs(ctx, ben.ID)
	must(t, err)
	slices.Sort(ids)
	if want := slices.Sorted(slices.Values([]string{general.ID, two.ID, three.ID})); !slices.Equal(ids, want) {
		t.Fatalf("the ids for events are %v, want %v", ids, want)
	}
}

func conversationsListed(t *testing.T, store Store) {
	ctx := t.Context()
	ada := AddUser(t, store, "ada")
	AddChannel(t, store, "general", ada)
	none, err := store.Conversations(ctx, ada.ID, time.Time{}, "", 10)
	must(t, err)
	equal(t, "the number of conversations before the first", len(none), 0)

	at := func(c chat.Channel, author accounts.User, text string, minutes int) {
		m := Message(c.ID, author.ID, text)
		m.CreatedAt = Start.Add(time.Duration(minutes) * time.Minute)
		_, _, err := store.AppendMessage(ctx, m)
		must(t, err)
	}
	var others []accounts.User
	for i := range 6 {
		others = append(others, AddUser(t, store, fmt.Sprintf("other%d", i)))
	}
	notes := AddDirect(t, store, ada, ada)
	early, late := AddDirect(t, store, ada, others[0]), AddDirect(t, store, others[1], ada)
	group := AddDirect(t, store, others[2], ada, others[3])
	AddDirect(t, store, others[4], ada) // ada did not open it, and nobody wrote
	AddDirect(t, store, others[4], others[5])
	at(early, ada, "early", 1)
	at(group, others[2], "to all", 2)
	at(group, others[3], "also", 3)
	at(late, others[1], "late", 5)
	deleted := Post(t, store, late.ID, others[1].ID, "deleted")
	_, err = store.DeleteMessage(ctx, deleted.ID, "", Start)
	must(t, err)
	at(late, others[1], "latest", 6)

	want := []string{
		late.ID + " latest 3", group.ID + " also 2", early.ID + " early 0", notes.ID + "  0",
	}
	for limit := 1; limit <= 5; limit++ {
		var got []string
		var before time.Time
		for beforeID := ""; ; {
			page, err := store.Conversations(ctx, ada.ID, before, beforeID, limit)
			must(t, err)
			if len(page) > limit {
				t.Fatalf("a page of %d has %d", limit, len(page))
			}
			for _, j := range page {
				got = append(got, fmt.Sprintf("%s %s %d", j.Channel.ID, j.LastMessage, j.Unread(j.LastSeq)))
				equal(t, "whose place it is", j.UserID, ada.ID)
				before, beforeID = j.Activity(), j.Channel.ID
			}
			if len(page) < limit {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("in pages of %d the list is\n%q, want\n%q", limit, got, want)
		}
	}
	page, err := store.Conversations(ctx, ada.ID, time.Time{}, "", 0)
	must(t, err)
	equal(t, "a page of none", len(page), 0)

	members, err := store.MembersOf(ctx, []string{group.ID, notes.ID})
	must(t, err)
	var people []string
	for _, m := range members {
		people = append(people, m.ChannelID+m.UserID)
		equal(t, "the role in a conversation", m.Role, chat.RolePeer)
	}
	slices.Sort(people)
	wanted := []string{notes.ID + ada.ID, group.ID + ada.ID, group.ID + others[2].ID, group.ID + others[3].ID}
	if slices.Sort(wanted); !slices.Equal(people, wanted) {
		t.Fatalf("people are %v, want %v", people, wanted)
	}
	members, err = store.MembersOf(ctx, nil)
	must(t, err)
	equal(t, "the members of nothing", len(members), 0)
}

// Conversations of one moment come in one order, in pages too.
func conversationsOfOneMoment(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	var want, got []string
	for i := range 5 {
		want = append(want, AddDirect(t, store, ada, AddUser(t, store, fmt.Sprintf("other%d", i))).ID)
	}
	slices.Sort(want)
	slices.Reverse(want)
	var before time.Time
	for beforeID := ""; ; {
		page, err := store.Conversations(t.Context(), ada.ID, before, beforeID, 2)
		must(t, err)
		if len(page) == 0 {
			break
		}
		for _, j := range page {
			got = append(got, j.Channel.ID)
			before, beforeID = j.Activity(), j.Channel.ID
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("the list is %v, want %v", got, want)
	}
}

func conversationHidden(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddDirect(t, store, ada, ben)
	listed := func(u accounts.User, want int, when string) {
		t.Helper()
		page, err := store.Conversations(ctx, u.ID, time.Time{}, "", 10)
		must(t, err)
		equal(t, "the number of conversations of "+u.Username+" "+when, len(page), want)
		_, m, err := store.Membership(ctx, c.ID, u.ID)
		must(t, err)
		ch, err := store.Channel(ctx, c.ID)
		must(t, err)
		equal(t, "whether it is listed "+when, m.IsListed(ch.LastSeq), want == 1)
	}
	listed(ada, 1, "at first")
	listed(ben, 0, "at first")
	Post(t, store, c.ID, ada.ID, "one")
	listed(ben, 1, "after a message")
	must(t, store.HideConversation(ctx, c.ID, ben.ID))
	must(t, store.HideConversation(ctx, c.ID, ben.ID))
	listed(ben, 0, "hidden")
	listed(ada, 1, "hidden by the other")
	_, _, err := store.MarkRead(ctx, c.ID, ben.ID, 1, Start)
	must(t, err)
	listed(ben, 0, "hidden and read")
	_, m, err := store.Membership(ctx, c.ID, ben.ID)
	must(t, err)
	next := Post(t, store, c.ID, ben.ID, "two")
	equal(t, "the message that brings it back", next.Seq, m.ListedFrom)
	listed(ben, 1, "after another message")
	must(t, store.HideConversation(ctx, c.ID, ben.ID))
	must(t, store.ListConversation(ctx, c.ID, ben.ID))
	listed(ben, 1, "opened again")
	stranger := AddUser(t, store, "cyd")
	refused(t, store.HideConversation(ctx, c.ID, stranger.ID), fault.NotFound, "NOT_A_MEMBER")
	refused(t, store.ListConversation(ctx, c.ID, stranger.ID), fault.NotFound, "NOT_A_MEMBER")
}

// Whatever is hidden while messages come, a message after the hiding has returned brings it back.
func hidingAgainstPosts(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddDirect(t, store, ada, ben)
	won, failures := atOnce(50, func(i int) error {
		if i%2 == 0 {
			return store.HideConversation(ctx, c.ID, ben.ID)
		}
		_, _, err := store.AppendMessage(ctx, Message(c.ID, ada.ID, "text"))
		return err
	})
	if won != 50 {
		t.Fatal(failures)
	}
	must(t, store.HideConversation(ctx, c.ID, ben.ID))
	last := Post(t, store, c.ID, ada.ID, "last")
	_, m, err := store.Membership(ctx, c.ID, ben.ID)
	must(t, err)
	equal(t, "the message that brings it back", m.ListedFrom, last.Seq)
}
