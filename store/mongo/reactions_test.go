package mongo

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"pegasus/chat"
	"pegasus/id"
	"pegasus/store/storetest"
)

// exerciseMarks calls what is about reactions, bookmarks, pins and former texts, on paths that reach every command.
func exerciseMarks(t *testing.T, s *Store) {
	ctx, now := t.Context(), storetest.Start
	try := func(_ any, err error) { t.Helper(); must(t, err) }
	cat := storetest.AddUser(t, s, "cat")
	c := storetest.AddChannel(t, s, "marks", cat)
	m := storetest.Post(t, s, c.ID, cat.ID, "text")
	for range 2 {
		try(s.AddReaction(ctx, storetest.Reacted(m.ID, cat.ID, "👍")))
		try(s.TogglePin(ctx, m.ID, cat.ID, now))
		try(s.ToggleBookmark(ctx, chat.Bookmark{ID: id.New(now), UserID: cat.ID, MessageID: m.ID, CreatedAt: now}))
		try(s.BookmarkedBy(ctx, cat.ID, []string{m.ID}))
		try(s.Bookmarks(ctx, cat.ID, "", 10))
		try(s.Bookmarks(ctx, cat.ID, id.New(now), 10))
		try(s.Pins(ctx, c.ID))
		try(s.VisibleMessages(ctx, cat.ID, []string{m.ID, id.New(now)}))
	}
	draft := chat.SavedDraft{UserID: cat.ID, ChannelID: c.ID, Content: "text", UpdatedAt: now}
	must(t, s.SaveDraft(ctx, draft, time.Time{}))
	must(t, s.SaveDraft(ctx, draft, now))
	try(s.Draft(ctx, cat.ID, c.ID, ""))
	try(s.Drafts(ctx, cat.ID, 10))
	must(t, s.DeleteDraft(ctx, cat.ID, c.ID, ""))
	try(s.Reactions(ctx, []string{m.ID, id.New(now)}))
	try(s.RemoveReactions(ctx, m.ID, cat.ID, "👍"))
	try(s.AddReaction(ctx, storetest.Reacted(m.ID, cat.ID, "👍")))
	try(s.RemoveReactions(ctx, m.ID, cat.ID, ""))
	try(s.EditMessage(ctx, m.ID, cat.ID, "new", "new", 1, now))
	try(s.FormerTexts(ctx, m.ID))
	try(s.DeleteMessage(ctx, m.ID, "", now))
}

// ConnectBest kept an emoji as it came, and did not rule out the same one twice.
func TestReactionsOfConnectBest(t *testing.T) {
	s := connect(t)
	o := fill(t, s, 5)
	message, ann, bob := o.messages[0], o.people[0], o.people[2]
	var docs []any
	for _, r := range []struct {
		user  primitive.ObjectID
		emoji string
	}{{ann, "❤"}, {ann, "❤️"}, {bob, "❤️"}, {ann, "❤"}, {bob, "👍"}, {bob, "yes"}, {bob, "yes"}} {
		docs = append(docs, bson.M{"message_id": message, "user_id": r.user, "emoji": r.emoji, "created_at": storetest.Start})
	}
	_, err := s.reactions.InsertMany(t.Context(), docs)
	must(t, err)
	for range 2 {
		ensure(t, s)
		all, err := s.Reactions(t.Context(), []string{message.Hex()})
		must(t, err)
		got := map[string]int{}
		for _, r := range all {
			got[r.Emoji+" "+r.UserID]++
		}
		for _, want := range []string{"❤️ " + ann.Hex(), "❤️ " + bob.Hex(), "👍 " + bob.Hex(), "yes " + bob.Hex()} {
			equal(t, "the number of "+want, got[want], 1)
		}
		equal(t, "the number of choices", len(all), 4)
	}
}

// A crash between the two writes of a pin leaves a listing that nobody sees and that is in nobody's way.
func TestAPinThatWasInterrupted(t *testing.T) {
	s := ready(t)
	ann := storetest.AddUser(t, s, "ann")
	c := storetest.AddChannel(t, s, "c", ann)
	m := storetest.Post(t, s, c.ID, ann.ID, "text")
	_, err := s.pins.InsertOne(t.Context(), pinDoc{MessageID: ref(m.ID), ChannelID: ref(c.ID), PinnedAt: date(storetest.Start)})
	must(t, err)
	pins, err := s.Pins(t.Context(), c.ID)
	must(t, err)
	equal(t, "the number of pins", len(pins), 0)
	pinned, err := s.TogglePin(t.Context(), m.ID, ann.ID, storetest.Start.Add(1e9))
	must(t, err)
	equal(t, "who pinned it", pinned.PinnedBy, ann.ID)
	pins, err = s.Pins(t.Context(), c.ID)
	must(t, err)
	equal(t, "the number of pins", len(pins), 1)
	_, err = s.TogglePin(t.Context(), m.ID, ann.ID, storetest.Start)
	must(t, err)
	left, err := s.pins.CountDocuments(t.Context(), bson.D{})
	must(t, err)
	equal(t, "the number of listings", left, 0)
}

// The former texts go with the text.
func TestADeletedMessageKeepsNoFormerText(t *testing.T) {
	s := ready(t)
	ann := storetest.AddUser(t, s, "ann")
	c := storetest.AddChannel(t, s, "c", ann)
	m := storetest.Post(t, s, c.ID, ann.ID, "secret of old")
	_, err := s.EditMessage(t.Context(), m.ID, ann.ID, "new", "new", 1, storetest.Start)
	must(t, err)
	raw, err := s.messages.FindOne(t.Context(), bson.D{{Key: "_id", Value: ref(m.ID)}}).Raw()
	must(t, err)
	if kept, _ := raw.Lookup("history").Array().Values(); len(kept) != 1 {
		t.Errorf("the history is %v", raw.Lookup("history"))
	}
	_, err = s.DeleteMessage(t.Context(), m.ID, "", storetest.Start)
	must(t, err)
	raw, err = s.messages.FindOne(t.Context(), bson.D{{Key: "_id", Value: ref(m.ID)}}).Raw()
	must(t, err)
	if kept, _ := raw.Lookup("history").Array().Values(); len(kept) != 0 {
		t.Errorf("after the deletion the history is %v", raw.Lookup("history"))
	}
}
