package sqlite

import (
	"context"
	"time"

	lib "modernc.org/sqlite/lib"

	"pegasus/accounts"
)

func scanProviderAccount(r row) (a accounts.ProviderAccount, err error) {
	err = r.Scan(&a.ID, &a.UserID, &a.Provider, &a.Subject, &a.Email, document{&a.Scopes}, into{&a.CreatedAt},
		into{&a.UpdatedAt})
	return a, err
}

// CreateProviderAccount implements accounts.Store.
func (s *Store) CreateProviderAccount(ctx context.Context, a accounts.ProviderAccount) error {
	return s.writer.write(ctx, func(b *batch) error {
		err := b.exec(insertProviderAccount, a.ID, a.UserID, a.Provider, a.Subject, a.Email, document{a.Scopes},
			millis(a.CreatedAt), millis(a.UpdatedAt))
		if breaks(err, lib.SQLITE_CONSTRAINT_UNIQUE) {
			return accounts.ErrProviderTaken
		}
		return orNoUser(err)
	})
}

// ProviderAccount implements accounts.Store.
func (s *Store) ProviderAccount(ctx context.Context, provider, subject string) (accounts.ProviderAccount, error) {
	a, err := scanProviderAccount(s.row(ctx, readProviderAccount, provider, subject))
	return a, orMissing(err, accounts.ErrNoProvider)
}

// ProviderAccounts implements accounts.Store.
func (s *Store) ProviderAccounts(ctx context.Context, userID string) ([]accounts.ProviderAccount, error) {
	return list(ctx, s.reads[readProviderAccounts], scanProviderAccount, userID)
}

// UpdateProviderAccount implements accounts.Store.
func (s *Store) UpdateProviderAccount(ctx context.Context, id, email string, scopes []string, now time.Time) error {
	return s.change(ctx, accounts.ErrNoProvider, updateProviderAccount, id, email, document{scopes}, millis(now))
}

// DeleteProviderAccount implements accounts.Store.
func (s *Store) DeleteProviderAccount(ctx context.Context, userID, id string) error {
	return s.change(ctx, accounts.ErrNoProvider, deleteProviderAccount, userID, id)
}
