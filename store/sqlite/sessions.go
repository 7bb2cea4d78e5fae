package sqlite

import (
	"context"
	"time"

	"pegasus/accounts"
)

// CreateSession implements accounts.Store.
func (s *Store) CreateSession(ctx context.Context, session accounts.Session) error {
	return s.writer.write(ctx, func(b *batch) error {
		return orNoUser(b.exec(insertSession, session.ID, session.UserID, session.TokenHash, session.Address, session.UserAgent,
			session.Remember, millis(session.CreatedAt), millis(session.UpdatedAt), millis(session.ExpiresAt),
			string(session.Way), session.ImpersonatedBy, millis(session.SeenAt), millis(session.ProvenAt)))
	})
}

// SessionUser implements accounts.Store.
func (s *Store) SessionUser(
	ctx context.Context, tokenHash string,
) (session accounts.Session, u accounts.User, err error) {
	if err := ctx.Err(); err != nil {
		return session, u, err
	}
	if session, u, ok := s.cache.sessionUser(tokenHash); ok {
		return session, u, nil
	}
	generation := s.cache.now()
	err = s.row(ctx, readSessionUser, tokenHash).Scan(append(sessionTargets(&session), userTargets(&u)...)...)
	if err != nil {
		return accounts.Session{}, accounts.User{}, orMissing(err, accounts.ErrSessionNotFound)
	}
	s.cache.fill(generation, func() {
		s.cache.sessions.put(tokenHash, session)
		s.cache.users.put(u.ID, u)
	})
	return session, u, nil
}

// Session implements accounts.Store.
func (s *Store) Session(ctx context.Context, id string) (accounts.Session, error) {
	session, err := scanSession(s.row(ctx, readSession, id))
	return session, orMissing(err, accounts.ErrSessionNotFound)
}

// UpdateSession implements accounts.Store.
func (s *Store) UpdateSession(ctx context.Context, id string, change accounts.SessionChange, now time.Time) error {
	return s.writer.write(ctx, func(b *batch) error {
		ids, err := b.changeSessions(updateSession, id, millis(now), changed(change.UpdatedAt), changed(change.SeenAt),
			changed(change.ProvenAt), changed(change.ExpiresAt))
		if err == nil && len(ids) == 0 {
			return accounts.ErrSessionNotFound
		}
		return err
	})
}

// ListSessions implements accounts.Store.
func (s *Store) ListSessions(ctx context.Context, userID string, now time.Time) ([]accounts.Session, error) {
	return list(ctx, s.reads[readSessions], scanSession, userID, millis(now))
}

// DeleteSession implements accounts.Store.
func (s *Store) DeleteSession(ctx context.Context, userID, id string) error {
	return s.writer.write(ctx, func(b *batch) error {
		ids, err := b.changeSessions(deleteSession, userID, id)
		if err == nil && len(ids) == 0 {
			return accounts.ErrSessionNotFound
		}
		return err
	})
}

// DeleteSessions implements accounts.Store.
func (s *Store) DeleteSessions(ctx context.Context, userID, except string) (ids []string, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		ids, err = b.changeSessions(deleteSessions, userID, except)
		return err
	})
	return ids, err
}

// DeleteExpiredSessions implements accounts.Store. It removes what scs keeps of them too, uncounted.
func (s *Store) DeleteExpiredSessions(ctx context.Context, now time.Time) (n int, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		ids, err := b.changeSessions(deleteExpiredSessions, millis(now))
		if err != nil {
			return err
		}
		n = len(ids)
		return b.exec(deleteExpiredCookies, millis(now)) // the cache keeps their ends beside them
	})
	return n, err
}

// changeSessions runs a statement that returns the id and the token of each session it changed, and returns the ids.
func (b *batch) changeSessions(which write, args ...any) ([]string, error) {
	type key struct{ id, tokenHash string }
	keys, err := list(context.Background(), b.w.stmts[which], func(r row) (k key, err error) {
		err = r.Scan(&k.id, &k.tokenHash)
		return k, err
	}, args...)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = k.id
		b.changed.sessions = append(b.changed.sessions, k.tokenHash)
	}
	return ids, nil
}
