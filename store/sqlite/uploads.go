package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pegasus/chat"
)

const uploadColumns = `id, key, user_id, name, size, type, width, height, thumbnail, message_id, created_at, expires_at`

func scanUpload(r row) (u chat.Upload, err error) {
	err = r.Scan(&u.ID, &u.Key, &u.UserID, &u.Name, &u.Size, &u.Type, &u.Width, &u.Height, &u.Thumbnail, &u.MessageID,
		into{&u.CreatedAt}, into{&u.ExpiresAt})
	return u, err
}

// attached scans what a message says of its files. Nearly every message has none, and costs no parsing.
type attached struct{ to *[]chat.Attachment }

func (a attached) Scan(stored any) error {
	text, ok := stored.(string)
	if !ok {
		return fmt.Errorf("stored attachments are a %T", stored)
	}
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), a.to)
}

// attachments returns the stored form of a message's files.
func attachments(list []chat.Attachment) any {
	if len(list) == 0 {
		return ""
	}
	return document{list}
}

// AddUpload implements chat.UploadStore.
func (s *Store) AddUpload(ctx context.Context, u chat.Upload) error {
	return s.writer.write(ctx, func(b *batch) error {
		var usage chat.Usage
		if err := b.row(findUsage, u.UserID).Scan(&usage.Stored, &usage.Pending); err != nil {
			return err
		}
		if err := usage.Admits(u.Charge()); err != nil {
			return err
		}
		return b.exec(insertUpload, u.ID, u.Key, u.UserID, u.Name, u.Size, u.Type, u.Width, u.Height, u.Thumbnail,
			u.MessageID, millis(u.CreatedAt), millis(u.ExpiresAt), u.Charge())
	})
}

// UploadUsage implements chat.UploadStore.
func (s *Store) UploadUsage(ctx context.Context, userID string) (usage chat.Usage, err error) {
	err = s.row(ctx, readUsage, userID).Scan(&usage.Stored, &usage.Pending)
	return usage, translate(err)
}

// Upload implements chat.UploadStore.
func (s *Store) Upload(ctx context.Context, key string) (chat.Upload, error) {
	u, err := scanUpload(s.row(ctx, readUpload, key))
	return u, orMissing(err, chat.ErrUploadNotFound)
}

// Uploads implements chat.UploadStore.
func (s *Store) Uploads(ctx context.Context, userID string, ids []string) ([]chat.Upload, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return list(ctx, s.reads[readUploads], scanUpload, userID, document{ids})
}

// UploadsBy implements chat.UploadStore.
func (s *Store) UploadsBy(ctx context.Context, userID, after string, limit int) ([]chat.Upload, error) {
	return list(ctx, s.reads[readUploadsBy], scanUpload, userID, after, max(0, limit))
}

// ExpireUpload implements chat.UploadStore.
func (s *Store) ExpireUpload(ctx context.Context, userID, key string, now time.Time) error {
	return s.change(ctx, chat.ErrUploadNotFound, expireUpload, userID, key, millis(now))
}

// HoldUploads implements chat.UploadStore.
func (s *Store) HoldUploads(ctx context.Context, userID string, ids []string, until time.Time) error {
	return s.writer.write(ctx, func(b *batch) error {
		for _, uploadID := range ids {
			n, err := b.affected(holdUpload, uploadID, userID, millis(until))
			if err == nil && n == 0 {
				err = chat.ErrAttachmentTaken
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// DueUploads implements chat.UploadStore. A message takes its uploads, and drops them, in its own transaction, so that
// none is due that a message holds.
func (s *Store) DueUploads(ctx context.Context, now, until time.Time, limit int) (due []chat.Upload, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		due, err = list(context.Background(), b.w.stmts[findDueUploads], scanUpload, millis(now), max(0, limit))
		if err != nil {
			return err
		}
		for i := range due {
			due[i].ExpiresAt = stored(until)
			if err := b.exec(leaseUpload, due[i].ID, millis(until)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return due, nil
}

// DeleteUpload implements chat.UploadStore.
func (s *Store) DeleteUpload(ctx context.Context, id string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(deleteUpload, id) })
}

// mayTake reports whether a message may take all of its attachments. It writes nothing.
func (b *batch) mayTake(m chat.Message) (bool, error) {
	for _, a := range m.Attachments {
		free, err := b.yes(findFreeUpload, a.ID, m.UserID)
		if err != nil || !free {
			return false, err
		}
	}
	return true, nil
}

// take gives a message its attachments, which mayTake has found free in the same transaction.
func (b *batch) take(m chat.Message) error {
	for _, a := range m.Attachments {
		if err := b.exec(takeUpload, a.ID, m.ID); err != nil {
			return err
		}
	}
	return nil
}

// repeatTaken answers a message whose files are not free: a retry finds them taken by the message that it repeats.
func (b *batch) repeatTaken(m chat.Message) (message chat.Message, repeated bool, err error) {
	first, err := scanMessage(b.row(findKey, m.UserID, m.ClientKey))
	if err == nil && m.CreatedAt.Sub(first.CreatedAt) > chat.KeyLife {
		err = chat.ErrAttachmentTaken
	}
	if err != nil {
		return m, false, orMissing(err, chat.ErrAttachmentTaken)
	}
	return first, true, nil
}
