package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// JoinedChannels makes three reads: the memberships, their channels, and the channels' newest messages.
func (s *Store) JoinedChannels(ctx context.Context, userID string) ([]chat.Joined, error) {
	ctx, done := limited(ctx)
	defer done()
	channels, places, err := s.joinedPlaces(ctx, userID)
	if err != nil {
		return nil, err
	}
	return s.joined(ctx, channels, places)
}

// JoinedPlaces makes two reads.
func (s *Store) JoinedPlaces(ctx context.Context, userID string) ([]chat.Joined, error) {
	ctx, done := limited(ctx)
	defer done()
	channels, places, err := s.joinedPlaces(ctx, userID)
	return convert(channels, func(c channelDoc) chat.Joined {
		return chat.Joined{Channel: c.channel(), Member: places[c.ID].member()}
	}), err
}

func (s *Store) joinedPlaces(ctx context.Context, userID string) ([]channelDoc, map[ref]memberDoc, error) {
	members, err := all[memberDoc](ctx, s.members, bson.D{{Key: "user_id", Value: ref(userID)}})
	if err != nil || len(members) == 0 {
		return nil, nil, err
	}
	channels, err := all[channelDoc](ctx, s.channels, append(openChannels(members), named),
		options.Find().SetSort(bson.D{{Key: "name_key", Value: 1}, {Key: "_id", Value: 1}}))
	return channels, placesByChannel(members), err
}

func placesByChannel(members []memberDoc) map[ref]memberDoc {
	places := make(map[ref]memberDoc, len(members))
	for _, m := range members {
		places[m.ChannelID] = m
	}
	return places
}

// joined puts a person's place and the newest text to each channel.
func (s *Store) joined(ctx context.Context, channels []channelDoc, places map[ref]memberDoc) ([]chat.Joined, error) {
	texts, err := s.newestTexts(ctx, channels)
	if err != nil {
		return nil, err
	}
	return convert(channels, func(c channelDoc) chat.Joined {
		return chat.Joined{Channel: c.channel(), Member: places[c.ID].member(), LastMessage: texts[c.LastMessageID]}
	}), nil
}

// newestTexts returns the text of each channel's newest message by the message's id. Deleted ones have none.
func (s *Store) newestTexts(ctx context.Context, channels []channelDoc) (map[ref]string, error) {
	var ids []ref
	for _, c := range channels {
		if c.LastMessageID != "" {
			ids = append(ids, c.LastMessageID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	docs, err := all[messageDoc](ctx, s.messages, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}},
		options.Find().SetProjection(bson.D{{Key: "content", Value: 1}, {Key: "is_deleted", Value: 1}}))
	texts := make(map[ref]string, len(docs))
	for _, m := range docs {
		if !m.Deleted {
			texts[m.ID] = m.Content
		}
	}
	return texts, err
}

// JoinedChannelIDs makes two reads.
func (s *Store) JoinedChannelIDs(ctx context.Context, userID string) ([]string, error) {
	ctx, done := limited(ctx)
	defer done()
	members, err := all[memberDoc](ctx, s.members, bson.D{{Key: "user_id", Value: ref(userID)}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "channel_id", Value: 1}}))
	if err != nil || len(members) == 0 {
		return nil, err
	}
	channels, err := all[channelDoc](ctx, s.channels, openChannels(members),
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	return convert(channels, func(c channelDoc) string { return string(c.ID) }), err
}

// openChannels finds the channels of these memberships that are not archived.
func openChannels(members []memberDoc) bson.D {
	ids := convert(members, func(m memberDoc) ref { return m.ChannelID })
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}, {Key: "is_deleted", Value: false}}
}
