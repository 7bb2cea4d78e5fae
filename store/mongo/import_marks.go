package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// ImportReactions leaves it to the unique indexes which are new.
func (s *Store) ImportReactions(ctx context.Context, reactions []chat.Reacted) error {
	ctx, done := context.WithTimeout(ctx, importLimit)
	defer done()
	places, err := s.standingPlaces(ctx, convert(reactions, func(r chat.Reacted) string { return r.MessageID }))
	if err != nil {
		return err
	}
	var docs []any
	for _, r := range reactions {
		if _, stands := places[ref(r.MessageID)]; stands {
			docs = append(docs, reactionDoc{
				ID: ref(r.ID), MessageID: ref(r.MessageID), UserID: ref(r.UserID), Emoji: r.Emoji, CreatedAt: date(r.CreatedAt),
			})
		}
	}
	_, err = insertNew(ctx, s.reactions, docs)
	return err
}

// ImportBookmarks leaves it to the unique indexes which are new.
func (s *Store) ImportBookmarks(ctx context.Context, bookmarks []chat.Bookmark) error {
	ctx, done := context.WithTimeout(ctx, importLimit)
	defer done()
	places, err := s.standingPlaces(ctx, convert(bookmarks, func(b chat.Bookmark) string { return b.MessageID }))
	if err != nil {
		return err
	}
	var docs []any
	for _, b := range bookmarks {
		if channelID, stands := places[ref(b.MessageID)]; stands {
			docs = append(docs, bookmarkDoc{
				ID: ref(b.ID), UserID: ref(b.UserID), MessageID: ref(b.MessageID), ChannelID: channelID, CreatedAt: date(b.CreatedAt),
			})
		}
	}
	_, err = insertNew(ctx, s.bookmarks, docs)
	return err
}

// standingPlaces returns the channels of those messages that are here and not deleted.
func (s *Store) standingPlaces(ctx context.Context, messageIDs []string) (map[ref]ref, error) {
	docs, err := all[messageDoc](ctx, s.messages,
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: refs(messageIDs)}}}, {Key: "is_deleted", Value: false}},
		options.Find().SetProjection(bson.D{{Key: "channel_id", Value: 1}}))
	places := make(map[ref]ref, len(docs))
	for _, doc := range docs {
		places[doc.ID] = doc.ChannelID
	}
	return places, err
}
