package sqlite

import (
	"context"
	"slices"
	"strings"
	"time"

	"pegasus/chat"
)

// of puts an alias before each of these columns.
func of(alias, columns string) string {
	names := strings.Split(columns, ",")
	for i, name := range names {
		names[i] = alias + "." + strings.TrimSpace(name)
	}
	return strings.Join(names, ", ")
}

func scanReacted(r row) (c chat.Reacted, err error) {
	err = r.Scan(&c.ID, &c.MessageID, &c.UserID, &c.Emoji, into{&c.CreatedAt})
	return c, err
}

func scanBookmarked(r row) (b chat.Bookmarked, err error) {
	err = r.Scan(append([]any{&b.ID, &b.UserID, &b.MessageID, &b.ChannelID, into{&b.CreatedAt}}, messageTargets(&b.Message)...)...)
	return b, err
}

func scanVersion(r row) (v chat.Version, err error) {
	err = r.Scan(&v.Content, into{&v.WrittenAt})
	return v, err
}

// standing refuses what is about a message that is missing or deleted.
func (b *batch) standing(messageID string) error {
	found, err := b.yes(hasMessage, messageID)
	if err == nil && !found {
		return chat.ErrMessageNotFound
	}
	return err
}

// AddReaction implements chat.MarkStore.
func (s *Store) AddReaction(ctx context.Context, r chat.Reacted) (added bool, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		if err := b.standing(r.MessageID); err != nil {
			return err
		}
		kinds, err := list(context.Background(), b.w.stmts[findEmoji], scanText, r.MessageID)
		if err != nil {
			return err
		}
		if len(kinds) >= chat.MaxReactions && !slices.Contains(kinds, r.Emoji) {
			return chat.ErrManyReactions
		}
		n, err := b.affected(insertReaction, r.ID, r.MessageID, r.UserID, r.Emoji, millis(r.CreatedAt))
		added = n == 1
		return err
	})
	return added && err == nil, err
}

// RemoveReactions implements chat.MarkStore.
func (s *Store) RemoveReactions(ctx context.Context, messageID, userID, emoji string) (removed []string, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		if err := b.standing(messageID); err != nil {
			return err
		}
		removed, err = list(context.Background(), b.w.stmts[removeReactions], scanText, messageID, userID, emoji)
		return err
	})
	if err != nil {
		return nil, err
	}
	return removed, nil
}

// Reactions implements chat.MarkStore.
func (s *Store) Reactions(ctx context.Context, messageIDs []string) ([]chat.Reacted, error) {
	return list(ctx, s.reads[readReactions], scanReacted, document{messageIDs})
}

// ToggleBookmark implements chat.MarkStore.
func (s *Store) ToggleBookmark(ctx context.Context, bookmark chat.Bookmark) (bookmarked bool, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		if err := b.standing(bookmark.MessageID); err != nil {
			return err
		}
		gone, err := b.affected(deleteBookmark, bookmark.UserID, bookmark.MessageID)
		if err != nil || gone == 1 {
			return err
		}
		bookmarked = true
		return b.exec(insertBookmark, bookmark.ID, bookmark.UserID, bookmark.MessageID, millis(bookmark.CreatedAt))
	})
	return bookmarked && err == nil, err
}

// BookmarkedBy implements chat.MarkStore.
func (s *Store) BookmarkedBy(ctx context.Context, userID string, messageIDs []string) ([]string, error) {
	return list(ctx, s.reads[readBookmarked], scanText, userID, document{messageIDs})
}

// Bookmarks implements chat.MarkStore.
func (s *Store) Bookmarks(ctx context.Context, userID, before string, limit int) ([]chat.Bookmarked, error) {
	return list(ctx, s.reads[readBookmarks], scanBookmarked, userID, before, max(0, limit))
}

// TogglePin implements chat.MarkStore.
func (s *Store) TogglePin(ctx context.Context, messageID, userID string, now time.Time) (m chat.Message, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		m, err = scanMessage(b.row(findMessage, messageID))
		if err == nil && m.Deleted {
			err = chat.ErrMessageNotFound
		}
		if err != nil {
			return orMissing(err, chat.ErrMessageNotFound)
		}
		if !m.PinnedAt.IsZero() {
			m, err = scanMessage(b.row(pinMessage, messageID, 0, ""))
			return err
		}
		var pins int
		if err := b.row(countPins, m.ChannelID).Scan(&pins); err != nil {
			return err
		}
		if pins >= chat.MaxPins {
			return chat.ErrManyPins
		}
		m, err = scanMessage(b.row(pinMessage, messageID, millis(now), userID))
		return err
	})
	if err != nil {
		return chat.Message{}, err
	}
	return m, nil
}

// Pins implements chat.MarkStore.
func (s *Store) Pins(ctx context.Context, channelID string) ([]chat.Message, error) {
	return list(ctx, s.reads[readPins], scanMessage, channelID)
}

// VisibleMessages implements chat.MarkStore.
func (s *Store) VisibleMessages(ctx context.Context, userID string, ids []string) ([]chat.Message, error) {
	return list(ctx, s.reads[readVisible], scanMessage, userID, document{ids})
}

// FormerTexts implements chat.MarkStore.
func (s *Store) FormerTexts(ctx context.Context, messageID string) ([]chat.Version, error) {
	return list(ctx, s.reads[readVersions], scanVersion, messageID)
}

// keepVersion stores the text that an author's edit is about to replace.
func (b *batch) keepVersion(messageID, authorID string) error {
	if err := b.exec(insertVersion, messageID, authorID); err != nil {
		return err
	}
	return b.exec(deleteOldVersions, messageID, chat.MaxVersions)
}

// deleteMarks drops what was put on a message, and its former texts.
func (b *batch) deleteMarks(messageID string) error {
	for _, which := range []write{deleteReactions, deleteMessageBookmarks, deleteVersions} {
		if err := b.exec(which, messageID); err != nil {
			return err
		}
	}
	return nil
}
