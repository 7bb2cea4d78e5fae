package importer

import (
	"context"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/imported"
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

const (
	keepBatch = 200
	maxKept   = 8 << 20 // bytes of a document as text; both stores take twice that
)

// keepOthers keeps the collections that have no place yet.
func (r *run) keepOthers(ctx context.Context) error {
	for _, collection := range r.Source.collections {
		if !kept(collection) {
			continue
		}
		if err := r.keepCollection(ctx, collection); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) keepCollection(ctx context.Context, collection string) error {
	line := r.report.line(collection)
	total, err := r.Source.count(ctx, collection)
	if err != nil {
		return err
	}
	var docs []imported.Document
	size := 0
	flush := func() error {
		err := r.keep(ctx, collection, docs)
		docs, size = docs[:0], 0
		r.Progress(Progress{collection, line.Read, max(total, line.Read)})
		return err
	}
	err = r.Source.each(ctx, collection, bson.D{}, nil, func(d doc) error {
		line.Read++
		text, err := bson.MarshalExtJSON(bson.Raw(d), true, false)
		if err != nil || len(text) > maxKept {
			r.report.leaveOut(collection, "cannot be kept: it is too large, or damaged", d.key("_id"))
			return nil
		}
		owner, err := r.owner(ctx, d)
		if err != nil {
			return err
		}
		docs = append(docs, imported.Document{
			Kind: collection, SourceID: d.key("_id"), TargetID: r.about(d), OwnerID: owner, CreatedAt: d.created(), JSON: string(text),
		})
		if size += len(text); len(docs) < keepBatch && size < maxKept {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// owner returns the person here whom a document belongs to: one of this source, or one whom an earlier run has brought from
// another database of the same system.
func (r *run) owner(ctx context.Context, d doc) (string, error) {
	key := d.key("userId", "user_id", "owner_id", "ownerId", "created_by", "uploaded_by")
	collections := []string{chatUsers, authUsers}
	if !d.value("userId").IsZero() {
		collections = []string{authUsers, chatUsers}
	}
	if known := r.who(key, collections...); known != "" || key == "" {
		return known, nil
	}
	here, err := r.Target.Users(ctx, []string{key})
	if err != nil || len(here) == 0 {
		return "", err
	}
	r.people[collections[0]][key] = key
	return key, nil
}

// about returns the message that a document is about, where its key is an id.
func (r *run) about(d doc) string {
	return r.messageID(d.key("message_id", "messageId"))
}

// messageID returns the id here of the message that the source calls key.
func (r *run) messageID(key string) string {
	if n, odd := r.odd[key]; odd {
		return n.String()
	}
	return key
}

// keep stores documents and counts them.
func (r *run) keep(ctx context.Context, collection string, docs []imported.Document) error {
	if len(docs) == 0 {
		return nil
	}
	added := 0
	if r.DryRun {
		ids := make([]string, len(docs))
		for i, d := range docs {
			ids[i] = d.SourceID
		}
		known, err := r.Target.KnownDocuments(ctx, docs[0].Kind, ids)
		if err != nil {
			return err
		}
		added = len(docs) - len(known)
	} else {
		var err error
		if added, err = r.Target.KeepDocuments(ctx, docs); err != nil {
			return err
		}
	}
	line := r.report.line(collection)
	line.Kept += added
	if kept(collection) {
		line.Already += len(docs) - added
	}
	return nil
}
