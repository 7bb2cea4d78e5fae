package sqlite

import (
	"context"
	"strings"
	"time"

	"pegasus/chat"
)

func scanDraft(r row) (d chat.SavedDraft, err error) {
	var files string
	err = r.Scan(&d.UserID, &d.ChannelID, &d.RootID, &d.Content, &files, into{&d.UpdatedAt})
	if files != "" {
		d.Attachments = strings.Split(files, " ")
	}
	return d, err
}

// SaveDraft implements chat.DraftStore.
func (s *Store) SaveDraft(ctx context.Context, d chat.SavedDraft, base time.Time) error {
	which, version := updateDraft, millis(base)
	if base.IsZero() {
		which = insertDraft
	}
	return s.change(ctx, chat.ErrDraftChanged, which, d.UserID, d.ChannelID, d.RootID, d.Content, strings.Join(d.Attachments, " "), millis(d.UpdatedAt), version)
}

// Draft implements chat.DraftStore.
func (s *Store) Draft(ctx context.Context, userID, channelID, rootID string) (chat.SavedDraft, error) {
	d, err := scanDraft(s.row(ctx, readDraft, userID, channelID, rootID))
	return d, orMissing(err, chat.ErrDraftNotFound)
}

// Drafts implements chat.DraftStore.
func (s *Store) Drafts(ctx context.Context, userID string, limit int) ([]chat.SavedDraft, error) {
	return list(ctx, s.reads[readDrafts], scanDraft, userID, max(0, limit))
}

// DeleteDraft implements chat.DraftStore.
func (s *Store) DeleteDraft(ctx context.Context, userID, channelID, rootID string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(deleteDraft, userID, channelID, rootID) })
}
