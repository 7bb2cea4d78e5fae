// Package sqlite keeps everything in one SQLite file.
//
// One goroutine writes. It commits whatever waits in one transaction and answers after the commit, so an answer means
// that the write is on the disk. Readers have connections of their own and never wait for it. No other process writes
// to the file, which is what makes the cache in front of it exact.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/mail"
	"pegasus/notify"
	"pegasus/ops"
	"pegasus/plugins"
	"pegasus/queue"
)

var (
	_ accounts.Store = (*Store)(nil)
	_ notify.Store   = (*Store)(nil)
	_ chat.Store     = (*Store)(nil)
	_ mail.Store     = (*Store)(nil)
	_ ops.Store      = (*Store)(nil)
	_ queue.Store    = (*Store)(nil)
	_ plugins.Store  = (*Store)(nil)
)

// Store is an open database. It is safe for use by many goroutines.
type Store struct {
	lock   *os.File
	db     *sql.DB // for reading
	reads  [readCount]*sql.Stmt
	writer *writer
	cache  *cache
	path   string

	endIndexing context.CancelFunc
	indexing    sync.WaitGroup
}

// Open opens the database in dir, which it creates where it is missing, and brings its schema up to date. It fails where
// another process has the directory open, where the file was used with a newer program, and where the database does not
// take a setting on which durability rests.
func Open(ctx context.Context, dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the data directory: %w", err)
	}
	lock, err := Lock(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{lock: lock, cache: newCache(), path: filepath.Join(dir, fileName)}
	if err := s.open(ctx, s.path); err != nil {
		s.Close()
		return nil, fmt.Errorf("open %s: %w", s.path, err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, path string) error {
	if err := makePrivate(path); err != nil {
		return err
	}
	var err error
	if s.writer, err = startWriter(ctx, path, s.cache); err != nil {
		return err
	}
	if s.db, err = connect(ctx, path, readers(), readerSettings); err != nil {
		return err
	}
	for i, text := range readText {
		if s.reads[i], err = s.db.PrepareContext(ctx, text); err != nil {
			return fmt.Errorf("prepare %q: %w", text, err)
		}
	}
	life, end := context.WithCancel(context.Background())
	s.endIndexing = end
	s.indexing.Go(func() { s.index(life) })
	return nil
}

// makePrivate gives the file to its owner alone; SQLite copies the mode to its log. It runs before the driver opens the
// file, because closing any other descriptor of it later would drop the driver's locks.
func makePrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Chmod(0o600), file.Close())
}

// Watch tells seen how long each read of a row and each commit takes from now on.
func (s *Store) Watch(seen func(time.Duration)) { s.writer.watch.Store(&seen) }

// Close writes what still waits, folds the log into the file, and frees the directory.
func (s *Store) Close() error {
	var failures []error
	if s.endIndexing != nil {
		s.endIndexing()
		s.indexing.Wait()
	}
	if s.db != nil {
		failures = append(failures, s.db.Close()) // first, since a reader would hold the log back
	}
	if s.writer != nil {
		failures = append(failures, s.writer.close())
	}
	return errors.Join(append(failures, s.lock.Close())...)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return translate(s.reads[readOne].QueryRowContext(ctx).Scan(&one))
}

// Tables returns the names of the tables, in order.
func (s *Store) Tables(ctx context.Context) ([]string, error) {
	return list(ctx, s.reads[readTables], scanText)
}

// Ensure leaves a complete schema behind. Open has brought it up to date and no other program writes to the file, so all
// that is left to do is to see that this still holds.
func (s *Store) Ensure(ctx context.Context) error {
	var version int
	if err := s.reads[readVersion].QueryRowContext(ctx).Scan(&version); err != nil {
		return translate(err)
	}
	if version != len(migrations) {
		return fmt.Errorf("the schema has version %d instead of %d", version, len(migrations))
	}
	return nil
}
