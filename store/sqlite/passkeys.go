package sqlite

import (
	"context"

	lib "modernc.org/sqlite/lib"

	"pegasus/accounts"
)

func scanPasskey(r row) (p accounts.Passkey, err error) {
	err = r.Scan(&p.ID, &p.UserID, &p.Name, &p.CredentialID, &p.PublicKey, &p.Counter, &p.DeviceType, &p.BackedUp,
		document{&p.Transports}, &p.Data, into{&p.CreatedAt}, into{&p.LastUsedAt})
	return p, err
}

// CreatePasskey implements accounts.Store.
func (s *Store) CreatePasskey(ctx context.Context, p accounts.Passkey) error {
	return s.writer.write(ctx, func(b *batch) error {
		err := b.exec(insertPasskey, p.ID, p.UserID, p.Name, p.CredentialID, blob(p.PublicKey), p.Counter, p.DeviceType,
			p.BackedUp, document{p.Transports}, p.Data, millis(p.CreatedAt), millis(p.LastUsedAt))
		if breaks(err, lib.SQLITE_CONSTRAINT_UNIQUE) {
			return accounts.ErrPasskeyTaken
		}
		return orNoUser(err)
	})
}

// PasskeyByCredential implements accounts.Store.
func (s *Store) PasskeyByCredential(ctx context.Context, credentialID string) (accounts.Passkey, error) {
	p, err := scanPasskey(s.row(ctx, readPasskeyByCredential, credentialID))
	return p, orMissing(err, accounts.ErrPasskeyNotFound)
}

// Passkeys implements accounts.Store.
func (s *Store) Passkeys(ctx context.Context, userID string) ([]accounts.Passkey, error) {
	return list(ctx, s.reads[readPasskeys], scanPasskey, userID)
}

// UpdatePasskey implements accounts.Store.
func (s *Store) UpdatePasskey(
	ctx context.Context, userID, id string, change accounts.PasskeyChange,
) (p accounts.Passkey, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		if p, err = scanPasskey(b.row(findPasskey, userID, id)); err != nil {
			return orMissing(err, accounts.ErrPasskeyNotFound)
		}
		set(&p.Name, change.Name)
		set(&p.Counter, change.Counter)
		set(&p.BackedUp, change.BackedUp)
		set(&p.Data, change.Data)
		set(&p.LastUsedAt, change.LastUsedAt)
		p.LastUsedAt = stored(p.LastUsedAt)
		return b.exec(updatePasskey, id, p.Name, p.Counter, p.BackedUp, p.Data, millis(p.LastUsedAt))
	})
	return p, err
}

// DeletePasskey implements accounts.Store.
func (s *Store) DeletePasskey(ctx context.Context, userID, id string) error {
	return s.change(ctx, accounts.ErrPasskeyNotFound, deletePasskey, userID, id)
}
