package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

// Reacted returns a choice of an emoji, ready to be stored.
func Reacted(messageID, userID, emoji string) chat.Reacted {
	return chat.Reacted{ID: id.New(Start), MessageID: messageID, UserID: userID, Emoji: emoji, CreatedAt: Start}
}

func react(t *testing.T, store Store, messageID, userID string, emoji ...string) {
	t.Helper()
	for _, e := range emoji {
		added, err := store.AddReaction(t.Context(), Reacted(messageID, userID, e))
		must(t, err)
		equal(t, "added", added, true)
	}
}

// reactionsOf returns the emoji with the people who chose them, as text, in the order of the ids.
func reactionsOf(t *testing.T, store Store, messageIDs ...string) (out []string) {
	t.Helper()
	all, err := store.Reactions(t.Context(), messageIDs)
	must(t, err)
	slices.SortFunc(all, func(a, b chat.Reacted) int { return strings.Compare(a.ID, b.ID) })
	for _, r := range all {
		out = append(out, r.Emoji+" "+r.UserID)
	}
	return out
}

func reactionsReadBack(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	first, second, third := Post(t, store, c.ID, ada.ID, "1"), Post(t, store, c.ID, ada.ID, "2"), Post(t, store, c.ID, ada.ID, "3")
	r := Reacted(first.ID, ben.ID, "👩🏻‍❤️‍💋‍👨🏿")
	r.CreatedAt = Start.Add(time.Hour + 999*time.Microsecond)
	added, err := store.AddReaction(t.Context(), r)
	must(t, err)
	equal(t, "added", added, true)
	r.CreatedAt = Start.Add(time.Hour)
	got, err := store.Reactions(t.Context(), []string{first.ID})
	must(t, err)
	alike(t, "the choice", got, []chat.Reacted{r})
	react(t, store, second.ID, ada.ID, "👍", "❤️")
	react(t, store, second.ID, ben.ID, "👍")
	react(t, store, third.ID, ben.ID, "👍")
	alike(t, "the choices for two messages", reactionsOf(t, store, first.ID, second.ID),
		[]string{r.Emoji + " " + ben.ID, "👍 " + ada.ID, "❤️ " + ada.ID, "👍 " + ben.ID})
	alike(t, "the choices for none", reactionsOf(t, store), []string{})
}

func reactionOnce(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	m := Post(t, store, c.ID, ada.ID, "text")
	var mu sync.Mutex
	fresh := 0
	won, failures := atOnce(50, func(int) error {
		added, err := store.AddReaction(t.Context(), Reacted(m.ID, ada.ID, "👍"))
		mu.Lock()
		defer mu.Unlock()
		if added {
			fresh++
		}
		return err
	})
	if won != 50 {
		t.Fatalf("%d of 50 failed: %v", len(failures), failures[0])
	}
	equal(t, "the number of those that added it", fresh, 1)
	alike(t, "the choices", reactionsOf(t, store, m.ID), []string{"👍 " + ada.ID})
	taken := 0
	atOnce(50, func(int) error {
		removed, err := store.RemoveReactions(t.Context(), m.ID, ada.ID, "👍")
		mu.Lock()
		defer mu.Unlock()
		taken += len(removed)
		return err
	})
	equal(t, "the number of those that took it back", taken, 1)
	alike(t, "the choices left", reactionsOf(t, store, m.ID), []string{})
}

func reactionsTakenBack(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	m, other := Post(t, store, c.ID, ada.ID, "text"), Post(t, store, c.ID, ada.ID, "other")
	react(t, store, m.ID, ben.ID, "👍")
	react(t, store, m.ID, ada.ID, "👍", "❤️", "🎉")
	react(t, store, other.ID, ada.ID, "👍")
	for _, step := range []struct {
		emoji   string
		removed []string
	}{{"👍", []string{"👍"}}, {"👍", nil}, {"", []string{"❤️", "🎉"}}, {"", nil}} {
		removed, err := store.RemoveReactions(t.Context(), m.ID, ada.ID, step.emoji)
		must(t, err)
		slices.Sort(removed)
		alike(t, "what was taken back", removed, step.removed)
	}
	alike(t, "the choices left", reactionsOf(t, store, m.ID, other.ID), []string{"👍 " + ben.ID, "👍 " + ada.ID})
}

func reactionKinds(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	m := Post(t, store, c.ID, ada.ID, "text")
	won, failures := atOnce(chat.MaxReactions+10, func(i int) error {
		_, err := store.AddReaction(t.Context(), Reacted(m.ID, ada.ID, string(rune('🌀'+i))))
		return err
	})
	equal(t, "the number of kinds", won, chat.MaxReactions)
	for _, err := range failures {
		refused(t, err, fault.Conflict, "TOO_MANY_REACTIONS")
	}
	all, err := store.Reactions(t.Context(), []string{m.ID})
	must(t, err)
	_, err = store.AddReaction(t.Context(), Reacted(m.ID, ben.ID, "👍"))
	refused(t, err, fault.Conflict, "TOO_MANY_REACTIONS")
	react(t, store, m.ID, ben.ID, all[0].Emoji)
	_, err = store.RemoveReactions(t.Context(), m.ID, ada.ID, all[1].Emoji)
	must(t, err)
	react(t, store, m.ID, ben.ID, "👍")
}

func marksRefused(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	gone := Post(t, store, c.ID, ada.ID, "gone")
	_, err := store.DeleteMessage(t.Context(), gone.ID, "", Start)
	must(t, err)
	for _, messageID := range []string{gone.ID, id.New(Start)} {
		_, err := store.AddReaction(t.Context(), Reacted(messageID, ada.ID, "👍"))
		refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
		_, err = store.RemoveReactions(t.Context(), messageID, ada.ID, "")
		refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
		_, err = store.ToggleBookmark(t.Context(), bookmark(messageID, ada.ID))
		refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
		_, err = store.TogglePin(t.Context(), messageID, ada.ID, Start)
		refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
		former, err := store.FormerTexts(t.Context(), messageID)
		must(t, err)
		equal(t, "the number of former texts", len(former), 0)
	}
}

func marksDeleted(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	m, kept := Post(t, store, c.ID, ada.ID, "text"), Post(t, store, c.ID, ada.ID, "kept")
	for _, messageID := range []string{m.ID, kept.ID} {
		react(t, store, messageID, ben.ID, "👍")
		_, err := store.ToggleBookmark(t.Context(), bookmark(messageID, ben.ID))
		must(t, err)
		_, err = store.EditMessage(t.Context(), messageID, ada.ID, "new", "new", 1, Start)
		must(t, err)
		_, err = store.TogglePin(t.Context(), messageID, ben.ID, Start)
		must(t, err)
	}
	deleted, err := store.DeleteMessage(t.Context(), m.ID, "", Start)
	must(t, err)
	equal(t, "the pin of the deleted message", deleted.PinnedAt.IsZero() && deleted.PinnedBy == "", true)
	alike(t, "the choices left", reactionsOf(t, store, m.ID, kept.ID), []string{"👍 " + ben.ID})
	marked, err := store.BookmarkedBy(t.Context(), ben.ID, []string{m.ID, kept.ID})
	must(t, err)
	alike(t, "the bookmarks left", marked, []string{kept.ID})
	pins, err := store.Pins(t.Context(), c.ID)
	must(t, err)
	equal(t, "the number of pins left", len(pins), 1)
	for messageID, want := range map[string]int{m.ID: 0, kept.ID: 1} {
		former, err := store.FormerTexts(t.Context(), messageID)
		must(t, err)
		equal(t, "the number of former texts", len(former), want)
	}
}

func marksOfTheErased(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	m := Post(t, store, c.ID, ada.ID, "text")
	react(t, store, m.ID, ben.ID, "👍")
	for _, u := range []accounts.User{ada, ben} {
		_, err := store.ToggleBookmark(t.Context(), bookmark(m.ID, u.ID))
		must(t, err)
	}
	must(t, store.RemoveMember(t.Context(), c.ID, ben.ID))
	alike(t, "the choices after they left", reactionsOf(t, store, m.ID), []string{"👍 " + ben.ID})
	must(t, store.EraseUser(t.Context(), ben.ID, accounts.Tombstone{Email: "gone@x.test", Username: "gone", Name: "Gone"}, Start))
	alike(t, "the choices after they were erased", reactionsOf(t, store, m.ID), []string{"👍 " + ben.ID})
	for userID, want := range map[string]int{ada.ID: 1, ben.ID: 0} {
		marked, err := store.BookmarkedBy(t.Context(), userID, []string{m.ID})
		must(t, err)
		equal(t, fmt.Sprintf("the number of bookmarks of %s", userID), len(marked), want)
	}
}
