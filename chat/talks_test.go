package chat_test

import (
	"fmt"
	"slices"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
)

func TestTheLatestConversationsAreListedAndOlderOnesWhereTheyAreUnread(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	var ids []string
	for i := range 6 {
		other := w.person(t, fmt.Sprint("other", i), accounts.RoleUser)
		c := w.direct(t, ada, other)
		w.post(t, ada, c.ID, "from ada")
		if i == 1 {
			w.post(t, other, c.ID, "unread")
		}
		ids = append([]string{c.ID}, ids...)
	}
	list, err := w.RecentConversations(t.Context(), ada, 2)
	must(t, err)
	var got []string
	for _, c := range list {
		got = append(got, c.Channel.ID)
		if len(c.People) != 1 {
			t.Errorf("with %v", c.People)
		}
	}
	if want := []string{ids[0], ids[1], ids[4]}; !slices.Equal(got, want) {
		t.Errorf("listed are %v, want %v", got, want)
	}
}

func TestSharedChannelsAreThoseThatBothAreIn(t *testing.T) {
	w := newWorld(t)
	ada, ben, eve := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "eve", accounts.RoleUser)
	both := w.channel(t, chat.Private, ada, ben)
	w.channel(t, chat.Private, ben, eve)
	w.channel(t, chat.Private, ada)
	w.direct(t, ada, ben)
	shared, err := w.Shared(t.Context(), ada, ben.ID)
	must(t, err)
	for _, c := range shared {
		if c.ID != both.ID && !c.IsGeneral() {
			t.Errorf("they share %+v", c)
		}
	}
	if !slices.ContainsFunc(shared, func(c chat.Channel) bool { return c.ID == both.ID }) {
		t.Errorf("they share %v", shared)
	}
}

func TestAllThreadsAreReadAtOnceByWhoFollowsThem(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	for i := range 3 {
		root := w.post(t, ada, c.ID, fmt.Sprint("root ", i))
		w.reply(t, ben, root.ID, "one")
		w.reply(t, ben, root.ID, "two")
		w.threadOf(t, ada, root.ID, chat.Cut{Limit: 1, Newest: true}, "two")
	}
	for _, want := range []int{3, 0} {
		n, err := w.MarkThreadsRead(t.Context(), ada)
		must(t, err)
		left, err := w.UnreadThreads(t.Context(), ada)
		must(t, err)
		if n != want || left != 0 {
			t.Errorf("%d threads were read, and %d are left, want %d", n, left, want)
		}
	}
}
