package mongo

import (
	"fmt"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
	"pegasus/store/storetest"
)

// BenchmarkHistoryPageWithMarks is BenchmarkHistoryPage with the two reads of what is on the messages, made at once as the
// domain makes them: three reactions on every third message and a bookmark on every tenth.
func BenchmarkHistoryPageWithMarks(b *testing.B) {
	for _, size := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint("messages=", size), func(b *testing.B) {
			s := ready(b)
			channel, author := primitive.NewObjectID().Hex(), primitive.NewObjectID().Hex()
			bulkInsert(b, s, channel, author, size)
			markAll(b, s, author)
			n := int64(0)
			for b.Loop() {
				n++
				page, err := s.Messages(b.Context(), channel, chat.Page{Before: 100 + n*7919%int64(size-100), Limit: chat.DefaultPage})
				if err != nil || len(page) != chat.DefaultPage {
					b.Fatal(len(page), err)
				}
				ids := make([]string, len(page))
				for i, m := range page {
					ids[i] = m.ID
				}
				var both sync.WaitGroup
				both.Go(func() {
					if _, err := s.BookmarkedBy(b.Context(), author, ids); err != nil {
						b.Error(err)
					}
				})
				reacted, err := s.Reactions(b.Context(), ids)
				if both.Wait(); err != nil || len(reacted) < 40 {
					b.Fatal(len(reacted), err)
				}
			}
		})
	}
}

func markAll(b *testing.B, s *Store, author string) {
	b.Helper()
	var reactions, bookmarks []any
	insert := func(least int) {
		ctx, done := limited(b.Context())
		defer done()
		if len(reactions) > least {
			_, err := s.reactions.InsertMany(ctx, reactions, options.InsertMany().SetOrdered(false))
			must(b, err)
			reactions = nil
		}
		if len(bookmarks) > least {
			_, err := s.bookmarks.InsertMany(ctx, bookmarks, options.InsertMany().SetOrdered(false))
			must(b, err)
			bookmarks = nil
		}
	}
	must(b, each(b.Context(), s.messages, bson.D{}, options.Find(), func(m messageDoc) error {
		for i := range 3 {
			if m.Seq%3 != 0 {
				break
			}
			r := storetest.Reacted(string(m.ID), primitive.NewObjectID().Hex(), []string{"👍", "👍", "🎉"}[i])
			reactions = append(reactions, reactionDoc{ID: ref(r.ID), MessageID: m.ID, UserID: ref(r.UserID), Emoji: r.Emoji, CreatedAt: date(r.CreatedAt)})
		}
		if m.Seq%10 == 0 {
			bookmarks = append(bookmarks, bookmarkDoc{ID: ref(primitive.NewObjectID().Hex()), UserID: ref(author), MessageID: m.ID, ChannelID: m.ChannelID})
		}
		insert(5000)
		return nil
	}))
	insert(0)
}
