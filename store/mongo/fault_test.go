package mongo

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/store/storetest"
)

const patience = 3500 * time.Millisecond

// unavailable fails the test unless call says in time that the database is away.
func unavailable(t *testing.T, what string, call func() error) {
	t.Helper()
	began := time.Now()
	err := call()
	took := time.Since(began)
	if took > patience {
		t.Errorf("%s took %v", what, took)
	}
	f := fault.From(err)
	if err == nil || f.Kind != fault.Unavailable || f.Code != "DATABASE_UNAVAILABLE" || f.RetryAfter <= 0 || f.RetryAfter > 3*time.Second {
		t.Errorf("%s returned %v", what, err)
	} else if strings.Contains(f.Message, "mongo") || strings.Contains(f.Message, "127.0.0.1") {
		t.Errorf("%s shows the driver's text: %s", what, f.Message)
	}
}

func TestOpenFailsInTime(t *testing.T) {
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := listen.Addr().String()
	unavailable(t, "Open of a silent server", func() error {
		_, err := Open(t.Context(), "mongodb://"+address, "x")
		return err
	})
	listen.Close()
	unavailable(t, "Open of a closed port", func() error {
		_, err := Open(t.Context(), "mongodb://"+address, "x")
		return err
	})
	if _, err := Open(t.Context(), "http://"+address, "x"); err == nil || fault.Is(err, fault.Unavailable) {
		t.Errorf("a bad connection string gave %v", err)
	}
}

// Writers go on through cuts and silences, and try again with the same key whenever they are told to. In the end
// everything that was acknowledged is there, once, without a hole.
func TestFaults(t *testing.T) {
	p, uri := newProxy(t)
	s := connectTo(t, uri, databaseName())
	ensure(t, s)
	ann := storetest.AddUser(t, s, "ann")
	c := storetest.AddChannel(t, s, "c", ann)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var writers sync.WaitGroup
	var mu sync.Mutex
	acknowledged := map[string]int64{}
	var failures, slowest atomic.Int64
	for w := range 8 {
		writers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				m := storetest.Message(c.ID, ann.ID, fmt.Sprintf("%d-%d", w, n))
				m.ClientKey = m.Content
				for {
					began := time.Now()
					stored, _, err := s.AppendMessage(t.Context(), m)
					slowest.Store(max(slowest.Load(), int64(time.Since(began))))
					if err == nil {
						mu.Lock()
						acknowledged[m.ClientKey] = stored.Seq
						mu.Unlock()
						break
					}
					failures.Add(1)
					if !fault.Is(err, fault.Unavailable) {
						t.Errorf("a writer got %v", err)
						return
					}
					m.ID = storetest.Message("", "", "").ID // as a retry over HTTP gets
					time.Sleep(20 * time.Millisecond)
				}
			}
		})
	}
	progress := func(within time.Duration) {
		t.Helper()
		mu.Lock()
		before := len(acknowledged)
		mu.Unlock()
		for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			mu.Lock()
			after := len(acknowledged)
			mu.Unlock()
			if after > before+20 {
				return
			}
			if time.Since(began) > within {
				t.Fatalf("nothing is stored %v after the server is back", within)
			}
		}
	}
	progress(2 * time.Second)
	for range 5 {
		p.cut(false)
		progress(5 * time.Second)
	}
	p.cut(true)
	unavailable(t, "a read while refused", func() error { _, err := s.User(t.Context(), ann.ID); return err })
	unavailable(t, "scs while refused", func() error { _, _, err := s.Sessions().Find("x"); return err })
	unavailable(t, "an append while refused", func() error {
		_, _, err := s.AppendMessage(t.Context(), storetest.Message(c.ID, ann.ID, ""))
		return err
	})
	p.cut(false)
	progress(5 * time.Second)
	p.hold(true)
	var calls sync.WaitGroup
	for what, call := range map[string]func() error{
		"a read":    func() error { _, err := s.User(t.Context(), ann.ID); return err },
		"scs":       func() error { _, _, err := s.Sessions().Find("x"); return err },
		"a mark":    func() error { _, _, err := s.MarkRead(t.Context(), c.ID, ann.ID, 1, time.Now()); return err },
		"a removal": func() error { return s.RemoveMember(t.Context(), c.ID, ann.ID) },
		"a ping":    func() error { return s.Ping(t.Context()) },
	} {
		calls.Go(func() { unavailable(t, what+" in the silence", call) })
	}
	calls.Wait()
	p.hold(false)
	storetest.Post(t, s, c.ID, ann.ID, "after") // the silent removal was not carried out late
	progress(5 * time.Second)
	stop()
	writers.Wait()

	if time.Duration(slowest.Load()) > patience {
		t.Errorf("the slowest append took %v", time.Duration(slowest.Load()))
	}
	t.Logf("%d acknowledged, %d failures on the way, slowest call %v", len(acknowledged), failures.Load(), time.Duration(slowest.Load()))
	account(t, s, c.ID, acknowledged)
}

// account compares what is stored with what was acknowledged.
func account(t *testing.T, s *Store, channelID string, acknowledged map[string]int64) {
	t.Helper()
	var messages []chat.Message
	for from := int64(1); ; {
		page, err := s.forwards(t.Context(), channelID, from, 1000)
		must(t, err)
		messages = append(messages, page...)
		if len(page) < 1000 {
			break
		}
		from = page[len(page)-1].Seq + 1
	}
	found := map[string]int64{}
	for i, m := range messages {
		equal(t, "a number", m.Seq, int64(i+1))
		if m.ClientKey == "" {
			continue
		}
		if found[m.ClientKey] != 0 {
			t.Errorf("%s is stored twice", m.ClientKey)
		}
		found[m.ClientKey] = m.Seq
	}
	for key, seq := range acknowledged {
		if found[key] != seq {
			t.Errorf("%s was acknowledged as %d and is stored as %d", key, seq, found[key])
		}
	}
}
