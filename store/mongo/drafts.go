package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// draftDoc is what somebody has begun to write. Its _id names the person, the channel and the thread, so that there is one.
type draftDoc struct {
	ID          string   `bson:"_id"`
	UserID      ref      `bson:"user_id"`
	ChannelID   ref      `bson:"channel_id"`
	RootID      ref      `bson:"root_id"`
	Content     string   `bson:"content"`
	Attachments []string `bson:"attachments,omitempty"`
	UpdatedAt   date     `bson:"updated_at"`
}

func draftID(userID, channelID, rootID string) string { return userID + " " + channelID + " " + rootID }

func (d draftDoc) draft() chat.SavedDraft {
	return chat.SavedDraft{
		UserID: string(d.UserID), ChannelID: string(d.ChannelID), RootID: string(d.RootID), Content: d.Content,
		Attachments: d.Attachments, UpdatedAt: d.UpdatedAt.time(),
	}
}

// SaveDraft inserts the document, or replaces the one with the version that it is to have.
func (s *Store) SaveDraft(ctx context.Context, d chat.SavedDraft, base time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	doc := draftDoc{
		ID: draftID(d.UserID, d.ChannelID, d.RootID), UserID: ref(d.UserID), ChannelID: ref(d.ChannelID), RootID: ref(d.RootID),
		Content: d.Content, Attachments: d.Attachments, UpdatedAt: date(stored(d.UpdatedAt)),
	}
	if base.IsZero() {
		_, err := s.drafts.InsertOne(ctx, doc)
		if mongo.IsDuplicateKeyError(err) {
			return chat.ErrDraftChanged
		}
		return translate(err)
	}
	result, err := s.drafts.ReplaceOne(ctx, bson.D{{Key: "_id", Value: doc.ID}, {Key: "updated_at", Value: date(stored(base))}}, doc)
	if err == nil && result.MatchedCount == 0 {
		return chat.ErrDraftChanged
	}
	return translate(err)
}

// Draft finds by _id.
func (s *Store) Draft(ctx context.Context, userID, channelID, rootID string) (chat.SavedDraft, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[draftDoc](ctx, s.drafts, bson.D{{Key: "_id", Value: draftID(userID, channelID, rootID)}})
	return doc.draft(), orMissing(err, chat.ErrDraftNotFound)
}

// Drafts reads in the order of the index.
func (s *Store) Drafts(ctx context.Context, userID string, limit int) ([]chat.SavedDraft, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[draftDoc](ctx, s.drafts, bson.D{{Key: "user_id", Value: ref(userID)}},
		options.Find().SetSort(bson.D{{Key: "updated_at", Value: -1}, {Key: "_id", Value: -1}}).SetLimit(int64(limit)))
	return convert(docs, draftDoc.draft), err
}

// DeleteDraft deletes by _id.
func (s *Store) DeleteDraft(ctx context.Context, userID, channelID, rootID string) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.drafts.DeleteOne(ctx, bson.D{{Key: "_id", Value: draftID(userID, channelID, rootID)}})
	return translate(err)
}
