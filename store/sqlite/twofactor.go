package sqlite

import (
	"context"
	"slices"
	"time"

	"pegasus/accounts"
)

func scanTwoFactor(r row) (t accounts.TwoFactor, err error) {
	err = r.Scan(&t.UserID, &t.Secret, &t.Confirmed, &t.LastStep, &t.Salt, document{&t.BackupCodes}, into{&t.CreatedAt})
	return t, err
}

func (b *batch) readTwoFactor(userID string) (accounts.TwoFactor, error) {
	t, err := scanTwoFactor(b.row(findTwoFactor, userID))
	return t, orMissing(err, accounts.ErrNoTwoFactor)
}

// TwoFactor implements accounts.Store.
func (s *Store) TwoFactor(ctx context.Context, userID string) (accounts.TwoFactor, error) {
	t, err := scanTwoFactor(s.row(ctx, readTwoFactor, userID))
	return t, orMissing(err, accounts.ErrNoTwoFactor)
}

// StartTwoFactor implements accounts.Store.
func (s *Store) StartTwoFactor(ctx context.Context, t accounts.TwoFactor) error {
	return s.writer.write(ctx, func(b *batch) error {
		n, err := b.affected(startTwoFactor, t.UserID, blob(t.Secret), t.LastStep, blob(t.Salt), document{t.BackupCodes},
			millis(t.CreatedAt))
		if err == nil && n == 0 {
			return accounts.ErrTwoFactorOn
		}
		return orNoUser(err)
	})
}

// ConfirmTwoFactor implements accounts.Store.
func (s *Store) ConfirmTwoFactor(
	ctx context.Context, userID string, secret []byte, step int64, backupCodes []string, now time.Time,
) error {
	var codes any
	if len(backupCodes) > 0 {
		codes = document{backupCodes}
	}
	return s.writer.write(ctx, func(b *batch) error {
		n, err := b.affected(confirmTwoFactor, userID, blob(secret), step, codes)
		if err != nil {
			return err
		}
		if n == 0 {
			return accounts.ErrNoTwoFactor
		}
		b.changed.users = append(b.changed.users, userID)
		return b.exec(enableTwoFactor, userID, millis(now))
	})
}

// ReplaceSecret implements accounts.Store.
func (s *Store) ReplaceSecret(ctx context.Context, userID string, current, next []byte) error {
	return s.writer.write(ctx, func(b *batch) error {
		n, err := b.affected(replaceSecret, userID, current, next)
		if err == nil && n == 0 {
			return accounts.ErrNoTwoFactor
		}
		return err
	})
}

// UseStep implements accounts.Store.
func (s *Store) UseStep(ctx context.Context, userID string, step int64) error {
	return s.writer.write(ctx, func(b *batch) error {
		n, err := b.affected(useStep, userID, step)
		if err != nil || n == 1 {
			return err
		}
		if _, err := b.readTwoFactor(userID); err != nil {
			return err
		}
		return accounts.ErrCodeUsed
	})
}

// ReplaceBackupCodes implements accounts.Store.
func (s *Store) ReplaceBackupCodes(ctx context.Context, userID string, salt []byte, hashes []string) error {
	return s.change(ctx, accounts.ErrNoTwoFactor, replaceBackupCodes, userID, blob(salt), document{hashes})
}

// UseBackupCode implements accounts.Store.
func (s *Store) UseBackupCode(ctx context.Context, userID, hash string) (left int, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		t, err := b.readTwoFactor(userID)
		if err != nil {
			return err
		}
		i := slices.Index(t.BackupCodes, hash)
		if i < 0 {
			return accounts.ErrTicketNotFound
		}
		codes := slices.Delete(t.BackupCodes, i, i+1)
		left = len(codes)
		return b.exec(saveBackupCodes, userID, document{codes})
	})
	return left, err
}

// DeleteTwoFactor implements accounts.Store.
func (s *Store) DeleteTwoFactor(ctx context.Context, userID string, now time.Time) error {
	return s.writer.write(ctx, func(b *batch) error {
		if err := b.exec(deleteTwoFactor, userID); err != nil {
			return err
		}
		b.changed.users = append(b.changed.users, userID)
		return b.exec(disableTwoFactor, userID, millis(now))
	})
}

// change runs a statement that changes one row, and returns missing where there is none for it.
func (s *Store) change(ctx context.Context, missing error, which write, args ...any) error {
	return s.writer.write(ctx, func(b *batch) error {
		n, err := b.affected(which, args...)
		if err == nil && n == 0 {
			return missing
		}
		return err
	})
}
