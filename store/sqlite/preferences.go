package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"pegasus/chat"
)

// Preferences implements chat.PreferenceStore.
func (s *Store) Preferences(ctx context.Context, userID string) (p chat.Preferences, chosen bool, err error) {
	err = s.row(ctx, readPreferences, userID).Scan(document{&p})
	if errors.Is(err, sql.ErrNoRows) {
		return chat.Preferences{}, false, nil
	}
	return p, err == nil, translate(err)
}

// SetPreferences implements chat.PreferenceStore.
func (s *Store) SetPreferences(ctx context.Context, p chat.Preferences) error {
	p.PausedUntil = stored(p.PausedUntil)
	return s.writer.write(ctx, func(b *batch) error {
		return b.exec(upsertPreferences, p.UserID, p.Asks(), document{p})
	})
}

// SetMemberNotify implements chat.PreferenceStore.
func (s *Store) SetMemberNotify(ctx context.Context, channelID, userID string, level chat.Level, muted bool) error {
	return s.writer.write(ctx, func(b *batch) error {
		b.changed.members = append(b.changed.members, place{channelID, userID})
		n, err := b.affected(updateMemberNotify, channelID, userID, string(level), muted)
		if err == nil && n == 0 {
			return chat.ErrNotMember
		}
		return err
	})
}

// Audience implements chat.PreferenceStore.
func (s *Store) Audience(ctx context.Context, channelID string, concerned []string, everybody bool) ([]chat.Recipient, error) {
	if concerned == nil {
		concerned = []string{}
	}
	return list(ctx, s.reads[readAudience], func(row row) (r chat.Recipient, err error) {
		err = row.Scan(&r.UserID, &r.Level, &r.Muted, document{&r.Preferences})
		return r, err
	}, channelID, document{concerned}, everybody)
}

// Mentioned implements chat.PreferenceStore.
func (s *Store) Mentioned(ctx context.Context, messageID, userID string) (mentioned, named bool, err error) {
	err = s.row(ctx, readMentioned, messageID, userID).Scan(&named)
	if errors.Is(err, sql.ErrNoRows) {
		return false, false, nil
	}
	return err == nil, named, translate(err)
}
