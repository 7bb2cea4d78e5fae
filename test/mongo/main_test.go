package mongo

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// missing lists what FerretDB v1 does otherwise than MongoDB, with the cases that need it.
var missing = []struct{ test, reason string }{
	{"TestAccounts/a password hash is replaced only where it is still the current one",
		"FerretDB's conditional update reads and writes in two steps, so several at once succeed"},
	{"TestChat/a read mark never goes back and never past the end",
		"FerretDB's conditional update reads and writes in two steps, so several at once succeed"},
	{"TestChat/a public channel's name is given once, without regard to case",
		"FerretDB's findAndModify reports a duplicate key as an internal error"},
}

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv("TEST_MONGODB_URI") == "" {
		skip := []string{flag.Lookup("test.skip").Value.String()}
		for _, c := range missing {
			fmt.Printf("SKIPPED: %s: %s\n", c.test, c.reason)
			group, name, _ := strings.Cut(c.test, "/")
			skip = append(skip, "^"+group+"$/^"+strings.ReplaceAll(name, " ", "_")+"$")
		}
		if skip[0] == "" {
			skip = skip[1:]
		}
		if err := flag.Set("test.skip", strings.Join(skip, "|")); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}
