package sqlite

import (
	"context"
	"time"

	lib "modernc.org/sqlite/lib"

	"pegasus/chat"
)

func scanReport(r row) (p chat.Report, err error) {
	err = r.Scan(&p.ID, &p.MessageID, &p.ChannelID, &p.AuthorID, &p.ReporterID, &p.Reason, &p.Disclosed, into{&p.CreatedAt},
		&p.ForAdmins, &p.Resolution, &p.ResolvedBy, into{&p.ResolvedAt})
	return p, err
}

// AddReport implements chat.Store.
func (s *Store) AddReport(ctx context.Context, r chat.Report) error {
	return s.writer.write(ctx, func(b *batch) error {
		err := b.exec(insertReport, r.ID, r.MessageID, r.ChannelID, r.AuthorID, r.ReporterID, r.Reason, r.Disclosed,
			millis(r.CreatedAt), r.ForAdmins, string(r.Resolution), r.ResolvedBy, millis(r.ResolvedAt))
		if breaks(err, lib.SQLITE_CONSTRAINT_UNIQUE) {
			return chat.ErrReported
		}
		return err
	})
}

// OpenReports implements chat.Store.
func (s *Store) OpenReports(ctx context.Context, forAdmins bool, before string, limit int) ([]chat.Report, error) {
	return list(ctx, s.reads[readOpenReports], scanReport, forAdmins, before, max(0, limit))
}

// OpenReportsOf implements chat.Store.
func (s *Store) OpenReportsOf(ctx context.Context, messageID string, limit int) ([]chat.Report, error) {
	return list(ctx, s.reads[readOpenReportsOf], scanReport, messageID, max(0, limit))
}

// CountOpenReports implements chat.Store.
func (s *Store) CountOpenReports(ctx context.Context, forAdmins bool, limit int) (n int, err error) {
	err = s.row(ctx, readOpenReportCount, forAdmins, limit).Scan(&n)
	return n, translate(err)
}

// HandOnReports implements chat.Store.
func (s *Store) HandOnReports(ctx context.Context, messageID string) (int, error) {
	return s.changeReports(ctx, handOnReports, messageID)
}

// ResolveReports implements chat.Store.
func (s *Store) ResolveReports(ctx context.Context, messageID string, how chat.Resolution, by string, at time.Time) (int, error) {
	return s.changeReports(ctx, resolveReports, messageID, string(how), by, millis(at))
}

func (s *Store) changeReports(ctx context.Context, which write, args ...any) (changed int, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		n, err := b.affected(which, args...)
		changed = int(n)
		return err
	})
	return changed, err
}

// MessagesByID implements chat.Store.
func (s *Store) MessagesByID(ctx context.Context, ids []string) ([]chat.Message, error) {
	return list(ctx, s.reads[readMessagesByID], scanMessage, document{ids})
}

// ChannelsByID implements chat.Store.
func (s *Store) ChannelsByID(ctx context.Context, ids []string) ([]chat.Channel, error) {
	return list(ctx, s.reads[readChannelsByID], scanChannel, document{ids})
}
