package importer_test

import (
	"context"
	"os"
	"testing"
	"time"

	"pegasus/id"
	"pegasus/importer/importertest"
	"pegasus/store/mongo"
	"pegasus/store/sqlite"
	"pegasus/store/sqlite/sqlitetest"
)

func TestImports(t *testing.T) {
	uri := os.Getenv("TEST_MONGODB_URI")
	if uri == "" {
		t.Skip("SKIPPED: set TEST_MONGODB_URI to test imports here; test/mongo does so against a stand-in")
	}
	importertest.Run(t, uri, stores()...)
}

func TestImportsOfRocketChat(t *testing.T) {
	uri := os.Getenv("TEST_MONGODB_URI")
	if uri == "" {
		t.Skip("SKIPPED: set TEST_MONGODB_URI to test imports of Rocket.Chat here; test/mongo does so against a stand-in")
	}
	importertest.Rocket(t, uri, stores()...)
}

func TestImportsOfSlack(t *testing.T) { importertest.Slack(t, stores()...) }

func TestImportsOfMattermost(t *testing.T) { importertest.Mattermost(t, stores()...) }

// stores are those that there are to import to.
func stores() []importertest.Opener {
	openers := []importertest.Opener{{Name: "sqlite", Open: openSQLite}}
	if uri := os.Getenv("TEST_MONGODB_URI"); uri != "" {
		openers = append(openers, importertest.Opener{Name: "mongodb", Open: func(t *testing.T) importertest.Workspace { return openMongo(t, uri) }})
	}
	return openers
}

func openSQLite(t *testing.T) importertest.Workspace {
	store, err := sqlite.Open(t.Context(), sqlitetest.Dir(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func openMongo(t *testing.T, uri string) importertest.Workspace {
	name := "pegasus_test_" + id.New(time.Now())
	importertest.DropAfter(t, uri, name)
	store, err := mongo.Open(t.Context(), uri, name)
	if err == nil {
		err = store.Ensure(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return store
}
