package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/notify"
)

// browserDoc is a browser that is told what its person misses. Its _id is made of the endpoint.
type browserDoc struct {
	ID        string `bson:"_id"`
	UserID    ref    `bson:"user_id"`
	SessionID ref    `bson:"session_id"`
	Endpoint  string `bson:"endpoint"`
	Key       string `bson:"public_key"`
	Auth      string `bson:"auth"`
	UserAgent string `bson:"user_agent"`
	CreatedAt date   `bson:"created_at"`
	UsedAt    date   `bson:"used_at"`
}

func (d browserDoc) browser() notify.Browser {
	return notify.Browser{
		ID: d.ID, UserID: string(d.UserID), SessionID: string(d.SessionID), Endpoint: d.Endpoint, Key: d.Key, Auth: d.Auth,
		UserAgent: d.UserAgent, CreatedAt: d.CreatedAt.time(), UsedAt: d.UsedAt.time(),
	}
}

var newestBrowsers = bson.D{{Key: "created_at", Value: -1}, {Key: "_id", Value: -1}}

// PutBrowser replaces one document, and then removes those that are too many. A crash between leaves some too many until the
// next call.
func (s *Store) PutBrowser(ctx context.Context, b notify.Browser, keep int) error {
	ctx, done := limited(ctx)
	defer done()
	doc := browserDoc{
		ID: b.ID, UserID: ref(b.UserID), SessionID: ref(b.SessionID), Endpoint: b.Endpoint, Key: b.Key, Auth: b.Auth, UserAgent: b.UserAgent,
		CreatedAt: date(b.CreatedAt), UsedAt: date(b.UsedAt),
	}
	if _, err := s.browsers.ReplaceOne(ctx, bson.D{{Key: "_id", Value: b.ID}}, doc, options.Replace().SetUpsert(true)); err != nil {
		return translate(err)
	}
	surplus, err := all[browserDoc](ctx, s.browsers, bson.D{{Key: "user_id", Value: doc.UserID}},
		options.Find().SetSort(newestBrowsers).SetSkip(int64(keep)).SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if err != nil || len(surplus) == 0 {
		return err
	}
	return s.DeleteBrowsers(ctx, b.UserID, convert(surplus, func(d browserDoc) string { return d.ID }))
}

// Browsers reads through the index of people.
func (s *Store) Browsers(ctx context.Context, userIDs []string) ([]notify.Browser, error) {
	if len(userIDs) == 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[browserDoc](ctx, s.browsers, bson.D{{Key: "user_id", Value: bson.D{{Key: "$in", Value: convert(userIDs, func(id string) ref { return ref(id) })}}}},
		options.Find().SetSort(newestBrowsers))
	return convert(docs, browserDoc.browser), err
}

// Browser finds by _id.
func (s *Store) Browser(ctx context.Context, userID, id string) (notify.Browser, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[browserDoc](ctx, s.browsers, bson.D{{Key: "_id", Value: id}, {Key: "user_id", Value: ref(userID)}})
	return doc.browser(), orMissing(err, notify.ErrNoBrowser)
}

// TouchBrowser changes one document.
func (s *Store) TouchBrowser(ctx context.Context, id string, at time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.browsers.UpdateOne(ctx, bson.D{{Key: "_id", Value: id}}, set(bson.D{{Key: "used_at", Value: date(at)}}))
	return translate(err)
}

// MoveBrowsers changes a person's documents.
func (s *Store) MoveBrowsers(ctx context.Context, userID, from, to string) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.browsers.UpdateMany(ctx, bson.D{{Key: "user_id", Value: ref(userID)}, {Key: "session_id", Value: ref(from)}},
		set(bson.D{{Key: "session_id", Value: ref(to)}}))
	return translate(err)
}

// DeleteBrowsers finds by _id.
func (s *Store) DeleteBrowsers(ctx context.Context, userID string, ids []string) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.browsers.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: append([]string{}, ids...)}}}, {Key: "user_id", Value: ref(userID)}})
	return translate(err)
}
