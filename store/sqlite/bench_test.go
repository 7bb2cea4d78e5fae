package sqlite

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/id"
	"pegasus/store/storetest"
)

// reportCPU adds the processor time of the whole process, per operation.
func reportCPU(b *testing.B, since time.Duration) {
	b.ReportMetric(float64((processorTime()-since).Microseconds())/float64(b.N), "cpu-µs/op")
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkAppendMessage(b *testing.B) {
	for _, callers := range []int{1, 32} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) { benchmarkAppend(b, openTest(b), callers) })
	}
}

func benchmarkAppend(b *testing.B, store *Store, callers int) {
	user := storetest.AddUser(b, store, "ada")
	channel := storetest.AddChannel(b, store, "general", user)
	content := strings.Repeat("Hello, world. ", 8)
	var next atomic.Int64
	var done sync.WaitGroup
	start := processorTime()
	b.ResetTimer()
	for range callers {
		done.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				m := storetest.Message(channel.ID, user.ID, content)
				m.ClientKey = fmt.Sprintf("key-%016d", n)
				if _, _, err := store.AppendMessage(ctx, m); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
	reportCPU(b, start)
}

func BenchmarkHistoryPage(b *testing.B) {
	for _, size := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("%dk", size/1000), func(b *testing.B) {
			store := openTest(b)
			user := storetest.AddUser(b, store, "ada")
			channel := storetest.AddChannel(b, store, "general", user)
			fillChannel(b, store, channel.ID, user.ID, size)
			if _, err := store.writer.conn.ExecContext(b.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				b.Fatal(err)
			}
			start := processorTime()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			for i := 0; b.Loop(); i++ {
				before := int64(size - i*7919%(size-100))
				page, err := store.Messages(ctx, channel.ID, chat.Page{Before: before, Limit: chat.DefaultPage})
				if err != nil || len(page) != chat.DefaultPage {
					b.Fatal(len(page), err)
				}
			}
			reportCPU(b, start)
		})
	}
}

// fillChannel stores n messages in one transaction.
func fillChannel(tb testing.TB, store *Store, channelID, userID string, n int) {
	tb.Helper()
	fillChannelFrom(tb, store, channelID, userID, 1, n)
}

// fillChannelFrom is fillChannel for a channel that has messages already; first is the first of the new numbers.
func fillChannelFrom(tb testing.TB, store *Store, channelID, userID string, first, n int) {
	tb.Helper()
	err := store.writer.write(tb.Context(), func(b *batch) error {
		m := storetest.Message(channelID, userID, strings.Repeat("Hello, world. ", 8))
		for seq := first; seq < first+n; seq++ {
			m.ID, m.Seq = id.New(storetest.Start), int64(seq)
			if err := b.insertMessage(m); err != nil {
				return err
			}
		}
		b.changed.channels = append(b.changed.channels, channelID)
		return b.exec(saveChannel, channelID, first+n-1, millis(storetest.Start))
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func BenchmarkMembership(b *testing.B) {
	store := openTest(b)
	user := storetest.AddUser(b, store, "ada")
	channel := storetest.AddChannel(b, store, "general", user)
	for b.Loop() {
		if _, _, err := store.Membership(b.Context(), channel.ID, user.ID); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMembershipUncached(b *testing.B) {
	store := openTest(b)
	user := storetest.AddUser(b, store, "ada")
	channel := storetest.AddChannel(b, store, "general", user)
	for b.Loop() {
		store.cache.mu.Lock()
		clear(store.cache.members.rows)
		store.cache.mu.Unlock()
		if _, _, err := store.Membership(b.Context(), channel.ID, user.ID); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFindUsers(b *testing.B) {
	store := openTest(b)
	err := store.writer.write(b.Context(), func(batch *batch) error {
		for i := range 10_000 {
			if err := batch.createUser(storetest.User(fmt.Sprintf("user%d", i)), ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	q := accounts.UserQuery{Search: "of user9", SortBy: accounts.UserName, Desc: true, Limit: 100}
	for b.Loop() {
		if found, total, err := store.FindUsers(b.Context(), q); err != nil || len(found) != 100 || total != 1111 {
			b.Fatal(len(found), total, err)
		}
	}
}

func BenchmarkTokenUser(b *testing.B) {
	store := openTest(b)
	user := storetest.AddUser(b, store, "ada")
	if err := store.CreateToken(b.Context(), storetest.Token(user.ID, "hash")); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := store.TokenUser(b.Context(), "hash"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSessionUser(b *testing.B) {
	store := openTest(b)
	user := storetest.AddUser(b, store, "ada")
	if err := store.CreateSession(b.Context(), storetest.Session(user.ID, "hash")); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := store.SessionUser(b.Context(), "hash"); err != nil {
			b.Fatal(err)
		}
	}
}
