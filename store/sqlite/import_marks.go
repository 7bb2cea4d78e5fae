package sqlite

import (
	"context"
	"database/sql"

	"pegasus/chat"
)

const (
	importReaction = `INSERT INTO message_reactions (id, message_id, user_id, emoji, created_at)
		SELECT ?1, id, ?3, ?4, ?5 FROM messages WHERE id = ?2 AND deleted = 0 ON CONFLICT DO NOTHING`
	importBookmark = `INSERT INTO bookmarks (id, user_id, message_id, channel_id, created_at)
		SELECT ?1, ?2, id, channel_id, ?4 FROM messages WHERE id = ?3 AND deleted = 0 ON CONFLICT DO NOTHING`
)

// ImportReactions implements imported.Store.
func (s *Store) ImportReactions(ctx context.Context, reactions []chat.Reacted) error {
	return s.writer.write(ctx, func(b *batch) error {
		return b.prepared(importReaction, func(stmt *sql.Stmt) error {
			for _, r := range reactions {
				if _, err := affectedBy(stmt, r.ID, r.MessageID, r.UserID, r.Emoji, millis(r.CreatedAt)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// ImportBookmarks implements imported.Store.
func (s *Store) ImportBookmarks(ctx context.Context, bookmarks []chat.Bookmark) error {
	return s.writer.write(ctx, func(b *batch) error {
		return b.prepared(importBookmark, func(stmt *sql.Stmt) error {
			for _, m := range bookmarks {
				if _, err := affectedBy(stmt, m.ID, m.UserID, m.MessageID, millis(m.CreatedAt)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
