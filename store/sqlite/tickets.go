package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	lib "modernc.org/sqlite/lib"

	"pegasus/accounts"
)

func scanTicket(r row) (t accounts.Ticket, err error) {
	err = r.Scan(&t.Purpose, &t.Hash, &t.UserID, &t.Email, &t.Data, &t.Tries, into{&t.CreatedAt}, into{&t.ExpiresAt})
	return t, err
}

func (b *batch) storeTicket(which write, t accounts.Ticket) error {
	err := b.exec(which, string(t.Purpose), t.Hash, t.UserID, t.Email, t.Data, t.Tries, millis(t.CreatedAt),
		millis(t.ExpiresAt))
	if breaks(err, lib.SQLITE_CONSTRAINT_PRIMARYKEY) {
		return accounts.ErrTicketExists
	}
	return err
}

// CreateTicket implements accounts.Store.
func (s *Store) CreateTicket(ctx context.Context, t accounts.Ticket) error {
	return s.writer.write(ctx, func(b *batch) error { return b.storeTicket(insertTicket, t) })
}

// ReplaceTickets implements accounts.Store. Nobody's tickets have nothing to do with each other.
func (s *Store) ReplaceTickets(ctx context.Context, t accounts.Ticket) error {
	return s.writer.write(ctx, func(b *batch) error {
		if err := b.exec(deleteTickets, string(t.Purpose), t.UserID); err != nil {
			return err
		}
		return b.storeTicket(insertTicket, t)
	})
}

// Ticket implements accounts.Store.
func (s *Store) Ticket(ctx context.Context, p accounts.Purpose, hash string, now time.Time) (accounts.Ticket, error) {
	t, err := scanTicket(s.row(ctx, readTicket, string(p), hash, millis(now)))
	return t, orMissing(err, accounts.ErrTicketNotFound)
}

// TakeTicket implements accounts.Store.
func (s *Store) TakeTicket(ctx context.Context, p accounts.Purpose, hash string, now time.Time) (accounts.Ticket, error) {
	return s.changeTicket(ctx, takeTicket, string(p), hash, millis(now))
}

// TryTicket implements accounts.Store.
func (s *Store) TryTicket(
	ctx context.Context, p accounts.Purpose, hash string, limit int, now time.Time,
) (accounts.Ticket, error) {
	return s.changeTicket(ctx, tryTicket, string(p), hash, millis(now), limit)
}

// changeTicket runs a statement that returns the ticket it changed.
func (s *Store) changeTicket(ctx context.Context, which write, args ...any) (t accounts.Ticket, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		t, err = scanTicket(b.row(which, args...))
		return orMissing(err, accounts.ErrTicketNotFound)
	})
	return t, err
}

// CountTicket implements accounts.Store. The moment of the try is t.CreatedAt; a ticket that lives keeps its end.
func (s *Store) CountTicket(ctx context.Context, t accounts.Ticket) (tries int, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		err := b.row(countTicket, string(t.Purpose), t.Hash, millis(t.CreatedAt)).Scan(&tries)
		if errors.Is(err, sql.ErrNoRows) {
			tries, t.Tries = 1, 1
			return b.storeTicket(replaceTicket, t)
		}
		return err
	})
	return tries, err
}

// ReturnTry implements accounts.Store.
func (s *Store) ReturnTry(ctx context.Context, p accounts.Purpose, hash string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(returnTry, string(p), hash) })
}

// DeleteTickets implements accounts.Store.
func (s *Store) DeleteTickets(ctx context.Context, p accounts.Purpose, userID string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(deleteTickets, string(p), userID) })
}

// DeleteExpiredTickets implements accounts.Store.
func (s *Store) DeleteExpiredTickets(ctx context.Context, now time.Time) (int, error) {
	return s.remove(ctx, millis(now), deleteExpiredTickets)
}

// remove runs statements that delete what is older than a moment and returns how many rows are gone.
func (s *Store) remove(ctx context.Context, before int64, statements ...write) (gone int, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		for _, which := range statements {
			n, err := b.affected(which, before)
			if err != nil {
				return err
			}
			gone += int(n)
		}
		return nil
	})
	return gone, err
}
