package sqlite

import (
	"slices"
	"testing"
	"time"

	"pegasus/chat"
)

func TestRepliesOfOldGetTheirThreads(t *testing.T) {
	const (
		root, first, second, third, lost = "000000000000000000000001", "000000000000000000000002", "000000000000000000000003",
			"000000000000000000000004", "000000000000000000000005"
		ada, ben, cy = "0000000000000000000000a1", "0000000000000000000000b1", "0000000000000000000000c1"
	)
	row := func(id, seq, user, parent, deleted string) string {
		return `INSERT INTO messages (id, channel_id, seq, user_id, content, html, renderer, parent_id, client_key, created_at,
			updated_at, edited_at, deleted) VALUES ('` + id + `', '0000000000000000000000cc', ` + seq + `, '` + user + `', 'x', 'x', 1, '` +
			parent + `', '', ` + seq + `000, 0, 0, ` + deleted + `);`
	}
	// Two replies to replies, of which one is deleted, and one to what is missing.
	dir := oldSchema(t, 6, row(root, "1", ada, "", "0")+row(first, "2", ben, root, "0")+row(second, "3", cy, first, "1")+
		row(third, "4", cy, second, "0")+row(lost, "5", cy, "00000000000000000000dead", "0"))
	store, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for id, want := range map[string]string{first: root, second: root, third: root, lost: "00000000000000000000dead", root: ""} {
		if m, err := store.Message(t.Context(), id); err != nil || m.ParentID != want {
			t.Errorf("%s belongs to %q, %v, want %q", id, m.ParentID, err, want)
		}
	}
	m, err := store.Message(t.Context(), root)
	if err != nil || m.ReplyCount != 2 || m.LastReplySeq != 4 || !m.LastReplyAt.Equal(time.Unix(4, 0)) || !slices.Equal(m.Participants, []string{cy, ben}) {
		t.Errorf("the root is %+v, %v", m, err)
	}
	for _, userID := range []string{ada, ben, cy} {
		want := chat.Following{RootID: root, ChannelID: "0000000000000000000000cc", UserID: userID, Follows: true, LastReadSeq: 4}
		if got, err := store.Place(t.Context(), root, userID); err != nil || got != want {
			t.Errorf("the place is %+v, %v, want %+v", got, err, want)
		}
	}
}
