package sqlite

import (
	"context"

	"pegasus/accounts"
)

// Setting implements accounts.Store.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	value, err := scanText(s.row(ctx, readSetting, name))
	return value, orMissing(err, accounts.ErrNoSetting)
}

// PutSetting implements accounts.Store.
func (s *Store) PutSetting(ctx context.Context, name, value string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(upsertSetting, name, value) })
}
