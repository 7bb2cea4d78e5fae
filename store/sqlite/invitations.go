package sqlite

import (
	"context"
	"time"

	"pegasus/accounts"
)

func scanInvitation(r row) (i accounts.Invitation, err error) {
	err = r.Scan(&i.ID, &i.TokenHash, &i.Email, &i.Role, &i.CreatedBy, &i.MaxUses, &i.Uses, into{&i.CreatedAt},
		into{&i.ExpiresAt}, into{&i.RevokedAt})
	return i, err
}

// CreateInvitation implements accounts.Store.
func (s *Store) CreateInvitation(ctx context.Context, i accounts.Invitation) error {
	return s.writer.write(ctx, func(b *batch) error {
		return b.exec(insertInvitation, i.ID, i.TokenHash, i.Email, string(i.Role), i.CreatedBy, i.MaxUses, i.Uses,
			millis(i.CreatedAt), millis(i.ExpiresAt), millis(i.RevokedAt))
	})
}

// Invitation implements accounts.Store.
func (s *Store) Invitation(ctx context.Context, hash string) (accounts.Invitation, error) {
	i, err := scanInvitation(s.row(ctx, readInvitation, hash))
	return i, orMissing(err, accounts.ErrNoInvitation)
}

// Invitations implements accounts.Store.
func (s *Store) Invitations(ctx context.Context, after string, limit int) ([]accounts.Invitation, error) {
	return list(ctx, s.reads[readInvitations], scanInvitation, after, max(0, limit))
}

// UseInvitation implements accounts.Store.
func (s *Store) UseInvitation(ctx context.Context, hash string, now time.Time) (i accounts.Invitation, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		i, err = scanInvitation(b.row(useInvitation, hash, millis(now)))
		return orMissing(err, accounts.ErrNoInvitation)
	})
	return i, err
}

// ReturnInvitation implements accounts.Store.
func (s *Store) ReturnInvitation(ctx context.Context, id string) error {
	return s.change(ctx, accounts.ErrNoInvitation, returnInvitation, id)
}

// RevokeInvitation implements accounts.Store. The first revocation's time stays.
func (s *Store) RevokeInvitation(ctx context.Context, id string, now time.Time) error {
	return s.change(ctx, accounts.ErrNoInvitation, revokeInvitation, id, millis(now))
}
