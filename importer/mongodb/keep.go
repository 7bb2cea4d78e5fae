package mongodb

import (
	"context"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/imported"
	"pegasus/importer"
)

// keptCollections are kept as they are: there will be a place for them.
var keptCollections = []string{
	"message_files", "threads",
	"plugins", "conversations", "chats",
}

// kept reports whether a collection is kept as it is. Pegasus Interface's all begin alike.
func kept(collection string) bool {
	return slices.Contains(keptCollections, collection) || strings.HasPrefix(collection, "pegasus_")
}

// Rest implements importer.Source.
func (s *Source) Rest(ctx context.Context, t *importer.Tell, visit func(importer.Rest) error) error {
	for _, collection := range s.collections {
		if !kept(collection) {
			continue
		}
		if err := s.restOf(ctx, t, collection, visit); err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) restOf(ctx context.Context, t *importer.Tell, collection string, visit func(importer.Rest) error) error {
	line := t.Line(collection)
	total, err := s.count(ctx, collection)
	if err != nil {
		return err
	}
	return s.each(ctx, collection, bson.D{}, nil, func(d doc) error {
		if line.Read++; line.Read%readBatch == 0 {
			t.Progress(importer.Progress{Collection: collection, Done: line.Read, Total: max(total, line.Read)})
		}
		text, err := bson.MarshalExtJSON(bson.Raw(d), true, false)
		if err != nil || len(text) > importer.MaxKept {
			t.LeaveOut(collection, "cannot be kept: it is too large, or damaged", d.key("_id"))
			return nil
		}
		return visit(importer.Rest{Collection: collection, Owner: ownerOf(d), Document: imported.Document{
			SourceID: d.key("_id"), TargetID: s.log.messageID(d.key("message_id", "messageId")), CreatedAt: d.created(), JSON: string(text),
		}})
	})
}

// ownerOf returns to whom a document belongs. Better Auth's are told by their spelling.
func ownerOf(d doc) importer.Reference {
	ref := importer.Reference{Collection: chatUsers, Key: d.key("userId", "user_id", "owner_id", "ownerId", "created_by", "uploaded_by")}
	if !d.value("userId").IsZero() {
		ref.Collection = authUsers
	}
	return ref
}
