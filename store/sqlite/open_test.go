package sqlite

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/fault"
	"pegasus/store/storetest"
)

func TestReopenKeepsEverything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a?b#c %41")
	store, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	user := storetest.AddUser(t, store, "ada")
	channel := storetest.AddChannel(t, store, "general", user)
	message := storetest.Post(t, store, channel.ID, user.ID, "hello")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"": 0o700, "pegasus.db": 0o600, "pegasus.lock": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%q has mode %v, want %v", name, info.Mode().Perm(), want)
		}
	}
	if log, err := os.Stat(filepath.Join(dir, "pegasus.db-wal")); err == nil && log.Size() > 0 {
		t.Errorf("a log of %d bytes is left behind", log.Size())
	}

	store, err = Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if got, err := store.Message(t.Context(), message.ID); err != nil || !reflect.DeepEqual(got, message) {
		t.Fatalf("after opening again the message is %+v, %v", got, err)
	}
	if next := storetest.Post(t, store, channel.ID, user.ID, "again"); next.Seq != 2 {
		t.Fatalf("after opening again the next number is %d", next.Seq)
	}
}

func TestSecondServerIsRefused(t *testing.T) {
	dir := t.TempDir()
	store, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "another server is running") {
		t.Fatalf("opening twice gives %v", err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatalf("the directory stays locked after Close: %v", err)
	}
	again.Close()
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	store, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.writer.conn.ExecContext(t.Context(), "PRAGMA user_version = 9999"); err != nil {
		t.Fatal(err)
	}
	if err := store.Ensure(t.Context()); err == nil {
		t.Error("Ensure accepts a schema that is not this program's")
	}
	store.Close()
	if _, err := Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "newer program") {
		t.Fatalf("a newer schema gives %v", err)
	}
}

func TestSettingThatIsNotTakenIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	for _, bad := range []setting{{"synchronous", "9"}, {"no_such_setting", "1"}} {
		if db, err := connect(t.Context(), path, 2, []setting{{"busy_timeout", "5000"}, bad}); err == nil {
			db.Close()
			t.Errorf("%v is accepted", bad)
		}
	}
}

func TestReadersCannotWrite(t *testing.T) {
	store := openTest(t)
	if _, err := store.db.ExecContext(t.Context(), "DELETE FROM users"); err == nil {
		t.Fatal("a reader may write")
	}
}

func TestInspection(t *testing.T) {
	store := openTest(t)
	if err := store.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if err := store.Ensure(t.Context()); err != nil {
		t.Error(err)
	}
	tables, err := store.Tables(t.Context())
	want := []string{"alarm_changes", "audit_events", "bookmarks", "browsers", "channels", "custom_emoji", "drafts", "group_members", "hooks", "imported", "invitations", "jobs", "measures", "members", "mentions", "message_embeddings", "message_reactions",
		"message_versions", "messages", "mutes", "notification_preferences", "outbox", "passkeys", "plugin_blobs", "plugin_budgets", "plugin_commands",
		"plugin_conversations", "plugin_exchanges", "plugin_installs", "plugin_runs", "plugin_usage", "plugin_values", "plugin_versions",
		"plugins", "profile_values", "provider_accounts", "reports", "scs_sessions", "search", "search_pending",
		"search_progress", "sessions", "settings", "threads", "tickets", "tokens", "two_factor", "uploads", "user_groups", "users"}
	if err != nil || !slices.Equal(tables, want) {
		t.Errorf("the tables are %v, %v", tables, err)
	}
}

func TestClosedStoreIsUnavailable(t *testing.T) {
	store, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.CreateUser(t.Context(), storetest.User("ada"), ""); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a write after Close gives %v", err)
	}
}

func TestSessionStoreKeepsDataUntilItsEnd(t *testing.T) {
	store := openTest(t)
	cookies := store.Sessions()
	want := func(token, data string) {
		t.Helper()
		got, found, err := cookies.Find(token)
		if err != nil || found != (data != "") || string(got) != data {
			t.Fatalf("%s holds %q, %v, %v; want %q", token, got, found, err, data)
		}
	}
	commit := func(token, data string, life time.Duration) {
		t.Helper()
		if err := cookies.Commit(token, []byte(data), time.Now().Add(life)); err != nil {
			t.Fatal(err)
		}
	}
	want("token", "")
	commit("token", "one", time.Hour)
	want("token", "one")
	commit("token", "two", time.Hour)
	want("token", "two")
	commit("expired", "old", -time.Second)
	want("expired", "")
	if _, err := store.DeleteExpiredSessions(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	want("token", "two")
	if err := cookies.Delete("token"); err != nil {
		t.Fatal(err)
	}
	want("token", "")
	if err := cookies.Delete("token"); err != nil {
		t.Fatalf("deleting twice gives %v", err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	b := newBounded[int, int](3)
	for i := range 10 {
		b.put(i, i)
		b.put(i, i*2)
		if row, ok := b.get(i); !ok || row != i*2 {
			t.Fatalf("the newest row is %d, %v", row, ok)
		}
	}
	if len(b.rows) != 3 {
		t.Fatalf("%d rows are held, want 3", len(b.rows))
	}
}
