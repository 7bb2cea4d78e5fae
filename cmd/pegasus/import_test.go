package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
	"pegasus/id"
	"pegasus/importer"
	"pegasus/store/sqlite"
)

func TestImportTakesItsArgumentsInAnyOrder(t *testing.T) {
	want := importOptions{from: "mongo", source: "mongodb://h/x", database: "chatapp", secret: "old", dryRun: true}
	for _, args := range [][]string{
		{"mongo", "mongodb://h/x", "--db", "chatapp", "--dry-run", "--source-secret=old"},
		{"mongo", "--dry-run", "mongodb://h/x", "-db=chatapp", "--source-secret", "old"},
		{"mongo", "--source-secret", "old", "--db", "chatapp", "--dry-run", "mongodb://h/x"},
	} {
		got, err := importArguments(args, []string{"BETTER_AUTH_SECRET=unused"}, &bytes.Buffer{})
		if err != nil || got != want {
			t.Errorf("%q gives %+v, %v", args, got, err)
		}
	}
	got, err := importArguments([]string{"mongo", "mongodb://h/x"}, []string{"BETTER_AUTH_SECRET=of the environment"}, &bytes.Buffer{})
	if err != nil || got.secret != "of the environment" {
		t.Errorf("the secret is %q, %v", got.secret, err)
	}
	for _, args := range [][]string{nil, {"mysql"}, {"mongo"}, {"mongo", "--dry-run"}, {"mongo", "a", "b"}, {"mongo", "a", "--nonsense"}, {"slack"}, {"slack", "a", "--db", "b"}, {"mongo", "a", "--roles"}, {"rocketchat", "a", "--source-secret", "x"}} {
		if o, err := importArguments(args, nil, &bytes.Buffer{}); err == nil {
			t.Errorf("%q gives %+v", args, o)
		}
	}
	var help bytes.Buffer
	if _, err := importArguments([]string{"mongo", "-h"}, []string{"BETTER_AUTH_SECRET=hidden"}, &help); err == nil || strings.Contains(help.String(), "hidden") {
		t.Errorf("the help is %s", help.String())
	}
}

func TestImportingAnExportByTheCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "export.jsonl")
	lines := `{"type":"version","version":1}
{"type":"team","team":{"name":"a","type":"O"}}
{"type":"channel","channel":{"team":"a","name":"town","type":"O"}}
{"type":"user","user":{"username":"ada","email":"ada@example.com","roles":"system_admin","teams":[{"name":"a","channels":[{"name":"town"}]}]}}
{"type":"post","post":{"team":"a","channel":"town","user":"ada","message":"hi @ada","create_at":1700000000000}}
`
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	dir := filepath.Join(t.TempDir(), "data")
	command := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"import"}, args...), []string{"DATA_DIR=" + dir}, &out)
		return out.String(), err
	}
	if _, err := command("slack", file); err == nil || !strings.Contains(plain(err), "no zip file") {
		t.Errorf("as one of Slack's it says %v", err)
	}
	text, err := command("mattermost", "--dry-run", file)
	if _, missing := os.Stat(dir); err != nil || missing == nil || !strings.Contains(text, "would come") {
		t.Errorf("a dry run gives %v, leaves %v and says\n%s", err, missing, text)
	}
	if text, err = command("mattermost", file, "--roles"); err != nil || !strings.Contains(text, "are admins here now") {
		t.Fatalf("it gives %v and says\n%s", err, text)
	}
	db, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	town, err := db.ChannelByName(t.Context(), "town")
	if err != nil {
		t.Fatal(err)
	}
	page, err := db.Messages(t.Context(), town.ID, chat.Page{Limit: 10})
	if err != nil || len(page) != 1 || !strings.Contains(page[0].HTML, `data-mention="ada"`) {
		t.Errorf("the messages are %+v, %v", page, err)
	}
}

func TestAWorkspaceIsNotImportedToItself(t *testing.T) {
	for _, test := range []struct {
		here, there, db string
		same            bool
	}{
		{"mongodb://localhost:27017/", "mongodb://u:p@127.0.0.1/chatapp?x=/", "", true},
		{"mongodb://a,b:27017,c", "mongodb://B/other", "chatapp", true},
		{"mongodb://a/", "mongodb://a/other", "", false},
		{"mongodb://a/", "mongodb://b/chatapp", "", false},
		{"mongodb://a:1/", "mongodb://a:2/chatapp", "", false},
	} {
		s := &settings{MongoURI: test.here, MongoDatabase: "chatapp"}
		if got := sameDatabase(s, importOptions{source: test.there, database: test.db}); got != test.same {
			t.Errorf("%s and %s %s: %v", test.here, test.there, test.db, got)
		}
	}
}

func TestProgressIsSaidInALine(t *testing.T) {
	for _, test := range []struct {
		p    importer.Progress
		from int
		took time.Duration
		want string
	}{
		{importer.Progress{Collection: "messages", Done: 500, Total: 2000}, 0, 10 * time.Second, "messages                 ██████░░░░░░░░░░░░░░░░░░  25%  500 of 2000  50/s  30s left"},
		{importer.Progress{Collection: "people", Done: 3, Total: 3}, 0, time.Millisecond, "people                   ████████████████████████ 100%  3 of 3"},
		{importer.Progress{Collection: "none", Done: 0, Total: 0}, 0, 0, "none                     ████████████████████████ 100%  0 of 0"},
	} {
		if got := progressLine(test.p, test.from, test.took); got != test.want {
			t.Errorf("it is\n%s, want\n%s", got, test.want)
		}
	}
}

func TestImportingByTheCommand(t *testing.T) {
	uri := os.Getenv("TEST_MONGODB_URI")
	if uri == "" {
		t.Skip("SKIPPED: set TEST_MONGODB_URI to test imports by the command")
	}
	name := "pegasus_import_" + id.New(time.Now())
	client, err := mongo.Connect(t.Context(), options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Database(name).Drop(context.Background())
		client.Disconnect(context.Background())
	})
	for collection, doc := range map[string]bson.M{
		"users": {"email": "ada@example.test", "role": "admin"}, "channels": {"name": "general", "type": "public"}, "messages": {"content": "lost"},
	} {
		if _, err := client.Database(name).Collection(collection).InsertOne(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(t.TempDir())
	dir := filepath.Join(t.TempDir(), "data")
	environ := []string{"DATA_DIR=" + dir}
	command := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"import", "mongo", uri, "--db", name}, args...), environ, &out)
		return out.String(), err
	}
	text, err := command("--dry-run")
	if _, missing := os.Stat(dir); err != nil || missing == nil || !strings.Contains(text, "would come") {
		t.Errorf("a dry run gives %v, leaves %v and says\n%s", err, missing, text)
	}
	for range 2 {
		if text, err = command(); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"ConnectBest  read  brought  there already", "users     1        0              1", "messages, 1: its channel is not there"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	db, err := sqlite.Open(t.Context(), dir) // as a running server holds it
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if total, _, err := db.CountUsers(t.Context()); err != nil || total != 1 {
		t.Errorf("%d people came, %v", total, err)
	}
	if _, err := command(); err == nil || !strings.Contains(plain(err), "another server is running") || strings.Contains(plain(err), "\n") {
		t.Errorf("beside a running server it says %v", err)
	}
}
