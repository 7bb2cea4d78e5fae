package mongo

import (
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
	"pegasus/store/storetest"
)

func BenchmarkAppendMessage(b *testing.B) {
	for _, writers := range []int{1, 32} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			s := ready(b)
			ann := storetest.AddUser(b, s, "ann")
			c := storetest.AddChannel(b, s, "c", ann)
			work := make(chan struct{})
			done := make(chan struct{})
			for range writers {
				go func() {
					for range work {
						storetest.Post(b, s, c.ID, ann.ID, "a message of the usual length, give or take a few words")
					}
					done <- struct{}{}
				}()
			}
			for b.Loop() {
				work <- struct{}{}
			}
			close(work)
			for range writers {
				<-done
			}
		})
	}
}

// A page in the middle of a long history costs what one of a short history does.
func BenchmarkHistoryPage(b *testing.B) {
	for _, size := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint("messages=", size), func(b *testing.B) {
			s := ready(b)
			channel, author := primitive.NewObjectID().Hex(), primitive.NewObjectID().Hex()
			bulkInsert(b, s, channel, author, size)
			n := int64(0)
			for b.Loop() {
				n++
				page, err := s.Messages(b.Context(), channel, chat.Page{Before: 100 + n*7919%int64(size-100), Limit: chat.DefaultPage})
				if err != nil || len(page) != chat.DefaultPage {
					b.Fatal(len(page), err)
				}
			}
		})
	}
}

func bulkInsert(b *testing.B, s *Store, channel, author string, size int) {
	b.Helper()
	docs := make([]any, 0, 5000)
	for seq := 1; seq <= size; seq++ {
		m := storetest.Message(channel, author, fmt.Sprintf("message %d of a long conversation", seq))
		m.CreatedAt = m.CreatedAt.Add(time.Duration(seq) * time.Second)
		doc := newMessageDoc(m)
		doc.Seq = int64(seq)
		if docs = append(docs, doc); len(docs) == cap(docs) || seq == size {
			ctx, done := limited(b.Context())
			_, err := s.messages.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
			done()
			must(b, err)
			docs = docs[:0]
		}
	}
}
