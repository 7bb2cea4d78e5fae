package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"pegasus/chat"
	"pegasus/fault"
)

// ChannelsAfter implements chat.RetentionStore.
func (s *Store) ChannelsAfter(ctx context.Context, after string, limit int) ([]chat.Channel, error) {
	return list(ctx, s.reads[readChannelsAfter], scanChannel, after, max(0, limit))
}

// RemoveMessages implements chat.RetentionStore: all of them in one write.
func (s *Store) RemoveMessages(ctx context.Context, ids []string, before, now time.Time) (removed []chat.Message, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		removed = nil
		threads := map[string]bool{} // each is counted once, however many of its replies go
		for _, id := range ids {
			m, err := scanMessage(b.row(removeMessage, id, millis(before), millis(now)))
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err == nil {
				err = b.clear(m, now)
			}
			if err != nil {
				return err
			}
			removed = append(removed, m)
			if m.ParentID != "" {
				threads[m.ParentID] = true
			}
		}
		for rootID := range threads {
			if err := b.recountThread(rootID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return removed, nil
}

// PassRead implements chat.RetentionStore: all of them in one write. Who has read meanwhile stays where they are.
func (s *Store) PassRead(ctx context.Context, channelID string, seq int64, limit int) (c chat.Channel, moved []chat.Member, err error) {
	c, err = s.Channel(ctx, channelID)
	if err != nil {
		return chat.Channel{}, nil, err
	}
	behind, err := list(ctx, s.reads[readBehind], scanMember, channelID, min(seq, c.LastSeq), max(0, limit))
	if err != nil || len(behind) == 0 {
		return c, nil, err
	}
	err = s.writer.writeLight(ctx, func(b *batch) error {
		moved = nil
		for _, m := range behind {
			p := place{channelID, m.UserID}
			now, err := b.member(p)
			if err == nil {
				c, m, err = b.markRead(p, seq, now.LastReadAt)
			}
			if fault.Is(err, fault.NotFound) {
				continue // they have just left
			}
			if err != nil {
				return err
			}
			moved = append(moved, m)
		}
		return nil
	})
	return c, moved, err
}
