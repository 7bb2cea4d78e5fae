package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"runtime"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// setting is a pragma and the value that reading it back must give.
type setting struct{ name, value string }

// A driver that does not understand a setting ignores it in silence, so each is read back on each connection.
var (
	writerSettings = []setting{
		{"busy_timeout", "5000"},
		{"synchronous", "2"}, // FULL: the log is on the disk before COMMIT returns
		{"foreign_keys", "1"},
		{"temp_store", "2"}, // memory: a full disk must not fail a sort
		{"cache_size", "-16384"},
		{"wal_autocheckpoint", "1000"},
		{"journal_size_limit", "33554432"},
	}
	readerSettings = []setting{
		{"busy_timeout", "5000"},
		{"query_only", "1"},
		{"temp_store", "2"},
		{"cache_size", "-8192"},
	}
)

// readers is the number of connections for reading.
func readers() int { return max(4, runtime.GOMAXPROCS(0)) }

// connect opens n connections with the settings and verifies each.
func connect(ctx context.Context, path string, n int, settings []setting) (*sql.DB, error) {
	query := url.Values{"_dqs": {"0"}}
	for _, s := range settings {
		query.Add("_pragma", fmt.Sprintf("%s(%s)", s.name, s.value))
	}
	// Only a file: name keeps its parameters, and only an escaped path keeps its '?' and '#'.
	name := (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	if err := verify(ctx, db, n, settings); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// verify reads the settings back on n connections held at once, so that each of them is another one.
func verify(ctx context.Context, db *sql.DB, n int, settings []setting) error {
	for range n {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		for _, s := range settings {
			if err := verifySetting(ctx, conn, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func verifySetting(ctx context.Context, conn *sql.Conn, s setting) error {
	var value string
	if err := conn.QueryRowContext(ctx, "PRAGMA "+s.name).Scan(&value); err != nil {
		return fmt.Errorf("read the setting %s: %w", s.name, err)
	}
	if !strings.EqualFold(value, s.value) {
		return fmt.Errorf("the database did not take the setting %s = %s: it says %s", s.name, s.value, value)
	}
	return nil
}

// setWAL turns on the write-ahead log. It is a property of the file and is set once, before other connections exist.
func setWAL(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return fmt.Errorf("turn on the write-ahead log: %w", err)
	}
	return verifySetting(ctx, conn, setting{"journal_mode", "wal"})
}
