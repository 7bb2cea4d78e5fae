package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// reactionDoc is one person's choice of an emoji.
type reactionDoc struct {
	ID        ref    `bson:"_id"`
	MessageID ref    `bson:"message_id"`
	UserID    ref    `bson:"user_id"`
	Emoji     string `bson:"emoji"`
	CreatedAt date   `bson:"created_at"`
}

func (d reactionDoc) reacted() chat.Reacted {
	return chat.Reacted{
		ID: string(d.ID), MessageID: string(d.MessageID), UserID: string(d.UserID), Emoji: d.Emoji, CreatedAt: d.CreatedAt.time(),
	}
}

// standing returns a message that is not deleted.
func (s *Store) standing(ctx context.Context, messageID string) (messageDoc, error) {
	doc, err := one[messageDoc](ctx, s.messages, bson.D{{Key: "_id", Value: ref(messageID)}, {Key: "is_deleted", Value: false}},
		options.FindOne().SetProjection(withoutHistory))
	return doc, orMissing(err, chat.ErrMessageNotFound)
}

// AddReaction writes one document, which the unique index (message_id, user_id, emoji) lets in once. The message has a lane
// of its own meanwhile, so that the kinds counted are all of this process; several servers at once may let in a kind too
// many each.
func (s *Store) AddReaction(ctx context.Context, r chat.Reacted) (added bool, err error) {
	ctx, done := limited(ctx)
	defer done()
	leave, err := s.lanes.enter(ctx, "reactions "+r.MessageID)
	if err != nil {
		return false, away(err)
	}
	defer leave()
	if _, err := s.standing(ctx, r.MessageID); err != nil {
		return false, err
	}
	docs, err := all[reactionDoc](ctx, s.reactions, bson.D{{Key: "message_id", Value: ref(r.MessageID)}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "emoji", Value: 1}}))
	if err != nil {
		return false, err
	}
	kinds := map[string]bool{}
	for _, doc := range docs {
		kinds[doc.Emoji] = true
	}
	if len(kinds) >= chat.MaxReactions && !kinds[r.Emoji] {
		return false, chat.ErrManyReactions
	}
	_, err = s.reactions.InsertOne(ctx, reactionDoc{
		ID: ref(r.ID), MessageID: ref(r.MessageID), UserID: ref(r.UserID), Emoji: r.Emoji, CreatedAt: date(r.CreatedAt),
	})
	if mongo.IsDuplicateKeyError(err) {
		return false, nil
	}
	return err == nil, translate(err)
}

// RemoveReactions deletes document by document, so that of several calls at once one takes each.
func (s *Store) RemoveReactions(ctx context.Context, messageID, userID, emoji string) (removed []string, err error) {
	ctx, done := limited(ctx)
	defer done()
	if _, err := s.standing(ctx, messageID); err != nil {
		return nil, err
	}
	filter := bson.D{{Key: "message_id", Value: ref(messageID)}, {Key: "user_id", Value: ref(userID)}}
	if emoji != "" {
		filter = append(filter, bson.E{Key: "emoji", Value: emoji})
	}
	docs, err := all[reactionDoc](ctx, s.reactions, filter)
	if err != nil {
		return nil, err
	}
	for _, doc := range docs {
		result, err := s.reactions.DeleteOne(ctx, bson.D{{Key: "_id", Value: doc.ID}})
		if err != nil {
			return removed, translate(err)
		}
		if result.DeletedCount == 1 {
			removed = append(removed, doc.Emoji)
		}
	}
	return removed, nil
}

// Reactions reads the choices for all of the messages at once.
func (s *Store) Reactions(ctx context.Context, messageIDs []string) ([]chat.Reacted, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[reactionDoc](ctx, s.reactions, bson.D{{Key: "message_id", Value: bson.D{{Key: "$in", Value: refs(messageIDs)}}}})
	return convert(docs, reactionDoc.reacted), err
}

// deleteMarks drops what was put on a message that was just deleted. What a crash leaves behind is seen by no read, since
// every read goes through the message.
func (s *Store) deleteMarks(ctx context.Context, messageID string) error {
	for _, marks := range []struct {
		collection *mongo.Collection
		key        string
	}{{s.reactions, "message_id"}, {s.bookmarks, "message_id"}, {s.pins, "_id"}} {
		if _, err := marks.collection.DeleteMany(ctx, bson.D{{Key: marks.key, Value: ref(messageID)}}); err != nil {
			return translate(err)
		}
	}
	return nil
}

// upgradeReactions leaves one document for each message, person and emoji, because the unique index allows no more; the
// oldest stays. ConnectBest did not rule out two, and kept emoji in whatever form they came.
func (s *Store) upgradeReactions(ctx context.Context) error {
	type choice struct {
		message, user ref
		emoji         string
	}
	seen := map[choice]bool{}
	writes := &bulk{collection: s.reactions}
	err := each(ctx, s.reactions, bson.D{}, options.Find().SetSort(byID), func(r reactionDoc) error {
		emoji, ok := chat.CanonicalEmoji(r.Emoji)
		if !ok {
			emoji = r.Emoji
		}
		c := choice{r.MessageID, r.UserID, emoji}
		this := bson.D{{Key: "_id", Value: r.ID}}
		switch {
		case seen[c]:
			return writes.add(ctx, mongo.NewDeleteOneModel().SetFilter(this))
		case emoji != r.Emoji:
			seen[c] = true
			return writes.add(ctx, mongo.NewUpdateOneModel().SetFilter(this).SetUpdate(set(bson.D{{Key: "emoji", Value: emoji}})))
		}
		seen[c] = true
		return nil
	})
	if err != nil {
		return err
	}
	return writes.flush(ctx)
}
