package sqlite

import (
	"context"
	"fmt"
	"testing"

	"pegasus/chat"
	"pegasus/store/storetest"
)

// BenchmarkHistoryPageWithMarks is BenchmarkHistoryPage with the reads of what is on the messages: nothing at all, or three
// reactions on every third and a bookmark on every tenth.
func BenchmarkHistoryPageWithMarks(b *testing.B) {
	const size = 1_000_000
	for _, marked := range []bool{false, true} {
		b.Run(fmt.Sprintf("1000k/marked=%v", marked), func(b *testing.B) {
			store := openTest(b)
			user := storetest.AddUser(b, store, "ada")
			channel := storetest.AddChannel(b, store, "general", user)
			fillChannel(b, store, channel.ID, user.ID, size)
			if marked {
				fillMarks(b, store, user.ID)
			}
			if _, err := store.writer.conn.ExecContext(b.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				b.Fatal(err)
			}
			start := processorTime()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			ids := make([]string, chat.DefaultPage)
			for i := 0; b.Loop(); i++ {
				before := int64(size - i*7919%(size-100))
				page, err := store.Messages(ctx, channel.ID, chat.Page{Before: before, Limit: chat.DefaultPage})
				if err != nil || len(page) != chat.DefaultPage {
					b.Fatal(len(page), err)
				}
				for i, m := range page {
					ids[i] = m.ID
				}
				reacted, err := store.Reactions(ctx, ids)
				if err != nil || marked != (len(reacted) > 40) {
					b.Fatal(len(reacted), err)
				}
				if _, err := store.BookmarkedBy(ctx, user.ID, ids); err != nil {
					b.Fatal(err)
				}
			}
			reportCPU(b, start)
		})
	}
}

func fillMarks(b *testing.B, store *Store, userID string) {
	b.Helper()
	err := store.writer.write(b.Context(), func(batch *batch) error {
		for _, statement := range []string{
			`INSERT INTO message_reactions (message_id, user_id, emoji, id, created_at)
				SELECT m.id, printf('%024x', k.value), iif(k.value < 3, '👍', '🎉'), m.id, m.created_at
				FROM messages m, json_each('[1,2,3]') k WHERE m.seq % 3 = 0`,
			`INSERT INTO bookmarks (user_id, message_id, id, channel_id, created_at)
				SELECT '` + userID + `', id, id, channel_id, created_at FROM messages WHERE seq % 10 = 0`,
		} {
			if _, err := batch.w.conn.ExecContext(context.Background(), statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
