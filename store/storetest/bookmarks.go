package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

func bookmark(messageID, userID string) chat.Bookmark {
	return chat.Bookmark{ID: id.New(Start), MessageID: messageID, UserID: userID, CreatedAt: Start}
}

func bookmarksToggled(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	m := Post(t, store, c.ID, ada.ID, "text")
	b := bookmark(m.ID, ada.ID)
	for _, want := range []bool{true, false, true} {
		got, err := store.ToggleBookmark(t.Context(), b)
		must(t, err)
		equal(t, "bookmarked", got, want)
		page, err := store.Bookmarks(t.Context(), ada.ID, "", 10)
		must(t, err)
		if !want {
			equal(t, "the number of bookmarks", len(page), 0)
			continue
		}
		b.ChannelID = c.ID
		alike(t, "the bookmarks", page, []chat.Bookmarked{{Bookmark: b, Message: m}})
	}
	marked, err := store.BookmarkedBy(t.Context(), ben.ID, []string{m.ID})
	must(t, err)
	equal(t, "the number of bookmarks of somebody else", len(marked), 0)

	var mu sync.Mutex
	on := 0
	won, failures := atOnce(51, func(int) error {
		got, err := store.ToggleBookmark(t.Context(), bookmark(m.ID, ben.ID))
		mu.Lock()
		defer mu.Unlock()
		if got {
			on++
		}
		return err
	})
	if won != 51 {
		t.Fatalf("%d of 51 failed: %v", len(failures), failures[0])
	}
	equal(t, "how many of 51 at once set it", on, 26)
	marked, err = store.BookmarkedBy(t.Context(), ben.ID, []string{m.ID})
	must(t, err)
	equal(t, "the number of bookmarks after an odd number of calls", len(marked), 1)
}

func bookmarksListed(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c, left := AddChannel(t, store, "general", ada, ben), AddChannel(t, store, "left", ada, ben)
	var want []string
	for i := range 7 {
		where := c
		if i%3 == 1 {
			where = left
		}
		m := Post(t, store, where.ID, ada.ID, fmt.Sprint(i))
		_, err := store.ToggleBookmark(t.Context(), bookmark(m.ID, ben.ID))
		must(t, err)
		if where.ID == c.ID {
			want = append(want, m.ID)
		}
	}
	gone := Post(t, store, c.ID, ada.ID, "gone")
	_, err := store.ToggleBookmark(t.Context(), bookmark(gone.ID, ben.ID))
	must(t, err)
	_, err = store.DeleteMessage(t.Context(), gone.ID, "", Start)
	must(t, err)
	must(t, store.RemoveMember(t.Context(), left.ID, ben.ID))
	slices.Reverse(want)
	var got []string
	before := ""
	for {
		page, err := store.Bookmarks(t.Context(), ben.ID, before, 2)
		must(t, err)
		for _, b := range page {
			equal(t, "whose it is", b.UserID, ben.ID)
			equal(t, "the message", b.Message.ID, b.MessageID)
			equal(t, "the channel", b.ChannelID, c.ID)
			got = append(got, b.MessageID)
		}
		if len(page) < 2 {
			break
		}
		before = page[1].ID
	}
	alike(t, "the bookmarks in pages of two", got, want)
	must(t, store.AddMember(t.Context(), Member(left.ID, ben.ID)))
	page, err := store.Bookmarks(t.Context(), ben.ID, "", 10)
	must(t, err)
	equal(t, "the number of bookmarks after coming back", len(page), 7)
}

func pinsToggled(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c, other := AddChannel(t, store, "general", ada, ben), AddChannel(t, store, "other", ada)
	first, second := Post(t, store, c.ID, ada.ID, "1"), Post(t, store, c.ID, ada.ID, "2")
	elsewhere := Post(t, store, other.ID, ada.ID, "3")
	for i, m := range []chat.Message{second, first, elsewhere} {
		at := Start.Add(time.Duration(i)*time.Minute + 999*time.Microsecond)
		pinned, err := store.TogglePin(t.Context(), m.ID, ben.ID, at)
		must(t, err)
		m.PinnedAt, m.PinnedBy = at.Truncate(time.Millisecond), ben.ID
		alike(t, "the pinned message", pinned, m)
		again, err := store.Message(t.Context(), m.ID)
		must(t, err)
		alike(t, "the pinned message read again", again, m)
	}
	texts := func() (out []string) {
		pins, err := store.Pins(t.Context(), c.ID)
		must(t, err)
		for _, m := range pins {
			out = append(out, m.Content)
		}
		return out
	}
	alike(t, "the pins", texts(), []string{"1", "2"})
	_, err := store.EditMessage(t.Context(), second.ID, ada.ID, "2 new", "2 new", 1, Start)
	must(t, err)
	alike(t, "the pins after an edit", texts(), []string{"1", "2 new"})
	loose, err := store.TogglePin(t.Context(), first.ID, ada.ID, Start)
	must(t, err)
	alike(t, "the message after that", loose, first)
	page, err := store.Messages(t.Context(), c.ID, chat.Page{Limit: 10})
	must(t, err)
	equal(t, "pinned in the history", fmt.Sprint(!page[0].PinnedAt.IsZero(), !page[1].PinnedAt.IsZero()), "false true")
	alike(t, "the pins after that", texts(), []string{"2 new"})
}

func pinsLimited(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	messages := make([]chat.Message, chat.MaxPins+5)
	for i := range messages {
		messages[i] = Post(t, store, c.ID, ada.ID, fmt.Sprint(i))
	}
	const early = chat.MaxPins - 5
	for _, m := range messages[:early] {
		_, err := store.TogglePin(t.Context(), m.ID, ada.ID, Start)
		must(t, err)
	}
	won, failures := atOnce(len(messages)-early, func(i int) error {
		_, err := store.TogglePin(t.Context(), messages[early+i].ID, ada.ID, Start)
		return err
	})
	equal(t, "the number of pins", early+won, chat.MaxPins)
	for _, err := range failures {
		refused(t, err, fault.Conflict, "TOO_MANY_PINS")
	}
	pins, err := store.Pins(t.Context(), c.ID)
	must(t, err)
	equal(t, "the number of pins listed", len(pins), chat.MaxPins)
	_, err = store.TogglePin(t.Context(), pins[0].ID, ada.ID, Start)
	must(t, err)
	late := slices.IndexFunc(messages, func(m chat.Message) bool {
		return !slices.ContainsFunc(pins, func(pin chat.Message) bool { return pin.ID == m.ID })
	})
	_, err = store.TogglePin(t.Context(), messages[late].ID, ada.ID, Start)
	must(t, err)
}

func formerTexts(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	m := Post(t, store, c.ID, ada.ID, "0")
	_, err := store.EditMessage(t.Context(), m.ID, ben.ID, "no", "no", 1, Start)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	edit := func(n int) {
		_, err := store.EditMessage(t.Context(), m.ID, ada.ID, fmt.Sprint(n), "html", 1, Start.Add(time.Duration(n)*time.Minute))
		must(t, err)
	}
	edit(1)
	edit(2)
	former, err := store.FormerTexts(t.Context(), m.ID)
	must(t, err)
	alike(t, "the former texts", former, []chat.Version{
		{Content: "0", WrittenAt: Start}, {Content: "1", WrittenAt: Start.Add(time.Minute)},
	})
	for n := 3; n <= chat.MaxVersions+5; n++ {
		edit(n)
	}
	former, err = store.FormerTexts(t.Context(), m.ID)
	must(t, err)
	equal(t, "the number of former texts", len(former), chat.MaxVersions)
	equal(t, "the oldest one", former[0].Content, "5")
	equal(t, "the newest one", former[len(former)-1].Content, fmt.Sprint(chat.MaxVersions+4))
}

func formerTextsAtOnce(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	m := Post(t, store, c.ID, ada.ID, "first")
	won, failures := atOnce(20, func(i int) error {
		_, err := store.EditMessage(t.Context(), m.ID, ada.ID, fmt.Sprint(i), "html", 1, Start.Add(time.Duration(i+1)*time.Minute))
		return err
	})
	if won != 20 {
		t.Fatalf("%d of 20 failed: %v", len(failures), failures[0])
	}
	former, err := store.FormerTexts(t.Context(), m.ID)
	must(t, err)
	last, err := store.Message(t.Context(), m.ID)
	must(t, err)
	seen := map[string]bool{last.Content: true}
	for _, v := range former {
		seen[v.Content] = true
	}
	equal(t, "the number of texts that were kept", len(seen), 21)
	equal(t, "the first one", former[0].Content, "first")
}

func visibleMessagesFound(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	both, hers := AddChannel(t, store, "both", ada, ben), AddChannel(t, store, "hers", ada)
	shared, own, gone := Post(t, store, both.ID, ada.ID, "shared"), Post(t, store, hers.ID, ada.ID, "own"), Post(t, store, both.ID, ada.ID, "gone")
	_, err := store.DeleteMessage(t.Context(), gone.ID, "", Start)
	must(t, err)
	ids := []string{shared.ID, own.ID, gone.ID, id.New(Start), shared.ID}
	see := func(userID string, want ...string) {
		t.Helper()
		found, err := store.VisibleMessages(t.Context(), userID, ids)
		must(t, err)
		seen := map[string]bool{}
		for _, m := range found {
			seen[m.Content] = true
		}
		for _, text := range want {
			if !seen[text] {
				t.Errorf("%q is missing in %v", text, seen)
			}
		}
		equal(t, "the number of messages", len(seen), len(want))
	}
	see(ada.ID, "shared", "own")
	see(ben.ID, "shared")
	see(id.New(Start))
	must(t, store.RemoveMember(t.Context(), both.ID, ben.ID))
	see(ben.ID)
	found, err := store.VisibleMessages(t.Context(), ada.ID, nil)
	must(t, err)
	equal(t, "the number of messages of no ids", len(found), 0)
}
