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
	docs, err := all[channelDoc](ctx, s.channels, newerThan(after),
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

// PassRead moves those who wrote nothing after the number with one write, and each of the others, who are few, as MarkRead does.
func (s *Store) PassRead(ctx context.Context, channelID string, seq int64, limit int) (chat.Channel, []chat.Member, error) {
	ctx, done := limited(ctx)
	defer done()
	c, err := s.findChannel(ctx, bson.D{{Key: "_id", Value: ref(channelID)}})
	if err != nil || limit <= 0 {
		return c.channel(), nil, err
	}
	seq = min(seq, c.LastSeq)
	behind := bson.E{Key: "last_read_seq", Value: bson.D{{Key: "$lt", Value: seq}}}
	docs, err := all[memberDoc](ctx, s.members, bson.D{{Key: "channel_id", Value: ref(channelID)}, behind}, options.Find().SetLimit(int64(limit)))
	if err != nil || len(docs) == 0 {
		return c.channel(), nil, err
	}
	ids := bson.A{}
	for _, m := range docs {
		ids = append(ids, m.ID)
	}
	those := bson.E{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}
	silent := bson.E{Key: "own_seq", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$gt", Value: seq}}}}}
	_, err = s.members.UpdateMany(ctx, bson.D{those, behind, silent}, set(bson.D{{Key: "last_read_seq", Value: seq}, {Key: "own_unread", Value: 0}}))
	if err != nil {
		return c.channel(), nil, translate(err)
	}
	docs, err = all[memberDoc](ctx, s.members, bson.D{those})
	moved := convert(docs, memberDoc.member)
	for i, m := range moved {
		if m.LastReadSeq >= seq {
			continue
		}
		if _, moved[i], err = s.MarkRead(ctx, channelID, m.UserID, seq, m.LastReadAt); fault.Is(err, fault.NotFound) {
			moved[i], err = m, nil // they have just left
		}
		if err != nil {
			break
		}
	}
	return c.channel(), moved, err
}
