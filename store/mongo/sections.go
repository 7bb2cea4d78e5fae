package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// SetSection changes one document.
func (s *Store) SetSection(ctx context.Context, channelID, userID, section string) error {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.members.UpdateOne(ctx, place(channelID, userID), set(bson.D{{Key: "section", Value: section}, {Key: "position", Value: 0}}))
	if err == nil && result.MatchedCount == 0 {
		return chat.ErrNotMember
	}
	return translate(err)
}

// RenameSection changes the person's places in it one by one; where it is interrupted, the next call moves the rest.
func (s *Store) RenameSection(ctx context.Context, userID, from, to string) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.members.UpdateMany(ctx, bson.D{{Key: "user_id", Value: ref(userID)}, {Key: "section", Value: from}},
		set(bson.D{{Key: "section", Value: to}}))
	return translate(err)
}

// ArrangeChannels changes the person's places one by one, as many as there are.
func (s *Store) ArrangeChannels(ctx context.Context, userID string, order []string) error {
	ctx, done := limited(ctx)
	defer done()
	writes := make([]mongo.WriteModel, len(order))
	for i, channelID := range order {
		writes[i] = mongo.NewUpdateOneModel().SetFilter(place(channelID, userID)).SetUpdate(set(bson.D{{Key: "position", Value: i + 1}}))
	}
	if len(writes) == 0 {
		return nil
	}
	_, err := s.members.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	return translate(err)
}
