package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
)

// markTokenless marks bots that were stored, or backed up, before there was a mark for those that have no tokens: the ones of
// webhooks, commands and plugins, and those that nobody owns. Their tokens end.
func (s *Store) markTokenless(ctx context.Context) error {
	spoken := bson.A{}
	for _, from := range []*mongo.Collection{s.hooks, s.plugins, s.pluginInstalls} {
		bots, err := from.Distinct(ctx, "bot_id", bson.D{})
		if err != nil {
			return translate(err)
		}
		spoken = append(spoken, bots...)
	}
	unmarked := bson.D{{Key: "bot", Value: true}, {Key: "tokenless", Value: nil}, {Key: "$or", Value: bson.A{
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: spoken}}}}, bson.D{{Key: "owner_id", Value: nil}},
	}}}
	bots, err := s.users.Distinct(ctx, "_id", unmarked)
	if err != nil || len(bots) == 0 {
		return translate(err)
	}
	these := bson.D{{Key: "$in", Value: bots}}
	if _, err := s.tokens.DeleteMany(ctx, bson.D{{Key: "user_id", Value: these}}); err != nil {
		return translate(err)
	}
	_, err = s.users.UpdateMany(ctx, bson.D{{Key: "_id", Value: these}}, set(bson.D{{Key: "tokenless", Value: true}}))
	return translate(err)
}
