package mongo

import (
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
	"pegasus/id"
	"pegasus/store/storetest"
)

// A process ends at any point between the note and the end of importRun. Whoever calls next finds the counters as if nothing
// had happened, and counts nothing twice.
func TestMessagesWhoseImportWasCutShortAreCountedOnce(t *testing.T) {
	for _, counted := range []string{"nothing", "a reader", "an author", "all members"} {
		t.Run(counted, func(t *testing.T) {
			s := ready(t)
			ctx, day := t.Context(), storetest.Start.Add(-24*time.Hour)
			reader, author := storetest.AddUser(t, s, "reader"), storetest.AddUser(t, s, "author")
			c := storetest.AddChannel(t, s, "one")
			looked, never := storetest.Member(c.ID, reader.ID), storetest.Member(c.ID, author.ID)
			looked.JoinedAt, never.JoinedAt = day.Add(3*time.Minute), day.Add(-time.Hour)
			_, err := s.ImportMembers(ctx, c.ID, []chat.Member{looked, never})
			must(t, err)
			var messages []chat.Message
			var docs []any
			var stored []messageDoc
			for i := range 6 {
				m := storetest.Message(c.ID, []string{author.ID, reader.ID}[i%2], fmt.Sprint(i))
				m.CreatedAt = day.Add(time.Duration(i) * time.Minute)
				m.ID = id.New(m.CreatedAt)
				doc := newMessageDoc(m)
				doc.Seq = int64(i + 1)
				messages, docs, stored = append(messages, m), append(docs, doc), append(stored, doc)
			}
			_, err = s.imported().InsertOne(ctx, bson.M{"_id": importedID(kindPending, c.ID), "seq": int64(0)})
			must(t, err)
			_, err = s.messages.InsertMany(ctx, docs)
			must(t, err)
			if counted == "a reader" || counted == "all members" {
				m, err := one[memberDoc](ctx, s.members, place(c.ID, reader.ID))
				must(t, err)
				writes := &bulk{collection: s.members}
				must(t, writes.add(ctx, markRead(m, stored, false)))
				must(t, writes.flush(ctx))
			}
			if counted == "an author" || counted == "all members" {
				_, err := s.members.BulkWrite(ctx, ownWrites(c.ID, stored, map[ref]bool{ref(reader.ID): true}))
				must(t, err)
			}
			ensure(t, s) // as the next start does
			added, err := s.ImportMessages(ctx, c.ID, append(messages, storetest.Message(c.ID, author.ID, "next")), false)
			must(t, err)
			equal(t, "how many are new", added, 1)
			after, m, err := s.Membership(ctx, c.ID, reader.ID)
			must(t, err)
			equal(t, "the newest number", after.LastSeq, 7)
			equal(t, "the reader's mark", m.LastReadSeq, 4)
			equal(t, "the reader's own after it", m.OwnUnread, 1)
			_, m, err = s.Membership(ctx, c.ID, author.ID)
			must(t, err)
			equal(t, "the author's mark", m.LastReadSeq, 0)
			equal(t, "the author's own", m.OwnUnread, 4)
			left, err := exists(ctx, s.imported(), bson.D{{Key: "_id", Value: importedID(kindPending, c.ID)}})
			must(t, err)
			equal(t, "whether the note is left behind", left, false)
		})
	}
}
