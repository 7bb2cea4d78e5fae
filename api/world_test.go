package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"golang.org/x/crypto/bcrypt"

	"pegasus/accounts"
	"pegasus/accounts/wordlist"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/sessions"
	"pegasus/store/sqlite"
	"pegasus/web"
)

// world is a whole server without pages, over a database of its own.
type world struct {
	t        testing.TB
	store    *sqlite.Store
	accounts *accounts.Service
	chat     *chat.Service
	broker   *events.Broker
	deps     Deps
	handler  http.Handler
	log      *bytes.Buffer
	broken   bool
}

// breakStore takes the database away.
func (w *world) breakStore() {
	w.broken = true
	must(w.t, w.store.Close())
}

// password is good for everyone in these tests.
const password = "correct horse battery"

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func newWorld(t testing.TB, change ...func(*Deps)) *world {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir())
	must(t, err)
	w := &world{t: t, store: db, log: &bytes.Buffer{}}
	t.Cleanup(func() {
		if !w.broken {
			must(t, db.Close())
		}
	})
	w.broker = events.NewBroker(events.Options{
		Presence: func(userID string, connected bool) { w.chat.StreamChanged(userID, connected) },
	})
	w.chat = chat.NewService(chat.Options{
		Store: db, Events: w.broker, Now: now, Render: func(s string) string { return s }, Renderer: 1,
		User: db.User, Connected: w.broker.Connected,
	})
	w.accounts = accounts.NewService(accounts.Options{
		Store: db, Key: []byte("a key for tests"), SignUp: accounts.SignUpOpen, Now: now, Cores: 2, Cost: bcrypt.MinCost,
		Common: wordlist.Common, Welcome: w.chat.Welcome, Changed: w.chat.ProfileChanged,
		EndStreams: func(ctx context.Context, userID, sessionID, except string) {
			if sessionID != "" {
				w.broker.EndSession(ctx, userID, sessionID)
				return
			}
			w.broker.EndUser(ctx, userID, except)
		},
	})
	must(t, err)
	must(t, w.chat.EnsureGeneral(t.Context()))
	w.deps = Deps{
		Accounts: w.accounts, Chat: w.chat, Broker: w.broker, Limits: &web.Limits{}, Database: db, Now: now,
		Sessions: sessions.New(sessions.Options{Store: db.Sessions(), Accounts: w.accounts, Key: []byte("another key")}),
		Origins:  []string{"https://trusted.example"},
	}
	for _, c := range change {
		c(&w.deps)
	}
	w.route()
	return w
}

func (w *world) route() {
	r := chi.NewRouter()
	r.Use(middleware.ClientIPFromRemoteAddr)
	var lock sync.Mutex
	r.Use(web.Request(slog.New(slog.NewTextHandler(locked{&lock, w.log}, nil)), now, web.WriteJSONError), web.Headers(false))
	r.Use(w.deps.Sessions.Load(web.WriteJSONError))
	must(w.t, Routes(r, w.deps))
	w.handler = r
}

type locked struct {
	*sync.Mutex
	w io.Writer
}

func (l locked) Write(b []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.w.Write(b)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// actor is somebody with a session, or nobody.
type actor struct {
	accounts.User
	name  string
	token string
}

// join signs somebody up.
func (w *world) join(name string) *actor {
	w.t.Helper()
	u, err := w.accounts.SignUp(w.t.Context(), accounts.Draft{
		Email: name + "@example.test", Password: password, Name: "Name " + name, Phone: "phone of " + name,
	})
	must(w.t, err)
	return w.signIn(&actor{User: u, name: name})
}

func (w *world) admin(name string) *actor {
	w.t.Helper()
	u, err := w.accounts.CreateAdmin(w.t.Context(), accounts.Draft{
		Email: name + "@example.test", Password: password, Name: "Name " + name,
	})
	must(w.t, err)
	return w.signIn(&actor{User: u, name: name})
}

// signIn gives an actor a new session.
func (w *world) signIn(a *actor) *actor {
	w.t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	c, err := w.deps.Sessions.SignIn(httptest.NewRecorder(), r, a.User, true)
	must(w.t, err)
	a.token = c.Token
	return a
}

// request makes a request; body is JSON text or a value.
func request(a *actor, method, path string, body any) *http.Request {
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			panic(err)
		}
		reader = bytes.NewReader(text)
	}
	r := httptest.NewRequest(method, path, reader)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if a != nil && a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	return r
}
