package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
)

var _ scs.CtxStore = (*SessionStore)(nil)

// SessionStore keeps the data of scs behind its cookies. Whether a device is signed in is for the session records of
// accounts.Store to say, so that a request in flight which commits once more after a sign-out brings nothing back.
type SessionStore struct{ store *Store }

// cookie is a row of scs: what it stores behind a token, and until when.
type cookie struct {
	data   []byte
	expiry time.Time
}

// Sessions returns the store for scs in the same file.
func (s *Store) Sessions() *SessionStore { return &SessionStore{store: s} }

// FindCtx implements scs.CtxStore.
func (s *SessionStore) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	row, known := s.store.cache.cookie(token)
	if !known {
		generation := s.store.cache.now()
		err := s.store.row(ctx, readCookie, token).Scan(&row.data, into{&row.expiry})
		if errors.Is(err, sql.ErrNoRows) {
			return nil, false, nil
		} else if err != nil {
			return nil, false, translate(err)
		}
		s.store.cache.fill(generation, func() { s.store.cache.cookies.put(token, row) })
	}
	if !row.expiry.After(time.Now()) {
		return nil, false, nil
	}
	return bytes.Clone(row.data), true, nil
}

// CommitCtx implements scs.CtxStore.
func (s *SessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.store.writer.write(ctx, func(b *batch) error {
		b.changed.cookies = append(b.changed.cookies, token)
		return b.exec(upsertCookie, token, data, millis(expiry))
	})
}

// DeleteCtx implements scs.CtxStore.
func (s *SessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.store.writer.write(ctx, func(b *batch) error {
		b.changed.cookies = append(b.changed.cookies, token)
		return b.exec(deleteCookie, token)
	})
}

// Find implements scs.Store.
func (s *SessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit implements scs.Store.
func (s *SessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete implements scs.Store.
func (s *SessionStore) Delete(token string) error {
	return s.DeleteCtx(context.Background(), token)
}
