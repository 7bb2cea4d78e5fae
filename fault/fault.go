// Package fault names the ways in which a request can fail, without saying how a door reports them.
//
// Every layer returns these errors; each door turns a Kind into its own answer in one place. An error that carries no
// Kind is Internal: its text is for the log and never reaches a client.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure an error is.
type Kind uint8

const (
	// Internal is a failure that the caller can do nothing about. It is the kind of every foreign error.
	Internal Kind = iota
	// Invalid is input that breaks a rule; Field names the input where there is one.
	Invalid
	// Unauthenticated is a request without a live session or token.
	Unauthenticated
	// Forbidden is a request by someone who may know that the thing exists but may not do this to it.
	Forbidden
	// NotFound is a thing that is not there, or not there for the one who asks.
	NotFound
	// Conflict is a change that clashes with what is stored already.
	Conflict
	// Mismatch is a retry under a known idempotency key with other content.
	Mismatch
	// TooLarge is input over a size limit.
	TooLarge
	// Unsupported is content of a type that is not accepted.
	Unsupported
	// Limited is a request over a rate limit; RetryAfter says when to come back.
	Limited
	// Unavailable is a dependency that does not answer now; RetryAfter says when to come back.
	Unavailable
	// Full is a store without room for the write.
	Full
	// Gone is a thing that was there and will not come back.
	Gone
)

// Error is a failure that a client may be told about.
type Error struct {
	Kind       Kind
	Code       string        // UPPER_SNAKE, stable, for programs
	Message    string        // one sentence, for a person
	Field      string        // the input at fault, empty where there is none
	RetryAfter time.Duration // for Limited and Unavailable
	Err        error         // the cause, for the log only
}

// Error returns the text for the log, cause included.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error of a kind.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Field returns an Invalid error about one input.
func Field(field, code, message string) *Error {
	return &Error{Kind: Invalid, Code: code, Message: message, Field: field}
}

// Away returns an Unavailable error about a dependency that failed with err.
func Away(code, message string, err error) *Error {
	return &Error{Kind: Unavailable, Code: code, Message: message, RetryAfter: 2 * time.Second, Err: err}
}

// From returns the Error inside err, or an Internal one around it. It returns nil for nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "INTERNAL", Message: "Something went wrong on our side. Please try again.", Err: err}
}

// Is reports whether err is a failure of this kind.
func Is(err error, kind Kind) bool {
	return err != nil && From(err).Kind == kind
}
