package notify_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/accounts/accountstest"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/guard"
	"pegasus/id"
	"pegasus/markdown"
	"pegasus/notify"
	"pegasus/store/sqlite"
	"pegasus/store/sqlite/sqlitetest"
	"pegasus/views"
)

// world is a service over a store of its own, with a clock that the test turns. Ada and Ben are in a channel.
type world struct {
	t        *testing.T
	store    *sqlite.Store
	broker   *events.Broker
	chat     *chat.Service
	notify   *notify.Service
	options  notify.Options
	letters  *accountstest.Post
	ada, ben accounts.User
	channel  chat.Channel
	seen     int                      // letters that the test has looked at
	answers  map[string]notify.Answer // of the workbench that nobody has seen yet

	mu    sync.Mutex
	clock time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := sqlite.Open(t.Context(), sqlitetest.Dir(t))
	must(t, err)
	t.Cleanup(func() { store.Close() })
	w := &world{t: t, store: store, clock: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC), letters: &accountstest.Post{}}
	w.broker = events.NewBroker(events.Options{})
	text := markdown.New()
	w.chat = chat.NewService(chat.Options{
		Store: store, Events: w.broker, Now: w.now, Render: text.RenderMentions, Names: text.Names, Renderer: markdown.Version,
		User: store.User, Users: store.Users, Connected: w.broker.Connected, UserNamed: store.UserByUsername, Jobs: store,
		Told: func(ctx context.Context, told chat.Told) { w.notify.Told(ctx, told) },
	})
	w.options = notify.Options{
		Store: store, Jobs: store, Chat: w.chat, User: store.User, Mailer: w.letters, Client: guard.NewClient(guard.Options{}),
		Sessions: func(ctx context.Context, userID string) ([]accounts.Session, error) {
			return store.ListSessions(ctx, userID, w.now())
		},
		Secret: []byte("a secret"), URL: "https://chat.test", Link: views.MessageLink, Events: w.broker, Now: w.now, Failed: func(doing string, err error) { t.Log(doing, err) },
	}
	w.options.Unseen = func(_ context.Context, asker accounts.User, exchangeID string) (notify.Answer, bool, error) {
		a, unseen := w.answers[exchangeID+" of "+asker.ID]
		return a, unseen, nil
	}
	w.open()
	w.ada, w.ben = w.person("ada"), w.person("ben")
	w.channel, err = w.chat.CreateChannel(t.Context(), w.ada, chat.NewChannel{Name: "lobby", Type: chat.Public})
	must(t, err)
	must(t, w.chat.AddMember(t.Context(), w.ada, w.channel.ID, w.ben.ID))
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	w.notify, err = notify.NewService(w.options)
	must(w.t, err)
}

// client reaches the servers of makers in place of the product's, which keeps away from this machine.
func (w *world) client(c *http.Client) {
	w.options.Client = c
	w.open()
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) person(name string) accounts.User {
	w.t.Helper()
	u := accounts.User{
		ID: id.New(w.now()), Email: name + "@example.test", Name: name, Username: name, Role: accounts.RoleUser, Preferences: "{}",
		Status: accounts.StatusOnline, CreatedAt: w.now(), UpdatedAt: w.now(), EmailVerified: true,
	}
	must(w.t, w.store.CreateUser(w.t.Context(), u, ""))
	return u
}

func (w *world) session(u accounts.User) accounts.Session {
	w.t.Helper()
	s := accounts.Session{
		ID: id.New(w.now()), UserID: u.ID, TokenHash: accounts.HashSecret(accounts.NewSecret()), UserAgent: "Firefox", CreatedAt: w.now(),
		UpdatedAt: w.now(), SeenAt: w.now(), ExpiresAt: w.now().Add(48 * time.Hour),
	}
	must(w.t, w.store.CreateSession(w.t.Context(), s))
	return s
}

// connect opens a stream that lasts as long as the test.
func (w *world) connect(u accounts.User) {
	s := w.broker.Subscribe(u.ID, "")
	w.t.Cleanup(s.Close)
}

func (w *world) post(u accounts.User, text string) chat.Message {
	w.t.Helper()
	m, err := w.chat.PostMessage(w.t.Context(), u, w.channel.ID, chat.Draft{Content: text})
	must(w.t, err)
	w.chat.TellWaiting(w.t.Context())
	return m
}

// work does what is due now, and what comes of it.
func (w *world) work() {
	w.t.Helper()
	for busy := true; busy; {
		busy = false
		for _, tasks := range w.notify.Tasks(func(err error) { w.t.Error(err) }) {
			for tasks.Once(w.t.Context()) > 0 {
				busy = true
			}
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
