package mongo

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/store/storetest"
)

func TestUploads(t *testing.T) {
	engine(t)
	storetest.Uploads(t, func(t *testing.T) storetest.Store { return ready(t) })
}

// A crash between the message and the note on its upload leaves a claim, which counts as what it stands for.
func TestAClaimCountsOnceItsMessageIsStored(t *testing.T) {
	s := ready(t)
	ctx, now := t.Context(), storetest.Start
	ada := storetest.AddUser(t, s, "ada")
	c := storetest.AddChannel(t, s, "c", ada)
	forget := func(u chat.Upload) {
		_, err := s.uploads.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(u.ID)}}, set(bson.D{
			{Key: "message_id", Value: nil}, {Key: "expires_at", Value: date(u.ExpiresAt)},
			{Key: "claimed_at", Value: date(time.Now().Add(-time.Hour))},
		}))
		must(t, err)
	}
	held, lost := storetest.Upload(ada.ID, "held"), storetest.Upload(ada.ID, "lost")
	must(t, s.AddUpload(ctx, held))
	must(t, s.AddUpload(ctx, lost))
	m := storetest.Message(c.ID, ada.ID, "x")
	m.ClientKey, m.Attachments = "key", []chat.Attachment{held.Attachment()}
	_, _, err := s.AppendMessage(ctx, m)
	must(t, err)
	forget(held)
	got, err := s.Upload(ctx, held.Key)
	must(t, err)
	equal(t, "the message by the claim alone", got.MessageID, m.ID)

	never := storetest.Message(c.ID, ada.ID, "y") // whose server died before it was stored
	never.ClientKey, never.Attachments = "other", []chat.Attachment{lost.Attachment()}
	_, _, err = s.claim(ctx, never)
	must(t, err)
	got, err = s.Upload(ctx, lost.Key)
	must(t, err)
	equal(t, "the message of a claim that came to nothing", got.MessageID, "")
	stranger := storetest.Message(c.ID, ada.ID, "z")
	stranger.Attachments = never.Attachments
	if _, _, err := s.AppendMessage(ctx, stranger); !fault.Is(err, fault.Conflict) {
		t.Errorf("another message takes it: %v", err)
	}
	forget(lost)
	due, err := s.DueUploads(ctx, now.AddDate(1, 0, 0), now.AddDate(1, 0, 1), 10)
	must(t, err)
	if len(due) != 1 || due[0].ID != lost.ID {
		t.Fatalf("due is %+v", due)
	}
	got, err = s.Upload(ctx, held.Key)
	must(t, err)
	if got.MessageID != m.ID || !got.ExpiresAt.IsZero() {
		t.Errorf("what a message holds is %+v", got)
	}
}

func TestARetryUnderTheSameKeyTakesOverAClaim(t *testing.T) {
	s := ready(t)
	ada := storetest.AddUser(t, s, "ada")
	c := storetest.AddChannel(t, s, "c", ada)
	u := storetest.Upload(ada.ID, "u")
	must(t, s.AddUpload(t.Context(), u))
	m := storetest.Message(c.ID, ada.ID, "x")
	m.ClientKey, m.Attachments = "key", []chat.Attachment{u.Attachment()}
	_, _, err := s.claim(t.Context(), m)
	must(t, err)
	m.ID = storetest.Message(c.ID, ada.ID, "x").ID
	got, repeated, err := s.AppendMessage(t.Context(), m)
	must(t, err)
	equal(t, "repeated", repeated, false)
	equal(t, "the message", got.ID, m.ID)
}

// A message of ConnectBest may have anything among its attachments, and message_files documents of its own.
func TestOddAttachmentsLeaveAMessageReadable(t *testing.T) {
	s := ready(t)
	ctx := t.Context()
	ada := storetest.AddUser(t, s, "ada")
	c := storetest.AddChannel(t, s, "c", ada)
	for range 2 {
		_, err := s.uploads.InsertOne(ctx, bson.D{{Key: "message_id", Value: nil}, {Key: "filename", Value: "messages/x.png"}})
		must(t, err)
	}
	must(t, s.Ensure(ctx))
	for name, value := range map[string]any{
		"null": nil, "text": "x", "a document": bson.D{{Key: "name", Value: "x"}}, "numbers": bson.A{1, nil, "x"}, "none": bson.A{},
		"fields of other types": bson.A{bson.D{{Key: "name", Value: 1}, {Key: "size", Value: "big"}, {Key: "id", Value: 7}}},
	} {
		m := storetest.Post(t, s, c.ID, ada.ID, name)
		_, err := s.messages.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(m.ID)}}, set(bson.D{{Key: "attachments", Value: value}}))
		must(t, err)
		if _, err := s.Message(ctx, m.ID); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := storetest.Post(t, s, c.ID, ada.ID, "seed")
	_, err := s.messages.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(m.ID)}}, set(bson.D{{Key: "attachments", Value: bson.A{
		bson.D{{Key: "name", Value: "a.png"}, {Key: "size", Value: 12.0}, {Key: "type", Value: "image/png"}, {Key: "url", Value: "https://old.example/a.png"}},
		bson.D{{Key: "name", Value: "b.png"}, {Key: "url", Value: "javascript:alert(1)"}},
	}}}))
	must(t, err)
	m, err = s.Message(ctx, m.ID)
	must(t, err)
	if len(m.Attachments) != 2 || m.Attachments[0] != (chat.Attachment{Name: "a.png", Size: 12, Type: "image/png", URL: "https://old.example/a.png"}) ||
		m.Attachments[1] != (chat.Attachment{Name: "b.png"}) {
		t.Errorf("read as %+v", m.Attachments)
	}
}

// exerciseUploads calls every method, on paths that reach every command.
func exerciseUploads(t *testing.T, s *Store) {
	ctx, now := t.Context(), storetest.Start
	ada := storetest.AddUser(t, s, "ada-of-files")
	c := storetest.AddChannel(t, s, "files", ada)
	add := func() chat.Upload {
		u := storetest.Upload(ada.ID, "u")
		must(t, s.AddUpload(ctx, u))
		return u
	}
	one, two, free := add(), add(), add()
	m := storetest.Message(c.ID, ada.ID, "x")
	m.ClientKey, m.Attachments = "files", []chat.Attachment{one.Attachment(), two.Attachment()}
	for range 2 {
		_, _, err := s.AppendMessage(ctx, m)
		must(t, err)
	}
	taken := storetest.Message(c.ID, ada.ID, "x")
	taken.Attachments = m.Attachments
	if _, _, err := s.AppendMessage(ctx, taken); !fault.Is(err, fault.Conflict) {
		t.Fatal(err)
	}
	_, err := s.Upload(ctx, one.Key)
	must(t, err)
	_, err = s.Uploads(ctx, ada.ID, []string{one.ID})
	must(t, err)
	_, err = s.UploadsBy(ctx, ada.ID, "", 10)
	must(t, err)
	_, err = s.UploadsBy(ctx, ada.ID, one.ID, 10)
	must(t, err)
	must(t, s.ExpireUpload(ctx, ada.ID, free.Key, now))
	_, err = s.DeleteMessage(ctx, m.ID, "", now)
	must(t, err)
	due, err := s.DueUploads(ctx, now, now.Add(time.Minute), 10)
	must(t, err)
	if len(due) != 3 {
		t.Fatalf("%d are due", len(due))
	}
	must(t, s.DeleteUpload(ctx, one.ID))
}
