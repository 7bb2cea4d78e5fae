package sqlite

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/store/storetest"
)

// waitForIndex waits until the index has everything.
func waitForIndex(t testing.TB, store *Store, limit time.Duration) {
	t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		behind, err := store.behind(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if behind == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d messages are not in the index after %v", behind, limit)
		}
	}
}

// rows counts what the index itself finds for a term.
func rows(t testing.TB, store *Store, term string) (n int) {
	t.Helper()
	if err := store.db.QueryRowContext(t.Context(), `SELECT count(*) FROM search WHERE search MATCH ?`, `"`+term+`"`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheIndexFollowsWritesByItself(t *testing.T) {
	store := openTest(t)
	ada := storetest.AddUser(t, store, "ada")
	c := storetest.AddChannel(t, store, "general", ada)
	m := storetest.Post(t, store, c.ID, ada.ID, "walnut")
	waitForIndex(t, store, time.Second)
	if n := rows(t, store, "wwalnut"); n != 1 {
		t.Fatalf("walnut has %d rows", n)
	}
	if _, err := store.EditMessage(t.Context(), m.ID, ada.ID, "hazel", "", 1, storetest.Start); err != nil {
		t.Fatal(err)
	}
	waitForIndex(t, store, time.Second)
	if was, is := rows(t, store, "wwalnut"), rows(t, store, "whazel"); was != 0 || is != 1 {
		t.Fatalf("after an edit the former word has %d rows and the new one %d", was, is)
	}
	if _, err := store.DeleteMessage(t.Context(), m.ID, "", storetest.Start); err != nil {
		t.Fatal(err)
	}
	waitForIndex(t, store, time.Second)
	for _, term := range []string{"whazel", "ghaz", every, "u" + ada.ID} {
		if n := rows(t, store, term); n != 0 {
			t.Errorf("a deleted message is still found by %s", term)
		}
	}
}

func TestTheIndexGoesOnWhereItStopped(t *testing.T) {
	dir := t.TempDir()
	store, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	ada := storetest.AddUser(t, store, "ada")
	c := storetest.AddChannel(t, store, "general", ada)
	store.endIndexing()
	store.indexing.Wait()
	first := storetest.Post(t, store, c.ID, ada.ID, "walnut 0")
	if n, err := store.indexSome(t.Context()); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	const more = 3 * indexBatch
	fillChannelFrom(t, store, c.ID, ada.ID, 2, more)
	if n, err := store.indexSome(t.Context()); err != nil || n != indexBatch {
		t.Fatal(n, err)
	}
	if _, err := store.EditMessage(t.Context(), first.ID, ada.ID, "hazel", "", 1, storetest.Start); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	store, err = Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	waitForIndex(t, store, 20*time.Second)
	if n := rows(t, store, every); n != 1+more {
		t.Errorf("%d of %d messages are in the index", n, 1+more)
	}
	if was, is := rows(t, store, "wwalnut"), rows(t, store, "whazel"); was != 0 || is != 1 {
		t.Errorf("the edited message has %d rows for what it was and %d for what it is", was, is)
	}
}

func TestASearchDoesNotWaitForALongBacklog(t *testing.T) {
	store := openTest(t)
	store.endIndexing()
	store.indexing.Wait()
	ada := storetest.AddUser(t, store, "ada")
	c := storetest.AddChannel(t, store, "general", ada)
	fillChannelFrom(t, store, c.ID, ada.ID, 1, 2*searchBacklog*indexBatch)
	if _, err := store.indexSome(t.Context()); err != nil {
		t.Fatal(err)
	}
	hits, err := store.SearchMessages(t.Context(), chat.Search{Channels: []string{c.ID}, Limit: 10})
	if err != nil || len(hits) != 10 {
		t.Fatal(len(hits), err)
	}
	if n := rows(t, store, every); n != indexBatch {
		t.Errorf("it has waited for %d messages", n-indexBatch)
	}
}

// Results come by the hour and then in the order of arrival, so that an import does not stand before what is new.
func TestWhatWasImportedIsAsOldAsItIs(t *testing.T) {
	store := openTest(t)
	ada := storetest.AddUser(t, store, "ada")
	c := storetest.AddChannel(t, store, "general", ada)
	for i, age := range []time.Duration{0, 48 * time.Hour, 24 * time.Hour, 47 * time.Hour} {
		m := storetest.Message(c.ID, ada.ID, fmt.Sprint("walnut ", i))
		m.CreatedAt = m.CreatedAt.Add(-age)
		if _, _, err := store.AppendMessage(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	hits, err := store.SearchMessages(t.Context(), chat.Search{Channels: []string{c.ID}, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range hits {
		got = append(got, h.Content)
	}
	if fmt.Sprint(got) != "[walnut 0 walnut 2 walnut 3 walnut 1]" {
		t.Errorf("they come as %v", got)
	}
}

func TestASearchInManyChannelsGoesOnWhereItsGlancesEnd(t *testing.T) {
	defer func(was []int) { glances = was }(glances)
	glances = []int{3, 7}
	store := openTest(t)
	ada, eve := storetest.AddUser(t, store, "ada"), storetest.AddUser(t, store, "eve")
	var mine, others []string
	for i := range manyChannels + 10 {
		mine = append(mine, storetest.AddChannel(t, store, fmt.Sprint("mine", i), ada, eve).ID)
		others = append(others, storetest.AddChannel(t, store, fmt.Sprint("other", i), eve).ID)
	}
	var want []string
	for i := range 100 {
		channelID := others[i%len(others)]
		if i%9 == 0 || i > 90 {
			channelID = mine[i%len(mine)]
			want = append([]string{fmt.Sprint("walnut ", i)}, want...)
		}
		storetest.Post(t, store, channelID, eve.ID, fmt.Sprint("walnut ", i))
	}
	for limit := 1; limit < 30; limit++ {
		q := chat.Search{Channels: mine, Clauses: []chat.Clause{{Any: [][]string{{"wwalnut"}}}}, Limit: limit}
		var got []string
		for {
			hits, err := store.SearchMessages(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hits {
				got = append(got, h.Content)
			}
			if len(hits) < limit {
				break
			}
			q.Before = hits[limit-1].Position
		}
		if !slices.Equal(got, want) {
			t.Fatalf("pages of %d hold %q, want %q", limit, got, want)
		}
	}
}
