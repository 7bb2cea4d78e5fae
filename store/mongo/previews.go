package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
)

// previewDoc is what a page behind a link of a message says, in the message's document.
type previewDoc struct {
	URL         string `bson:"url"`
	Site        string `bson:"site,omitempty"`
	Title       string `bson:"title,omitempty"`
	Description string `bson:"description,omitempty"`
	Hidden      bool   `bson:"hidden,omitempty"`
}

func previewsOf(docs []previewDoc) (previews []chat.Preview) {
	for _, d := range docs {
		previews = append(previews, chat.Preview(d))
	}
	return previews
}

// SetPreviews implements chat.PreviewStore.
func (s *Store) SetPreviews(ctx context.Context, messageID, content string, previews []chat.Preview) (chat.Message, error) {
	ctx, done := limited(ctx)
	defer done()
	docs := make([]previewDoc, len(previews))
	for i, p := range previews {
		docs[i] = previewDoc(p)
	}
	same := bson.D{{Key: "_id", Value: ref(messageID)}, {Key: "is_deleted", Value: false}, {Key: "content", Value: content}}
	doc, err := decode[messageDoc](s.messages.FindOneAndUpdate(ctx, same, set(bson.D{{Key: "previews", Value: docs}}), after))
	if err != nil {
		return chat.Message{}, orMissing(err, chat.ErrMessageNotFound)
	}
	return doc.message(), nil
}
