package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
)

// settingPrefix keeps settings apart from what else lies in the collection "workspace".
const settingPrefix = "setting:"

func settingID(name string) bson.D { return bson.D{{Key: "_id", Value: settingPrefix + name}} }

// Setting returns a setting of the workspace.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[struct{ Value string }](ctx, s.state, settingID(name))
	return doc.Value, orMissing(err, accounts.ErrNoSetting)
}

// PutSetting stores a setting, in place of the one before. Where two calls store the first one at once, the one that comes
// too late finds it at its next try.
func (s *Store) PutSetting(ctx context.Context, name, value string) error {
	ctx, done := limited(ctx)
	defer done()
	for {
		_, err := s.state.UpdateOne(ctx, settingID(name), set(bson.D{{Key: "value", Value: value}}), options.Update().SetUpsert(true))
		if !mongo.IsDuplicateKeyError(err) {
			return translate(err)
		}
	}
}
