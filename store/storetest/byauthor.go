package storetest

import (
	"fmt"
	"slices"
	"testing"

	"pegasus/chat"
)

func messagesByAuthor(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	one, two := AddChannel(t, store, "one", ada, ben), AddChannel(t, store, "two", ada, ben)
	left := AddChannel(t, store, "left", ada, ben)
	channels := []string{one.ID, two.ID, left.ID}
	slices.Sort(channels)
	var want []chat.Message
	for _, channelID := range channels {
		for i := range 5 {
			Post(t, store, channelID, ben.ID, "of another")
			m := Post(t, store, channelID, ada.ID, fmt.Sprintf("%s number %d", channelID, i))
			if i == 2 {
				_, err := store.DeleteMessage(t.Context(), m.ID, ada.ID, Start)
				must(t, err)
			} else {
				want = append(want, m)
			}
		}
	}
	must(t, store.RemoveMember(t.Context(), left.ID, ada.ID))
	for _, limit := range []int{1, 3, 4, 100} {
		var got []chat.Message
		for channelID, seq := "", int64(0); ; {
			page, err := store.MessagesBy(t.Context(), ada.ID, channelID, seq, limit)
			must(t, err)
			got = append(got, page...)
			if len(page) == 0 || len(got) > len(want) {
				break
			}
			if len(page) > limit {
				t.Fatalf("a page of %d has %d messages", limit, len(page))
			}
			channelID, seq = page[len(page)-1].ChannelID, page[len(page)-1].Seq
		}
		alike(t, fmt.Sprintf("all of pages of %d", limit), got, want)
	}
	stranger := AddUser(t, store, "carl")
	got, err := store.MessagesBy(t.Context(), stranger.ID, "", 0, 10)
	must(t, err)
	equal(t, "the number of a stranger's messages", len(got), 0)
}
