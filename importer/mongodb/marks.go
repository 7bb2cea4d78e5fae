package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
	"pegasus/importer"
)

// bookmarkCollections may hold bookmarks; savedByPeople stands for those in the documents of people.
var bookmarkCollections = []string{"message_bookmarks", "user_bookmarks", "bookmarks"}

const savedByPeople = "bookmarks of users"

// Marks implements importer.Source.
func (s *Source) Marks(ctx context.Context, t *importer.Tell, visit func(collection string, total int, m importer.Mark) error) error {
	for _, collection := range append([]string{importer.Reactions}, bookmarkCollections...) {
		if err := s.marksOf(ctx, t, collection, visit); err != nil {
			return err
		}
	}
	for _, one := range s.saved {
		t.Line(savedByPeople).Read++
		err := visit(savedByPeople, len(s.saved), importer.Mark{
			Key: one.person + "/" + one.message, MessageID: s.log.messageID(one.message), Person: one.person, At: one.at,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) marksOf(ctx context.Context, t *importer.Tell, collection string, visit func(string, int, importer.Mark) error) error {
	if !s.has(collection) {
		return nil
	}
	line := t.Line(collection)
	total, err := s.count(ctx, collection)
	if err != nil {
		return err
	}
	return s.each(ctx, collection, bson.D{}, nil, func(d doc) error {
		line.Read++
		m := importer.Mark{
			Key: d.key("_id"), MessageID: s.log.messageID(d.key("message_id", "messageId")), Person: d.key("user_id", "userId"), At: d.created(),
		}
		if collection == importer.Reactions {
			var ok bool
			if m.Emoji, ok = chat.CanonicalEmoji(d.text("emoji", "reaction")); !ok {
				t.LeaveOut(collection, "it is no emoji", m.Key)
				return nil
			}
		}
		return visit(collection, total, m)
	})
}
