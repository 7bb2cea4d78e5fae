package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"pegasus/accounts"
	"pegasus/accounts/accountstest"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/internal/doortest"
	"pegasus/sessions"
	"pegasus/store/sqlite"
	"pegasus/web"
)

// world is a whole server without pages, over a database of its own.
type world struct {
	*doortest.Services
	t        testing.TB
	store    *sqlite.Store
	accounts *accounts.Service
	chat     *chat.Service
	broker   *events.Broker
	letters  *accountstest.Post
	deps     Deps
	handler  http.Handler
	log      *bytes.Buffer
}

// breakStore takes the database away.
func (w *world) breakStore() { w.Close() }

// password is good for everyone in these tests.
const password = "correct horse battery"

var now = doortest.Now

func newWorld(t testing.TB, change ...func(*Deps)) *world {
	t.Helper()
	return newWorldOf(t, doortest.Options{}, change...)
}

// newWorldOf is newWorld for a server that is set up otherwise.
func newWorldOf(t testing.TB, o doortest.Options, change ...func(*Deps)) *world {
	t.Helper()
	s := doortest.New(t, o)
	w := &world{
		Services: s, t: t, store: s.Store, accounts: s.Accounts, chat: s.Chat, broker: s.Broker, letters: s.Letters, log: &bytes.Buffer{},
	}
	w.deps = Deps{
		Accounts: s.Accounts, Chat: s.Chat, Hooks: s.Hooks, Broker: s.Broker, Plugins: s.Plugins, Sessions: s.Sessions, Providers: s.Providers, Passkeys: s.Passkeys,
		Avatars: s.Avatars, Files: s.Files, Notify: s.Notify, Backups: s.Backups, Brand: s.Brand, Ops: s.Ops, Limits: &web.Limits{}, Database: s.Store, Now: now, Origins: []string{"https://trusted.example"},
		Fetch: func(context.Context, string, int64) ([]byte, error) { return pixel, nil },
	}
	for _, c := range change {
		c(&w.deps)
	}
	w.route()
	return w
}

// pixel is a picture of one grey pixel.
var pixel = must1(base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="))

func (w *world) route() {
	r := chi.NewRouter()
	r.Use(middleware.ClientIPFromRemoteAddr)
	var lock sync.Mutex
	r.Use(web.Request(slog.New(slog.NewTextHandler(locked{&lock, w.log}, nil)), now, web.WriteJSONError, nil), web.Headers(false))
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
	joined, err := w.accounts.SignUp(w.t.Context(), accounts.Draft{
		Email: name + "@example.test", Password: password, Name: "Name " + name, Phone: "phone of " + name,
	})
	must(w.t, err)
	return w.signIn(&actor{User: joined.User, name: name})
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
	way := accounts.WayPassword
	if a.TwoFactorEnabled {
		way = accounts.WayPasskey // asks for nothing more
	}
	c, err := w.deps.Sessions.Enter(httptest.NewRecorder(), r, a.User, sessions.Entrance{Way: way, Remember: true})
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
