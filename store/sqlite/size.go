package sqlite

import "context"

// Size returns the bytes of the file, without what waits in its log.
func (s *Store) Size(ctx context.Context) (n int64, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()").Scan(&n)
	return n, translate(err)
}
