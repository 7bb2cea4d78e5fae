package storetest

import (
	"slices"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

// marksPassed moves the marks of who is behind, in parts, and nobody's back.
func marksPassed(t *testing.T, store Store) {
	ada, ben, cy, dan := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "cy"), AddUser(t, store, "dan")
	c, other := AddChannel(t, store, "general", ada, ben, cy, dan), AddChannel(t, store, "other", ada, ben)
	for range 3 { // ada writes the odd numbers, ben the even ones
		Post(t, store, c.ID, ada.ID, "hello")
		Post(t, store, c.ID, ben.ID, "hello")
	}
	Post(t, store, other.ID, ada.ID, "elsewhere")
	read := Start.Add(time.Minute)
	for userID, seq := range map[string]int64{ben.ID: 1, dan.ID: 5} {
		_, _, err := store.MarkRead(t.Context(), c.ID, userID, seq, read)
		must(t, err)
	}
	pass := func(seq int64, limit int) []chat.Member {
		t.Helper()
		ch, moved, err := store.PassRead(t.Context(), c.ID, seq, limit)
		must(t, err)
		equal(t, "the newest number", ch.LastSeq, 6)
		return moved
	}
	equal(t, "who is moved where nobody is wanted", len(pass(4, 0)), 0)
	var ids []string
	for _, limit := range []int{2, 2, 1} {
		for _, m := range pass(4, limit) {
			equal(t, "the mark", m.LastReadSeq, 4)
			equal(t, "the moment of ben's mark", m.UserID != ben.ID || m.LastReadAt.Equal(read), true)
			ids = append(ids, m.UserID)
		}
	}
	slices.Sort(ids)
	want := []string{ada.ID, ben.ID, cy.ID}
	slices.Sort(want)
	alike(t, "who was moved", ids, want)
	equal(t, "who is moved once nobody is behind", len(pass(4, 10)), 0)
	wantUnread(t, store, c.ID, ada.ID, 4, 1, 1)
	wantUnread(t, store, c.ID, ben.ID, 4, 1, 1)
	wantUnread(t, store, c.ID, cy.ID, 4, 0, 2)
	wantUnread(t, store, c.ID, dan.ID, 5, 0, 1)
	wantUnread(t, store, other.ID, ben.ID, 0, 0, 1)
	pass(100, 10)
	for _, u := range []string{ada.ID, ben.ID, cy.ID, dan.ID} {
		wantUnread(t, store, c.ID, u, 6, 0, 0)
	}
	_, _, err := store.PassRead(t.Context(), id.New(Start), 1, 1)
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
}

// passingAgainstPosts counts right whatever comes meanwhile.
func passingAgainstPosts(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	const each = 20
	Post(t, store, c.ID, ada.ID, "first")
	_, failures := atOnce(3*each, func(i int) (err error) {
		switch i % 3 {
		case 0:
			_, _, err = store.AppendMessage(t.Context(), Message(c.ID, ada.ID, "mine"))
		case 1:
			_, _, err = store.AppendMessage(t.Context(), Message(c.ID, ben.ID, "theirs"))
		case 2:
			_, _, err = store.PassRead(t.Context(), c.ID, int64(i/6), 10)
		}
		return err
	})
	if len(failures) > 0 {
		t.Fatal(failures)
	}
	_, _, err := store.PassRead(t.Context(), c.ID, each+1, 10)
	must(t, err)
	page, err := store.Messages(t.Context(), c.ID, chat.Page{After: each + 1, Limit: 100})
	must(t, err)
	own := int64(0)
	for _, m := range page {
		if m.UserID == ada.ID {
			own++
		}
	}
	wantUnread(t, store, c.ID, ada.ID, each+1, own, each-own)
	wantUnread(t, store, c.ID, ben.ID, each+1, each-own, own)
}
