package handlers

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"pegasus/chat"
)

// dump returns everything that the database holds but the search index, which follows the messages by itself.
func (w *world) dump() string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.Dir, "*.db"))
	must(w.t, err)
	if len(files) != 1 {
		w.t.Fatalf("database files: %v", files)
	}
	db, err := sql.Open("sqlite", "file:"+files[0]+"?mode=ro")
	must(w.t, err)
	defer db.Close()
	var out strings.Builder
	for _, table := range w.column(db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search%' ORDER BY name`) {
		for _, row := range w.column(db, fmt.Sprintf(`SELECT '[' || %s || ']' AS line FROM %s ORDER BY line`, w.columns(db, table), table)) {
			fmt.Fprintln(&out, table, row)
		}
	}
	return out.String()
}

// columns lists the columns of a table as an expression that shows values of every type.
func (w *world) columns(db *sql.DB, table string) string {
	list := w.column(db, `SELECT 'quote("' || name || '")' FROM pragma_table_info('`+table+`')`)
	return strings.Join(list, ` || ',' || `)
}

func (w *world) column(db *sql.DB, query string) (values []string) {
	w.t.Helper()
	rows, err := db.Query(query)
	must(w.t, err)
	defer rows.Close()
	for rows.Next() {
		var value string
		must(w.t, rows.Scan(&value))
		values = append(values, value)
	}
	must(w.t, rows.Err())
	return values
}

func TestReadingChangesNothing(t *testing.T) {
	s := newScene(t)
	s.set("work")
	open := s.world.channel(s.keeper, "open", chat.Public)
	theirs := s.say(s.keeper, open.ID, "unread")
	before := s.dump()
	for _, part := range []string{"messages [", "users [", "members [", "sessions ["} {
		if !strings.Contains(before, part) {
			t.Fatalf("the dump holds no %s: %.500s", part, before)
		}
	}
	paths := append(pages(s.channel.ID, s.message.ID), pages(open.ID, theirs.ID)...)
	for pattern, c := range table { // addresses that change something when they are posted to
		if strings.HasPrefix(pattern, "POST ") {
			paths = append(paths, strings.NewReplacer("{P}", s.channel.ID, "{M}", s.message.ID).Replace(c.path)+"?"+c.form)
		}
	}
	for _, path := range paths {
		for _, who := range s.actors() {
			for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
				s.do(s.request(who, method, path, nil))
				s.script(who, method, path)
			}
		}
	}
	if after := s.dump(); after != before {
		t.Errorf("the database was\n%s\nand is\n%s", before, after)
	}
}

func TestANoticeIsShownOnceAndOnAWholePageAlone(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.post(ada, "/profile", "phone", "1").sends("/profile")
	if strings.Contains(w.script(ada, "GET", "/chat/"+w.general().ID).want(200).Body.String(), "Your profile is saved") {
		t.Error("a part of a page took the notice")
	}
	w.get(ada, "/profile").want(200, "Your profile is saved")
	if strings.Contains(w.get(ada, "/profile").want(200).Body.String(), "Your profile is saved") {
		t.Error("the notice came twice")
	}
}

func TestSpellingsOfAPathOpenNothing(t *testing.T) {
	s := newScene(t)
	s.set("work")
	for _, path := range []string{
		"/chat/" + s.channel.ID, "/chat/" + s.channel.ID + "/members", "/users", "/profile", "/channels", "/events",
	} {
		for _, spelling := range []string{
			"//" + path[1:], path + "/", path + "/.", path + "/x/..", path + ";", path + ".html", path + "%2f", path + "%00", path + "%20",
			strings.ToUpper(path), "/login/.." + path, "/./" + path[1:], "/%2e%2e" + path, "/static/.." + path, path + "?a=/login", strings.Replace(path, "/", "/%2f", 1),
		} {
			r := s.request(nil, "GET", "/", nil)
			u, err := url.Parse("http://example.com" + spelling)
			must(t, err)
			r.URL, r.RequestURI = u, spelling
			if a := s.do(r); a.Code != 404 && (a.Code != 303 || !strings.HasPrefix(a.Header().Get("Location"), "/login?returnTo=")) {
				t.Errorf("%s by anon: %d", spelling, a.Code)
			}
		}
	}
}
