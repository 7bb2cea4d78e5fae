package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

// reply stores a reply a minute after Start for each number before it.
func reply(t testing.TB, store chat.Store, root chat.Message, author accounts.User, mentions ...chat.Mention) chat.Message {
	t.Helper()
	c, err := store.Channel(t.Context(), root.ChannelID)
	must(t, err)
	m := Message(root.ChannelID, author.ID, "reply")
	m.ParentID, m.Mentions = root.ID, mentions
	m.CreatedAt = Start.Add(time.Duration(c.LastSeq) * time.Minute)
	m, _, err = store.AppendMessage(t.Context(), m)
	must(t, err)
	return m
}

func placeOf(t testing.TB, store chat.Store, root chat.Message, u accounts.User) chat.Following {
	t.Helper()
	f, err := store.Place(t.Context(), root.ID, u.ID)
	must(t, err)
	return f
}

// place checks what somebody's place in a thread is.
func place(t testing.TB, store chat.Store, root chat.Message, u accounts.User, follows bool, mark int64, unread int) {
	t.Helper()
	got := placeOf(t, store, root, u)
	equal(t, "the place of "+u.Username, got, chat.Following{
		RootID: root.ID, ChannelID: root.ChannelID, UserID: u.ID, Follows: follows, LastReadSeq: mark, Unread: unread,
	})
}

func again(t testing.TB, store chat.Store, m chat.Message) chat.Message {
	t.Helper()
	m, err := store.Message(t.Context(), m.ID)
	must(t, err)
	return m
}

func replyInChannel(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	root := Post(t, store, c.ID, ada.ID, "root")
	m := Message(c.ID, ada.ID, "both")
	m.ParentID, m.AlsoChannel = root.ID, true
	m, _, err := store.AppendMessage(t.Context(), m)
	must(t, err)
	if quiet := reply(t, store, root, ada); quiet.AlsoChannel || again(t, store, quiet).AlsoChannel {
		t.Error("a reply that stands in its thread alone is marked")
	}
	edited, err := store.EditMessage(t.Context(), m.ID, ada.ID, "edited", "<p>edited</p>", 1, Start)
	must(t, err)
	list, err := store.Replies(t.Context(), root.ID, chat.Page{After: root.Seq, Limit: 5})
	must(t, err)
	for what, got := range map[string]chat.Message{"stored": m, "read": again(t, store, m), "edited": edited, "listed": list[0]} {
		if !got.AlsoChannel || got.ParentID != root.ID {
			t.Errorf("%s it is %+v", what, got)
		}
	}
}

func threadCounted(t *testing.T, store Store) {
	people := make([]accounts.User, 7)
	for i := range people {
		people[i] = AddUser(t, store, fmt.Sprintf("user%d", i))
	}
	c := AddChannel(t, store, "general", people...)
	root, other := Post(t, store, c.ID, people[0].ID, "root"), Post(t, store, c.ID, people[0].ID, "other")
	var last chat.Message
	for _, i := range []int{1, 2, 1, 3, 4, 5, 6, 2} {
		last = reply(t, store, root, people[i])
	}
	equal(t, "the number of the newest reply", last.Seq, 10)
	got := again(t, store, root)
	equal(t, "the replies", got.ReplyCount, 8)
	equal(t, "the newest number", got.LastReplySeq, 10)
	equal(t, "the newest moment", got.LastReplyAt, last.CreatedAt)
	alike(t, "who replied last", got.Participants,
		[]string{people[2].ID, people[6].ID, people[5].ID, people[4].ID, people[3].ID})
	page, err := store.Messages(t.Context(), c.ID, chat.Page{Limit: 20})
	must(t, err)
	equal(t, "the messages in the log", len(page), 10)
	alike(t, "the root in the log", page[0], got)
	alike(t, "another message", again(t, store, other), other)
	lost := Message(c.ID, people[0].ID, "lost")
	lost.ParentID = id.New(Start)
	_, _, err = store.AppendMessage(t.Context(), lost)
	must(t, err)
}

func threadDeletions(t *testing.T, store Store) {
	ada, ben, cy := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "cy")
	c := AddChannel(t, store, "general", ada, ben, cy)
	root := Post(t, store, c.ID, ada.ID, "root")
	first, second, third := reply(t, store, root, ben), reply(t, store, root, cy), reply(t, store, root, ben)
	gone := func(m chat.Message) {
		t.Helper()
		_, err := store.DeleteMessage(t.Context(), m.ID, "", Start)
		must(t, err)
	}
	check := func(n int, newest chat.Message, participants ...string) {
		t.Helper()
		got := again(t, store, root)
		equal(t, "the replies", got.ReplyCount, n)
		equal(t, "the newest number", got.LastReplySeq, newest.Seq)
		equal(t, "the newest moment", got.LastReplyAt, newest.CreatedAt)
		alike(t, "who replied last", got.Participants, participants)
	}
	check(3, third, ben.ID, cy.ID)
	place(t, store, root, ada, true, first.Seq-1, 3)
	gone(third)
	check(2, second, cy.ID, ben.ID)
	place(t, store, root, ada, true, first.Seq-1, 2)
	place(t, store, root, cy, true, second.Seq, 0)
	gone(first)
	check(1, second, cy.ID)
	unreadThreads(t, store, ada, 1)
	fourth := reply(t, store, root, ben)
	check(2, fourth, ben.ID, cy.ID)
	gone(second)
	gone(fourth)
	check(0, chat.Message{})
	unreadThreads(t, store, ada, 0)
	inbox(t, store, ada, false)
	fifth := reply(t, store, root, ben)
	check(1, fifth, ben.ID)
	inbox(t, store, ada, true, root)
	gone(root)
	inbox(t, store, ada, false)
	unreadThreads(t, store, ada, 0)
	equal(t, "the place in what is gone", placeOf(t, store, root, ada), chat.Following{})
	refused(t, store.SetFollowing(t.Context(), root.ID, ada.ID, true), fault.NotFound, "MESSAGE_NOT_FOUND")
}

func repliesAtOnce(t *testing.T, store Store) {
	const n = 50
	people := make([]accounts.User, n)
	for i := range people {
		people[i] = AddUser(t, store, fmt.Sprintf("user%d", i))
	}
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", append(people, ada)...)
	root, other := Post(t, store, c.ID, ada.ID, "root"), Post(t, store, c.ID, ada.ID, "other")
	won, failures := atOnce(2*n, func(i int) error {
		m := Message(c.ID, people[i%n].ID, "reply")
		m.ClientKey = fmt.Sprint(i % n)
		if m.ParentID = root.ID; i%n >= n-5 {
			m.ParentID = other.ID
		}
		_, _, err := store.AppendMessage(t.Context(), m)
		return err
	})
	if won != 2*n {
		t.Fatal(failures[0])
	}
	got := again(t, store, root)
	equal(t, "the replies", got.ReplyCount, n-5)
	equal(t, "the replies to the other", again(t, store, other).ReplyCount, 5)
	equal(t, "those named", len(got.Participants), chat.MaxParticipants)
	place(t, store, root, ada, true, placeOf(t, store, root, ada).LastReadSeq, n-5)
	followers, err := store.Followers(t.Context(), root.ID)
	must(t, err)
	equal(t, "the followers", len(followers), n-4)
	replies, err := store.Replies(t.Context(), root.ID, chat.Page{Limit: chat.MaxPage})
	must(t, err)
	equal(t, "the newest number", got.LastReplySeq, replies[len(replies)-1].Seq)
	for some := range slices.Chunk(replies, 15) {
		won, failures = atOnce(len(some), func(i int) error {
			_, err := store.DeleteMessage(t.Context(), some[i].ID, "", Start)
			return err
		})
		if won != len(some) {
			t.Fatal(failures[0])
		}
	}
	got = again(t, store, root)
	equal(t, "the replies that are left", got.ReplyCount, 0)
	equal(t, "the newest number that is left", got.LastReplySeq, 0)
}

func repliesPages(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	root, other := Post(t, store, c.ID, ada.ID, "root"), Post(t, store, c.ID, ada.ID, "other") // 1 and 2
	for i := range 8 {                                                                         // 3 to 10, of which 3, 5, 7, 9 to root
		if i%2 == 0 {
			reply(t, store, root, ada)
		} else {
			reply(t, store, other, ada)
		}
	}
	for _, test := range []struct {
		page chat.Page
		want string
	}{
		{chat.Page{Limit: 10}, "3 5 7 9"}, {chat.Page{Limit: 2}, "7 9"}, {chat.Page{After: 1, Limit: 2}, "3 5"},
		{chat.Page{After: 5, Limit: 2}, "7 9"}, {chat.Page{After: 9, Limit: 2}, ""}, {chat.Page{Before: 7, Limit: 2}, "3 5"},
		{chat.Page{Before: 7, Limit: 1}, "5"}, {chat.Page{Around: 5, Limit: 3}, "3 5 7"}, {chat.Page{Around: 9, Limit: 2}, "7 9"},
		{chat.Page{After: 1}, ""},
	} {
		found, err := store.Replies(t.Context(), root.ID, test.page)
		must(t, err)
		var got []string
		for _, m := range found {
			equal(t, "the root", m.ParentID, root.ID)
			got = append(got, fmt.Sprint(m.Seq))
		}
		equal(t, fmt.Sprintf("%+v", test.page), strings.Join(got, " "), test.want)
	}
}

func threadFollowed(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben, cy, dee := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "cy"), AddUser(t, store, "dee")
	c := AddChannel(t, store, "general", ada, ben, cy, dee)
	root := Post(t, store, c.ID, ada.ID, "root")
	equal(t, "the place before anything", placeOf(t, store, root, ada), chat.Following{})
	reply(t, store, root, ben) // 2
	place(t, store, root, ada, true, 1, 1)
	place(t, store, root, ben, true, 2, 0)
	equal(t, "the place of a stranger to it", placeOf(t, store, root, cy), chat.Following{})

	must(t, store.SetFollowing(ctx, root.ID, ada.ID, false))
	reply(t, store, root, ben) // 3
	place(t, store, root, ada, false, 1, 2)
	reply(t, store, root, ada) // 4: who replies follows again, and has read
	place(t, store, root, ada, true, 4, 0)
	place(t, store, root, ben, true, 3, 1)

	must(t, store.SetFollowing(ctx, root.ID, ben.ID, false))
	must(t, store.SetFollowing(ctx, root.ID, cy.ID, false))
	reply(t, store, root, ada, chat.Mention{UserID: ben.ID, Named: true}, chat.Mention{UserID: cy.ID, Named: true},
		chat.Mention{UserID: dee.ID}) // 5
	place(t, store, root, ben, true, 4, 1)
	place(t, store, root, cy, true, 4, 1)
	equal(t, "the place of one of many", placeOf(t, store, root, dee), chat.Following{})

	must(t, store.SetFollowing(ctx, root.ID, dee.ID, true))
	place(t, store, root, dee, true, 5, 0)
	must(t, store.SetFollowing(ctx, root.ID, dee.ID, false))
	reply(t, store, root, ada) // 6
	must(t, store.SetFollowing(ctx, root.ID, dee.ID, true))
	place(t, store, root, dee, true, 6, 0)
	must(t, store.SetFollowing(ctx, root.ID, dee.ID, true))
	place(t, store, root, dee, true, 6, 0)

	followers, err := store.Followers(ctx, root.ID)
	must(t, err)
	equal(t, "the followers", len(followers), 4)
	must(t, store.RemoveMember(ctx, c.ID, cy.ID))
	must(t, store.SetFollowing(ctx, root.ID, dee.ID, false))
	followers, err = store.Followers(ctx, root.ID)
	must(t, err)
	slices.SortFunc(followers, func(a, b chat.Following) int { return strings.Compare(a.UserID, b.UserID) })
	alike(t, "those who are left", followers, []chat.Following{
		{RootID: root.ID, ChannelID: c.ID, UserID: ada.ID, Follows: true, LastReadSeq: 6},
		{RootID: root.ID, ChannelID: c.ID, UserID: ben.ID, Follows: true, LastReadSeq: 4},
	})
}

func threadRead(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	root := Post(t, store, c.ID, ada.ID, "root")
	read := func(u accounts.User, seq, mark int64, unread, threads int) {
		t.Helper()
		f, err := store.MarkThreadRead(t.Context(), root.ID, u.ID, seq)
		must(t, err)
		equal(t, "the mark", f.LastReadSeq, mark)
		equal(t, "the unread replies", f.Unread, unread)
		unreadThreads(t, store, u, threads)
	}
	f, err := store.MarkThreadRead(t.Context(), root.ID, ben.ID, 5)
	must(t, err)
	equal(t, "the place that nobody has", f, chat.Following{})
	for range 4 {
		reply(t, store, root, ben) // 2 to 5
	}
	unreadThreads(t, store, ada, 1)
	unreadThreads(t, store, ben, 0)
	read(ada, 3, 3, 2, 1)
	read(ada, 2, 3, 2, 1)
	read(ada, 99, 5, 0, 0)
	read(ada, 5, 5, 0, 0)
	reply(t, store, root, ben) // 6
	unreadThreads(t, store, ada, 1)
	for range chat.MaxUnreadReplies + 3 {
		reply(t, store, root, ben)
	}
	equal(t, "the unread replies, as far as they are counted", placeOf(t, store, root, ada).Unread, chat.MaxUnreadReplies)
	found, err := store.FollowedThreads(t.Context(), ada.ID, false, time.Time{}, "", 10)
	must(t, err)
	equal(t, "the same in the list", found[0].Unread, chat.MaxUnreadReplies)
	must(t, store.SetFollowing(t.Context(), root.ID, ada.ID, false))
	unreadThreads(t, store, ada, 0)
}

func unreadThreads(t testing.TB, store chat.Store, u accounts.User, want int) {
	t.Helper()
	n, err := store.UnreadThreads(t.Context(), u.ID)
	must(t, err)
	equal(t, "the unread threads of "+u.Username, n, want)
	inbox, err := store.FollowedThreads(t.Context(), u.ID, true, time.Time{}, "", 200)
	must(t, err)
	equal(t, "the unread threads in the list", len(inbox), want)
}

// inbox checks which threads somebody follows.
func inbox(t testing.TB, store chat.Store, u accounts.User, unreadOnly bool, want ...chat.Message) {
	t.Helper()
	found, err := store.FollowedThreads(t.Context(), u.ID, unreadOnly, time.Time{}, "", 100)
	must(t, err)
	var ids, wanted []string
	for _, f := range found {
		ids = append(ids, f.Root.ID)
	}
	for _, m := range want {
		wanted = append(wanted, m.ID)
	}
	alike(t, "the threads of "+u.Username, ids, wanted)
}

func threadsListed(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c, d := AddChannel(t, store, "general", ada, ben), AddChannel(t, store, "other", ada, ben)
	var roots []chat.Message
	for i := range 6 {
		in := c
		if i%2 == 1 {
			in = d
		}
		roots = append(roots, Post(t, store, in.ID, ada.ID, fmt.Sprint(i)))
	}
	say := func(i, minute int, by accounts.User) {
		m := Message(roots[i].ChannelID, by.ID, "reply")
		m.ParentID, m.CreatedAt = roots[i].ID, Start.Add(time.Duration(minute)*time.Minute)
		_, _, err := store.AppendMessage(t.Context(), m)
		must(t, err)
	}
	for i := range 4 {
		say(i, i+1, ben)
	}
	say(1, 9, ben)
	say(4, 9, ada) // the same moment as 1, and nothing unread
	latest := []chat.Message{roots[4], roots[1], roots[3], roots[2], roots[0]}
	if roots[4].ID < roots[1].ID {
		latest[0], latest[1] = latest[1], latest[0]
	}
	inbox(t, store, ada, false, latest...)
	inbox(t, store, ada, true, roots[1], roots[3], roots[2], roots[0])
	inbox(t, store, ben, false, roots[1], roots[3], roots[2], roots[0])
	inbox(t, store, ben, true)
	var paged []chat.Message
	at, last := time.Time{}, ""
	for {
		page, err := store.FollowedThreads(t.Context(), ada.ID, false, at, last, 2)
		must(t, err)
		if len(page) == 0 {
			break
		}
		for _, f := range page {
			alike(t, "the root", f.Root, again(t, store, f.Root))
			place(t, store, f.Root, ada, true, f.LastReadSeq, f.Unread)
			paged = append(paged, f.Root)
		}
		at, last = page[len(page)-1].Root.LastReplyAt, page[len(page)-1].Root.ID
	}
	for i, m := range paged {
		equal(t, fmt.Sprintf("thread %d of the pages", i), m.ID, latest[i].ID)
	}
	equal(t, "the number in all pages", len(paged), 5)

	must(t, store.RemoveMember(t.Context(), d.ID, ada.ID))
	unreadThreads(t, store, ada, 2)
	inbox(t, store, ada, true, roots[2], roots[0])
	must(t, store.AddMember(t.Context(), Member(d.ID, ada.ID)))
	inbox(t, store, ada, true, roots[1], roots[3], roots[2], roots[0])
	must(t, store.EraseUser(t.Context(), ada.ID, accounts.Tombstone{Email: "x@gone.invalid", Username: "x", Name: "x"}, Start))
	inbox(t, store, ada, false)
}
