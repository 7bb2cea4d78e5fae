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

// talk stores a channel of one member with n messages.
func talk(t *testing.T, store Store, n int) (accounts.User, chat.Channel, []chat.Message) {
	t.Helper()
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	var messages []chat.Message
	for i := range n {
		messages = append(messages, Post(t, store, c.ID, ada.ID, fmt.Sprint("message ", i+1)))
	}
	return ada, c, messages
}

func wantPage(t *testing.T, store Store, channelID string, page chat.Page, want ...int64) {
	t.Helper()
	messages, err := store.Messages(t.Context(), channelID, page)
	must(t, err)
	var got []int64
	for _, m := range messages {
		got = append(got, m.Seq)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("the page %+v has the numbers %v, want %v", page, got, want)
	}
}

func historyPages(t *testing.T, store Store) {
	ada, c, _ := talk(t, store, 8)
	other := AddChannel(t, store, "other", ada)
	Post(t, store, other.ID, ada.ID, "elsewhere")
	wantPage(t, store, c.ID, chat.Page{Limit: 3}, 6, 7, 8)
	wantPage(t, store, c.ID, chat.Page{Before: 6, Limit: 3}, 3, 4, 5)
	wantPage(t, store, c.ID, chat.Page{Before: 3, Limit: 3}, 1, 2)
	wantPage(t, store, c.ID, chat.Page{Before: 1, Limit: 3})
	wantPage(t, store, c.ID, chat.Page{After: 2, Limit: 3}, 3, 4, 5)
	wantPage(t, store, c.ID, chat.Page{After: 7, Limit: 3}, 8)
	wantPage(t, store, c.ID, chat.Page{After: 8, Limit: 3})
	wantPage(t, store, c.ID, chat.Page{From: 1, Limit: 3}, 1, 2, 3)
	wantPage(t, store, c.ID, chat.Page{From: 7, Limit: 3}, 7, 8)
	wantPage(t, store, c.ID, chat.Page{From: 9, Limit: 3})
	wantPage(t, store, c.ID, chat.Page{Limit: 100}, 1, 2, 3, 4, 5, 6, 7, 8)
	wantPage(t, store, other.ID, chat.Page{Limit: 3}, 1)
}

func historyLeavesDeletedOut(t *testing.T, store Store) {
	_, c, messages := talk(t, store, 8)
	for _, seq := range []int{3, 4, 8} {
		_, err := store.DeleteMessage(t.Context(), messages[seq-1].ID, "", Start)
		must(t, err)
	}
	wantPage(t, store, c.ID, chat.Page{Limit: 3}, 5, 6, 7)
	wantPage(t, store, c.ID, chat.Page{Before: 6, Limit: 3}, 1, 2, 5)
	wantPage(t, store, c.ID, chat.Page{After: 1, Limit: 3}, 2, 5, 6)
	wantPage(t, store, c.ID, chat.Page{After: 7, Limit: 3})
	wantPage(t, store, c.ID, chat.Page{From: 3, Limit: 2}, 5, 6)
	ch, err := store.Channel(t.Context(), c.ID)
	must(t, err)
	equal(t, "the newest number", ch.LastSeq, 8)
	equal(t, "the next number", Post(t, store, c.ID, messages[0].UserID, "next").Seq, 9)
}

func historyAround(t *testing.T, store Store) {
	_, c, messages := talk(t, store, 9)
	_, err := store.DeleteMessage(t.Context(), messages[6].ID, "", Start)
	must(t, err)
	for _, around := range []int64{1, 5, 7, 9} {
		page, err := store.Messages(t.Context(), c.ID, chat.Page{Around: around, Limit: 4})
		must(t, err)
		var seqs []int64
		for _, m := range page {
			seqs = append(seqs, m.Seq)
		}
		if len(seqs) == 0 || len(seqs) > 4 || !slices.IsSorted(seqs) {
			t.Fatalf("around %d there is %v", around, seqs)
		}
		if slices.Contains(seqs, 7) || (around != 7 && !slices.Contains(seqs, around)) {
			t.Fatalf("around %d there is %v, 7 being deleted", around, seqs)
		}
		if (around == 5 || around == 7) && (seqs[0] >= around || seqs[len(seqs)-1] <= around) {
			t.Fatalf("around %d there is only one side: %v", around, seqs)
		}
	}
}

func messageEdited(t *testing.T, store Store) {
	ctx := t.Context()
	ada, c, messages := talk(t, store, 1)
	m, now := messages[0], Start.Add(time.Minute)
	stranger := AddUser(t, store, "grace")
	_, err := store.EditMessage(ctx, m.ID, stranger.ID, "mine", "mine", 2, now)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	_, err = store.EditMessage(ctx, id.New(Start), ada.ID, "none", "none", 2, now)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	got, err := store.EditMessage(ctx, m.ID, ada.ID, "new", "<p>new</p>", 2, now)
	must(t, err)
	m.Content, m.HTML, m.Renderer, m.UpdatedAt, m.EditedAt = "new", "<p>new</p>", 2, now, now
	alike(t, "the edited message", got, m)
	page, err := store.Messages(ctx, c.ID, chat.Page{Limit: 1})
	must(t, err)
	alike(t, "the message in the history", page[0], m)
	_, err = store.DeleteMessage(ctx, m.ID, ada.ID, now)
	must(t, err)
	_, err = store.EditMessage(ctx, m.ID, ada.ID, "back", "back", 2, now)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
}

func messageDeleted(t *testing.T, store Store) {
	ctx := t.Context()
	ada, c, messages := talk(t, store, 2)
	grace, now := AddUser(t, store, "grace"), Start.Add(time.Minute)
	_, err := store.DeleteMessage(ctx, messages[0].ID, grace.ID, now)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	_, err = store.DeleteMessage(ctx, id.New(Start), "", now)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	for i, author := range []string{ada.ID, ""} {
		got, err := store.DeleteMessage(ctx, messages[i].ID, author, now)
		must(t, err)
		if !got.Deleted || got.Content != "" || got.HTML != "" || got.ChannelID != c.ID || got.Seq != int64(i+1) {
			t.Fatalf("the deleted message is %+v", got)
		}
		_, err = store.DeleteMessage(ctx, messages[i].ID, author, now)
		refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	}
	wantPage(t, store, c.ID, chat.Page{Limit: 10})

	first, _, err := store.AppendMessage(ctx, withKey(c.ID, ada.ID, "key", "once"))
	must(t, err)
	_, err = store.DeleteMessage(ctx, first.ID, ada.ID, now)
	must(t, err)
	again, repeated, err := store.AppendMessage(ctx, withKey(c.ID, ada.ID, "key", "once"))
	must(t, err)
	if !repeated || again.ID != first.ID || !again.Deleted {
		t.Fatalf("a retry of a deleted message gives %+v, repeated %v", again, repeated)
	}
}

func wantUnread(t *testing.T, store Store, channelID, userID string, mark, own, unread int64) {
	t.Helper()
	c, m, err := store.Membership(t.Context(), channelID, userID)
	must(t, err)
	equal(t, "mark, own and unread",
		[3]int64{m.LastReadSeq, m.OwnUnread, m.Unread(c.LastSeq)}, [3]int64{mark, own, unread})
}

func unreadCounts(t *testing.T, store Store) {
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	c := AddChannel(t, store, "general", ada, grace)
	for i := range 10 { // ada writes the odd numbers, grace the even ones
		Post(t, store, c.ID, []string{ada.ID, grace.ID}[i%2], "hello")
	}
	wantUnread(t, store, c.ID, ada.ID, 0, 5, 5)
	mark := func(userID string, seq int64) {
		t.Helper()
		ch, m, err := store.MarkRead(t.Context(), c.ID, userID, seq, Start.Add(time.Minute))
		must(t, err)
		equal(t, "the newest number", ch.LastSeq, 10)
		equal(t, "the moment of the mark", m.LastReadAt, Start.Add(time.Minute))
	}
	mark(ada.ID, 4)
	wantUnread(t, store, c.ID, ada.ID, 4, 3, 3)
	mark(ada.ID, 5)
	wantUnread(t, store, c.ID, ada.ID, 5, 2, 3)
	mark(ada.ID, 10)
	wantUnread(t, store, c.ID, ada.ID, 10, 0, 0)
	wantUnread(t, store, c.ID, grace.ID, 0, 5, 5)

	last := Post(t, store, c.ID, ada.ID, "one more")
	wantUnread(t, store, c.ID, ada.ID, 10, 1, 0)
	wantUnread(t, store, c.ID, grace.ID, 0, 5, 6)
	_, err := store.DeleteMessage(t.Context(), last.ID, ada.ID, Start)
	must(t, err)
	wantUnread(t, store, c.ID, ada.ID, 10, 1, 0)
}

func markNeverBack(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	grace := AddUser(t, store, "grace")
	c := AddChannel(t, store, "general", ada, grace)
	for range 20 {
		Post(t, store, c.ID, grace.ID, "hello")
	}
	atOnce(40, func(i int) error {
		seq := int64(i%20 + 1)
		_, m, err := store.MarkRead(t.Context(), c.ID, ada.ID, seq, Start)
		if err == nil && m.LastReadSeq < seq {
			t.Errorf("marking %d leaves the mark at %d", seq, m.LastReadSeq)
		}
		return err
	})
	wantUnread(t, store, c.ID, ada.ID, 20, 0, 0)
	for _, seq := range []int64{3, 0, -5, 1 << 40} {
		_, m, err := store.MarkRead(t.Context(), c.ID, ada.ID, seq, Start)
		must(t, err)
		equal(t, fmt.Sprintf("the mark after %d", seq), m.LastReadSeq, 20)
	}
}

func markRefused(t *testing.T, store Store) {
	_, c, _ := talk(t, store, 1)
	grace := AddUser(t, store, "grace")
	_, _, err := store.MarkRead(t.Context(), c.ID, grace.ID, 1, Start)
	refused(t, err, fault.NotFound, "NOT_A_MEMBER")
	_, _, err = store.MarkRead(t.Context(), id.New(Start), grace.ID, 1, Start)
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
}
