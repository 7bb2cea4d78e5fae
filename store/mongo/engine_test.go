package mongo

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"pegasus/id"
)

// engine returns the connection string of the MongoDB server that the tests may use.
func engine(t testing.TB) string {
	t.Helper()
	uri := os.Getenv("TEST_MONGODB_URI")
	if uri != "" {
		return uri
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("TEST_MONGODB_URI names no MongoDB server, and CI may not go without")
	}
	t.Skip("SKIPPED: set TEST_MONGODB_URI to the connection string of a MongoDB server to test this store")
	return ""
}

// connect opens a store on an empty database that is dropped when the test ends.
func connect(t testing.TB) *Store {
	t.Helper()
	return connectTo(t, engine(t), databaseName())
}

func databaseName() string { return "pegasus_test_" + id.New(time.Now()) }

func connectTo(t testing.TB, uri, database string) *Store {
	t.Helper()
	s, err := Open(t.Context(), uri, database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, done := context.WithTimeout(context.Background(), 20*time.Second)
		defer done()
		if err := s.db.Drop(ctx); err != nil {
			t.Error("the test database is left behind:", err)
		}
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ready opens a store that has been ensured.
func ready(t testing.TB) *Store {
	t.Helper()
	s := connect(t)
	ensure(t, s)
	return s
}

func ensure(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s is %v, want %v", what, fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want))
	}
}
