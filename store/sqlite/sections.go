package sqlite

import (
	"context"

	"pegasus/chat"
)

// SetSection implements chat.Store.
func (s *Store) SetSection(ctx context.Context, channelID, userID, section string) error {
	return s.writer.write(ctx, func(b *batch) error {
		b.changed.members = append(b.changed.members, place{channelID, userID})
		n, err := b.affected(setSection, channelID, userID, section)
		if err == nil && n == 0 {
			return chat.ErrNotMember
		}
		return err
	})
}

// RenameSection implements chat.Store.
func (s *Store) RenameSection(ctx context.Context, userID, from, to string) error {
	return s.arrange(ctx, renameSection, userID, from, to)
}

// ArrangeChannels implements chat.Store.
func (s *Store) ArrangeChannels(ctx context.Context, userID string, order []string) error {
	return s.arrange(ctx, setPositions, userID, document{append([]string{}, order...)})
}

// arrange changes places of a person by a statement that returns their channels.
func (s *Store) arrange(ctx context.Context, statement write, userID string, args ...any) error {
	return s.writer.write(ctx, func(b *batch) error {
		rows, err := b.w.stmts[statement].QueryContext(context.Background(), append([]any{userID}, args...)...)
		moved, err := collect(rows, err, scanText)
		for _, channelID := range moved {
			b.changed.members = append(b.changed.members, place{channelID, userID})
		}
		return err
	})
}
