package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// customEmojiDoc is one of the workspace's own emoji. The unique index decides whose a name is.
type customEmojiDoc struct {
	ID        ref    `bson:"_id"`
	Name      string `bson:"name"`
	Picture   string `bson:"picture"`
	Still     string `bson:"still"`
	CreatedBy ref    `bson:"created_by"`
	CreatedAt date   `bson:"created_at"`
}

func (d customEmojiDoc) emoji() chat.CustomEmoji {
	return chat.CustomEmoji{
		ID: string(d.ID), Name: d.Name, Picture: d.Picture, Still: d.Still, CreatedBy: string(d.CreatedBy), CreatedAt: d.CreatedAt.time(),
	}
}

// CustomEmoji reads in the order of the index.
func (s *Store) CustomEmoji(ctx context.Context) ([]chat.CustomEmoji, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[customEmojiDoc](ctx, s.customEmoji, bson.D{{Key: "name", Value: bson.D{{Key: "$gt", Value: ""}}}},
		options.Find().SetSort(bson.D{{Key: "name", Value: 1}}))
	return convert(docs, customEmojiDoc.emoji), err
}

// AddCustomEmoji inserts one document.
func (s *Store) AddCustomEmoji(ctx context.Context, e chat.CustomEmoji) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.customEmoji.InsertOne(ctx, customEmojiDoc{
		ID: ref(e.ID), Name: e.Name, Picture: e.Picture, Still: e.Still, CreatedBy: ref(e.CreatedBy), CreatedAt: date(stored(e.CreatedAt)),
	})
	if mongo.IsDuplicateKeyError(err) {
		return chat.ErrEmojiExists
	}
	return translate(err)
}

// RenameCustomEmoji changes one document.
func (s *Store) RenameCustomEmoji(ctx context.Context, id, name string) error {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.customEmoji.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(id)}}, set(bson.D{{Key: "name", Value: name}}))
	switch {
	case mongo.IsDuplicateKeyError(err):
		return chat.ErrEmojiExists
	case err == nil && result.MatchedCount == 0:
		return chat.ErrEmojiNotFound
	}
	return translate(err)
}

// DeleteCustomEmoji deletes by _id.
func (s *Store) DeleteCustomEmoji(ctx context.Context, id string) error {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.customEmoji.DeleteOne(ctx, bson.D{{Key: "_id", Value: ref(id)}})
	if err == nil && result.DeletedCount == 0 {
		return chat.ErrEmojiNotFound
	}
	return translate(err)
}
