package sqlite

import (
	"context"
	"errors"
	"slices"
	"time"

	lib "modernc.org/sqlite/lib"

	"pegasus/chat"
)

// AppendMessage implements chat.Store.
func (s *Store) AppendMessage(
	ctx context.Context, m chat.Message,
) (message chat.Message, repeated bool, err error) {
	err = s.writer.writeLight(ctx, func(b *batch) error {
		message, repeated, err = b.append(m)
		return err
	})
	if err != nil {
		return chat.Message{}, false, err
	}
	return message, repeated, nil
}

// append stores a message under the next number of its channel. The number counts once the row is in, so that a refused
// message leaves no hole.
func (b *batch) append(m chat.Message) (message chat.Message, repeated bool, err error) {
	c, err := b.channel(m.ChannelID)
	if err != nil {
		return m, false, err
	}
	if c.Archived {
		return m, false, chat.ErrChannelNotFound
	}
	author, err := b.author(m)
	if err != nil {
		return m, false, err
	}
	if free, err := b.mayTake(m); err != nil {
		return m, false, err
	} else if !free {
		return b.repeatTaken(m)
	}
	m.Seq, m.Deleted = c.LastSeq+1, false
	err = b.insertMessage(m)
	if breaks(err, lib.SQLITE_CONSTRAINT_UNIQUE) {
		first, err := scanMessage(b.row(findKey, m.UserID, m.ClientKey))
		if err != nil {
			return m, false, orMissing(err, chat.ErrMessageExists)
		}
		if m.CreatedAt.Sub(first.CreatedAt) <= chat.KeyLife {
			return first, true, nil
		}
		if err := b.exec(freeKey, first.ID); err != nil {
			return m, false, err
		}
		if err := b.insertMessage(m); err != nil {
			return m, false, err
		}
	} else if err != nil {
		return m, false, err
	}
	if err := b.take(m); err != nil {
		return m, false, err
	}
	if err := b.relate(&m); err != nil {
		return m, false, err
	}
	m.CreatedAt, m.UpdatedAt, m.EditedAt = stored(m.CreatedAt), stored(m.UpdatedAt), stored(m.EditedAt)
	c.LastSeq, c.LastMessageAt, c.dirty = m.Seq, m.CreatedAt, true
	if author != nil {
		author.OwnUnread, author.dirty = author.OwnUnread+1, true
	}
	m.Guest = false
	return m, false, nil
}

// author returns the place of who writes a message, nil of a guest who has none.
func (b *batch) author(m chat.Message) (*memberState, error) {
	author, err := b.member(place{m.ChannelID, m.UserID})
	if m.Guest && errors.Is(err, chat.ErrNotMember) {
		return nil, nil
	}
	return author, err
}

// relate puts a message that was just stored into its thread, and stores whom it mentions.
func (b *batch) relate(m *chat.Message) error {
	if m.ParentID != "" {
		if err := b.reply(*m); err != nil {
			return err
		}
	}
	if len(m.Mentions) == 0 {
		return nil
	}
	named := document{mentioned(m.Mentions, true)}
	for _, err := range []error{
		b.exec(insertMentions, m.ID, named, true),
		b.exec(insertMentions, m.ID, document{mentioned(m.Mentions, false)}, false),
		b.exec(callToThread, m.ID, named),
	} {
		if err != nil {
			return err
		}
	}
	m.Mentions = nil
	return nil
}

func (b *batch) insertMessage(m chat.Message) error {
	return b.exec(insertMessage, m.ID, m.ChannelID, m.Seq, m.UserID, m.Content, m.HTML, m.Renderer, m.ParentID,
		m.ClientKey, millis(m.CreatedAt), millis(m.UpdatedAt), millis(m.EditedAt), attachments(m.Attachments),
		m.Guise.Name, m.Guise.Emoji, m.AlsoChannel, m.Guise.Icon)
}

// Message implements chat.Store.
func (s *Store) Message(ctx context.Context, id string) (chat.Message, error) {
	m, err := scanMessage(s.row(ctx, readMessage, id))
	return m, orMissing(err, chat.ErrMessageNotFound)
}

// Messages implements chat.Store. A page around a message has as many before it as after it, and more on one side where
// the other runs out.
func (s *Store) Messages(ctx context.Context, channelID string, page chat.Page) ([]chat.Message, error) {
	limit := max(0, page.Limit)
	switch {
	case page.After > 0:
		return list(ctx, s.reads[readFrom], scanMessage, channelID, page.After+1, limit)
	case page.From > 0:
		return list(ctx, s.reads[readFrom], scanMessage, channelID, page.From, limit)
	case page.Around > 0:
		return s.messagesAround(ctx, channelID, page.Around, limit)
	case page.Before > 0:
		return s.backwards(ctx, readBefore, channelID, page.Before, limit)
	}
	return s.backwards(ctx, readNewest, channelID, limit)
}

// backwards turns a page that was read from its end.
func (s *Store) backwards(ctx context.Context, which read, args ...any) ([]chat.Message, error) {
	messages, err := list(ctx, s.reads[which], scanMessage, args...)
	slices.Reverse(messages)
	return messages, err
}

func (s *Store) messagesAround(ctx context.Context, channelID string, seq int64, limit int) ([]chat.Message, error) {
	before, err := s.backwards(ctx, readBefore, channelID, seq, limit)
	if err != nil {
		return nil, err
	}
	from, err := list(ctx, s.reads[readFrom], scanMessage, channelID, seq, limit)
	if err != nil {
		return nil, err
	}
	first := min(len(before), max(limit/2, limit-len(from)))
	return append(before[len(before)-first:], from[:min(len(from), limit-first)]...), nil
}

// MessagesBy implements chat.Store.
func (s *Store) MessagesBy(
	ctx context.Context, userID, afterChannel string, afterSeq int64, limit int,
) ([]chat.Message, error) {
	return list(ctx, s.reads[readMessagesBy], scanMessage, userID, afterChannel, afterSeq, max(0, limit))
}

// EditMessage implements chat.Store.
func (s *Store) EditMessage(
	ctx context.Context, id, authorID, content, html string, renderer int, now time.Time,
) (m chat.Message, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		if err := b.keepVersion(id, authorID); err != nil {
			return err
		}
		m, err = scanMessage(b.row(editMessage, id, authorID, content, html, renderer, millis(now)))
		return orMissing(err, chat.ErrMessageNotFound)
	})
	return m, err
}

// DeleteMessage implements chat.Store.
func (s *Store) DeleteMessage(ctx context.Context, id, authorID string, now time.Time) (chat.Message, error) {
	return s.deleteMessage(ctx, id, authorID, now, func(*batch) error { return nil })
}

// TakeBackMessage implements chat.Store.
func (s *Store) TakeBackMessage(ctx context.Context, id, authorID string, now, until time.Time) (chat.Message, error) {
	return s.deleteMessage(ctx, id, authorID, now, func(b *batch) error { return b.exec(freeUploads, id, millis(until)) })
}

// deleteMessage deletes a message and does what is given before its files are dropped, in the same transaction.
func (s *Store) deleteMessage(
	ctx context.Context, id, authorID string, now time.Time, first func(b *batch) error,
) (m chat.Message, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		m, err = scanMessage(b.row(deleteMessage, id, authorID, millis(now)))
		if err != nil {
			return orMissing(err, chat.ErrMessageNotFound)
		}
		if err := first(b); err != nil {
			return err
		}
		if err := b.clear(m, now); err != nil || m.ParentID == "" {
			return err
		}
		return b.recountThread(m.ParentID)
	})
	return m, err
}

// clear drops what hung on a message that was just deleted, and ends the thread that it began. The thread that it was a reply in
// is to be counted anew.
func (b *batch) clear(m chat.Message, now time.Time) error {
	if err := b.exec(dropUploads, m.ID, millis(now)); err != nil {
		return err
	}
	if err := b.exec(deleteMentions, m.ID); err != nil {
		return err
	}
	if m.ParentID == "" {
		if err := b.exec(deleteThread, m.ID); err != nil {
			return err
		}
	}
	return b.deleteMarks(m.ID)
}

// CountMessages implements chat.Store. Deleted messages count.
func (s *Store) CountMessages(ctx context.Context) (n int64, err error) {
	err = s.row(ctx, readMessageCount).Scan(&n)
	return n, translate(err)
}
