package sqlite

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// walks names the statements that may walk a whole table or index, and why.
var walks = map[string]string{
	readText[readTables]:       "the list of tables is short",
	readText[readUserSearch]:   "text anywhere in a name has no index",
	readText[readUserCounts]:   "counting people walks an index, for administrators alone",
	readText[readChannelCount]: "counting channels walks an index, for administrators alone",
	readText[readAdmin]:        "the index holds administrators alone, and the first one ends the walk",
	readText[readUsers]:        "the walk is over the ids asked for",
}

func TestNoStatementWalksATable(t *testing.T) {
	store := openTest(t)
	for _, text := range append(readText[:], writeText[:]...) {
		verb, _, _ := strings.Cut(text, " ")
		if verb != "SELECT" && verb != "UPDATE" && verb != "DELETE" {
			continue
		}
		for _, step := range plan(t, store, text) {
			if strings.HasPrefix(step, "SCAN ") && !strings.HasPrefix(step, "SCAN CONSTANT") && walks[text] == "" {
				t.Errorf("%s\nneeds %q", text, step)
			}
			if strings.Contains(step, "TEMP B-TREE") && text != readText[readJoined] && text != readText[readTables] {
				t.Errorf("%s\nsorts: %q", text, step)
			}
		}
	}
	if steps := strings.Join(plan(t, store, readText[readUsers]), "\n"); strings.Contains(steps, "SCAN u") {
		t.Errorf("people by ids are found by %s", steps)
	}
}

var parameter = regexp.MustCompile(`\?(\d+)`)

func plan(t *testing.T, store *Store, text string) (steps []string) {
	t.Helper()
	var args []any
	for _, match := range parameter.FindAllStringSubmatch(text, -1) {
		if n, _ := strconv.Atoi(match[1]); n > len(args) {
			args = append(args, make([]any, n-len(args))...)
		}
	}
	rows, err := store.writer.conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}
