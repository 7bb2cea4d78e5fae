package mongo

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/backup"
	"pegasus/fault"
)

// Target is an empty database into which a backup is brought.
type Target struct{ *Store }

// restoring marks a database that has not got all of a backup. No server starts on it.
var restoring = bson.D{{Key: "_id", Value: restoringID}}

const restoringID = "restoring"

var errHalfRestored = fault.New(fault.Conflict, "HALF_RESTORED",
	"A restore into this database did not end. Run pegasus restore again, which begins anew.")

var errNotEmpty = fault.New(fault.Conflict, "NOT_EMPTY", "The database is not empty. Name another one with MONGODB_DB_NAME: this one stays as it is.")

// NewTarget prepares an empty database, or one that an earlier restore has left half full, which it empties.
func (s *Store) NewTarget(ctx context.Context) (*Target, error) {
	names, err := s.Tables(ctx)
	if err != nil {
		return nil, err
	}
	left, err := s.halfRestored(ctx)
	if err != nil {
		return nil, err
	}
	if left {
		if err := s.db.Drop(ctx); err != nil {
			return nil, translate(err)
		}
		names = nil
	}
	for _, name := range names {
		n, err := s.db.Collection(name).EstimatedDocumentCount(ctx)
		if err != nil {
			return nil, translate(err)
		}
		if n > 0 {
			return nil, errNotEmpty
		}
	}
	_, err = s.state.InsertOne(ctx, restoring)
	return &Target{s}, translate(err)
}

func (s *Store) halfRestored(ctx context.Context) (bool, error) {
	n, err := s.state.CountDocuments(ctx, restoring)
	return n > 0, translate(err)
}

var entryName = regexp.MustCompile(`^[0-9]{3}-([A-Za-z0-9_.-]+)/[0-9]{6}\.bson$`)

// Load implements backup.Target.
func (t *Target) Load(ctx context.Context, name string, size int64, content io.Reader) error {
	found := entryName.FindStringSubmatch(name)
	if found == nil || size > backup.MaxDocuments {
		return fmt.Errorf("%q is not of a MongoDB database", name)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(content, text); err != nil {
		return err
	}
	var docs []any
	for len(text) > 0 {
		doc, err := cutDocument(text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		docs, text = append(docs, doc), text[len(doc):]
	}
	ctx, done := context.WithTimeout(ctx, upgradeLimit)
	defer done()
	for len(docs) > 0 {
		n := min(len(docs), writeBatch)
		if _, err := t.db.Collection(found[1]).InsertMany(ctx, docs[:n], options.InsertMany().SetOrdered(false)); err != nil {
			return translate(err)
		}
		docs = docs[n:]
	}
	return nil
}

// cutDocument returns the document at the beginning of a text.
func cutDocument(text []byte) (bson.Raw, error) {
	if len(text) < 5 {
		return nil, fmt.Errorf("a document is cut short")
	}
	if n := int64(binary.LittleEndian.Uint32(text)); n < 5 || n > int64(len(text)) {
		return nil, fmt.Errorf("a document is cut short")
	}
	doc := bson.Raw(text[:binary.LittleEndian.Uint32(text)])
	return doc, doc.Validate()
}

// Check implements backup.Target. It counts what was loaded, brings counters that were read after what they count back to it, and
// lets servers start on the database.
func (t *Target) Check(ctx context.Context) (d backup.Dump, err error) {
	ctx, done := context.WithTimeout(ctx, upgradeLimit)
	defer done()
	if d.Schema, err = t.version(ctx); err != nil {
		return d, err
	}
	names, err := t.Tables(ctx)
	if err != nil {
		return d, err
	}
	d.Counts = make(map[string]int64, len(names))
	for _, name := range names {
		loaded := bson.D{{Key: "_id", Value: bson.D{{Key: "$ne", Value: restoringID}}}}
		if d.Counts[name], err = t.db.Collection(name).CountDocuments(ctx, loaded); err != nil {
			return d, translate(err)
		}
		if named := namedBy[name]; named != nil {
			take := func(doc bson.Raw) error { return named(&d, doc) }
			if err := each(ctx, t.db.Collection(name), bson.D{}, options.Find(), take); err != nil {
				return d, err
			}
		}
	}
	if d.Schema == schemaVersion { // an older one is brought up to date first, at the first start
		if err := t.ensureIndexes(ctx); err != nil {
			return d, fmt.Errorf("the documents do not fit together: %w", err)
		}
		if err := t.lowerCounters(ctx); err != nil {
			return d, err
		}
	}
	_, err = t.state.DeleteOne(ctx, restoring)
	return d, translate(err)
}

// lowerCounters brings the last number of each channel down to its newest message, and the readers' marks with it: a message that
// came between the reading of the messages and that of the channels is counted and not there. Ensure does the opposite.
func (t *Target) lowerCounters(ctx context.Context) error {
	return each(ctx, t.channels, bson.D{}, options.Find(), func(c channelDoc) error {
		newest, err := one[messageDoc](ctx, t.messages, bson.D{{Key: "channel_id", Value: c.ID}},
			options.FindOne().SetSort(bson.D{{Key: "seq", Value: -1}}))
		if err != nil && err != mongo.ErrNoDocuments {
			return translate(err)
		}
		if newest.Seq >= c.LastSeq {
			return nil
		}
		last := bson.D{{Key: "last_seq", Value: newest.Seq}}
		if newest.Seq > 0 {
			last = append(last, bson.E{Key: "last_message_at", Value: newest.CreatedAt}, bson.E{Key: "last_message_id", Value: newest.ID})
		}
		if _, err := t.channels.UpdateOne(ctx, bson.D{{Key: "_id", Value: c.ID}}, set(last)); err != nil {
			return translate(err)
		}
		_, err = t.members.UpdateMany(ctx, bson.D{{Key: "channel_id", Value: c.ID}, {Key: "last_read_seq", Value: bson.D{{Key: "$gt", Value: newest.Seq}}}},
			set(bson.D{{Key: "last_read_seq", Value: newest.Seq}}))
		return translate(err)
	})
}

// Drop removes the whole database: one that a drill was held in.
func (t *Target) Drop(ctx context.Context) error {
	ctx, done := limited(ctx)
	defer done()
	return translate(t.db.Drop(ctx))
}
