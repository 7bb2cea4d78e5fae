package mongo

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// Message returns a message, deleted or not.
func (s *Store) Message(ctx context.Context, id string) (chat.Message, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[messageDoc](ctx, s.messages, bson.D{{Key: "_id", Value: ref(id)}}, options.FindOne().SetProjection(withoutHistory))
	if err != nil {
		return chat.Message{}, orMissing(err, chat.ErrMessageNotFound)
	}
	return doc.message(), nil
}

// Messages returns a page in ascending order. A page around a message has as many before it as after it, and more on one
// side where the other runs out.
func (s *Store) Messages(ctx context.Context, channelID string, page chat.Page) ([]chat.Message, error) {
	if page.Limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	limit := page.Limit
	switch {
	case page.After > 0:
		return s.forwards(ctx, channelID, page.After+1, limit)
	case page.From > 0:
		return s.forwards(ctx, channelID, page.From, limit)
	case page.Around > 0:
		before, err := s.backwards(ctx, channelID, page.Around, limit)
		if err != nil {
			return nil, err
		}
		from, err := s.forwards(ctx, channelID, page.Around, limit)
		if err != nil {
			return nil, err
		}
		first := min(len(before), max(limit/2, limit-len(from)))
		return append(before[len(before)-first:], from[:min(len(from), limit-first)]...), nil
	}
	return s.backwards(ctx, channelID, page.Before, limit)
}

// forwards returns messages from a number on.
func (s *Store) forwards(ctx context.Context, channelID string, from int64, limit int) ([]chat.Message, error) {
	docs, err := all[messageDoc](ctx, s.messages, history(channelID, bson.D{{Key: "$gte", Value: from}}),
		options.Find().SetSort(bson.D{{Key: "seq", Value: 1}}).SetLimit(int64(limit)).SetProjection(withoutHistory))
	return convert(docs, messageDoc.message), err
}

// backwards returns the messages before a number, or the newest where it is 0.
func (s *Store) backwards(ctx context.Context, channelID string, before int64, limit int) ([]chat.Message, error) {
	var bounds bson.D
	if before > 0 {
		bounds = bson.D{{Key: "$lt", Value: before}}
	}
	docs, err := all[messageDoc](ctx, s.messages, history(channelID, bounds),
		options.Find().SetSort(bson.D{{Key: "seq", Value: -1}}).SetLimit(int64(limit)).SetProjection(withoutHistory))
	slices.Reverse(docs)
	return convert(docs, messageDoc.message), err
}

func history(channelID string, bounds bson.D) bson.D {
	filter := bson.D{{Key: "channel_id", Value: ref(channelID)}, {Key: "is_deleted", Value: false}}
	if bounds != nil {
		filter = append(filter, bson.E{Key: "seq", Value: bounds})
	}
	return filter
}

// DeleteMessage keeps the document, for its number and its key, and drops the text with its former ones. What was put on the
// message goes after that. Its files are due before it for after it, whatever comes between.
func (s *Store) DeleteMessage(ctx context.Context, id, authorID string, now time.Time) (chat.Message, error) {
	var only bson.D
	if authorID != "" {
		only = bson.D{{Key: "user_id", Value: ref(authorID)}}
	}
	return s.deleteMessage(ctx, id, only, now)
}

// deleteMessage deletes a message for which only holds, with its files.
func (s *Store) deleteMessage(ctx context.Context, id string, only bson.D, now time.Time) (chat.Message, error) {
	return s.endWith(ctx, id, only, now, now.Add(dropGrace), func(m messageDoc) error { return s.dropUploads(ctx, m, now, true) })
}

// TakeBackMessage frees the files after the message is gone. A crash in between leaves them as those of a deleted message, for
// the removal that is due by then.
func (s *Store) TakeBackMessage(ctx context.Context, id, authorID string, now, until time.Time) (chat.Message, error) {
	only := bson.D{{Key: "user_id", Value: ref(authorID)}}
	return s.endWith(ctx, id, only, now, until, func(m messageDoc) error { return s.freeUploads(ctx, m, until) })
}

// endWith deletes a message for which only holds. Its files are due at the time given until settle has run.
func (s *Store) endWith(
	ctx context.Context, id string, only bson.D, now, due time.Time, settle func(m messageDoc) error,
) (chat.Message, error) {
	before, err := s.messageOf(ctx, id, only)
	if err == nil {
		err = s.dropUploads(ctx, before, due, false)
	}
	if err != nil {
		return chat.Message{}, err
	}
	m, err := s.changeMessage(ctx, id, only, append(bson.D{
		{Key: "content", Value: ""}, {Key: "html", Value: ""}, {Key: "is_deleted", Value: true}, {Key: "attachments", Value: bson.A{}}, {Key: "previews", Value: bson.A{}},
		{Key: "updated_at", Value: date(now)}, {Key: "history", Value: bson.A{}}, {Key: "terms", Value: deletedTerms},
	}, unpinned...))
	if err == nil {
		err = settle(before)
	}
	if err != nil {
		return m, err
	}
	if err := s.endMessage(ctx, m); err != nil {
		return m, err
	}
	if err := s.dropEmbedding(ctx, id); err != nil {
		return m, err
	}
	return m, s.deleteMarks(ctx, id)
}

// messageOf reads the files of a message that is not deleted and for which only holds.
func (s *Store) messageOf(ctx context.Context, id string, only bson.D) (messageDoc, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[messageDoc](ctx, s.messages, present(id, only),
		options.FindOne().SetProjection(bson.D{{Key: "user_id", Value: 1}, {Key: "attachments", Value: 1}}))
	return doc, orMissing(err, chat.ErrMessageNotFound)
}

// changeMessage changes a message that is not deleted and for which only holds.
func (s *Store) changeMessage(ctx context.Context, id string, only, fields bson.D) (chat.Message, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := decode[messageDoc](s.messages.FindOneAndUpdate(ctx, present(id, only), set(fields), after))
	if err != nil {
		return chat.Message{}, orMissing(err, chat.ErrMessageNotFound)
	}
	return doc.message(), nil
}

// present is a message that is not deleted and for which only holds.
func present(id string, only bson.D) bson.D {
	return append(bson.D{{Key: "_id", Value: ref(id)}, {Key: "is_deleted", Value: false}}, only...)
}

// MessagesBy reads on in the channel that it stopped in, and then in those after it.
func (s *Store) MessagesBy(
	ctx context.Context, userID, afterChannel string, afterSeq int64, limit int,
) ([]chat.Message, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	var docs []messageDoc
	page := func(place ...bson.E) error {
		filter := append(bson.D{{Key: "user_id", Value: ref(userID)}, {Key: "is_deleted", Value: false}}, place...)
		more, err := all[messageDoc](ctx, s.messages, filter, options.Find().SetLimit(int64(limit-len(docs))).
			SetSort(bson.D{{Key: "channel_id", Value: 1}, {Key: "seq", Value: 1}}).SetProjection(withoutHistory))
		docs = append(docs, more...)
		return err
	}
	var later []bson.E
	if afterChannel != "" {
		err := page(bson.E{Key: "channel_id", Value: ref(afterChannel)}, bson.E{Key: "seq", Value: bson.D{{Key: "$gt", Value: afterSeq}}})
		if err != nil {
			return nil, err
		}
		later = []bson.E{{Key: "channel_id", Value: bson.D{{Key: "$gt", Value: ref(afterChannel)}}}}
	}
	if len(docs) < limit { // 0 would be no limit
		if err := page(later...); err != nil {
			return nil, err
		}
	}
	return convert(docs, messageDoc.message), nil
}

// CountMessages counts deleted messages too. It takes the collection's own count, which needs no scan.
func (s *Store) CountMessages(ctx context.Context) (int64, error) {
	ctx, done := limited(ctx)
	defer done()
	n, err := s.messages.EstimatedDocumentCount(ctx)
	return n, translate(err)
}
