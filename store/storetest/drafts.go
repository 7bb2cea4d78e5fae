package storetest

import (
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func draftsKept(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	root := Post(t, store, c.ID, ada.ID, "root")
	_, err := store.Draft(ctx, ada.ID, c.ID, "")
	refused(t, err, fault.NotFound, "DRAFT_NOT_FOUND")

	first := chat.SavedDraft{UserID: ada.ID, ChannelID: c.ID, Content: "dear all\n", Attachments: []string{root.ID, c.ID}, UpdatedAt: Start}
	must(t, store.SaveDraft(ctx, first, time.Time{}))
	refused(t, store.SaveDraft(ctx, first, time.Time{}), fault.Conflict, "DRAFT_CHANGED")
	reply := chat.SavedDraft{UserID: ada.ID, ChannelID: c.ID, RootID: root.ID, Content: "in the thread", UpdatedAt: Start.Add(time.Second)}
	must(t, store.SaveDraft(ctx, reply, time.Time{}))
	must(t, store.SaveDraft(ctx, chat.SavedDraft{UserID: ben.ID, ChannelID: c.ID, Content: "of ben", UpdatedAt: Start}, time.Time{}))

	second := first
	second.Content, second.Attachments, second.UpdatedAt = "dear all, \u00fc", nil, Start.Add(2*time.Second)
	refused(t, store.SaveDraft(ctx, second, Start.Add(time.Millisecond)), fault.Conflict, "DRAFT_CHANGED")
	must(t, store.SaveDraft(ctx, second, Start))
	got, err := store.Draft(ctx, ada.ID, c.ID, "")
	must(t, err)
	alike(t, "the draft", got, second)
	all, err := store.Drafts(ctx, ada.ID, 10)
	must(t, err)
	alike(t, "the drafts", all, []chat.SavedDraft{second, reply})
	all, err = store.Drafts(ctx, ada.ID, 1)
	must(t, err)
	alike(t, "the drafts at a limit", all, []chat.SavedDraft{second})

	for range 2 {
		must(t, store.DeleteDraft(ctx, ada.ID, c.ID, ""))
	}
	refused(t, store.SaveDraft(ctx, first, second.UpdatedAt), fault.Conflict, "DRAFT_CHANGED")
	must(t, store.EraseUser(ctx, ada.ID, accounts.Tombstone{Email: "gone@x.test", Username: "gone", Name: "Gone"}, Start))
	all, err = store.Drafts(ctx, ada.ID, 10)
	must(t, err)
	equal(t, "the number of drafts of who was erased", len(all), 0)
	all, err = store.Drafts(ctx, ben.ID, 10)
	must(t, err)
	equal(t, "the number of drafts of somebody else", len(all), 1)
}

func draftsAtOnce(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	base := time.Time{}
	for round := range 3 {
		won, _ := atOnce(10, func(n int) error {
			at := Start.Add(time.Duration(100*round+n) * time.Millisecond)
			return store.SaveDraft(t.Context(), chat.SavedDraft{UserID: ada.ID, ChannelID: c.ID, Content: "text", UpdatedAt: at}, base)
		})
		equal(t, "how many of ten at once were saved", won, 1)
		d, err := store.Draft(t.Context(), ada.ID, c.ID, "")
		must(t, err)
		base = d.UpdatedAt
	}
}
