package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// versionDoc is a text that an edit replaced. A message's document holds them, the oldest first: so they come with the edit
// and go with the deletion, in one write each.
type versionDoc struct {
	Content   string `bson:"content"`
	WrittenAt date   `bson:"written_at"`
}

type versionedDoc struct {
	Message messageDoc   `bson:",inline"`
	History []versionDoc `bson:"history"`
}

// withoutHistory leaves the former texts and the terms out of a read of messages, which may be far more than the messages.
var withoutHistory = bson.D{{Key: "history", Value: 0}, {Key: "terms", Value: 0}}

// EditMessage changes one document, if it is the author's and not deleted, on the condition that its text is still the one that
// goes into its history.
func (s *Store) EditMessage(
	ctx context.Context, id, authorID, content, html string, renderer int, now time.Time,
) (chat.Message, error) {
	ctx, done := limited(ctx)
	defer done()
	for {
		doc, err := one[versionedDoc](ctx, s.messages,
			bson.D{{Key: "_id", Value: ref(id)}, {Key: "user_id", Value: ref(authorID)}, {Key: "is_deleted", Value: false}})
		if err != nil {
			return chat.Message{}, orMissing(err, chat.ErrMessageNotFound)
		}
		former := doc.Message
		version := versionDoc{Content: former.Content, WrittenAt: former.EditedAt}
		if former.EditedAt.time().IsZero() {
			version.WrittenAt = former.CreatedAt
		}
		history := append(doc.History, version)
		edited := former.message()
		edited.Content, edited.EditedAt = content, now
		same := bson.D{{Key: "_id", Value: ref(id)}, {Key: "is_deleted", Value: false},
			{Key: "content", Value: former.Content}, {Key: "edited_at", Value: former.EditedAt}}
		m, err := decode[messageDoc](s.messages.FindOneAndUpdate(ctx, same, bson.D{
			{Key: "$set", Value: bson.D{
				{Key: "content", Value: content}, {Key: "html", Value: html}, {Key: "renderer", Value: renderer},
				{Key: "updated_at", Value: date(now)}, {Key: "edited_at", Value: date(now)}, {Key: "terms", Value: termsOf(edited)},
				{Key: "history", Value: history[max(0, len(history)-chat.MaxVersions):]},
			}},
		}, after))
		if err != mongo.ErrNoDocuments {
			if err == nil {
				err = s.dropEmbedding(ctx, id)
			}
			return m.message(), translate(err)
		}
	}
}

// FormerTexts returns what the message's document holds.
func (s *Store) FormerTexts(ctx context.Context, messageID string) ([]chat.Version, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[versionedDoc](ctx, s.messages, bson.D{{Key: "_id", Value: ref(messageID)}},
		options.FindOne().SetProjection(bson.D{{Key: "history", Value: 1}}))
	if err == mongo.ErrNoDocuments {
		return nil, nil
	}
	return convert(doc.History, func(d versionDoc) chat.Version {
		return chat.Version{Content: d.Content, WrittenAt: d.WrittenAt.time()}
	}), translate(err)
}
