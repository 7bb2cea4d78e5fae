package storetest

import (
	"testing"

	"pegasus/chat"
	"pegasus/fault"
)

func previewsKept(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	m := Post(t, store, c.ID, ada.ID, "https://a.example")
	previews := []chat.Preview{
		{URL: "https://a.example", Site: "A", Title: "T “quoted” <b>", Description: "D"}, {URL: "https://b.example", Hidden: true},
	}
	changed, err := store.SetPreviews(t.Context(), m.ID, m.Content, previews)
	must(t, err)
	m.Previews = previews
	alike(t, "the message", changed, m)
	read, err := store.Message(t.Context(), m.ID)
	must(t, err)
	alike(t, "the message read", read, m)

	_, err = store.SetPreviews(t.Context(), m.ID, "another text", nil)
	equal(t, "for another text it is missing", fault.Is(err, fault.NotFound), true)
	_, err = store.SetPreviews(t.Context(), c.ID, m.Content, previews)
	equal(t, "of nothing it is missing", fault.Is(err, fault.NotFound), true)
	edited, err := store.EditMessage(t.Context(), m.ID, ada.ID, "other", "<p>other</p>", 1, Start)
	must(t, err)
	alike(t, "an edit keeps them", edited.Previews, previews)
	none, err := store.SetPreviews(t.Context(), m.ID, "other", nil)
	must(t, err)
	equal(t, "taken away", len(none.Previews), 0)

	_, err = store.SetPreviews(t.Context(), m.ID, "other", previews)
	must(t, err)
	gone, err := store.DeleteMessage(t.Context(), m.ID, ada.ID, Start)
	must(t, err)
	equal(t, "a deleted message says nothing of its links", len(gone.Previews), 0)
	_, err = store.SetPreviews(t.Context(), m.ID, "", previews)
	equal(t, "of a deleted message it is missing", fault.Is(err, fault.NotFound), true)
}
