package plugins_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/internal/modeltest"
	"pegasus/plugins"
	"pegasus/plugins/openai"
	"pegasus/store/sqlite"
	"pegasus/store/sqlite/sqlitetest"
)

// bench is a workbench on a store of its own, with a clock that the test turns, a compiler that looks for "@@" and a model that
// says what the test tells it to. ada makes plugins, ben does not.
type bench struct {
	*plugins.Service
	t        testing.TB
	store    *sqlite.Store
	model    *modeltest.Server
	ada, ben accounts.User
	hold     chan struct{} // the compiler waits for it, where it is set

	mu      sync.Mutex
	clock   time.Time
	updates []plugins.Updated
	changed chan struct{} // takes a token for each update
}

func newBench(t testing.TB, change ...func(*plugins.Options)) *bench {
	t.Helper()
	store, err := sqlite.Open(t.Context(), sqlitetest.Dir(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	b := &bench{
		t: t, store: store, model: modeltest.Start(), clock: time.Date(2026, 3, 14, 15, 9, 26, 535_000_000, time.UTC), changed: make(chan struct{}, 1000),
	}
	t.Cleanup(b.model.Close)
	b.ada = accounts.User{ID: id.New(b.clock), Name: "Ada", Email: "ada@example.test", Role: accounts.RoleUser}
	b.ben = accounts.User{ID: id.New(b.clock), Name: "Ben", Email: "ben@example.test", Role: accounts.RoleUser}
	o := plugins.Options{
		Store: store, Generator: openai.New(openai.Options{BaseURL: b.model.URL + "/v1", Key: "k", Model: "small"}), Compiler: b, Events: b, Now: b.now,
		User: store.User, Users: store.Users, Failed: func(_ context.Context, doing string, err error) { t.Logf("cannot %s: %v", doing, err) },
		Templates: []plugins.Template{{ID: "empty", Name: "Empty", Files: []plugins.File{{Path: "main.ts", Content: "empty\n"}}}},
	}
	for _, c := range change {
		c(&o)
	}
	b.Service = plugins.NewService(o)
	t.Cleanup(func() { b.Close(context.Background()) })
	return b
}

// Compile implements plugins.Compiler.
func (b *bench) Compile(ctx context.Context, files []plugins.File) (plugins.Compiled, error) {
	if b.hold != nil {
		select {
		case <-b.hold:
		case <-ctx.Done():
			return plugins.Compiled{}, ctx.Err()
		}
	}
	var made plugins.Compiled
	for _, f := range files {
		for i, line := range strings.Split(f.Content, "\n") {
			if at := strings.Index(line, "@@"); at >= 0 {
				made.Build.Problems = append(made.Build.Problems, plugins.Problem{File: f.Path, Line: i + 1, Column: at + 1, Text: "Unexpected @@"})
			}
		}
		made.Bundle = append(made.Bundle, f.Content...)
	}
	made.Build.Success = len(made.Build.Problems) == 0
	made.Build.Output = "done"
	if !made.Build.Success {
		made.Bundle = nil
	}
	return made, nil
}

func (b *bench) Publish(topic string, payload any) {
	u := payload.(plugins.Updated)
	if topic != "user:"+u.UserID {
		b.t.Errorf("an update of %s goes to %s", u.UserID, topic)
	}
	b.mu.Lock()
	b.updates = append(b.updates, u)
	b.mu.Unlock()
	b.changed <- struct{}{}
}

func (b *bench) Grant(string, string)  {}
func (b *bench) Revoke(string, string) {}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(time.Millisecond)
	return b.clock
}

func (b *bench) later(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

// statuses returns the states that a plugin was published in, each once in a row.
func (b *bench) statuses(pluginID string) (seen []plugins.Status) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range b.updates {
		if u.Plugin.ID == pluginID && !u.Deleted && (len(seen) == 0 || seen[len(seen)-1] != u.Plugin.Status) {
			seen = append(seen, u.Plugin.Status)
		}
	}
	return seen
}

// until waits for an update after which holds is true.
func (b *bench) until(holds func() bool) {
	b.t.Helper()
	for deadline := time.After(10 * time.Second); !holds(); {
		select {
		case <-b.changed:
		case <-deadline:
			b.t.Fatal("it does not come to that")
		}
	}
}

// run does the work beside requests until the test is over.
func (b *bench) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		b.Run(ctx)
		close(done)
	}()
	b.t.Cleanup(func() {
		cancel()
		<-done
	})
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) refused(err error, code string) {
	b.t.Helper()
	if f := fault.From(err); f == nil || f.Code != code {
		b.t.Errorf("got %v, want %s", err, code)
	}
}

// plugin makes one of ada's, with files where there are any: pairs of a path and a content.
func (b *bench) plugin(name string, files ...string) plugins.Plugin {
	b.t.Helper()
	p, err := b.CreatePlugin(b.t.Context(), b.ada, plugins.NewPlugin{Name: name})
	b.must(err)
	if len(files) > 0 {
		b.write(p.ID, 0, files...)
	}
	return b.standing(p.ID)
}

func (b *bench) standing(pluginID string) plugins.Plugin {
	b.t.Helper()
	p, err := b.Plugin(b.t.Context(), b.ada, pluginID)
	b.must(err)
	return p
}

func (b *bench) write(pluginID string, base int, files ...string) plugins.Version {
	b.t.Helper()
	w := plugins.Write{Base: base}
	for i := 0; i < len(files); i += 2 {
		w.Changes = append(w.Changes, plugins.Change{Type: plugins.Create, File: files[i], Content: files[i+1]})
	}
	v, err := b.WriteFiles(b.t.Context(), b.ada, pluginID, w)
	b.must(err)
	return v
}

// holds returns the files of a version as "path:content".
func (b *bench) holds(pluginID string, number int) string {
	b.t.Helper()
	files, err := b.Files(b.t.Context(), b.ada, pluginID, number)
	b.must(err)
	var all []string
	for _, f := range files {
		all = append(all, f.Path+":"+strings.TrimSpace(f.Content))
	}
	return strings.Join(all, " ")
}

// answered waits for the end of an answer.
func (b *bench) answered(exchangeID string) plugins.Exchange {
	b.t.Helper()
	var last plugins.Exchange
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	b.must(b.Follow(ctx, b.ada, exchangeID, 0, func(e plugins.Event) error {
		if e.Kind == plugins.DoneEvent {
			last = *e.Exchange
		}
		return nil
	}))
	stored, err := b.Exchange(b.t.Context(), b.ada, exchangeID)
	b.must(err)
	if one, other := mustJSON(b.t, last), mustJSON(b.t, stored); one != other {
		b.t.Errorf("the last event tells\n%s\nbut stored is\n%s", one, other)
	}
	return last
}

// spoken waits for the first text of an answer.
func (b *bench) spoken(exchangeID string) {
	b.t.Helper()
	err := b.Follow(b.t.Context(), b.ada, exchangeID, 0, func(e plugins.Event) error {
		if e.Kind == plugins.TextEvent {
			return errHeard
		}
		return nil
	})
	if !errors.Is(err, errHeard) {
		b.t.Fatalf("it ends without a word: %v", err)
	}
}

func mustJSON(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var errHeard = errors.New("this is enough")
