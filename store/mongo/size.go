package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
)

// Size returns the bytes of the collections and their indexes, as the server counts them.
func (s *Store) Size(ctx context.Context) (int64, error) {
	ctx, done := limited(ctx)
	defer done()
	var stats struct {
		Storage float64 `bson:"storageSize"`
		Indexes float64 `bson:"indexSize"`
	}
	err := s.db.RunCommand(ctx, bson.D{{Key: "dbStats", Value: 1}}).Decode(&stats)
	return int64(stats.Storage + stats.Indexes), translate(err)
}
