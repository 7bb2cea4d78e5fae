package mongo

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

const (
	schemaVersion = 3
	upgradeLimit  = 4 * time.Hour // for a database with years of messages, and the indexes over them
	writeBatch    = 1000
)

// Ensure makes the database ready: it brings documents of ConnectBest and Better Auth up to what this package reads, creates what indexes
// are missing and mends counters. It changes nothing else, and nothing in a database that is ready.
//
// It may be interrupted at any point and run again, since each step writes only what is missing, in the order that the
// documents themselves give. Several servers may run it at once. Nobody but this package may write meanwhile.
func (s *Store) Ensure(ctx context.Context) error {
	ctx, done := context.WithTimeout(ctx, upgradeLimit)
	defer done()
	if half, err := s.halfRestored(ctx); err != nil || half {
		return cmp.Or(err, error(errHalfRestored))
	}
	version, err := s.version(ctx)
	if err != nil {
		return err
	}
	if version > schemaVersion {
		return fmt.Errorf("the database has schema version %d, this program knows up to %d", version, schemaVersion)
	}
	for _, step := range s.stepsFrom(version) {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := s.adoptPlugins(ctx); err != nil {
		return err
	}
	if err := s.markWaiting(ctx); err != nil {
		return err
	}
	if err := s.markTokenless(ctx); err != nil {
		return err
	}
	if err := s.ensureIndexes(ctx); err != nil {
		return err
	}
	if version < 3 {
		if err := s.upgradeDirect(ctx); err != nil {
			return err
		}
		if err := s.upgradeThreads(ctx); err != nil {
			return err
		}
	}
	if err := s.mendCounters(ctx); err != nil {
		return err
	}
	s.indexing.Do(func() { s.background.Go(func() { s.indexOld(s.life) }) })
	if version == schemaVersion {
		return nil
	}
	if version < 3 { // channels at first, conversations since 3
		if err := s.upgradeMarks(ctx); err != nil {
			return err
		}
	}
	_, err = s.state.UpdateOne(ctx, schemaID, set(bson.D{{Key: "version", Value: schemaVersion}}), options.Update().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) {
		return nil // another server has just written it
	}
	return translate(err)
}

// stepsFrom returns what brings a database of a version up to date, before the unique indexes stand.
func (s *Store) stepsFrom(version int) (steps []func(context.Context) error) {
	if version < 1 {
		steps = append(steps, s.upgradeUsers, s.upgradeChannels, s.numberMessages, s.uniteMembers)
	}
	if version < 2 {
		steps = append(steps, s.upgradeProfiles, s.upgradeFactors, s.upgradeDevices, s.upgradeLinks, s.upgradePasskeys)
	}
	if version < 3 {
		steps = append(steps, s.upgradeReactions)
	}
	return steps
}

var schemaID = bson.D{{Key: "_id", Value: "schema"}}

// version returns 0 for a database that Ensure has not finished with.
func (s *Store) version(ctx context.Context) (int, error) {
	doc, err := one[struct{ Version int }](ctx, s.state, schemaID)
	if err == mongo.ErrNoDocuments {
		return 0, nil
	}
	return doc.Version, translate(err)
}

// mendCounters compares each channel's counters with its messages and members, one index lookup each.
func (s *Store) mendCounters(ctx context.Context) error {
	return each(ctx, s.channels, bson.D{}, options.Find(), func(c channelDoc) error {
		members, err := s.members.CountDocuments(ctx, bson.D{{Key: "channel_id", Value: c.ID}})
		if err != nil {
			return translate(err)
		}
		if int(members) != c.MemberCount {
			_, err := s.channels.UpdateOne(ctx, bson.D{{Key: "_id", Value: c.ID}}, set(bson.D{{Key: "member_count", Value: members}}))
			if err != nil {
				return translate(err)
			}
		}
		newest, err := one[messageDoc](ctx, s.messages, bson.D{{Key: "channel_id", Value: c.ID}},
			options.FindOne().SetSort(bson.D{{Key: "seq", Value: -1}}))
		if err == mongo.ErrNoDocuments || err == nil && newest.Seq <= c.LastSeq {
			return nil
		} else if err != nil {
			return translate(err)
		}
		_, err = s.channels.UpdateOne(ctx,
			bson.D{{Key: "_id", Value: c.ID}, {Key: "last_seq", Value: bson.D{{Key: "$lt", Value: newest.Seq}}}},
			set(bson.D{{Key: "last_seq", Value: newest.Seq}, {Key: "last_message_at", Value: newest.CreatedAt},
				{Key: "last_message_id", Value: newest.ID}}))
		return translate(err)
	})
}

// each calls visit with what a filter finds, however much that is, in a bounded part of memory.
func each[T any](
	ctx context.Context, c *mongo.Collection, filter bson.D, opts *options.FindOptions, visit func(T) error,
) error {
	cursor, err := c.Find(ctx, filter, opts.SetBatchSize(writeBatch))
	if err != nil {
		return translate(err)
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	for cursor.Next(ctx) {
		var doc T
		if err := bson.Unmarshal(cursor.Current, &doc); err != nil {
			return &decodeError{err}
		}
		if err := visit(doc); err != nil {
			return err
		}
	}
	return translate(cursor.Err())
}

// bulk gathers writes and sends them a batch at a time.
type bulk struct {
	collection *mongo.Collection
	writes     []mongo.WriteModel
}

// set adds an update that is made only where the field that stands for the others is still missing.
func (b *bulk) set(ctx context.Context, id ref, missing string, fields bson.D) error {
	return b.add(ctx, mongo.NewUpdateOneModel().
		SetFilter(bson.D{{Key: "_id", Value: id}, {Key: missing, Value: nil}}).SetUpdate(set(fields)))
}

func (b *bulk) add(ctx context.Context, write mongo.WriteModel) error {
	if b.writes = append(b.writes, write); len(b.writes) < writeBatch {
		return nil
	}
	return b.flush(ctx)
}

func (b *bulk) flush(ctx context.Context) error {
	if len(b.writes) == 0 {
		return nil
	}
	_, err := b.collection.BulkWrite(ctx, b.writes, options.BulkWrite().SetOrdered(false))
	b.writes = b.writes[:0]
	return translate(err)
}
