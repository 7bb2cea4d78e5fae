package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
	"pegasus/fault"
)

// ChannelsAfter reads by id.
func (s *Store) ChannelsAfter(ctx context.Context, after string, limit int) ([]chat.Channel, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	filter := bson.D{}
	if after != "" {
		filter = bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: ref(after)}}}}
	}
	docs, err := all[channelDoc](ctx, s.channels, filter,
		options.Find().SetSort(byID).SetLimit(int64(limit)))
	return convert(docs, channelDoc.channel), err
}

// RemoveMessages deletes one after the other. A reply that comes in between a look at the thread and the deletion of its root
// meets what it meets where somebody deletes the root by hand.
func (s *Store) RemoveMessages(ctx context.Context, ids []string, before, now time.Time) (removed []chat.Message, err error) {
	young := bson.D{{Key: "$gte", Value: date(before)}}
	only := bson.D{{Key: "created_at", Value: bson.D{{Key: "$lt", Value: date(before)}}}, {Key: "last_reply_at", Value: bson.D{{Key: "$not", Value: young}}}}
	for _, id := range ids {
		m, err := s.deleteMessage(ctx, id, only, now)
		if m.ID != "" {
			removed = append(removed, m)
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return removed, err
		}
	}
	return removed, nil
}
