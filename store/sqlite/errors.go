package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"pegasus/accounts"
	"pegasus/fault"
)

// translate turns a driver's error into one of the domain. Faults and the ends of contexts pass unchanged; what nobody
// foresaw stays as it is and counts as Internal.
func translate(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, sql.ErrConnDone) {
		return away(err)
	}
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return err
	}
	switch failure.Code() & 0xff {
	case lib.SQLITE_FULL:
		return &fault.Error{Kind: fault.Full, Code: "STORAGE_FULL", Message: "The server has no room left to store this.", Err: err}
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_NOMEM, lib.SQLITE_PROTOCOL:
		return away(err)
	}
	return err
}

func away(err error) error {
	return fault.Away("DATABASE_UNAVAILABLE", "The database does not answer at the moment.", err)
}

// orMissing is translate for the read of a single row, with missing where there is none.
func orMissing(err error, missing error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return missing
	}
	return translate(err)
}

// breaks reports whether err says that a write clashes with a constraint of this kind.
func breaks(err error, kind int) bool {
	var failure *sqlite.Error
	return errors.As(err, &failure) && failure.Code() == kind
}

// orNoUser returns ErrUserNotFound for a row that hangs on a person who does not exist, else err.
func orNoUser(err error) error {
	if breaks(err, lib.SQLITE_CONSTRAINT_FOREIGNKEY) {
		return accounts.ErrUserNotFound
	}
	return err
}
