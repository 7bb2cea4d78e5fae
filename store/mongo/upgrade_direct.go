package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// byPeople finds ids of ConnectBest's direct conversations, which are text: dm_<id>_<id>.
var byPeople = bson.D{{Key: "$gte", Value: "dm_"}, {Key: "$lt", Value: "dm`"}}

// upgradeDirect makes conversations of ConnectBest's direct messages, which name their people in channel_id and have
// nothing else in common. The messages keep their numbers. It needs the unique indexes: of several servers that do this at
// once one makes a conversation, and the others move what is left into it.
func (s *Store) upgradeDirect(ctx context.Context) error {
	writes := &bulk{collection: s.messages}
	var from, to ref
	order := options.Find().SetSort(bson.D{{Key: "channel_id", Value: 1}, {Key: "seq", Value: 1}}).
		SetProjection(bson.D{{Key: "channel_id", Value: 1}, {Key: "created_at", Value: 1}})
	err := each(ctx, s.messages, bson.D{{Key: "channel_id", Value: byPeople}}, order, func(m messageDoc) error {
		if m.ChannelID != from {
			id, err := s.ensureDirect(ctx, m)
			if err != nil {
				return err
			}
			from, to = m.ChannelID, id
		}
		if to == "" {
			return nil
		}
		return writes.add(ctx, mongo.NewUpdateOneModel().
			SetFilter(bson.D{{Key: "_id", Value: m.ID}, {Key: "channel_id", Value: from}}).
			SetUpdate(set(bson.D{{Key: "channel_id", Value: to}})))
	})
	if err != nil {
		return err
	}
	if err := writes.flush(ctx); err != nil {
		return err
	}
	return s.dropOldDirect(ctx)
}

// ensureDirect returns the conversation that a message of ConnectBest belongs to, "" where its channel_id names nobody.
// A new one takes the message's id, so that whoever goes on after an interruption finds its members.
func (s *Store) ensureDirect(ctx context.Context, first messageDoc) (ref, error) {
	a, b, ok := chat.DirectPeople(string(first.ChannelID))
	if !ok {
		return "", nil
	}
	c := newChannelDoc(chat.Channel{
		ID: string(first.ID), Type: chat.Direct, Key: string(first.ChannelID), CreatedAt: first.CreatedAt.time(),
	})
	byKey := bson.D{{Key: "public_key", Value: c.PublicKey}}
	found, err := one[channelDoc](ctx, s.channels, byKey)
	if err != mongo.ErrNoDocuments {
		return found.ID, translate(err)
	}
	for _, userID := range []string{a, b} {
		// own_seq stays missing, so that the read mark is found afterwards.
		_, err := s.members.UpdateOne(ctx, place(string(c.ID), userID), bson.D{{Key: "$setOnInsert", Value: bson.D{
			{Key: "role", Value: chat.RolePeer}, {Key: "joined_at", Value: c.CreatedAt},
		}}}, options.Update().SetUpsert(true))
		if err != nil && !mongo.IsDuplicateKeyError(err) {
			return "", translate(err)
		}
	}
	_, err = s.channels.InsertOne(ctx, c)
	if !mongo.IsDuplicateKeyError(err) {
		return c.ID, translate(err)
	}
	found, err = one[channelDoc](ctx, s.channels, byKey)
	return found.ID, translate(err)
}

// dropOldDirect removes channels and members that are named by people: all that they say is in the name.
func (s *Store) dropOldDirect(ctx context.Context) error {
	for collection, field := range map[*mongo.Collection]string{s.channels: "_id", s.members: "channel_id"} {
		writes := &bulk{collection: collection}
		type row struct {
			ID        any `bson:"_id"`
			ChannelID ref `bson:"channel_id"`
		}
		err := each(ctx, collection, bson.D{{Key: field, Value: byPeople}}, options.Find(), func(r row) error {
			name := string(r.ChannelID)
			if text, ok := r.ID.(string); ok && field == "_id" {
				name = text
			}
			if _, _, ok := chat.DirectPeople(name); !ok {
				return nil
			}
			return writes.add(ctx, mongo.NewDeleteOneModel().SetFilter(bson.D{{Key: "_id", Value: r.ID}}))
		})
		if err != nil {
			return err
		}
		if err := writes.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}
