package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// written is the order in which old messages are numbered. Its index stands only while that is done.
var written = index{keys: "channel_id created_at _id"}

// numberMessages gives every message its place in its channel by created_at and _id, and the fields that queries compare.
// A message's number follows from the messages alone, so whoever goes on after an interruption gives the same ones. Once
// the unique index stands, appends alone give numbers, and nothing is left to do.
func (s *Store) numberMessages(ctx context.Context) error {
	if done, err := s.numbered(ctx); err != nil || done {
		return err
	}
	if err := ensureIndexesOf(ctx, s.messages, []index{written}); err != nil {
		return err
	}
	writes := &bulk{collection: s.messages}
	var channel ref
	var seq int64
	order := options.Find().SetSort(written.model().Keys).
		SetProjection(bson.D{{Key: "channel_id", Value: 1}, {Key: "seq", Value: 1}, {Key: "is_deleted", Value: 1}})
	err := each(ctx, s.messages, bson.D{}, order, func(m messageDoc) error {
		if m.ChannelID != channel {
			channel, seq = m.ChannelID, 0
		}
		seq++
		if m.Seq != 0 {
			return nil
		}
		return writes.set(ctx, m.ID, "seq", bson.D{{Key: "seq", Value: seq}, {Key: "client_key", Value: string(m.ID)},
			{Key: "is_deleted", Value: m.Deleted}})
	})
	if err != nil {
		return err
	}
	if err := writes.flush(ctx); err != nil {
		return err
	}
	if err := ensureIndexesOf(ctx, s.messages, indexes["messages"]); err != nil {
		return err
	}
	return dropIndex(ctx, s.messages, written)
}

// numbered reports whether the messages have their unique index, or there are none.
func (s *Store) numbered(ctx context.Context) (bool, error) {
	if found, err := exists(ctx, s.messages, bson.D{}); err != nil || !found {
		return !found, err
	}
	present, err := s.messages.Indexes().ListSpecifications(ctx)
	if err != nil {
		return false, translate(err)
	}
	for _, p := range present {
		if sameKeys(p, indexes["messages"][0].model()) && unique(p) {
			return true, nil
		}
	}
	return false, nil
}

// upgradeMarks gives memberships their read mark: the newest message at the time of ConnectBest's read receipt, or of
// joining where there is none.
func (s *Store) upgradeMarks(ctx context.Context) error {
	lastSeq := map[ref]int64{}
	byKey := map[ref]ref{} // conversations, as ConnectBest names them
	err := each(ctx, s.channels, bson.D{}, options.Find(), func(c channelDoc) error {
		lastSeq[c.ID] = c.LastSeq
		if key := c.channel().Key; key != "" {
			byKey[ref(key)] = c.ID
		}
		return nil
	})
	if err != nil {
		return err
	}
	type receipt struct {
		ChannelID  ref  `bson:"channel_id"`
		UserID     ref  `bson:"user_id"`
		LastReadAt date `bson:"last_read_at"`
	}
	type pair struct{ channel, user ref }
	read := map[pair]date{}
	err = each(ctx, s.receipts, bson.D{}, options.Find(), func(r receipt) error {
		if direct, ok := byKey[r.ChannelID]; ok {
			r.ChannelID = direct
		}
		if p := (pair{r.ChannelID, r.UserID}); r.LastReadAt.time().After(read[p].time()) {
			read[p] = r.LastReadAt
		}
		return nil
	})
	if err != nil {
		return err
	}
	writes := &bulk{collection: s.members}
	unmarked := bson.D{{Key: "own_seq", Value: nil}}
	err = each(ctx, s.members, unmarked, options.Find(), func(m memberDoc) error {
		readAt := read[pair{m.ChannelID, m.UserID}]
		since := readAt.time()
		if since.IsZero() {
			since = m.JoinedAt.time()
		}
		m.OwnSeq = lastSeq[m.ChannelID]
		mark, err := s.newestAt(ctx, m.ChannelID, m.OwnSeq, since)
		if err != nil {
			return err
		}
		own, err := s.messages.CountDocuments(ctx, ownMessages(m, mark))
		if err != nil {
			return translate(err)
		}
		return writes.set(ctx, m.ID, "own_seq", bson.D{{Key: "last_read_seq", Value: mark}, {Key: "last_read_at", Value: readAt},
			{Key: "own_unread", Value: own}, {Key: "own_seq", Value: m.OwnSeq}})
	})
	if err != nil {
		return err
	}
	return writes.flush(ctx)
}

// newestAt returns the number of a channel's newest message at a time, by halving: numbers rise with time here.
func (s *Store) newestAt(ctx context.Context, channel ref, last int64, at time.Time) (int64, error) {
	low, high := int64(0), last
	for low < high {
		middle := low + (high-low+1)/2
		m, err := one[messageDoc](ctx, s.messages, bson.D{{Key: "channel_id", Value: channel}, {Key: "seq", Value: middle}},
			options.FindOne().SetProjection(bson.D{{Key: "created_at", Value: 1}}))
		if err != nil && err != mongo.ErrNoDocuments {
			return 0, translate(err)
		}
		if m.CreatedAt.time().After(at) {
			high = middle - 1
		} else {
			low = middle
		}
	}
	return low, nil
}
