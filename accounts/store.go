package accounts

import (
	"context"
	"time"
)

// Store keeps people and their sessions. Both backends pass storetest.Accounts.
//
// Unless said otherwise a method returns a fault of kind NotFound where the thing is missing, and one of kind
// Unavailable where the database does not answer.
type Store interface {
	// CreateUser stores a new person. A taken address is a Conflict with code EMAIL_TAKEN, a taken username one with
	// code USERNAME_TAKEN. passwordHash may be empty.
	CreateUser(ctx context.Context, u User, passwordHash string) error
	// CreateFirstAdmin is CreateUser for an admin, and a Conflict with code ALREADY_SET_UP where one exists.
	// Of any number of calls at once exactly one succeeds.
	CreateFirstAdmin(ctx context.Context, u User, passwordHash string) error
	User(ctx context.Context, id string) (User, error)
	UserByEmail(ctx context.Context, email string) (User, error)
	UserByUsername(ctx context.Context, username string) (User, error)
	// Users returns those of the ids that exist, in no order.
	Users(ctx context.Context, ids []string) ([]User, error)
	// ListUsers returns up to limit people in the order of their ids, after the id given ("" from the start).
	ListUsers(ctx context.Context, after string, limit int) ([]User, error)
	// SearchUsers finds people whose name, display name, username or address contains query, without regard to case.
	// query is text, never a pattern.
	SearchUsers(ctx context.Context, query string, limit int) ([]User, error)
	// CountUsers returns how many people there are, and how many of them have a status other than offline.
	CountUsers(ctx context.Context) (total, active int, err error)
	HasAdmin(ctx context.Context) (bool, error)
	// UpdateUser applies a change and returns the person after it.
	UpdateUser(ctx context.Context, id string, change UserChange, now time.Time) (User, error)
	// PasswordHash returns the stored hash, "" where the person has no password.
	PasswordHash(ctx context.Context, userID string) (string, error)
	// ReplacePasswordHash stores next where the hash is still current, else it is a Conflict.
	ReplacePasswordHash(ctx context.Context, userID, current, next string, now time.Time) error

	CreateSession(ctx context.Context, s Session) error
	// SessionUser returns a session by the hash of its token together with its person, in one read.
	SessionUser(ctx context.Context, tokenHash string) (Session, User, error)
	// ExtendSession moves the end of a session that still exists, and never brings one back.
	ExtendSession(ctx context.Context, id string, now, expires time.Time) error
	// ListSessions returns a person's unexpired sessions, newest first.
	ListSessions(ctx context.Context, userID string, now time.Time) ([]Session, error)
	// DeleteSession ends one session of a person.
	DeleteSession(ctx context.Context, userID, id string) error
	// DeleteSessions ends all sessions of a person but the one excepted ("" for none) and returns their ids.
	DeleteSessions(ctx context.Context, userID, except string) ([]string, error)
	// DeleteExpiredSessions removes what is past its end and returns how many.
	DeleteExpiredSessions(ctx context.Context, now time.Time) (int, error)
}
