package mongo

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// pinDoc lists a pinned message under its channel. Whether a message is pinned, its own document says: this one is written
// before that and deleted after it, so that a crash between leaves a listing too many, which no read shows, and never one
// too few.
type pinDoc struct {
	MessageID ref  `bson:"_id"`
	ChannelID ref  `bson:"channel_id"`
	PinnedAt  date `bson:"pinned_at"`
}

// TogglePin waits for the channel's lane, so that pins of this process are counted one by one; several servers at once may
// let in one too many each.
func (s *Store) TogglePin(ctx context.Context, messageID, userID string, now time.Time) (chat.Message, error) {
	ctx, done := limited(ctx)
	defer done()
	m, err := s.standing(ctx, messageID)
	if err != nil {
		return chat.Message{}, err
	}
	leave, err := s.lanes.enter(ctx, "pins "+string(m.ChannelID))
	if err != nil {
		return chat.Message{}, away(err)
	}
	defer leave()
	if m, err = s.standing(ctx, messageID); err != nil {
		return chat.Message{}, err
	}
	if m.PinnedAt.time().IsZero() {
		return s.pin(ctx, m, userID, date(stored(now)))
	}
	return s.unpin(ctx, m)
}

func (s *Store) pin(ctx context.Context, m messageDoc, userID string, at date) (chat.Message, error) {
	listed, err := s.pins.CountDocuments(ctx, bson.D{{Key: "channel_id", Value: m.ChannelID}})
	if err != nil {
		return chat.Message{}, translate(err)
	}
	if listed >= chat.MaxPins { // listings too many included
		pinned, err := s.Pins(ctx, string(m.ChannelID))
		if err != nil {
			return chat.Message{}, err
		}
		if len(pinned) >= chat.MaxPins {
			return chat.Message{}, chat.ErrManyPins
		}
	}
	_, err = s.pins.UpdateOne(ctx, bson.D{{Key: "_id", Value: m.ID}},
		set(bson.D{{Key: "channel_id", Value: m.ChannelID}, {Key: "pinned_at", Value: at}}), options.Update().SetUpsert(true))
	if err != nil {
		return chat.Message{}, translate(err)
	}
	return s.changeMessage(ctx, string(m.ID), nil, bson.D{{Key: "pinned_at", Value: at}, {Key: "pinned_by", Value: ref(userID)}})
}

// unpin deletes the listing that it has seen, and not one that another server writes meanwhile.
func (s *Store) unpin(ctx context.Context, m messageDoc) (chat.Message, error) {
	changed, err := s.changeMessage(ctx, string(m.ID), nil, unpinned)
	if err != nil {
		return chat.Message{}, err
	}
	_, err = s.pins.DeleteOne(ctx, bson.D{{Key: "_id", Value: m.ID}, {Key: "pinned_at", Value: m.PinnedAt}})
	return changed, translate(err)
}

var unpinned = bson.D{{Key: "pinned_at", Value: nil}, {Key: "pinned_by", Value: nil}}

// Pins reads the listings of the channel, and then their messages.
func (s *Store) Pins(ctx context.Context, channelID string) ([]chat.Message, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[pinDoc](ctx, s.pins, bson.D{{Key: "channel_id", Value: ref(channelID)}})
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	found, err := s.messagesByID(ctx, convert(docs, func(d pinDoc) ref { return d.MessageID }))
	if err != nil {
		return nil, err
	}
	var pinned []chat.Message
	for _, doc := range found {
		if !doc.PinnedAt.time().IsZero() {
			pinned = append(pinned, doc.message())
		}
	}
	slices.SortFunc(pinned, func(a, b chat.Message) int {
		return cmp.Or(b.PinnedAt.Compare(a.PinnedAt), cmp.Compare(b.ID, a.ID))
	})
	return pinned, nil
}
