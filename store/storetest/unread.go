package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

func markedUnread(t *testing.T, store Store) {
	ctx := t.Context()
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	c := AddChannel(t, store, "general", ada, grace)
	for i := range 10 { // ada writes the odd numbers, grace the even ones
		Post(t, store, c.ID, []string{ada.ID, grace.ID}[i%2], "hello")
	}
	read := Start.Add(time.Minute)
	_, _, err := store.MarkRead(ctx, c.ID, ada.ID, 10, read)
	must(t, err)
	mark := func(seq, want, own, unread int64) {
		t.Helper()
		ch, m, err := store.MarkUnread(ctx, c.ID, ada.ID, seq)
		must(t, err)
		equal(t, "the newest number", ch.LastSeq, 10)
		equal(t, "the mark", m.LastReadSeq, want)
		equal(t, "the moment of the mark", m.LastReadAt, read)
		wantUnread(t, store, c.ID, ada.ID, want, own, unread)
	}
	mark(8, 7, 1, 2)
	mark(9, 7, 1, 2) // never on
	mark(100, 7, 1, 2)
	mark(4, 3, 3, 4)
	mark(1, 0, 5, 5)
	mark(0, 0, 5, 5)
	Post(t, store, c.ID, ada.ID, "mine")
	wantUnread(t, store, c.ID, ada.ID, 0, 6, 5)
	_, _, err = store.MarkRead(ctx, c.ID, ada.ID, 11, read)
	must(t, err)
	wantUnread(t, store, c.ID, ada.ID, 11, 0, 0)
	wantUnread(t, store, c.ID, grace.ID, 0, 5, 6)

	zoe := AddUser(t, store, "zoe")
	_, _, err = store.MarkUnread(ctx, c.ID, zoe.ID, 1)
	refused(t, err, fault.NotFound, "NOT_A_MEMBER")
	_, _, err = store.MarkUnread(ctx, id.New(Start), ada.ID, 1)
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	// Who comes back to a channel wrote in it before.
	must(t, store.RemoveMember(ctx, c.ID, ada.ID))
	again := Member(c.ID, ada.ID)
	again.LastReadSeq = 11
	must(t, store.AddMember(ctx, again))
	_, _, err = store.MarkUnread(ctx, c.ID, ada.ID, 1)
	must(t, err)
	wantUnread(t, store, c.ID, ada.ID, 0, 6, 5)
}

func markingUnreadAgainstPosts(t *testing.T, store Store) {
	ctx := t.Context()
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	c := AddChannel(t, store, "general", ada, grace)
	for range 6 {
		Post(t, store, c.ID, ada.ID, "mine")
		Post(t, store, c.ID, grace.ID, "theirs")
	}
	won, failures := atOnce(60, func(i int) (err error) {
		switch i % 4 {
		case 0:
			_, _, err = store.AppendMessage(ctx, Message(c.ID, ada.ID, "mine"))
		case 1:
			_, _, err = store.AppendMessage(ctx, Message(c.ID, grace.ID, "theirs"))
		case 2:
			_, _, err = store.MarkRead(ctx, c.ID, ada.ID, int64(i), Start)
		case 3:
			_, _, err = store.MarkUnread(ctx, c.ID, ada.ID, int64(i%12))
		}
		return err
	})
	if won != 60 {
		t.Fatal(failures[0])
	}
	_, _, err := store.MarkUnread(ctx, c.ID, ada.ID, 1)
	must(t, err)
	wantUnread(t, store, c.ID, ada.ID, 0, 21, 21)
	_, _, err = store.MarkRead(ctx, c.ID, ada.ID, 42, Start)
	must(t, err)
	wantUnread(t, store, c.ID, ada.ID, 42, 0, 0)
}

func unreadPlacesListed(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	early, late, read := AddChannel(t, store, "early", ada, ben), AddChannel(t, store, "late", ada, ben), AddChannel(t, store, "read", ada, ben)
	gone, own := AddChannel(t, store, "gone", ada, ben), AddChannel(t, store, "own", ada, ben)
	at := func(c chat.Channel, by string, minute int) {
		t.Helper()
		m := Message(c.ID, by, "hello")
		m.CreatedAt = Start.Add(time.Duration(minute) * time.Minute)
		_, _, err := store.AppendMessage(ctx, m)
		must(t, err)
	}
	at(late, ben.ID, 3)
	at(early, ben.ID, 1)
	at(gone, ben.ID, 4)
	at(own, ada.ID, 5)
	at(read, ben.ID, 6)
	_, _, err := store.MarkRead(ctx, read.ID, ada.ID, 1, Start)
	must(t, err)
	yes := true
	_, err = store.UpdateChannel(ctx, gone.ID, chat.ChannelChange{Archived: &yes})
	must(t, err)
	names := func(limit int) (names []string) {
		t.Helper()
		places, err := store.UnreadPlaces(ctx, ada.ID, limit)
		must(t, err)
		for _, p := range places {
			names = append(names, p.Name)
			equal(t, "the person", p.UserID, ada.ID)
			equal(t, "what is unread", p.Unread(p.LastSeq), 1)
		}
		return names
	}
	alike(t, "the unread places", names(10), []string{"late", "early"})
	alike(t, "the first of them", names(1), []string{"late"})
	_, _, err = store.MarkRead(ctx, late.ID, ada.ID, 1, Start)
	must(t, err)
	must(t, store.RemoveMember(ctx, early.ID, ada.ID))
	equal(t, "what is left", len(names(10)), 0)
}

func messagesAfterMarks(t *testing.T, store Store) {
	ctx := t.Context()
	ada := AddUser(t, store, "ada")
	c, d := AddChannel(t, store, "c", ada), AddChannel(t, store, "d", ada)
	var want []string
	for i := range 6 {
		in := Post(t, store, c.ID, ada.ID, "in c")
		other := Post(t, store, d.ID, ada.ID, "in d")
		if i == 3 {
			_, err := store.DeleteMessage(ctx, in.ID, "", Start)
			must(t, err)
		} else if i >= 2 && i < 5 {
			want = append(want, in.ID)
		}
		if i < 3 {
			want = append(want, other.ID)
		}
	}
	got, err := store.MessagesAfter(ctx, map[string]int64{c.ID: 2, d.ID: 0}, 3)
	must(t, err)
	var ids []string
	for i, m := range got {
		ids = append(ids, m.ID)
		if i > 0 && got[i-1].ChannelID == m.ChannelID && got[i-1].Seq >= m.Seq {
			t.Errorf("%d comes after %d", m.Seq, got[i-1].Seq)
		}
	}
	alike(t, "the messages", slices.Sorted(slices.Values(ids)), slices.Sorted(slices.Values(want)))
	none, err := store.MessagesAfter(ctx, nil, 3)
	must(t, err)
	equal(t, "the messages after no mark", len(none), 0)
}

// RecountedUnread tests the check of unread counts. broken changes what is stored of a member: the number of own unread
// messages, and a mention in a message that is deleted.
func RecountedUnread(t *testing.T, store Store, breakCount func(channelID, userID string, own int64), breakMention func(m chat.Message, userID string)) {
	ctx := t.Context()
	ada, ben, cy := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "cy")
	c, d := AddChannel(t, store, "c", ada, ben, cy), AddChannel(t, store, "d", ada, ben)
	for range 4 {
		Post(t, store, c.ID, ada.ID, "mine")
		mention(t, store, c.ID, ben, named(ada)...)
	}
	deleted := mention(t, store, d.ID, ben, named(ada)...)
	_, err := store.DeleteMessage(ctx, deleted.ID, "", Start)
	must(t, err)
	_, _, err = store.MarkRead(ctx, c.ID, cy.ID, 8, Start)
	must(t, err)
	run := func(limit, counts, mentions int) {
		t.Helper()
		total := chat.Recount{}
		for channelID, userID := "", ""; ; {
			step, err := store.RecountUnread(ctx, channelID, userID, limit)
			must(t, err)
			total.Checked, total.Counts, total.Mentions = total.Checked+step.Checked, total.Counts+step.Counts, total.Mentions+step.Mentions
			if channelID, userID = step.ChannelID, step.UserID; channelID == "" {
				break
			}
		}
		alike(t, "what the check found", total, chat.Recount{Checked: 5, Counts: counts, Mentions: mentions})
	}
	run(2, 0, 0)
	breakCount(c.ID, ada.ID, 1)
	breakCount(c.ID, cy.ID, 3)
	breakMention(deleted, ada.ID)
	run(2, 2, 1)
	wantUnread(t, store, c.ID, ada.ID, 0, 4, 4)
	wantUnread(t, store, c.ID, cy.ID, 8, 0, 0)
	unreadMentions(t, store, ada, map[string]int64{c.ID: 4})
	run(100, 0, 0)

	// Nothing is broken by looking while others write.
	var posts sync.WaitGroup
	for range 4 {
		posts.Go(func() {
			for range 5 {
				if _, _, err := store.AppendMessage(ctx, Message(c.ID, ada.ID, "more")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		_, err := store.RecountUnread(ctx, "", "", 100)
		must(t, err)
	}
	posts.Wait()
	wantUnread(t, store, c.ID, ada.ID, 0, 24, 4)
	run(100, 0, 0)
}
