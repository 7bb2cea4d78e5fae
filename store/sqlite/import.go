package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"pegasus/accounts"
	"pegasus/imported"
)

var _ imported.Store = (*Store)(nil)

// Statements of an import. They are prepared for the batch that needs them: no server ever runs one, so none is kept ready.
const (
	importTwoFactor = `INSERT INTO two_factor (` + twoFactorColumns + `) VALUES (?1, ?2, 1, 0, ?3, ?4, ?5)`
	importLink      = `INSERT INTO provider_accounts (` + providerColumns + `)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING`
	importDocument = `INSERT INTO imported (kind, source_id, target_id, owner_id, created_at, document)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING`
	fillTwoFactor   = `UPDATE two_factor SET secret = ?2 WHERE user_id = ?1 AND confirmed = 1 AND length(secret) = 0`
	eraseDocuments  = `DELETE FROM imported WHERE owner_id = ?1 AND owner_id <> ''`
	knownMessages   = `SELECT m.id FROM json_each(?1) j CROSS JOIN messages m ON m.id = j.value`
	knownDocuments  = `SELECT i.source_id FROM json_each(?2) j CROSS JOIN imported i ON i.kind = ?1 AND i.source_id = j.value`
	listedDocuments = `SELECT kind, source_id, target_id, owner_id, created_at, document FROM imported
		WHERE kind = ?1 AND source_id > ?2 ORDER BY source_id LIMIT ?3`
)

// prepared runs work with a statement that ends with it.
func (b *batch) prepared(text string, work func(*sql.Stmt) error) error {
	stmt, err := b.w.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return err
	}
	return errors.Join(work(stmt), stmt.Close())
}

// affectedBy runs a statement and returns how many rows it has changed.
func affectedBy(stmt *sql.Stmt, args ...any) (int, error) {
	result, err := stmt.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// ImportPeople implements imported.Store.
func (s *Store) ImportPeople(ctx context.Context, people []imported.Person) (refusals []error, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		refusals = make([]error, len(people))
		for i, p := range people {
			err := b.importPerson(p)
			if errors.Is(err, accounts.ErrEmailTaken) || errors.Is(err, accounts.ErrUsernameTaken) {
				refusals[i], err = err, nil
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return refusals, err
}

func (b *batch) importPerson(p imported.Person) error {
	if _, err := b.readUser(p.User.ID); !errors.Is(err, accounts.ErrUserNotFound) {
		return err
	}
	if err := b.createUser(p.User, p.PasswordHash); err != nil {
		return err
	}
	if t := p.TwoFactor; t != nil {
		_, err := b.w.conn.ExecContext(context.Background(), importTwoFactor, p.User.ID, blob(t.Secret), blob(t.Salt),
			document{t.BackupCodes}, millis(t.CreatedAt))
		if err != nil {
			return err
		}
	}
	for _, l := range p.Links {
		_, err := b.w.conn.ExecContext(context.Background(), importLink, l.ID, p.User.ID, l.Provider, l.Subject, l.Email,
			document{l.Scopes}, millis(l.CreatedAt), millis(l.UpdatedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// FillTwoFactor implements imported.Store.
func (s *Store) FillTwoFactor(ctx context.Context, userID string, secret []byte) (filled bool, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		return b.prepared(fillTwoFactor, func(stmt *sql.Stmt) error {
			n, err := affectedBy(stmt, userID, secret)
			filled = n > 0
			return err
		})
	})
	return filled, err
}

// KeepDocuments implements imported.Store.
func (s *Store) KeepDocuments(ctx context.Context, documents []imported.Document) (added int, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		added, err = b.keep(documents)
		return err
	})
	return added, err
}

func (b *batch) keep(documents []imported.Document) (added int, err error) {
	err = b.prepared(importDocument, func(stmt *sql.Stmt) error {
		for _, d := range documents {
			n, err := affectedBy(stmt, d.Kind, d.SourceID, d.TargetID, d.OwnerID, millis(d.CreatedAt), d.JSON)
			if err != nil {
				return err
			}
			added += n
		}
		return nil
	})
	return added, err
}

// eraseImported drops what is kept of a person who is erased.
func (b *batch) eraseImported(userID string) error {
	_, err := b.w.conn.ExecContext(context.Background(), eraseDocuments, userID)
	return err
}

// KnownDocuments implements imported.Store.
func (s *Store) KnownDocuments(ctx context.Context, kind string, sourceIDs []string) ([]string, error) {
	wanted, err := json.Marshal(sourceIDs)
	if err != nil {
		return nil, err
	}
	return query(ctx, s.db, knownDocuments, scanText, kind, string(wanted))
}

// KnownMessages implements imported.Store.
func (s *Store) KnownMessages(ctx context.Context, ids []string) ([]string, error) {
	wanted, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	return query(ctx, s.db, knownMessages, scanText, string(wanted))
}

// Documents implements imported.Store.
func (s *Store) Documents(ctx context.Context, kind, after string, limit int) ([]imported.Document, error) {
	return query(ctx, s.db, listedDocuments, func(r row) (d imported.Document, err error) {
		err = r.Scan(&d.Kind, &d.SourceID, &d.TargetID, &d.OwnerID, into{&d.CreatedAt}, &d.JSON)
		return d, err
	}, kind, after, max(0, limit))
}
