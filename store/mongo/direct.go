package mongo

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
)

// ChannelByKey finds a conversation, whose public_key is made of its key.
func (s *Store) ChannelByKey(ctx context.Context, key string) (chat.Channel, error) {
	ctx, done := limited(ctx)
	defer done()
	if key == "" {
		return chat.Channel{}, chat.ErrChannelNotFound
	}
	doc, err := s.findChannel(ctx, bson.D{{Key: "public_key", Value: peopleKey(key)}})
	return doc.channel(), err
}

// peopleKey is no name and no id of a channel.
func peopleKey(key string) string { return "#" + key }

// Conversations makes three reads, as JoinedChannels does, and puts them in order itself: the order is by one of two
// fields, and a person has no more conversations than places.
func (s *Store) Conversations(
	ctx context.Context, userID string, before time.Time, beforeID string, limit int,
) ([]chat.Joined, error) {
	ctx, done := limited(ctx)
	defer done()
	members, err := all[memberDoc](ctx, s.members, bson.D{{Key: "user_id", Value: ref(userID)}})
	if err != nil || len(members) == 0 {
		return nil, err
	}
	places := placesByChannel(members)
	channels, err := all[channelDoc](ctx, s.channels, append(openChannels(members), conversations))
	if err != nil {
		return nil, err
	}
	channels = slices.DeleteFunc(channels, func(d channelDoc) bool {
		listed := places[d.ID].member().IsListed(d.LastSeq)
		return !listed || !before.IsZero() && compareActivity(d.channel(), chat.Channel{ID: beforeID, CreatedAt: before}) <= 0
	})
	slices.SortFunc(channels, func(a, b channelDoc) int { return compareActivity(a.channel(), b.channel()) })
	channels = channels[:min(len(channels), max(0, limit))]
	return s.joined(ctx, channels, places)
}

// compareActivity puts the latest activity first.
func compareActivity(a, b chat.Channel) int {
	return cmp.Or(b.Activity().Compare(a.Activity()), strings.Compare(b.ID, a.ID))
}

// MembersOf makes one read.
func (s *Store) MembersOf(ctx context.Context, channelIDs []string) ([]chat.Member, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[memberDoc](ctx, s.members, bson.D{{Key: "channel_id", Value: bson.D{{Key: "$in", Value: refs(channelIDs)}}}})
	return convert(docs, memberDoc.member), err
}

// ListConversation changes one document.
func (s *Store) ListConversation(ctx context.Context, channelID, userID string) error {
	ctx, done := limited(ctx)
	defer done()
	return s.setListed(ctx, channelID, userID, 0)
}

// HideConversation waits for appends under way, so that a message of this process that comes later brings the
// conversation back. One that another server stores between the two writes brings it back too, for what is compared are
// numbers.
func (s *Store) HideConversation(ctx context.Context, channelID, userID string) error {
	ctx, done := limited(ctx)
	defer done()
	leave, err := s.lanes.enter(ctx, channelID)
	if err != nil {
		return away(err)
	}
	defer leave()
	c, err := s.findChannel(ctx, bson.D{{Key: "_id", Value: ref(channelID)}})
	if err != nil {
		return err
	}
	return s.setListed(ctx, channelID, userID, c.LastSeq+1)
}

func (s *Store) setListed(ctx context.Context, channelID, userID string, from int64) error {
	return matched(chat.ErrNotMember)(s.members.UpdateOne(ctx, place(channelID, userID), set(bson.D{{Key: "listed_from", Value: from}})))
}

// Channels are told from conversations by their type.
var (
	named         = bson.E{Key: "type", Value: bson.D{{Key: "$in", Value: bson.A{chat.Public, chat.Private}}}}
	conversations = bson.E{Key: "type", Value: bson.D{{Key: "$in", Value: bson.A{chat.Direct, chat.Group}}}}
)
