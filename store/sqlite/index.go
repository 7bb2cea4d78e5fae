package sqlite

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"pegasus/chat"
)

// Sizes of what the index takes in one write, which others wait for, and of what a search waits for itself.
const (
	indexBatch    = 64 // messages: 8 ms
	searchBacklog = 8  // batches
)

// Times of the indexer.
const (
	indexDelay = 200 * time.Millisecond // after a write, to take several messages at once
	indexRetry = time.Second            // after a failure
	busyPause  = 4                      // how much longer the pauses are while others write
)

// index brings the index up to date in the background until ctx ends: after a start, and a little after each write. While it
// has much to do it takes half of the writer's time, and a fifth where others write.
func (s *Store) index(ctx context.Context) {
	for wait(ctx, indexDelay) {
		for {
			start := time.Now()
			n, err := s.indexSome(ctx)
			if err != nil && !wait(ctx, indexRetry) || err == nil && n == 0 || ctx.Err() != nil {
				break
			}
			pause := time.Since(start)
			select {
			case <-s.writer.written:
				pause *= busyPause
			default:
			}
			wait(ctx, pause)
		}
		select {
		case <-s.writer.written:
		case <-ctx.Done():
		}
	}
}

// wait reports whether the time has passed before ctx has ended.
func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// catchUp takes what was stored before the call into the index, if that is not much. Where it fails, on a full disk for one,
// the search goes without.
func (s *Store) catchUp(ctx context.Context) {
	for range searchBacklog {
		if behind, err := s.behind(ctx); err != nil || behind == 0 || behind > searchBacklog*indexBatch {
			return
		}
		if n, err := s.indexSome(ctx); err != nil || n == 0 {
			return
		}
	}
}

// behind returns how many messages are not in the index as they are now; of changed ones it counts one.
func (s *Store) behind(ctx context.Context) (n int64, err error) {
	err = s.row(ctx, readIndexBacklog).Scan(&n)
	return n, translate(err)
}

// indexSome takes a batch into the index and returns how many messages that were.
func (s *Store) indexSome(ctx context.Context) (n int, err error) {
	behind, err := s.behind(ctx)
	if err != nil || behind == 0 {
		return 0, err
	}
	err = s.writer.writeQuietly(ctx, func(b *batch) error {
		n, err = b.indexSome()
		return err
	})
	return n, err
}

// indexed is a message on its way into the index.
type indexed struct {
	chat.Indexed
	n int64
}

func (b *batch) indexSome() (int, error) {
	fresh, err := b.unindexed(findUnindexed)
	if err != nil {
		return 0, err
	}
	changed, err := b.unindexed(findReindexed)
	if err != nil {
		return 0, err
	}
	for _, m := range changed {
		if err := b.exec(deletePending, m.n); err != nil {
			return 0, err
		}
	}
	if len(fresh) > 0 {
		if err := b.exec(saveIndexProgress, fresh[len(fresh)-1].n); err != nil {
			return 0, err
		}
	}
	all := append(fresh, changed...)
	// FTS5 gathers rows in ascending order and begins a new segment where one comes before the last.
	slices.SortFunc(all, func(a, b indexed) int { return cmp.Compare(a.place(), b.place()) })
	for _, m := range all {
		if err := b.indexMessage(m); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

func (b *batch) unindexed(which write) ([]indexed, error) {
	return list(context.Background(), b.w.stmts[which], func(r row) (m indexed, err error) {
		err = r.Scan(append([]any{&m.n, &m.Reacted, words{&m.SavedBy}}, messageTargets(&m.Message)...)...)
		return m, err
	}, indexBatch)
}

func (m indexed) place() int64 { return place64(hour(m.CreatedAt), m.n) }

func (b *batch) indexMessage(m indexed) error {
	if m.Deleted {
		return b.exec(deleteIndexed, m.place())
	}
	return b.exec(saveIndexed, m.place(), every+" "+strings.Join(m.Terms(), " "))
}
