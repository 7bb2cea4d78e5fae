package handlers

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"golang.org/x/crypto/bcrypt"

	"pegasus/accounts"
	"pegasus/accounts/wordlist"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/markdown"
	"pegasus/sessions"
	"pegasus/store/sqlite"
	"pegasus/web"
)

// world is the HTML door over a database of its own, wired as the program wires it.
type world struct {
	t        testing.TB
	dir      string
	store    *sqlite.Store
	accounts *accounts.Service
	chat     *chat.Service
	broker   *events.Broker
	deps     Deps
	router   chi.Routes
	handler  http.Handler
	broken   bool
}

// password is good for everyone in these tests.
const password = "correct horse battery"

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func newWorld(t testing.TB, change ...func(*Deps)) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	db, err := sqlite.Open(t.Context(), w.dir)
	must(t, err)
	w.store = db
	t.Cleanup(func() {
		if !w.broken {
			must(t, db.Close())
		}
	})
	w.broker = events.NewBroker(events.Options{
		Presence: func(userID string, connected bool) { w.chat.StreamChanged(userID, connected) },
	})
	w.chat = chat.NewService(chat.Options{
		Store: db, Events: w.broker, Now: now, Render: markdown.New().Render, Renderer: markdown.Version,
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
	must(t, w.chat.EnsureGeneral(t.Context()))
	w.deps = Deps{
		Accounts: w.accounts, Chat: w.chat, Broker: w.broker, Limits: &web.Limits{}, Now: now,
		Sessions: sessions.New(sessions.Options{Store: db.Sessions(), Accounts: w.accounts, Key: []byte("another key")}),
	}
	for _, c := range change {
		c(&w.deps)
	}
	w.route()
	return w
}

func (w *world) route() {
	sameSite, err := web.SameSite([]string{"http://example.com"}, Fail)
	must(w.t, err)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	r := chi.NewRouter()
	r.Use(middleware.ClientIPFromRemoteAddr, web.Request(log, now, Fail), web.Headers(false))
	r.Group(func(r chi.Router) {
		r.Use(sameSite, web.Body(web.MaxBody), web.Page, web.Compress, w.deps.Sessions.Load(Fail))
		Routes(r, w.deps)
	})
	w.router, w.handler = r, r
}

// breakStore takes the database away.
func (w *world) breakStore() {
	w.broken = true
	must(w.t, w.store.Close())
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
	u, err := w.accounts.SignUp(w.t.Context(), accounts.Draft{Email: name + "@example.test", Password: password, Name: "Name " + name})
	must(w.t, err)
	return w.signIn(&actor{User: u, name: name})
}

func (w *world) admin(name string) *actor {
	w.t.Helper()
	u, err := w.accounts.CreateAdmin(w.t.Context(), accounts.Draft{Email: name + "@example.test", Password: password, Name: "Name " + name})
	must(w.t, err)
	return w.signIn(&actor{User: u, name: name})
}

// signIn gives an actor a new session.
func (w *world) signIn(a *actor) *actor {
	w.t.Helper()
	c, err := w.deps.Sessions.SignIn(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), a.User, true)
	must(w.t, err)
	a.token = c.Token
	return a
}

func (w *world) channel(owner *actor, name string, kind chat.ChannelType, members ...*actor) chat.Channel {
	w.t.Helper()
	c, err := w.chat.CreateChannel(w.t.Context(), owner.User, chat.NewChannel{Name: name, Type: kind})
	must(w.t, err)
	for _, m := range members {
		must(w.t, w.chat.AddMember(w.t.Context(), owner.User, c.ID, m.ID))
	}
	return c
}

func (w *world) say(who *actor, channelID, content string) chat.Message {
	w.t.Helper()
	m, err := w.chat.PostMessage(w.t.Context(), who.User, channelID, chat.Draft{Content: content})
	must(w.t, err)
	return m
}

func (w *world) general() chat.Channel {
	w.t.Helper()
	c, err := w.store.ChannelByName(w.t.Context(), chat.General)
	must(w.t, err)
	return c
}
