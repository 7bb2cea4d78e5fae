// Package sqlitetest prepares data directories for tests.
package sqlitetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"pegasus/store/sqlite"
)

// Dir returns a directory of the test's own with an empty database whose schema is up to date, so that opening it does not
// take every migration again.
func Dir(t testing.TB) string {
	t.Helper()
	database, err := empty()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), database, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

const name = "pegasus.db"

// empty returns the file of a database that was opened and closed once.
var empty = sync.OnceValues(func() (database []byte, err error) {
	dir, err := os.MkdirTemp("", "pegasus-empty-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	store, err := sqlite.Open(context.Background(), dir)
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, name))
})
