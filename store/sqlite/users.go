package sqlite

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"pegasus/accounts"
)

// CreateUser implements accounts.Store.
func (s *Store) CreateUser(ctx context.Context, u accounts.User, passwordHash string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.createUser(u, passwordHash) })
}

// CreateFirstAdmin implements accounts.Store.
func (s *Store) CreateFirstAdmin(ctx context.Context, u accounts.User, passwordHash string) error {
	u.Role = accounts.RoleAdmin
	return s.writer.write(ctx, func(b *batch) error {
		if exists, err := b.yes(findAdmin); err != nil {
			return err
		} else if exists {
			return accounts.ErrAlreadySetUp
		}
		return b.createUser(u, passwordHash)
	})
}

func (b *batch) createUser(u accounts.User, passwordHash string) error {
	if err := b.freeEmail(u.Email); err != nil {
		return err
	}
	if err := b.freeUsername(u.Username); err != nil {
		return err
	}
	return b.exec(insertUser, append(userValues(u), passwordHash)...)
}

func (b *batch) freeEmail(email string) error {
	taken, err := b.yes(findEmail, email)
	if err == nil && taken {
		return accounts.ErrEmailTaken
	}
	return err
}

func (b *batch) freeUsername(username string) error {
	taken, err := b.yes(findUsername, username)
	if err == nil && taken {
		return accounts.ErrUsernameTaken
	}
	if err != nil {
		return err
	}
	return b.freeOfGroups(username)
}

// searchText returns what SearchUsers looks in. The separator cannot be typed, so that no query spans two fields.
func searchText(u accounts.User) string {
	return fold(strings.Join([]string{u.Name, u.DisplayName, u.Username, u.Email}, "\x1f"))
}

func fold(text string) string { return strings.ToLower(text) }

// User implements accounts.Store.
func (s *Store) User(ctx context.Context, id string) (accounts.User, error) {
	if err := ctx.Err(); err != nil {
		return accounts.User{}, err
	}
	if u, ok := s.cache.user(id); ok {
		return u, nil
	}
	generation := s.cache.now()
	u, err := scanUser(s.row(ctx, readUser, id))
	if err != nil {
		return accounts.User{}, orMissing(err, accounts.ErrUserNotFound)
	}
	s.cache.fill(generation, func() { s.cache.users.put(id, u) })
	return u, nil
}

// UserByEmail implements accounts.Store.
func (s *Store) UserByEmail(ctx context.Context, email string) (accounts.User, error) {
	u, err := scanUser(s.row(ctx, readUserByEmail, email))
	return u, orMissing(err, accounts.ErrUserNotFound)
}

// UserByUsername implements accounts.Store.
func (s *Store) UserByUsername(ctx context.Context, username string) (accounts.User, error) {
	u, err := scanUser(s.row(ctx, readUserByUsername, username))
	return u, orMissing(err, accounts.ErrUserNotFound)
}

// Users implements accounts.Store.
func (s *Store) Users(ctx context.Context, ids []string) ([]accounts.User, error) {
	found := make([]accounts.User, 0, len(ids))
	var missing []string
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		if u, ok := s.cache.user(id); ok {
			found = append(found, u)
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return found, ctx.Err()
	}
	wanted, err := json.Marshal(missing)
	if err != nil {
		return nil, err
	}
	generation := s.cache.now()
	read, err := list(ctx, s.reads[readUsers], scanUser, string(wanted))
	if err != nil {
		return nil, err
	}
	s.cache.fill(generation, func() {
		for _, u := range read {
			s.cache.users.put(u.ID, u)
		}
	})
	return append(found, read...), nil
}

// ListUsers implements accounts.Store.
func (s *Store) ListUsers(ctx context.Context, after string, limit int) ([]accounts.User, error) {
	return list(ctx, s.reads[readUserList], scanUser, after, max(0, limit))
}

// SearchUsers implements accounts.Store.
func (s *Store) SearchUsers(ctx context.Context, query string, limit int) ([]accounts.User, error) {
	return watched(ctx, s.reads[readUserSearch], scanUser, fold(query), max(0, limit))
}

// Bots implements accounts.Store.
func (s *Store) Bots(ctx context.Context, after string, limit int) ([]accounts.User, error) {
	return list(ctx, s.reads[readBots], scanUser, after, max(0, limit))
}

// CountUsers implements accounts.Store.
func (s *Store) CountUsers(ctx context.Context) (total, active int, err error) {
	err = s.row(ctx, readUserCounts).Scan(&total, &active)
	return total, active, translate(err)
}

// TouchUser implements accounts.Store.
func (s *Store) TouchUser(ctx context.Context, id string, at time.Time) error {
	return s.writer.write(ctx, func(b *batch) error {
		b.changed.users = append(b.changed.users, id)
		return b.exec(touchUser, id, millis(at))
	})
}

// CountActive implements accounts.Store.
func (s *Store) CountActive(ctx context.Context, since time.Time) (n int, err error) {
	err = s.row(ctx, readActiveCount, millis(since)).Scan(&n)
	return n, translate(err)
}

// CountAdmins implements accounts.Store.
func (s *Store) CountAdmins(ctx context.Context) (n int, err error) {
	err = s.row(ctx, readAdminCount).Scan(&n)
	return n, translate(err)
}

// HasAdmin implements accounts.Store.
func (s *Store) HasAdmin(ctx context.Context) (found bool, err error) {
	err = s.row(ctx, readAdmin).Scan(&found)
	return found, translate(err)
}

// PasswordHash implements accounts.Store.
func (s *Store) PasswordHash(ctx context.Context, userID string) (string, error) {
	hash, err := scanText(s.row(ctx, readPassword, userID))
	return hash, orMissing(err, accounts.ErrUserNotFound)
}

// ReplacePasswordHash implements accounts.Store.
func (s *Store) ReplacePasswordHash(ctx context.Context, userID, current, next string, now time.Time) error {
	return s.writer.write(ctx, func(b *batch) error {
		if _, err := b.readUser(userID); err != nil {
			return err
		}
		b.changed.users = append(b.changed.users, userID)
		n, err := b.affected(updatePassword, userID, current, next, millis(now))
		if err == nil && n == 0 {
			return accounts.ErrPasswordChanged
		}
		return err
	})
}
