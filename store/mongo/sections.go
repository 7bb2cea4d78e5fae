package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
)

// SetSection changes one document.
func (s *Store) SetSection(ctx context.Context, channelID, userID, section string) error {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.members.UpdateOne(ctx, place(channelID, userID), set(bson.D{{Key: "section", Value: section}}))
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
