package sqlite

import (
	"context"
	"time"

	"pegasus/mail"
)

func scanMail(r row) (q mail.Queued, err error) {
	err = r.Scan(&q.ID, &q.Kind, &q.To, &q.Sealed, &q.Tries, &q.LastError, into{&q.CreatedAt}, into{&q.NextTry},
		into{&q.SentAt}, into{&q.GivenUpAt})
	return q, err
}

// AddMail implements mail.Store.
func (s *Store) AddMail(ctx context.Context, q mail.Queued) error {
	return s.writer.write(ctx, func(b *batch) error {
		return b.exec(insertMail, q.ID, q.Kind, q.To, blob(q.Sealed), q.Tries, q.LastError, millis(q.CreatedAt),
			millis(q.NextTry), millis(q.SentAt), millis(q.GivenUpAt))
	})
}

// DueMail implements mail.Store. The oldest are those that have been due for the longest time.
func (s *Store) DueMail(ctx context.Context, now, until time.Time, limit int) (due []mail.Queued, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		due, err = list(context.Background(), b.w.stmts[findDueMail], scanMail, millis(now), max(0, limit))
		if err != nil {
			return err
		}
		for i := range due {
			due[i].NextTry = stored(until)
			if err := b.exec(leaseMail, due[i].ID, millis(until)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return due, nil
}

// MailSent implements mail.Store.
func (s *Store) MailSent(ctx context.Context, id string, at time.Time, keep bool) error {
	return s.change(ctx, mail.ErrNotFound, saveSentMail, id, millis(at), keep)
}

// MailFailed implements mail.Store. A mail that was sent or given up meanwhile counts as missing.
func (s *Store) MailFailed(ctx context.Context, id string, reason string, at, next time.Time) error {
	var givenUp int64
	if next.IsZero() {
		givenUp = millis(at)
	}
	return s.change(ctx, mail.ErrNotFound, saveFailedMail, id, reason, millis(next), givenUp)
}

// RecentMail implements mail.Store.
func (s *Store) RecentMail(ctx context.Context, limit int) ([]mail.Queued, error) {
	return list(ctx, s.reads[readRecentMail], scanMail, max(0, limit))
}

// CountMail implements mail.Store.
func (s *Store) CountMail(ctx context.Context) (waiting, failed int, err error) {
	err = s.row(ctx, readMailCounts).Scan(&waiting, &failed)
	return waiting, failed, translate(err)
}

// DeleteMail implements mail.Store.
func (s *Store) DeleteMail(ctx context.Context, before time.Time) (int, error) {
	return s.remove(ctx, millis(before), deleteSentMail, deleteGivenUpMail)
}
