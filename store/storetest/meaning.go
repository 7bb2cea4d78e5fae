package storetest

import (
	"testing"
	"time"

	"pegasus/chat"
)

func embeddingsKept(t *testing.T, store Store) {
	ctx := t.Context()
	ada := AddUser(t, store, "ada")
	c, other := AddChannel(t, store, "c", ada), AddChannel(t, store, "other", ada)
	var ids []string
	for range 4 {
		ids = append(ids, Post(t, store, c.ID, ada.ID, "text").ID)
	}
	elsewhere := Post(t, store, other.ID, ada.ID, "text").ID
	between := func(after, before string, newestFirst bool, limit int) (found []string) {
		t.Helper()
		messages, err := store.MessagesBetween(ctx, after, before, newestFirst, limit)
		must(t, err)
		for _, m := range messages {
			found = append(found, m.ID)
		}
		return found
	}
	alike(t, "the messages between two", between(ids[0], ids[3], false, 10), ids[1:3])
	alike(t, "the oldest after one", between(ids[0], "ffffffffffffffffffffffff", false, 2), ids[1:3])
	alike(t, "the newest before one", between("", ids[3], true, 2), []string{ids[2], ids[1]})

	keep := func(model string, messageIDs ...string) {
		t.Helper()
		var all []chat.Embedding
		for _, messageID := range messageIDs {
			e := chat.Embedding{MessageID: messageID, ChannelID: c.ID, Model: model, Vector: []byte{byte(len(all)), 0xff}}
			if messageID == elsewhere {
				e.ChannelID = other.ID
			}
			all = append(all, e)
		}
		must(t, store.SaveEmbeddings(ctx, all))
	}
	type vector struct{ ID, Vector string }
	each := func(model string, limit int, channels ...string) (found []vector) {
		t.Helper()
		must(t, store.EachEmbedding(ctx, model, channels, limit, func(messageID string, v []byte) {
			found = append(found, vector{messageID, string(v)})
		}))
		return found
	}
	keep("m", append(ids, elsewhere)...)
	alike(t, "the vectors of a channel", each("m", 10, c.ID),
		[]vector{{ids[3], "\x03\xff"}, {ids[2], "\x02\xff"}, {ids[1], "\x01\xff"}, {ids[0], "\x00\xff"}})
	alike(t, "the newest vectors of two channels", each("m", 2, c.ID, other.ID), []vector{{elsewhere, "\x04\xff"}, {ids[3], "\x03\xff"}})
	equal(t, "the number of vectors of another model", len(each("other", 10, c.ID)), 0)
	equal(t, "the number of vectors of no channel", len(each("m", 10)), 0)

	_, err := store.EditMessage(ctx, ids[0], ada.ID, "else", "else", 1, Start.Add(time.Minute))
	must(t, err)
	_, err = store.DeleteMessage(ctx, ids[1], ada.ID, Start.Add(time.Minute))
	must(t, err)
	alike(t, "the vectors after an edit and a deletion", each("m", 10, c.ID), []vector{{ids[3], "\x03\xff"}, {ids[2], "\x02\xff"}})
	keep("n", ids[1], ids[2])
	alike(t, "the vectors of a new model, without that of a deleted message", each("n", 10, c.ID), []vector{{ids[2], "\x01\xff"}})
	alike(t, "what is left of the old one", each("m", 10, c.ID), []vector{{ids[3], "\x03\xff"}})
	must(t, store.PruneEmbeddings(ctx, 2))
	equal(t, "the number of vectors that are kept", len(each("m", 10, c.ID, other.ID))+len(each("n", 10, c.ID, other.ID)), 2)
	alike(t, "the newest is kept", each("m", 1, other.ID), []vector{{elsewhere, "\x04\xff"}})
}
