package sqlite

import (
	"testing"

	"pegasus/chat"
	"pegasus/store/storetest"
)

func TestWrongUnreadCountsAreFoundAndMended(t *testing.T) {
	store := openTest(t)
	change := func(text string, args ...any) {
		t.Helper()
		err := store.writer.write(t.Context(), func(b *batch) error {
			b.changed.members = append(b.changed.members, place{args[0].(string), args[1].(string)})
			_, err := b.w.conn.ExecContext(t.Context(), text, args...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	storetest.RecountedUnread(t, store, func(channelID, userID string, own int64) {
		change(`UPDATE members SET own_unread = ?3 WHERE channel_id = ?1 AND user_id = ?2`, channelID, userID, own)
	}, func(m chat.Message, userID string) {
		change(`INSERT INTO mentions (channel_id, user_id, message_id, seq, created_at, named) VALUES (?1, ?2, ?3, ?4, 0, 1)`, m.ChannelID, userID, m.ID, m.Seq)
	})
}
