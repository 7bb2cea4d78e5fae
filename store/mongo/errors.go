package mongo

import (
	"errors"

	"go.mongodb.org/mongo-driver/mongo"

	"pegasus/fault"
)

// Server errors that mean "not now": shutting down, stepping down, no primary, too slow, too few members to confirm.
var passing = []int{
	6, 7, 24, 50, 64, 79, 89, 91, 100, 112, 133, 136, 189, 202, 262, 9001, 10107, 11600, 11601, 11602, 13388, 13435, 13436,
}

const outOfDiskSpace = 14031

// translate turns a driver's error into one of the domain. Nothing of the driver's text reaches a fault's message. What
// the server says about a command itself (a right that is missing, a command that it lacks) stays as it is and counts as
// Internal.
func translate(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var unreadable *decodeError
	if errors.As(err, &unreadable) {
		return err
	}
	var answer mongo.ServerError
	if !errors.As(err, &answer) || mongo.IsNetworkError(err) || mongo.IsTimeout(err) {
		return away(err)
	}
	if answer.HasErrorCode(outOfDiskSpace) {
		return &fault.Error{Kind: fault.Full, Code: "STORAGE_FULL", Message: "The server has no room left to store this.", Err: err}
	}
	for _, label := range []string{"RetryableWriteError", "TransientTransactionError", "NoWritesPerformed"} {
		if answer.HasErrorLabel(label) {
			return away(err)
		}
	}
	for _, code := range passing {
		if answer.HasErrorCode(code) {
			return away(err)
		}
	}
	return err
}

func away(err error) error {
	return fault.Away("DATABASE_UNAVAILABLE", "The database does not answer at the moment.", err)
}

// orMissing is translate for the read of a single document, with missing where there is none.
func orMissing(err error, missing error) error {
	if errors.Is(err, mongo.ErrNoDocuments) {
		return missing
	}
	return translate(err)
}

// matched returns what an update of a single document comes to, with missing where there was none.
func matched(missing error) func(*mongo.UpdateResult, error) error {
	return func(result *mongo.UpdateResult, err error) error {
		if err == nil && result.MatchedCount == 0 {
			return missing
		}
		return translate(err)
	}
}

// deleted is the same for a deletion.
func deleted(missing error) func(*mongo.DeleteResult, error) error {
	return func(result *mongo.DeleteResult, err error) error {
		if err == nil && result.DeletedCount == 0 {
			return missing
		}
		return translate(err)
	}
}

// orTaken is translate for an insert that one unique index besides _id guards, with taken where it refuses.
func orTaken(err error, taken error) error {
	if mongo.IsDuplicateKeyError(err) {
		return taken
	}
	return translate(err)
}

// decodeError is a stored document that cannot be read: nothing that goes away by waiting.
type decodeError struct{ err error }

func (e *decodeError) Error() string { return "unreadable document: " + e.err.Error() }
func (e *decodeError) Unwrap() error { return e.err }
