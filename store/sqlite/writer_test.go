package sqlite

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/store/storetest"
)

// hold keeps the writer busy until release is called, so that what is asked for meanwhile makes one batch.
func hold(store *Store) (release func()) {
	begun, end := make(chan struct{}), make(chan struct{})
	go store.writer.write(context.Background(), func(*batch) error {
		close(begun)
		<-end
		return nil
	})
	<-begun
	return func() { close(end) }
}

// whenQueued calls do once n jobs wait.
func whenQueued(store *Store, n int, do func()) {
	for len(store.writer.queue) < n {
		// The queue has no other way to tell, and the wait is that of goroutines about to send.
		runtime.Gosched()
	}
	do()
}

func TestFailingWriteSparesItsBatch(t *testing.T) {
	store := openTest(t)
	ada := storetest.AddUser(t, store, "ada")
	channel := storetest.AddChannel(t, store, "general", ada)
	release := hold(store)
	var all sync.WaitGroup
	want := func(what, code string, do func() error) {
		all.Go(func() {
			err := do()
			if code == "" && err != nil || code != "" && (err == nil || fault.From(err).Code != code) {
				t.Errorf("%s gives %v, want %q", what, err, code)
			}
		})
	}
	broken := errors.New("broken")
	want("a write that fails halfway", "INTERNAL", func() error {
		return store.writer.write(t.Context(), func(b *batch) error {
			if err := b.createUser(storetest.User("half"), ""); err != nil {
				return err
			}
			return broken
		})
	})
	want("a new person", "", func() error { return store.CreateUser(t.Context(), storetest.User("grace"), "") })
	want("a taken name", "USERNAME_TAKEN", func() error {
		u := storetest.User("ada")
		u.Email = "new@example.test"
		return store.CreateUser(t.Context(), u, "")
	})
	post := func(channelID string) func() error {
		return func() error {
			_, _, err := store.AppendMessage(t.Context(), storetest.Message(channelID, ada.ID, "hello"))
			return err
		}
	}
	want("a message", "", post(channel.ID))
	want("a message to nowhere", "CHANNEL_NOT_FOUND", post("nowhere"))
	want("another message", "", post(channel.ID))
	whenQueued(store, 6, release)
	all.Wait()
	if _, err := store.UserByUsername(t.Context(), "half"); !fault.Is(err, fault.NotFound) {
		t.Errorf("half a write is stored: %v", err)
	}
	page, err := store.Messages(t.Context(), channel.ID, chat.Page{Limit: 10})
	if err != nil || len(page) != 2 || page[1].Seq != 2 {
		t.Errorf("the messages are %+v, %v", page, err)
	}
}

func TestWriteOfACallerWhoLeftNeverRuns(t *testing.T) {
	store := openTest(t)
	release := hold(store)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- store.CreateUser(ctx, storetest.User("ada"), "") }()
	whenQueued(store, 1, cancel)
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Fatalf("the caller got %v", err)
	}
	release()
	storetest.AddUser(t, store, "grace")
	if _, err := store.UserByUsername(t.Context(), "ada"); !fault.Is(err, fault.NotFound) {
		t.Fatalf("the write has run: %v", err)
	}
}

func TestFullStorage(t *testing.T) {
	store := openTest(t)
	ada := storetest.AddUser(t, store, "ada")
	channel := storetest.AddChannel(t, store, "general", ada)
	kept := storetest.Post(t, store, channel.ID, ada.ID, "kept")
	limitPages(t, store, 1) // SQLite takes the pages in use for the limit
	big := storetest.Message(channel.ID, ada.ID, strings.Repeat("x", 100_000))
	if _, _, err := store.AppendMessage(t.Context(), big); !fault.Is(err, fault.Full) {
		t.Fatalf("a post to a full disk gives %v", err)
	}
	if _, err := store.EditMessage(t.Context(), kept.ID, ada.ID, big.Content, "", 1, storetest.Start); !fault.Is(err, fault.Full) {
		t.Fatalf("an edit on a full disk gives %v", err)
	}
	if got, err := store.Message(t.Context(), kept.ID); err != nil || !reflect.DeepEqual(got, kept) {
		t.Fatalf("a read from a full disk gives %+v, %v", got, err)
	}
	limitPages(t, store, 1<<30)
	stored, _, err := store.AppendMessage(t.Context(), big)
	if err != nil || stored.Seq != 2 {
		t.Fatalf("once there is room, a post gives number %d, %v", stored.Seq, err)
	}
	c, m, err := store.Membership(t.Context(), channel.ID, ada.ID)
	if err != nil || c.LastSeq != 2 || m.OwnUnread != 2 {
		t.Fatalf("the channel ends at %d with %d own, %v", c.LastSeq, m.OwnUnread, err)
	}
}

func limitPages(t *testing.T, store *Store, pages int) {
	t.Helper()
	limit := fmt.Sprintf("PRAGMA max_page_count = %d", pages)
	if _, err := store.writer.conn.ExecContext(t.Context(), limit); err != nil {
		t.Fatal(err)
	}
}

func TestCachedRowsAgreeWithTheFile(t *testing.T) {
	store := openTest(t)
	ada, grace := storetest.AddUser(t, store, "ada"), storetest.AddUser(t, store, "grace")
	channel := storetest.AddChannel(t, store, "general", ada, grace)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 50 {
				author, other := ada.ID, grace.ID
				if i%2 == 0 {
					author, other = other, author
				}
				m := storetest.Post(t, store, channel.ID, author, "hello")
				store.MarkRead(t.Context(), channel.ID, other, m.Seq-int64(n%3), storetest.Start)
				if c, _, err := store.Membership(t.Context(), channel.ID, author); err != nil || c.LastSeq < m.Seq {
					t.Errorf("after message %d the channel ends at %d, %v", m.Seq, c.LastSeq, err)
				}
			}
		})
	}
	all.Wait()
	for _, user := range []string{ada.ID, grace.ID} {
		c, m, err := store.Membership(t.Context(), channel.ID, user)
		if err != nil {
			t.Fatal(err)
		}
		joined, err := store.JoinedChannels(t.Context(), user)
		if err != nil || len(joined) != 1 || joined[0].Channel != c || joined[0].Member != m {
			t.Errorf("the cache has %+v %+v, the file %+v, %v", c, m, joined, err)
		}
		var own int64
		if err := store.db.QueryRowContext(t.Context(), writeText[countOwn], user, c.ID, m.LastReadSeq).Scan(&own); err != nil {
			t.Fatal(err)
		}
		if own != m.OwnUnread {
			t.Errorf("own unread is %d, counted %d", m.OwnUnread, own)
		}
	}
}
