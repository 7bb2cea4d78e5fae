package sqlite

import (
	"context"
	"strings"
	"time"

	lib "modernc.org/sqlite/lib"

	"pegasus/hooks"
)

func hookValues(h hooks.Hook) []any {
	return []any{h.ID, string(h.Kind), h.ChannelID, h.BotID, h.KeeperID, h.Name, h.Crowds, h.Hash, h.Hint, h.Salt, h.URL,
		strings.Join(h.Triggers, " "), h.Off, h.Problem, h.Failures, millis(h.CreatedAt), millis(h.UpdatedAt), millis(h.LastUsedAt),
		h.Command, h.Usage, h.About}
}

func scanHook(r row) (h hooks.Hook, err error) {
	var triggers string
	err = r.Scan(&h.ID, &h.Kind, &h.ChannelID, &h.BotID, &h.KeeperID, &h.Name, &h.Crowds, &h.Hash, &h.Hint, &h.Salt, &h.URL,
		&triggers, &h.Off, &h.Problem, &h.Failures, into{&h.CreatedAt}, into{&h.UpdatedAt}, into{&h.LastUsedAt},
		&h.Command, &h.Usage, &h.About)
	if triggers != "" {
		h.Triggers = strings.Split(triggers, " ")
	}
	return h, err
}

// CreateHook implements hooks.Store.
func (s *Store) CreateHook(ctx context.Context, h hooks.Hook) error {
	return s.writer.write(ctx, func(b *batch) error {
		err := b.exec(insertHook, hookValues(h)...)
		if breaks(err, lib.SQLITE_CONSTRAINT_UNIQUE) && h.Command != "" {
			return hooks.ErrCommandTaken
		}
		return err
	})
}

// CommandHooks implements hooks.Store.
func (s *Store) CommandHooks(ctx context.Context, channelID string) ([]hooks.Hook, error) {
	return list(ctx, s.reads[readCommandHooks], scanHook, channelID)
}

// CommandTaken implements hooks.Store.
func (s *Store) CommandTaken(ctx context.Context, name, channelID string) (taken bool, err error) {
	err = s.row(ctx, readCommandTaken, name, channelID).Scan(&taken)
	return taken, translate(err)
}

// Hook implements hooks.Store.
func (s *Store) Hook(ctx context.Context, id string) (hooks.Hook, error) {
	h, err := scanHook(s.row(ctx, readHook, id))
	return h, orMissing(err, hooks.ErrHook)
}

// HookByHash implements hooks.Store.
func (s *Store) HookByHash(ctx context.Context, hash string) (hooks.Hook, error) {
	h, err := scanHook(s.row(ctx, readHookByHash, hash))
	return h, orMissing(err, hooks.ErrHook)
}

// ChannelHooks implements hooks.Store.
func (s *Store) ChannelHooks(ctx context.Context, channelID string) ([]hooks.Hook, error) {
	return list(ctx, s.reads[readChannelHooks], scanHook, channelID)
}

// Hooks implements hooks.Store.
func (s *Store) Hooks(ctx context.Context, after string, limit int) ([]hooks.Hook, error) {
	return list(ctx, s.reads[readHooks], scanHook, after, max(0, limit))
}

// ChangeHook implements hooks.Store.
func (s *Store) ChangeHook(ctx context.Context, id string, c hooks.Change, now time.Time) (h hooks.Hook, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		if h, err = scanHook(b.row(findHook, id)); err != nil {
			return orMissing(err, hooks.ErrHook)
		}
		set(&h.KeeperID, c.KeeperID)
		set(&h.Name, c.Name)
		set(&h.Crowds, c.Crowds)
		set(&h.Hash, c.Hash)
		set(&h.Hint, c.Hint)
		set(&h.Salt, c.Salt)
		set(&h.URL, c.URL)
		set(&h.Triggers, c.Triggers)
		set(&h.Off, c.Off)
		set(&h.Problem, c.Problem)
		set(&h.Failures, c.Failures)
		set(&h.LastUsedAt, c.LastUsedAt)
		set(&h.Usage, c.Usage)
		set(&h.About, c.About)
		h.UpdatedAt, h.LastUsedAt = stored(now), stored(h.LastUsedAt)
		return b.exec(replaceHook, hookValues(h)...)
	})
	return h, err
}

// CountHookFailure implements hooks.Store.
func (s *Store) CountHookFailure(ctx context.Context, id string) (h hooks.Hook, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		h, err = scanHook(b.row(countHookFailure, id))
		return orMissing(err, hooks.ErrHook)
	})
	return h, err
}

// DeleteHook implements hooks.Store.
func (s *Store) DeleteHook(ctx context.Context, id string) error {
	return s.change(ctx, hooks.ErrHook, deleteHook, id)
}
