package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// ledger is what the clients know of their sends.
type ledger struct {
	mu           sync.Mutex
	acknowledged map[string]int64 // text → number
	unknown      map[string]bool  // sent, no answer
}

const (
	crashRounds  = 3
	crashWriters = 8
)

func TestKillUnderLoadLosesNothingAcknowledgedAndDoublesNothing(t *testing.T) {
	for _, backend := range backends(t) {
		t.Run(backend.name, func(t *testing.T) {
			s := start(t, backend.env...)
			p := s.signUp(t, "Ada")
			general := p.channel("general")
			l := &ledger{acknowledged: map[string]int64{}, unknown: map[string]bool{}}
			for round := range crashRounds {
				stop := make(chan struct{})
				var work sync.WaitGroup
				for w := range crashWriters {
					work.Go(func() { l.write(p, general, fmt.Sprintf("%d-%d", round, w), stop) })
				}
				time.Sleep(time.Duration(200+rand.IntN(600)) * time.Millisecond) // the moment of the kill is the chance here
				s.signal(syscall.SIGKILL)
				close(stop)
				work.Wait()
				s.run(t)
				l.retry(t, p, general)
			}
			l.account(t, p.history(general))
		})
	}
}

// write sends until it is told to stop or the server is gone.
func (l *ledger) write(p *person, channelID, prefix string, stop <-chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		text := fmt.Sprintf("%s-%d", prefix, i)
		seq, status, err := send(p, channelID, text)
		l.mu.Lock()
		switch {
		case err == nil && status == 201:
			l.acknowledged[text] = seq
		case err != nil || status >= 500:
			l.unknown[text] = true
		default:
			p.t.Errorf("sending %s answered %d", text, status)
		}
		l.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func send(p *person, channelID, text string) (seq int64, status int, err error) {
	var answer struct{ Message message }
	status, _, err = p.call("POST", "/api/chat/channels/"+channelID+"/messages/send",
		map[string]string{"content": text, "client_id": text}, &answer)
	return answer.Message.Seq, status, err
}

// retry sends again what had no answer, and a few that had one.
func (l *ledger) retry(t *testing.T, p *person, channelID string) {
	for text := range l.unknown {
		seq, status, err := send(p, channelID, text)
		if err != nil || status != 201 {
			t.Fatalf("retrying %s: %d %v", text, status, err)
		}
		l.acknowledged[text] = seq
		delete(l.unknown, text)
	}
	again := 0
	for text, want := range l.acknowledged {
		if again++; again > 5 {
			break
		}
		if seq, status, err := send(p, channelID, text); err != nil || status != 201 || seq != want {
			t.Errorf("%s again: number %d, status %d, %v; want number %d", text, seq, status, err, want)
		}
	}
}

func (l *ledger) account(t *testing.T, stored []message) {
	t.Helper()
	if len(l.acknowledged) < 20 {
		t.Fatalf("only %d messages were acknowledged: the test proves nothing", len(l.acknowledged))
	}
	seen := map[string]int64{}
	for i, m := range stored {
		if _, twice := seen[m.Content]; twice {
			t.Errorf("%q is stored twice", m.Content)
		}
		seen[m.Content] = m.Seq
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d has number %d", i+1, m.Seq)
		}
	}
	for text, seq := range l.acknowledged {
		if seen[text] != seq {
			t.Errorf("%q was acknowledged as number %d and is stored as %d", text, seq, seen[text])
		}
	}
	for text := range seen {
		if _, known := l.acknowledged[text]; !known {
			t.Errorf("%q is stored and was never acknowledged", text)
		}
	}
	t.Logf("%d messages acknowledged over %d kills, all stored once", len(l.acknowledged), crashRounds)
}

type backend struct {
	name string
	env  []string
}

// backends returns the databases to run on: SQLite, and MongoDB where an engine is named.
func backends(t *testing.T) []backend {
	t.Helper()
	all := []backend{{name: "sqlite"}}
	uri := os.Getenv("TEST_MONGODB_URI")
	if uri == "" {
		t.Log("SKIPPED on MongoDB: TEST_MONGODB_URI names no engine")
		return all
	}
	database := "e2e_" + strings.ToLower(fmt.Sprintf("%x", rand.Uint64()))
	t.Cleanup(func() { drop(t, uri, database) })
	return append(all, backend{name: "mongodb", env: []string{"MONGODB_URI=" + uri, "MONGODB_DB_NAME=" + database}})
}

func drop(t *testing.T, uri, database string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := mongo.Connect(ctx, options.Client().ApplyURI(uri))
	if err != nil {
		t.Error(err)
		return
	}
	if err := client.Database(database).Drop(ctx); err != nil {
		t.Error(err)
	}
	if err := client.Disconnect(ctx); err != nil {
		t.Error(err)
	}
}

func TestStopUnderLoadAnswersEverythingAndExitsInTime(t *testing.T) {
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	l := &ledger{acknowledged: map[string]int64{}, unknown: map[string]bool{}}
	stop := make(chan struct{})
	var work sync.WaitGroup
	for w := range crashWriters {
		work.Go(func() { l.write(p, general, fmt.Sprint(w), stop) })
	}
	time.Sleep(500 * time.Millisecond) // let the load build up
	begin := time.Now()
	s.signal(syscall.SIGTERM)
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if code := s.process.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.log())
	}
	close(stop)
	work.Wait()
	s.run(t)
	l.retry(t, p, general)
	l.account(t, p.history(general))
}
