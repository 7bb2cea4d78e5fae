package sqlite

import (
	"context"

	"pegasus/chat"
)

func scanCustomEmoji(r row) (e chat.CustomEmoji, err error) {
	err = r.Scan(&e.ID, &e.Name, &e.Picture, &e.Still, &e.CreatedBy, into{&e.CreatedAt})
	return e, err
}

// CustomEmoji implements chat.EmojiStore.
func (s *Store) CustomEmoji(ctx context.Context) ([]chat.CustomEmoji, error) {
	return list(ctx, s.reads[readCustomEmoji], scanCustomEmoji)
}

// AddCustomEmoji implements chat.EmojiStore.
func (s *Store) AddCustomEmoji(ctx context.Context, e chat.CustomEmoji) error {
	return s.change(ctx, chat.ErrEmojiExists, insertCustomEmoji, e.ID, e.Name, e.Picture, e.Still, e.CreatedBy, millis(e.CreatedAt))
}

// RenameCustomEmoji implements chat.EmojiStore.
func (s *Store) RenameCustomEmoji(ctx context.Context, id, name string) error {
	return s.writer.write(ctx, func(b *batch) error {
		var taken bool
		if err := b.row(findCustomEmoji, id, name).Scan(&taken); err != nil {
			return orMissing(err, chat.ErrEmojiNotFound)
		}
		if taken {
			return chat.ErrEmojiExists
		}
		return b.exec(renameCustomEmoji, id, name)
	})
}

// DeleteCustomEmoji implements chat.EmojiStore.
func (s *Store) DeleteCustomEmoji(ctx context.Context, id string) error {
	return s.change(ctx, chat.ErrEmojiNotFound, deleteCustomEmoji, id)
}
