package mongo

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// MessagesBetween reads by _id.
func (s *Store) MessagesBetween(ctx context.Context, after, before string, newestFirst bool, limit int) ([]chat.Message, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	bounds, order := bson.D{{Key: "$lt", Value: ref(before)}}, 1
	if after != "" {
		bounds = append(bounds, bson.E{Key: "$gt", Value: ref(after)})
	}
	if newestFirst {
		order = -1
	}
	docs, err := all[messageDoc](ctx, s.messages, bson.D{{Key: "_id", Value: bounds}}, options.Find().SetProjection(withoutHistory).
		SetSort(bson.D{{Key: "_id", Value: order}}).SetLimit(int64(limit)))
	return convert(docs, messageDoc.message), err
}

// SaveEmbeddings stores the vectors, and then removes those of messages that were deleted meanwhile: a deletion either comes
// after that and removes its own, or is seen by it.
func (s *Store) SaveEmbeddings(ctx context.Context, all []chat.Embedding) error {
	if len(all) == 0 {
		return nil
	}
	ctx, done := limited(ctx)
	defer done()
	writes, ids := make([]mongo.WriteModel, len(all)), make([]string, len(all))
	for i, e := range all {
		ids[i] = e.MessageID
		writes[i] = upsert(bson.D{{Key: "_id", Value: ref(e.MessageID)}}, set(bson.D{
			{Key: "channel_id", Value: ref(e.ChannelID)}, {Key: "model", Value: e.Model}, {Key: "vector", Value: primitive.Binary{Data: e.Vector}},
		}))
	}
	if _, err := s.embeddings.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false)); err != nil && !mongo.IsDuplicateKeyError(err) {
		return translate(err)
	}
	standing, err := s.standingAmong(ctx, ids)
	gone := slices.DeleteFunc(refs(ids), func(id ref) bool { return slices.Contains(standing, id) })
	if err != nil || len(gone) == 0 {
		return err
	}
	_, err = s.embeddings.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: gone}}}})
	return translate(err)
}

func (s *Store) standingAmong(ctx context.Context, ids []string) ([]ref, error) {
	docs, err := all[messageDoc](ctx, s.messages,
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: refs(ids)}}}, {Key: "is_deleted", Value: false}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	return convert(docs, func(d messageDoc) ref { return d.ID }), err
}

// dropEmbedding removes the vector of a text that is no more.
func (s *Store) dropEmbedding(ctx context.Context, messageID string) error {
	_, err := s.embeddings.DeleteOne(ctx, bson.D{{Key: "_id", Value: ref(messageID)}})
	return translate(err)
}

// EachEmbedding reads in the order of _id, of which there are as many as are kept.
func (s *Store) EachEmbedding(
	ctx context.Context, model string, channelIDs []string, limit int, each func(messageID string, vector []byte),
) error {
	if limit <= 0 || len(channelIDs) == 0 {
		return nil
	}
	ctx, done := limited(ctx)
	defer done()
	cursor, err := s.embeddings.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: ref(firstRef)}}},
		{Key: "channel_id", Value: bson.D{{Key: "$in", Value: refs(channelIDs)}}}, {Key: "model", Value: model}},
		options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}).SetLimit(int64(limit)).SetBatchSize(5000))
	if err != nil {
		return translate(err)
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		var doc struct {
			ID ref `bson:"_id"`
		}
		if err := bson.Unmarshal(cursor.Current, &doc); err != nil {
			return err
		}
		if _, vector, ok := cursor.Current.Lookup("vector").BinaryOK(); ok {
			each(string(doc.ID), vector)
		}
	}
	return translate(cursor.Err())
}

// firstRef is before every id.
const firstRef = "000000000000000000000000"

// PruneEmbeddings finds the first that is too many by _id.
func (s *Store) PruneEmbeddings(ctx context.Context, keep int) error {
	ctx, done := limited(ctx)
	defer done()
	extra, err := all[struct {
		ID ref `bson:"_id"`
	}](ctx, s.embeddings, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: ref(firstRef)}}}}, options.Find().
		SetSort(bson.D{{Key: "_id", Value: -1}}).SetSkip(int64(keep)).SetLimit(1).SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if err != nil || len(extra) == 0 {
		return err
	}
	_, err = s.embeddings.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$lte", Value: extra[0].ID}}}})
	return translate(err)
}
