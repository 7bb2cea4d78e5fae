package mongo

import (
	"context"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// bookmarkDoc is a person's bookmark. Its _id sorts by the time at which it was set.
type bookmarkDoc struct {
	ID        ref  `bson:"_id"`
	UserID    ref  `bson:"user_id"`
	MessageID ref  `bson:"message_id"`
	ChannelID ref  `bson:"channel_id"`
	CreatedAt date `bson:"created_at"`
}

// ToggleBookmark deletes the document, or inserts it where there is none. The unique index (user_id, message_id) decides
// between calls at once: who is refused by it finds a bookmark to delete.
func (s *Store) ToggleBookmark(ctx context.Context, b chat.Bookmark) (bookmarked bool, err error) {
	ctx, done := limited(ctx)
	defer done()
	message, err := s.standing(ctx, b.MessageID)
	if err != nil {
		return false, err
	}
	doc := bookmarkDoc{
		ID: ref(b.ID), UserID: ref(b.UserID), MessageID: ref(b.MessageID), ChannelID: message.ChannelID, CreatedAt: date(b.CreatedAt),
	}
	for {
		gone, err := s.bookmarks.DeleteOne(ctx, bson.D{{Key: "user_id", Value: doc.UserID}, {Key: "message_id", Value: doc.MessageID}})
		if err != nil || gone.DeletedCount == 1 {
			return false, translate(err)
		}
		if _, err = s.bookmarks.InsertOne(ctx, doc); !mongo.IsDuplicateKeyError(err) {
			return err == nil, translate(err)
		}
	}
}

// BookmarkedBy reads the marks on all of the messages at once.
func (s *Store) BookmarkedBy(ctx context.Context, userID string, messageIDs []string) ([]string, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[bookmarkDoc](ctx, s.bookmarks,
		bson.D{{Key: "user_id", Value: ref(userID)}, {Key: "message_id", Value: bson.D{{Key: "$in", Value: refs(messageIDs)}}}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "message_id", Value: 1}}))
	return convert(docs, func(d bookmarkDoc) string { return string(d.MessageID) }), err
}

// Bookmarks reads the person's places, then the bookmarks there, then their messages.
func (s *Store) Bookmarks(ctx context.Context, userID, before string, limit int) ([]chat.Bookmarked, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	places, err := all[memberDoc](ctx, s.members, bson.D{{Key: "user_id", Value: ref(userID)}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "channel_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	channels := convert(places, func(d memberDoc) ref { return d.ChannelID })
	filter := bson.D{{Key: "user_id", Value: ref(userID)}, {Key: "channel_id", Value: bson.D{{Key: "$in", Value: channels}}}}
	filter = append(filter, olderThan(before)...)
	docs, err := all[bookmarkDoc](ctx, s.bookmarks, filter, newestIDs(limit))
	if err != nil {
		return nil, err
	}
	messages, err := s.messagesByID(ctx, convert(docs, func(d bookmarkDoc) ref { return d.MessageID }))
	if err != nil {
		return nil, err
	}
	var out []chat.Bookmarked
	for _, d := range docs {
		// One whose message was deleted a moment ago, or in a crash before its marks were dropped, is left out.
		if m, there := messages[d.MessageID]; there {
			out = append(out, chat.Bookmarked{Message: m.message(), Bookmark: chat.Bookmark{
				ID: string(d.ID), UserID: string(d.UserID), MessageID: string(d.MessageID), ChannelID: string(d.ChannelID),
				CreatedAt: d.CreatedAt.time(),
			}})
		}
	}
	return out, nil
}

// VisibleMessages reads the messages, then the person's places in their channels.
func (s *Store) VisibleMessages(ctx context.Context, userID string, ids []string) ([]chat.Message, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	messages, err := s.messagesByID(ctx, refs(ids))
	if err != nil || len(messages) == 0 {
		return nil, err
	}
	channels := map[ref]bool{}
	for _, doc := range messages {
		channels[doc.ChannelID] = false
	}
	places, err := all[memberDoc](ctx, s.members,
		bson.D{{Key: "user_id", Value: ref(userID)}, {Key: "channel_id", Value: bson.D{{Key: "$in", Value: slices.Collect(maps.Keys(channels))}}}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "channel_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	for _, place := range places {
		channels[place.ChannelID] = true
	}
	var visible []chat.Message
	for _, doc := range messages {
		if channels[doc.ChannelID] {
			visible = append(visible, doc.message())
		}
	}
	return visible, nil
}

// messagesByID returns those of the messages that are not deleted.
func (s *Store) messagesByID(ctx context.Context, ids []ref) (map[ref]messageDoc, error) {
	docs, err := all[messageDoc](ctx, s.messages,
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: append([]ref{}, ids...)}}}, {Key: "is_deleted", Value: false}},
		options.Find().SetProjection(withoutHistory))
	found := make(map[ref]messageDoc, len(docs))
	for _, doc := range docs {
		found[doc.ID] = doc
	}
	return found, err
}
