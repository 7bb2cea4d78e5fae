package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// every is a term of all messages that are not deleted, so that a query without words has one to go by. deletedTerms are
// those of the others: a message without terms is one that nobody has looked at.
const every = "x"

var deletedTerms = []string{"-"}

// termsOf returns what a message's document is found by: what the message itself tells. What is put on it by others lies in
// other collections.
func termsOf(m chat.Message) []string {
	if m.Deleted {
		return deletedTerms
	}
	m.PinnedAt, m.ReplyCount = time.Time{}, 0
	return append(chat.Indexed{Message: m}.Terms(), every)
}

// indexOld gives terms to the messages that have none, which are from before there were any. It goes on for as long as the
// store is open, or until there are none left; an edit or a deletion meanwhile has the last word.
func (s *Store) indexOld(ctx context.Context) {
	for ctx.Err() == nil {
		err := each(ctx, s.channels, bson.D{}, options.Find().SetSort(byID).SetProjection(byID), func(c channelDoc) error {
			return s.indexChannel(ctx, c.ID)
		})
		if err == nil {
			return
		}
		select {
		case <-time.After(indexRetry):
		case <-ctx.Done():
		}
	}
}

const (
	indexRetry = 10 * time.Second // after a failure
	indexBatch = 500              // messages of one write
)

func (s *Store) indexChannel(ctx context.Context, channelID ref) error {
	for {
		docs, err := all[messageDoc](ctx, s.messages, bson.D{{Key: "channel_id", Value: channelID}, {Key: "terms", Value: nil}},
			options.Find().SetLimit(indexBatch).SetSort(newest).
				SetProjection(withoutHistory))
		if err != nil || len(docs) == 0 {
			return err
		}
		writes := &bulk{collection: s.messages}
		for _, doc := range docs {
			err := writes.set(ctx, doc.ID, "terms", bson.D{{Key: "terms", Value: termsOf(doc.message())}})
			if err != nil {
				return err
			}
		}
		if err := writes.flush(ctx); err != nil {
			return err
		}
	}
}
