package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// profileDoc is what a person says of themselves, by the ids of fields, which are letters and digits.
type profileDoc struct {
	ID     ref               `bson:"_id"`
	Values map[string]string `bson:"values"`
}

// ProfileValues finds by _id.
func (s *Store) ProfileValues(ctx context.Context, userID string) (map[string]string, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[profileDoc](ctx, s.profiles, bson.D{{Key: "_id", Value: ref(userID)}})
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil
	}
	return doc.Values, err
}

// SetProfileValues changes one document.
func (s *Store) SetProfileValues(ctx context.Context, userID string, values map[string]string) error {
	ctx, done := limited(ctx)
	defer done()
	var set, unset bson.D
	for field, value := range values {
		if value == "" {
			unset = append(unset, bson.E{Key: "values." + field, Value: ""})
		} else {
			set = append(set, bson.E{Key: "values." + field, Value: value})
		}
	}
	var change bson.D
	if len(set) > 0 {
		change = append(change, bson.E{Key: "$set", Value: set})
	}
	if len(unset) > 0 {
		change = append(change, bson.E{Key: "$unset", Value: unset})
	}
	_, err := s.profiles.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(userID)}}, change, options.Update().SetUpsert(true))
	return translate(err)
}

// DropProfileField goes through the profiles, which is a document a person at most.
func (s *Store) DropProfileField(ctx context.Context, fieldID string) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.profiles.UpdateMany(ctx, bson.D{}, bson.D{{Key: "$unset", Value: bson.D{{Key: "values." + fieldID, Value: ""}}}})
	return translate(err)
}
