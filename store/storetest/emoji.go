package storetest

import (
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

func customEmojiKept(t *testing.T, store Store) {
	ctx := t.Context()
	ada := AddUser(t, store, "ada")
	all, err := store.CustomEmoji(ctx)
	must(t, err)
	equal(t, "the number of emoji at first", len(all), 0)

	cat := chat.CustomEmoji{ID: id.New(Start), Name: "party_cat", Picture: "a.gif", Still: "b.png", CreatedBy: ada.ID, CreatedAt: Start}
	bob := chat.CustomEmoji{ID: id.New(Start), Name: "bob+1", Picture: "c.png", CreatedBy: ada.ID, CreatedAt: Start.Add(time.Second)}
	must(t, store.AddCustomEmoji(ctx, cat))
	must(t, store.AddCustomEmoji(ctx, bob))
	again := cat
	again.ID = id.New(Start)
	refused(t, store.AddCustomEmoji(ctx, again), fault.Conflict, "EMOJI_EXISTS")
	all, err = store.CustomEmoji(ctx)
	must(t, err)
	alike(t, "the emoji", all, []chat.CustomEmoji{bob, cat})

	refused(t, store.RenameCustomEmoji(ctx, bob.ID, "party_cat"), fault.Conflict, "EMOJI_EXISTS")
	refused(t, store.RenameCustomEmoji(ctx, again.ID, "other"), fault.NotFound, "EMOJI_NOT_FOUND")
	must(t, store.RenameCustomEmoji(ctx, bob.ID, "zed"))
	bob.Name = "zed"
	all, err = store.CustomEmoji(ctx)
	must(t, err)
	alike(t, "the emoji after one has another name", all, []chat.CustomEmoji{cat, bob})

	must(t, store.DeleteCustomEmoji(ctx, cat.ID))
	refused(t, store.DeleteCustomEmoji(ctx, cat.ID), fault.NotFound, "EMOJI_NOT_FOUND")
	won, _ := atOnce(10, func(int) error {
		e := cat
		e.ID = id.New(Start)
		return store.AddCustomEmoji(ctx, e)
	})
	equal(t, "how many of ten of one name at once were stored", won, 1)
}
