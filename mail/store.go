// Package mail writes letters and sends them by SMTP from a durable outbox.
package mail

import (
	"context"
	"time"

	"pegasus/fault"
)

// ErrNotFound is what a Store answers about a mail that it does not have.
var ErrNotFound = fault.New(fault.NotFound, "MAIL_NOT_FOUND", "There is no such mail.")

// Store keeps mail until it is sent. Both backends pass storetest.Mail.
//
// A method returns a fault of kind NotFound where the mail is missing and one of kind Unavailable where the database
// does not answer.
type Store interface {
	// AddMail keeps a mail durably.
	AddMail(ctx context.Context, q Queued) error
	// DueMail returns up to limit mails whose NextTry is not after now and that are neither sent nor given up, oldest
	// first, and moves their NextTry to until. Of any number of calls at once each mail goes to one.
	DueMail(ctx context.Context, now, until time.Time, limit int) ([]Queued, error)
	// MailSent records that a mail went out, and drops its sealed content unless keep.
	MailSent(ctx context.Context, id string, at time.Time, keep bool) error
	// MailFailed records a failure at a time, which counts as a try, and when to try next; next zero gives the mail up and
	// drops its sealed content.
	MailFailed(ctx context.Context, id string, reason string, at, next time.Time) error
	// RecentMail returns up to limit mails, newest first.
	RecentMail(ctx context.Context, limit int) ([]Queued, error)
	// CountMail returns how many mails wait, and how many were given up.
	CountMail(ctx context.Context) (waiting, failed int, err error)
	// DeleteMail removes what was sent or given up before a time and returns how many.
	DeleteMail(ctx context.Context, before time.Time) (int, error)
}

// Queued is a mail in the outbox. Mails carry links that sign people in, so their content is sealed.
type Queued struct {
	ID        string
	Kind      string
	To        string
	Sealed    []byte // subject, text and HTML, encrypted
	Tries     int
	LastError string
	CreatedAt time.Time
	NextTry   time.Time
	SentAt    time.Time // zero where it was not sent
	GivenUpAt time.Time // zero where it was not given up
}
