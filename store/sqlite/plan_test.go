package sqlite

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pegasus/accounts"
)

// walks names the statements that may walk a whole table or index, and why.
var walks = map[string]string{
	readText[readTables]:       "the list of tables is short",
	readText[readUserSearch]:   "text anywhere in a name has no index",
	readText[readUserCounts]:   "counting people walks an index, for administrators alone",
	readText[readChannelCount]: "counting channels walks an index, for administrators alone",
	readText[readAdmin]:        "the index holds administrators alone, and the first one ends the walk",
	readText[readAdminCount]:   "the index holds administrators alone",
	readText[readUsers]:        "the walk is over the ids asked for",
	readText[readUploads]:      "the walk is over the ids asked for",
	readText[readMembersOf]:    "the walk is over the ids asked for",
	readText[readMembersAmong]: "the walk is over the ids asked for",
	readText[readReactions]:    "the walk is over the ids asked for",
	readText[readVisible]:      "the walk is over the ids asked for",
	readText[readMembersNamed]: "the walk is over the names asked for",

	readText[readAlarmChanges]: "the walk is over the key and ends at the limit",
	readText[readDueJobs]:      "the walk is over a count that has a limit",

	readText[readEmbeddings]:       "there are 50,000 at most, and all are held against the words",
	writeText[pruneEmbeddings]:     "there are little more than 50,000, and the walk is over an index",
	readText[readGroups]:           "the list has a limit, and goes by the index",
	readText[readGroupsNamed]:      "the walk is over the handles asked for",
	readText[readCalledMembers]:    "the walk is over the groups given",
	readText[readCustomEmoji]:      "there are a thousand at most, and all are wanted",
	readText[readOpenReports]:      "the index holds what waits to be settled, and is short",
	readText[readOpenReportCount]:  "the index holds what waits to be settled, and the count has a limit",
	readText[readMessagesByID]:     "the walk is over the ids asked for",
	readText[readChannelsByID]:     "the walk is over the ids asked for",
	readText[readActiveChannels]:   "browsing sorts the channels in use",
	readText[readLargeChannels]:    "browsing sorts the channels in use",
	readText[readNewcomerChannels]: "the index holds what is asked for alone",

	readText[readPlugins]:            "the walk is over the ids asked for",
	readText[readPluginBlobs]:        "the walk is over the hashes asked for",
	readText[readInstallsIn]:         "the walk is over the channels asked for",
	writeText[findTakenCommand]:      "the walk is over the names given",
	writeText[insertInstallCommands]: "the walk is over the names given",
	writeText[countPluginValues]:     "the walk is over a count that has a limit",

	readText[readPlace]:             "the walk is over a count that has a limit",
	readText[readThreads]:           "the walk is over counts that have a limit",
	readText[readUnreadThreads]:     "the walk is over counts that have a limit",
	readText[readUnreadThreadCount]: "the walk is over a count that has a limit",

	writeText[recountThread]:       "the walk is over the replies in one thread, after a deletion",
	writeText[deleteOtherMentions]: "the walk is over the ids given",
	writeText[insertMentions]:      "the walk is over the ids given",
	writeText[setPositions]:        "the walk is over the ids given",
	writeText[callToThread]:        "the walk is over the ids given",
	readText[readAudience]:         "the walk is over the ids given",
	readText[readMessagesAfter]:    "the walk is over the channels asked for",
	readText[readBrowsers]:         "the walk is over the people asked for",
	writeText[deleteBrowsers]:      "the walk is over the ids given",
	readText[readBookmarked]:       "the walk is over the ids asked for",
	readText[readPersonBudgets]:    "the walk is over the people asked for",
	readText[readRecentMail]:       "the walk is over the key and ends at the limit",
	readText[readSearch]:           "the walk is over what the index of terms finds",
	readText[readSearchPlaces]:     "the walk is over what the index of terms finds, and ends at the limit",
	readText[readSearched]:         "the walk is over the places asked for",
	readText[readIndexBacklog]:     "the first row ends the walk",
	writeText[findReindexed]:       "the walk is over what has changed, and ends at the limit",
	writeText[deleteIndexed]:       "the index of terms is a virtual table, and finds a row by its id",
	readText[readMailCounts]:       "the indexes hold what waits and what was given up, and both are short",
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
			if strings.Contains(step, "TEMP B-TREE") && text != readText[readJoined] && text != readText[readConversations] && text != readText[readUnreadPlaces] && text != readText[readTables] &&
				text != readText[readActiveChannels] && text != readText[readOpenReportsOf] && text != readText[readLargeChannels] && text != readText[readArchivedChannels] &&
				text != readText[readMembersMatching] && text != readText[readGroupsOf] && text != readText[readCalledMembers] && text != readText[readGroupsNamed] && text != writeText[recountThread] &&
				text != readText[readUsageByPerson] && text != readText[readEventCounts] { // which groups what one period has, for administrators alone
				t.Errorf("%s\nsorts: %q", text, step)
			}
		}
	}
	if steps := strings.Join(plan(t, store, readText[readUsers]), "\n"); strings.Contains(steps, "SCAN u") {
		t.Errorf("people by ids are found by %s", steps)
	}
}

func TestTheLogIsReadByAnIndex(t *testing.T) {
	store := openTest(t)
	for mask := range 16 {
		pick := func(bit int, value string) string {
			if mask&bit == 0 {
				return ""
			}
			return value
		}
		text, _ := eventsText(accounts.EventQuery{
			UserID: pick(1, "u"), ActorID: pick(2, "a"), Action: accounts.Action(pick(4, "x")), Before: pick(8, "b"), Limit: 10,
		})
		for _, step := range plan(t, store, text) {
			if strings.Contains(step, "TEMP B-TREE") || mask != 0 && strings.HasPrefix(step, "SCAN ") {
				t.Errorf("%s\nneeds %q", text, step)
			}
		}
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

// What grows with a person's years here is found by the index that holds little of it.
func TestThreadsAndMentionsAreReadByTheirIndexes(t *testing.T) {
	store := openTest(t)
	for which, index := range map[read]string{
		readThreads: "threads_newest", readUnreadThreads: "threads_unread", readUnreadThreadCount: "threads_unread",
		readMentions: "mentions_newest", readUnreadMentions: "mentions_of_channel", readRepliesBefore: "messages_replies",
		readRepliesAfter: "messages_replies", readPlace: "messages_replies",
	} {
		if steps := strings.Join(plan(t, store, readText[which]), "\n"); !strings.Contains(steps, index) {
			t.Errorf("%s\nis read by\n%s\nand not by %s", readText[which], steps, index)
		}
	}
}
