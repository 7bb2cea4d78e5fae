package sqlite

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/store/storetest"
)

// oldSchema returns the directory of a database that has taken the first steps only.
func oldSchema(t *testing.T, steps int, rows string) string {
	t.Helper()
	all := migrations
	migrations = all[:steps]
	defer func() { migrations = all }()
	dir := t.TempDir()
	db, err := connect(t.Context(), filepath.Join(dir, "pegasus.db"), 1, writerSettings)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := migrate(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPeopleAndSessionsOfTheFirstSchemaAreKept(t *testing.T) {
	dir := oldSchema(t, 1, `
		INSERT INTO users VALUES ('000000000000000000000001', 'ada@example.test', 1, 'Ada', 'ada', 'Countess', '/a', 'admin',
			'{}', 'busy', 'hm', '1', 'g', 'google', 0, 1000, 2000, 3000, 'hash', 'ada'||char(31)||'countess'||char(31)||'ada'||char(31)||'ada@example.test');
		INSERT INTO users VALUES ('000000000000000000000002', 'gone@example.test', 0, 'Gone', 'gone', '', '', 'user',
			'{}', 'online', '', '', '', '', 1, 1000, 1000, 0, '', 'gone');
		INSERT INTO sessions VALUES ('000000000000000000000003', '000000000000000000000001', 'token', '192.0.2.7', 'Browser',
			1, 4000, 5000, 9000000000000);`)
	store, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Ensure(t.Context()); err != nil {
		t.Error(err)
	}
	session, user, err := store.SessionUser(t.Context(), "token")
	if err != nil {
		t.Fatal(err)
	}
	second := func(n int64) time.Time { return time.Unix(n, 0).UTC() }
	wantUser := accounts.User{
		ID: "000000000000000000000001", Email: "ada@example.test", EmailVerified: true, Name: "Ada", Username: "ada",
		DisplayName: "Countess", Avatar: "/a", Role: accounts.RoleAdmin, Preferences: "{}", Status: accounts.StatusBusy,
		StatusMessage: "hm", Phone: "1", GoogleID: "g", OAuthProvider: "google",
		Notify: accounts.Notify{NewDevice: true}, CreatedAt: second(1), UpdatedAt: second(2), LastLogin: second(3), LastActive: second(5),
	}
	if user != wantUser {
		t.Errorf("the person is\n%+v, want\n%+v", user, wantUser)
	}
	wantSession := accounts.Session{
		ID: "000000000000000000000003", UserID: user.ID, TokenHash: "token", Address: "192.0.2.7", UserAgent: "Browser",
		Way: accounts.WayPassword, Remember: true, CreatedAt: second(4), UpdatedAt: second(5), SeenAt: second(5),
		ProvenAt: second(4), ExpiresAt: second(9_000_000_000),
	}
	if session != wantSession {
		t.Errorf("the session is\n%+v, want\n%+v", session, wantSession)
	}
	if hash, err := store.PasswordHash(t.Context(), user.ID); err != nil || hash != "hash" {
		t.Errorf("the hash is %q, %v", hash, err)
	}
	found, total, err := store.FindUsers(t.Context(), accounts.UserQuery{
		Search: "ADA", SearchIn: accounts.UserName, SearchAt: accounts.MatchEndsWith, Limit: 10})
	if err != nil || total != 1 || !slices.Equal(found, []accounts.User{user}) {
		t.Errorf("finding the person gives %+v, %d, %v", found, total, err)
	}
	if total, active, err := store.CountUsers(t.Context()); err != nil || total != 1 || active != 1 {
		t.Errorf("the counts are %d and %d, %v", total, active, err)
	}
}

func TestAnUpgradedDatabaseHasTheSchemaOfANewOne(t *testing.T) {
	schema := func(dir string) (lines []string) {
		store, err := Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		lines, err = query(t.Context(), store.db, "SELECT name || coalesce(sql, '') FROM sqlite_schema ORDER BY name", scanText)
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	fresh := schema(t.TempDir())
	for steps := range migrations {
		if got := schema(oldSchema(t, steps, "")); !slices.Equal(got, fresh) {
			t.Errorf("from schema %d it is %q, want %q", steps, got, fresh)
		}
	}
}

func TestWhatAccountsKeepOutlivesAClose(t *testing.T) {
	dir := t.TempDir()
	store, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	user := storetest.AddUser(t, store, "ada")
	used := storetest.Ticket(accounts.PurposeReset, user.ID, "used")
	kept := storetest.Ticket(accounts.PurposeReset, user.ID, "kept")
	for _, ticket := range []accounts.Ticket{used, kept} {
		if err := store.CreateTicket(t.Context(), ticket); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.TakeTicket(t.Context(), used.Purpose, used.Hash, storetest.Start); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err = Open(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if got, err := store.Ticket(t.Context(), kept.Purpose, kept.Hash, storetest.Start); err != nil || got != kept {
		t.Errorf("the ticket that was kept is %+v, %v", got, err)
	}
	if got, err := store.Ticket(t.Context(), used.Purpose, used.Hash, storetest.Start); err == nil {
		t.Errorf("the ticket that was used is back: %+v", got)
	}
}
