package mongo

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

const (
	twoSteps = "FerretDB's conditional changes read and write in two steps, so several at once succeed"
	noCode   = "FerretDB's updates report a duplicate key as an internal error"
	noFields = "FerretDB's findAndModify cannot leave out fields"
)

// missing lists what FerretDB v1 does otherwise than MongoDB, with the cases that need it.
var missing = []struct{ test, reason string }{
	{"TestAccounts/a password hash is replaced only where it is still the current one", twoSteps},
	{"TestAccounts/of 50 who take one ticket at once one gets it", twoSteps},
	{"TestAccounts/a ticket takes so many tries and no more", twoSteps},
	{"TestAccounts/tries are counted until the end and then anew", twoSteps},
	{"TestAccounts/of 50 confirmations at once one counts", twoSteps},
	{"TestAccounts/a time step is used once and never after a later one", twoSteps},
	{"TestAccounts/a backup code is used once", twoSteps},
	{"TestAccounts/an invitation is used no more often than it allows", twoSteps},
	{"TestMail/of 50 senders at once each mail goes to one", twoSteps},
	{"TestChat/a read mark never goes back and never past the end", twoSteps},
	{"TestChat/of edits at once no text is lost", twoSteps},
	{"TestChat/an edit changes who is mentioned, and each is new once", twoSteps},
	{"TestChat/of judgements at once one settles a report", twoSteps},
	{"TestChat/of several drafts from one version at once one is saved", twoSteps},
	{"TestChat/a group has so many members and no more, at once too", twoSteps},
	{"TestChat/groups are kept by their handles, which are nobody's username, with their members", noCode},
	{"TestChat/the workspace's own emoji are kept by name", noCode},
	{"TestAccounts/a new address or username is free for the person alone", noCode},
	{"TestAccounts/of 50 people who change to one username or address at once one gets it", noCode},
	{"TestAccounts/a refused erasure leaves everything as it is", noCode},
	{"TestChat/a public channel's name is given once, without regard to case", noCode},
	{"TestImports/mongodb/what was changed here stays", noFields},
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
