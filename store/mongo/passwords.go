package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
)

// PasswordHash returns the stored hash, "" for none.
func (s *Store) PasswordHash(ctx context.Context, userID string) (string, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[userDoc](ctx, s.users, bson.D{{Key: "_id", Value: ref(userID)}},
		options.FindOne().SetProjection(bson.D{{Key: "password_hash", Value: 1}}))
	return doc.PasswordHash, orMissing(err, accounts.ErrUserNotFound)
}

// ReplacePasswordHash is one conditional update. People who came in by a provider have null for a hash.
func (s *Store) ReplacePasswordHash(ctx context.Context, userID, current, next string, now time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	var stillCurrent any = current
	if current == "" {
		stillCurrent = bson.D{{Key: "$in", Value: bson.A{"", nil}}}
	}
	result, err := s.users.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: ref(userID)}, {Key: "password_hash", Value: stillCurrent}},
		set(bson.D{{Key: "password_hash", Value: next}, {Key: "updated_at", Value: date(now)}}))
	if err != nil {
		return translate(err)
	}
	if result.MatchedCount == 1 {
		return nil
	}
	if found, err := exists(ctx, s.users, bson.D{{Key: "_id", Value: ref(userID)}}); err != nil {
		return err
	} else if !found {
		return accounts.ErrUserNotFound
	}
	return accounts.ErrPasswordChanged
}
