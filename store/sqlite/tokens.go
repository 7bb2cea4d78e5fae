package sqlite

import (
	"context"
	"time"

	"pegasus/accounts"
)

func tokenTargets(t *accounts.Token) []any {
	return []any{&t.ID, &t.UserID, &t.Name, &t.Hash, &t.Hint, document{&t.Scopes}, into{&t.CreatedAt}, into{&t.ExpiresAt},
		into{&t.LastUsedAt}}
}

func scanToken(r row) (t accounts.Token, err error) {
	err = r.Scan(tokenTargets(&t)...)
	return t, err
}

// CreateToken implements accounts.Store.
func (s *Store) CreateToken(ctx context.Context, t accounts.Token) error {
	return s.writer.write(ctx, func(b *batch) error {
		return orNoUser(b.exec(insertToken, t.ID, t.UserID, t.Name, t.Hash, t.Hint, document{t.Scopes},
			millis(t.CreatedAt), millis(t.ExpiresAt), millis(t.LastUsedAt)))
	})
}

// TokenUser implements accounts.Store.
func (s *Store) TokenUser(ctx context.Context, hash string) (t accounts.Token, u accounts.User, err error) {
	err = s.row(ctx, readTokenUser, hash).Scan(append(tokenTargets(&t), userTargets(&u)...)...)
	if err != nil {
		return accounts.Token{}, accounts.User{}, orMissing(err, accounts.ErrTokenNotFound)
	}
	return t, u, nil
}

// Tokens implements accounts.Store.
func (s *Store) Tokens(ctx context.Context, userID string) ([]accounts.Token, error) {
	return list(ctx, s.reads[readTokens], scanToken, userID)
}

// TouchToken implements accounts.Store.
func (s *Store) TouchToken(ctx context.Context, id string, at time.Time) error {
	return s.change(ctx, accounts.ErrTokenNotFound, touchToken, id, millis(at))
}

// DeleteToken implements accounts.Store.
func (s *Store) DeleteToken(ctx context.Context, userID, id string) error {
	return s.change(ctx, accounts.ErrTokenNotFound, deleteToken, userID, id)
}
