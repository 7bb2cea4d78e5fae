package mongo

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

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

// pool holds the names of databases that are ensured and empty. A database is some hundred and fifty files that the
// engine keeps open for a while after a drop; one for each test would run it out of file descriptors.
var pool struct {
	sync.Mutex
	names []string
}

// ready opens a store on an ensured and empty database, which the next test takes over, emptied.
func ready(t testing.TB) *Store {
	t.Helper()
	uri := engine(t)
	s, err := Open(t.Context(), uri, pooled())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, done := context.WithTimeout(context.Background(), 20*time.Second)
		defer done()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := empty(ctx, uri, s.db.Name()); err != nil {
			t.Error("the test database is left as it is:", err)
			return
		}
		pool.Lock()
		defer pool.Unlock()
		pool.names = append(pool.names, s.db.Name())
	})
	ensure(t, s)
	return s
}

func pooled() string {
	pool.Lock()
	defer pool.Unlock()
	last := len(pool.names) - 1
	if last < 0 {
		return databaseName()
	}
	name := pool.names[last]
	pool.names = pool.names[:last]
	return name
}

// empty deletes everything in a database but its version. Indexes stay.
func empty(ctx context.Context, uri, name string) error {
	client, err := mongo.Connect(ctx, options.Client().ApplyURI(uri))
	if err != nil {
		return err
	}
	defer client.Disconnect(ctx)
	db := client.Database(name)
	collections, err := db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return err
	}
	for _, c := range collections {
		filter := bson.D{}
		if c == "workspace" {
			filter = bson.D{{Key: "_id", Value: bson.D{{Key: "$ne", Value: schemaID[0].Value}}}}
		}
		if _, err := db.Collection(c).DeleteMany(ctx, filter); err != nil {
			return err
		}
	}
	return nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, name := range pool.names {
		client, err := mongo.Connect(context.Background(), options.Client().ApplyURI(os.Getenv("TEST_MONGODB_URI")))
		if err == nil {
			err = client.Database(name).Drop(context.Background())
		}
		if err != nil {
			fmt.Println("a test database is left behind:", err)
		}
	}
	os.Exit(code)
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
