package sqlite

import (
	"context"
	"database/sql"
	"sort"
	"time"

	"pegasus/chat"
	"pegasus/imported"
)

const (
	importMember = `INSERT INTO members (channel_id, user_id, role, joined_at, last_read_seq, last_read_at, own_unread)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0) ON CONFLICT DO NOTHING`
	importMessage = `INSERT INTO messages (id, channel_id, seq, user_id, content, html, renderer, parent_id, client_key,
		created_at, updated_at, edited_at, deleted, guise_name, guise_emoji, also_channel)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '', ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT (id) DO NOTHING`

	// Before the thread is counted anew: who had read it to its end has read what was imported as well.
	readImported = `UPDATE threads SET last_read_seq = (SELECT max(r.seq) FROM messages r WHERE r.parent_id = ?1 AND r.parent_id <> '')
		WHERE root_id = ?1 AND last_read_seq >= last_seq`

	// ?2 and ?3 are the numbers before and at the end of what was appended, ?4 the time up to which one must have read.
	readToEnd = `UPDATE members SET last_read_seq = ?3
		WHERE channel_id = ?1 AND last_read_seq = ?2 AND max(joined_at, last_read_at) >= ?4
		RETURNING user_id, max(joined_at, last_read_at)`
	readInPart = `SELECT user_id, max(joined_at, last_read_at) FROM members
		WHERE channel_id = ?1 AND last_read_seq = ?2 AND max(joined_at, last_read_at) >= ?3`
	markInPart = `UPDATE members SET last_read_seq = ?3, own_unread = ?4 WHERE channel_id = ?1 AND user_id = ?2`
	addOwn     = `UPDATE members SET own_unread = own_unread + ?3
		WHERE channel_id = ?1 AND user_id = ?2 AND last_read_seq <= ?4`
)

// ImportMembers implements imported.Store.
func (s *Store) ImportMembers(ctx context.Context, channelID string, members []chat.Member) (added int, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		c, err := b.readChannel(channelID)
		if err != nil {
			return err
		}
		added = 0
		err = b.prepared(importMember, func(stmt *sql.Stmt) error {
			for _, m := range members {
				m.ChannelID, m.LastReadSeq = channelID, c.LastSeq
				n, err := b.importMember(stmt, m)
				if err != nil {
					return err
				}
				added += n
			}
			return nil
		})
		if err != nil || added == 0 {
			return err
		}
		return b.countMember(channelID, added)
	})
	return added, err
}

// importMember stores a membership that was never stored before.
func (b *batch) importMember(stmt *sql.Stmt, m chat.Member) (int, error) {
	fresh, err := b.keep([]imported.Document{{Kind: imported.KindMember, SourceID: imported.MemberNote(m.ChannelID, m.UserID)}})
	if err != nil || fresh == 0 {
		return 0, err
	}
	if _, err := b.readUser(m.UserID); err != nil {
		return 0, err
	}
	b.changed.joined = append(b.changed.joined, m.UserID)
	return affectedBy(stmt, m.ChannelID, m.UserID, string(m.Role), millis(m.JoinedAt), m.LastReadSeq, millis(m.LastReadAt))
}

// ImportMessages implements imported.Store.
func (s *Store) ImportMessages(ctx context.Context, channelID string, messages []chat.Message, read bool) (added int, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		fresh, err := b.importMessages(channelID, messages, read)
		added = len(fresh)
		return err
	})
	return added, err
}

// importMessages stores what is missing, and settles who has read it, in the transaction at hand.
func (b *batch) importMessages(channelID string, messages []chat.Message, read bool) (fresh []chat.Message, err error) {
	c, err := b.readChannel(channelID)
	if err != nil {
		return nil, err
	}
	newest := c.LastMessageAt
	err = b.prepared(importMessage, func(stmt *sql.Stmt) error {
		for _, m := range messages {
			m.Seq = c.LastSeq + int64(len(fresh)) + 1
			n, err := affectedBy(stmt, m.ID, channelID, m.Seq, m.UserID, m.Content, m.HTML, m.Renderer, m.ParentID,
				millis(m.CreatedAt), millis(m.UpdatedAt), millis(m.EditedAt), m.Deleted, m.Guise.Name, m.Guise.Emoji, m.AlsoChannel)
			if err != nil {
				return err
			}
			if n == 1 {
				fresh = append(fresh, m)
				newest = later(newest, m.CreatedAt)
			}
		}
		return nil
	})
	if err != nil || len(fresh) == 0 {
		return nil, err
	}
	b.changed.channels = append(b.changed.channels, channelID)
	if err := b.exec(saveChannel, channelID, c.LastSeq+int64(len(fresh)), millis(newest)); err != nil {
		return nil, err
	}
	if err := b.importReplies(fresh); err != nil {
		return nil, err
	}
	return fresh, b.settle(channelID, c.LastSeq, fresh, read)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// settle moves the marks of those who had read everything over what is from before their last look, and counts what
// everybody else has written themselves. With read nothing of it is after their last look.
func (b *batch) settle(channelID string, before int64, fresh []chat.Message, read bool) error {
	own := map[string]int64{}
	for _, m := range fresh {
		own[m.UserID]++
	}
	first, last, end := fresh[0].CreatedAt, fresh[len(fresh)-1].CreatedAt, before+int64(len(fresh))
	if read {
		last = time.Time{}
	}
	done, err := b.rows(readToEnd, channelID, before, end, millis(last))
	if err != nil {
		return err
	}
	inPart, err := b.rows(readInPart, channelID, before, millis(first))
	if err != nil {
		return err
	}
	for _, r := range inPart {
		read := sort.Search(len(fresh), func(i int) bool { return fresh[i].CreatedAt.After(r.since) })
		unread := int64(0)
		for _, m := range fresh[read:] {
			if m.UserID == r.userID {
				unread++
			}
		}
		delete(own, r.userID)
		if _, err := b.w.conn.ExecContext(context.Background(), markInPart, channelID, r.userID, before+int64(read), unread); err != nil {
			return err
		}
	}
	for _, r := range append(done, inPart...) {
		b.changed.members = append(b.changed.members, place{channelID, r.userID})
	}
	return b.prepared(addOwn, func(stmt *sql.Stmt) error {
		for userID, n := range own {
			b.changed.members = append(b.changed.members, place{channelID, userID})
			if _, err := affectedBy(stmt, channelID, userID, n, before); err != nil {
				return err
			}
		}
		return nil
	})
}

// reader is a member who had read everything, with the time of their last look.
type reader struct {
	userID string
	since  time.Time
}

func (b *batch) rows(text string, args ...any) ([]reader, error) {
	rows, err := b.w.conn.QueryContext(context.Background(), text, args...)
	return collect(rows, err, func(r row) (found reader, err error) {
		err = r.Scan(&found.userID, into{&found.since})
		return found, err
	})
}
