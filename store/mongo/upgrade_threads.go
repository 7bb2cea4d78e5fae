package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// upgradeThreads puts the replies that there are into their threads. Whoever has taken part follows, and has read what there is.
func (s *Store) upgradeThreads(ctx context.Context) error {
	parents := map[ref]ref{}
	authors := map[ref][]ref{}
	isReply := bson.D{{Key: "parent_message_id", Value: bson.D{{Key: "$ne", Value: nil}}}}
	fields := options.Find().SetProjection(bson.D{{Key: "parent_message_id", Value: 1}, {Key: "user_id", Value: 1}, {Key: "is_deleted", Value: 1}})
	err := each(ctx, s.messages, isReply, fields, func(m messageDoc) error {
		parents[m.ID] = m.ParentID
		if !m.Deleted {
			authors[m.ID] = []ref{m.UserID}
		}
		return nil
	})
	if err != nil {
		return err
	}
	threads := map[ref][]ref{}
	writes := &bulk{collection: s.messages}
	for id, parent := range parents {
		root := parent
		for above, nested := parents[root]; nested && above != id; above, nested = parents[root] {
			root = above
		}
		threads[root] = append(threads[root], authors[id]...)
		if root == parent {
			continue
		}
		move := mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: id}}).SetUpdate(set(bson.D{{Key: "parent_message_id", Value: root}}))
		if err := writes.add(ctx, move); err != nil {
			return err
		}
	}
	if err := writes.flush(ctx); err != nil {
		return err
	}
	for root, people := range threads {
		if err := s.beginThread(ctx, root, people); err != nil {
			return err
		}
	}
	return nil
}

// beginThread counts the replies to a message anew, and gives its author and theirs a place where they have none. Who had read
// the thread to its end has read them as well.
func (s *Store) beginThread(ctx context.Context, rootID ref, people []ref) error {
	root, _, err := s.countReplies(ctx, rootID, true)
	if err != nil || root.ID == "" || root.Deleted || root.ReplyCount == 0 {
		return err
	}
	end := bson.E{Key: "last_read_seq", Value: root.LastReplySeq}
	writes := []mongo.WriteModel{mongo.NewUpdateManyModel().SetUpdate(set(bson.D{end})).SetFilter(bson.D{
		{Key: "root_id", Value: root.ID}, {Key: "unread", Value: false}, {Key: "last_read_seq", Value: bson.D{{Key: "$lt", Value: root.LastReplySeq}}},
	})}
	for _, userID := range append(people, root.UserID) {
		writes = append(writes, join(root, string(userID), root.LastReplySeq))
	}
	return s.writePlaces(ctx, append(writes, moveThread(root, false)...))
}

// importReplies does as much for messages that were just imported.
func (s *Store) importReplies(ctx context.Context, docs []messageDoc) error {
	threads, moved := map[ref][]ref{}, map[ref]ref{}
	var ids []ref
	for _, d := range docs {
		if d.ParentID != "" {
			ids = append(ids, d.ParentID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	nested, err := all[messageDoc](ctx, s.messages,
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}, {Key: "parent_message_id", Value: bson.D{{Key: "$ne", Value: nil}}}},
		options.Find().SetProjection(bson.D{{Key: "parent_message_id", Value: 1}}))
	if err != nil {
		return err
	}
	for _, d := range nested {
		moved[d.ID] = d.ParentID
	}
	for _, d := range docs {
		root := d.ParentID
		if above, ok := moved[root]; ok {
			root = above
			_, err := s.messages.UpdateOne(ctx, bson.D{{Key: "_id", Value: d.ID}}, set(bson.D{{Key: "parent_message_id", Value: root}}))
			if err != nil {
				return translate(err)
			}
			moved[d.ID] = root
		}
		if root == "" {
			continue
		}
		threads[root] = append(threads[root], d.UserID)
	}
	for root, people := range threads {
		if err := s.beginThread(ctx, root, people); err != nil {
			return err
		}
	}
	return nil
}
