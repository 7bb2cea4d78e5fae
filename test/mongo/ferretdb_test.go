// Package mongo runs the conformance suite of the MongoDB store against FerretDB in process, for machines where no MongoDB
// server is at hand. FerretDB speaks the wire protocol and keeps unique indexes; it does not honour write concerns, so this
// says nothing about durability, and it knows no plans, so nothing about speed.
package mongo

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"

	"pegasus/accounts"
	"pegasus/id"
	"pegasus/importer/importertest"
	"pegasus/mail"
	"pegasus/store/mongo"
	"pegasus/store/sqlite"
	"pegasus/store/storetest"
)

func TestAccounts(t *testing.T) {
	uri := engine(t)
	storetest.Accounts(t, func(t *testing.T) accounts.Store { return open(t, uri) })
}

func TestChat(t *testing.T) {
	uri := engine(t)
	storetest.Chat(t, func(t *testing.T) storetest.Store { return open(t, uri) })
}

func TestMail(t *testing.T) {
	uri := engine(t)
	storetest.Mail(t, func(t *testing.T) mail.Store { return open(t, uri) })
}

func TestImport(t *testing.T) {
	uri := engine(t)
	storetest.Import(t, func(t *testing.T) storetest.ImportStore { return open(t, uri) })
}

// engine starts FerretDB over SQLite files that go with the test, and returns its connection string.
func engine(t *testing.T) string {
	t.Helper()
	if os.Getenv("TEST_MONGODB_URI") != "" {
		t.Skip("SKIPPED: TEST_MONGODB_URI names a real MongoDB server, which the tests of store/mongo use")
	}
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:    slog.New(slog.DiscardHandler),
		Handler:   "sqlite",
		SQLiteURL: "file:" + t.TempDir() + "/",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		f.Run(ctx)
		close(ended)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return f.MongoDBURI()
}

func open(t *testing.T, uri string) *mongo.Store {
	t.Helper()
	s, err := mongo.Open(t.Context(), uri, "test_"+id.New(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := s.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestImports(t *testing.T) {
	uri := engine(t)
	stores := []importertest.Opener{
		{Name: "mongodb", Open: func(t *testing.T) importertest.Workspace { return open(t, uri) }},
		{Name: "sqlite", Open: openSQLite},
	}
	importertest.Run(t, uri, stores...)
	importertest.Rocket(t, uri, stores...)
	importertest.Slack(t, stores...)
	importertest.Mattermost(t, stores...)
}

func openSQLite(t *testing.T) importertest.Workspace {
	s, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
