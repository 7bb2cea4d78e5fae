package mongo

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"

	"pegasus/chat"
	"pegasus/fault"
)

// AppendMessage claims the message's uploads, appends it as appendMessage says, and notes whose they are now. A crash before
// the end leaves claims: those of a message that is stored count, those of one that is not are free for its retry under
// the same key, and go when their time is over.
func (s *Store) AppendMessage(ctx context.Context, m chat.Message) (chat.Message, bool, error) {
	if len(m.Attachments) == 0 {
		return s.appendMessage(ctx, m)
	}
	first, repeated, err := s.claim(ctx, m)
	if err != nil || repeated {
		return first, repeated, err
	}
	appended, repeated, err := s.appendMessage(ctx, m)
	switch {
	case err == nil:
		// Where this fails, readers and DueUploads find the message by the claim.
		_ = s.settleClaims(context.WithoutCancel(ctx), m, appended)
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Conflict):
		_ = s.release(context.WithoutCancel(ctx), m, attachmentIDs(m))
	}
	return appended, repeated, err
}

func attachmentIDs(m chat.Message) []ref {
	ids := make([]ref, len(m.Attachments))
	for i, a := range m.Attachments {
		ids[i] = ref(a.ID)
	}
	slices.Sort(ids)
	return ids
}

// claim decides who of many gets uploads: by the first of them in the order of ids, so that of those who want the same ones
// somebody gets them all. Retries under one key share a claim. Where it fails, it returns the message that this is a
// repetition of, if there is one.
func (s *Store) claim(ctx context.Context, m chat.Message) (first chat.Message, repeated bool, err error) {
	ctx, done := limited(ctx)
	defer done()
	ids, got := attachmentIDs(m), int64(0)
	for _, part := range [][]ref{ids[:1], ids[1:]} {
		if len(part) == 0 {
			continue
		}
		result, err := s.uploads.UpdateMany(ctx,
			bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: part}}}, {Key: "user_id", Value: ref(m.UserID)}, {Key: "message_id", Value: nil},
				{Key: "claim", Value: bson.D{{Key: "$in", Value: bson.A{"", clientKey(m)}}}}, standing},
			set(bson.D{{Key: "claim", Value: clientKey(m)}, {Key: "claimed_at", Value: date(time.Now())}}))
		if err != nil {
			return chat.Message{}, false, translate(err)
		}
		if got += result.MatchedCount; result.MatchedCount < int64(len(part)) {
			break
		}
	}
	if got == int64(len(ids)) {
		return chat.Message{}, false, nil
	}
	if m.ClientKey != "" {
		doc, err := one[messageDoc](ctx, s.messages, bson.D{{Key: "client_key", Value: clientKey(m)}})
		if err == nil && m.CreatedAt.Sub(doc.CreatedAt.time()) <= chat.KeyLife {
			return doc.message(), true, nil
		} else if err != nil && err != mongo.ErrNoDocuments {
			return chat.Message{}, false, translate(err)
		}
	}
	if err := s.release(ctx, m, ids); err != nil {
		return chat.Message{}, false, err
	}
	return chat.Message{}, false, chat.ErrAttachmentTaken
}

// release gives claims up that came to nothing.
func (s *Store) release(ctx context.Context, m chat.Message, ids []ref) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.uploads.UpdateMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}, {Key: "claim", Value: clientKey(m)},
		{Key: "message_id", Value: nil}}, set(bson.D{{Key: "claim", Value: ""}}))
	return translate(err)
}

// settleClaims notes which message holds what m has claimed: the one that was stored, which may be the first under its key
// and have other files.
func (s *Store) settleClaims(ctx context.Context, m, appended chat.Message) error {
	ctx, done := limited(ctx)
	defer done()
	held, claimed := attachmentIDs(appended), attachmentIDs(m)
	_, err := s.uploads.UpdateMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: held}}}, {Key: "claim", Value: clientKey(m)}, standing},
		set(bson.D{{Key: "message_id", Value: ref(appended.ID)}, {Key: "expires_at", Value: nil}}))
	if err != nil || slices.Equal(held, claimed) {
		return translate(err)
	}
	return s.release(ctx, m, slices.DeleteFunc(claimed, func(id ref) bool { return slices.Contains(held, id) }))
}

// dropGrace is how long the uploads of a message that is being deleted stay as they are.
const dropGrace = time.Minute

// dropUploads makes the uploads of a message due: soon before it is deleted, so that a crash in between is found by
// DueUploads, and at once after it.
func (s *Store) dropUploads(ctx context.Context, m messageDoc, at time.Time, removed bool) error {
	ids := attachmentIDs(chat.Message{Attachments: m.Attachments})
	if len(ids) == 0 {
		return nil
	}
	_, err := s.uploads.UpdateMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}, {Key: "user_id", Value: m.UserID}},
		set(bson.D{{Key: "expires_at", Value: date(at)}, {Key: "removed", Value: removed}}))
	return translate(err)
}

// freeUploads leaves the uploads of a message that was taken back to their owner, until they are due.
func (s *Store) freeUploads(ctx context.Context, m messageDoc, due time.Time) error {
	ids := attachmentIDs(chat.Message{Attachments: m.Attachments})
	if len(ids) == 0 {
		return nil
	}
	_, err := s.uploads.UpdateMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}, {Key: "user_id", Value: m.UserID}, standing},
		set(bson.D{{Key: "claim", Value: ""}, {Key: "message_id", Value: nil}, {Key: "expires_at", Value: date(due)}}))
	return translate(err)
}
