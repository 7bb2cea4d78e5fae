package sqlite

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"pegasus/notify"
)

func scanBrowser(r row) (b notify.Browser, err error) {
	err = r.Scan(&b.ID, &b.UserID, &b.SessionID, &b.Endpoint, &b.Key, &b.Auth, &b.UserAgent, into{&b.CreatedAt}, into{&b.UsedAt})
	return b, err
}

// PutBrowser implements notify.Store.
func (s *Store) PutBrowser(ctx context.Context, w notify.Browser, keep int) error {
	return s.writer.write(ctx, func(b *batch) error {
		err := b.exec(upsertBrowser, w.ID, w.UserID, w.SessionID, w.Endpoint, w.Key, w.Auth, w.UserAgent, millis(w.CreatedAt), millis(w.UsedAt))
		if err != nil {
			return err
		}
		return b.exec(trimBrowsers, w.UserID, keep)
	})
}

// Browsers implements notify.Store.
func (s *Store) Browsers(ctx context.Context, userIDs []string) ([]notify.Browser, error) {
	found, err := list(ctx, s.reads[readBrowsers], scanBrowser, document{append([]string{}, userIDs...)})
	slices.SortFunc(found, func(a, b notify.Browser) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(b.ID, a.ID))
	})
	return found, err
}

// Browser implements notify.Store.
func (s *Store) Browser(ctx context.Context, userID, id string) (notify.Browser, error) {
	b, err := scanBrowser(s.row(ctx, readBrowser, userID, id))
	return b, orMissing(err, notify.ErrNoBrowser)
}

// TouchBrowser implements notify.Store.
func (s *Store) TouchBrowser(ctx context.Context, id string, at time.Time) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(touchBrowser, id, millis(at)) })
}

// MoveBrowsers implements notify.Store.
func (s *Store) MoveBrowsers(ctx context.Context, userID, from, to string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(moveBrowsers, userID, from, to) })
}

// DeleteBrowsers implements notify.Store.
func (s *Store) DeleteBrowsers(ctx context.Context, userID string, ids []string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(deleteBrowsers, userID, document{append([]string{}, ids...)}) })
}
