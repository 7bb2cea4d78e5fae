package handlers

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"pegasus/accounts"
	"pegasus/accounts/accountstest"
	"pegasus/api"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/internal/doortest"
	"pegasus/sessions"
	"pegasus/store/sqlite"
	"pegasus/trouble"
	"pegasus/views"
	"pegasus/web"
)

// world is the HTML door over a database of its own, wired as the program wires it.
type world struct {
	*doortest.Services
	letters  *accountstest.Post
	t        testing.TB
	store    *sqlite.Store
	accounts *accounts.Service
	chat     *chat.Service
	broker   *events.Broker
	deps     Deps
	router   chi.Routes
	handler  http.Handler
}

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
	w := &world{Services: s, t: t, store: s.Store, accounts: s.Accounts, chat: s.Chat, broker: s.Broker, letters: s.Letters}
	w.deps = Deps{
		Accounts: s.Accounts, Chat: s.Chat, Plugins: s.Plugins, Hooks: s.Hooks, Broker: s.Broker, Sessions: s.Sessions, Providers: s.Providers, Passkeys: s.Passkeys,
		Server: Server{Size: s.Store.Size, Hints: func(context.Context) []views.Hint { return []views.Hint{{Text: "A hint"}} },
			Settings: func() []views.Setting {
				return []views.Setting{{Group: "Mail", Name: "MAIL_SERVER", Value: "mail.example.test", Source: "environment", About: "Where letters go"}, {Group: "Mail", Name: "MAIL_PASSWORD", Source: "environment", Secret: true}}
			},
			Support: func(_ context.Context, u accounts.User) ([]byte, error) {
				return []byte("{}\n"), accounts.RequireAdmin(u)
			},
			Tests: map[views.TestName]func(context.Context, accounts.User) (string, error){
				views.TestMail:    func(_ context.Context, u accounts.User) (string, error) { return "It went to " + u.Email + ".", nil },
				views.TestStorage: func(context.Context, accounts.User) (string, error) { return "", errors.New("disk /secret/path broke") },
			}},
		Avatars: s.Avatars, Files: s.Files, Notify: s.Notify, Backups: s.Backups, Brand: s.Brand, Limits: &web.Limits{}, Now: now, Mails: w.mails, Jobs: s.Store, Trouble: trouble.New(trouble.Options{Now: now, Cut: s.Broker.Cut, Record: s.Accounts.Record}), URL: doortest.URL, Ops: s.Ops,
		Document: func() ([]byte, error) { return api.Document(false) }, Icon: s.Icons.Open,
	}
	for _, c := range change {
		c(&w.deps)
	}
	w.route()
	return w
}

// mails are the letters as the outbox page shows them.
func (w *world) mails(_ context.Context, n int) ([]views.Mail, error) {
	var shown []views.Mail
	for _, l := range slices.Backward(w.letters.Letters("")) {
		if len(shown) < n {
			shown = append(shown, views.Mail{Kind: string(l.Kind), To: l.To, Subject: "About " + string(l.Kind), Text: "Open " + l.URL + " soon."})
		}
	}
	return shown, nil
}

func (w *world) route() {
	sameSite, err := web.SameSite([]string{"http://example.com"}, Fail)
	must(w.t, err)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	r := chi.NewRouter()
	r.Use(middleware.ClientIPFromRemoteAddr, web.Request(log, now, Fail, nil), web.Headers(false))
	r.Group(func(r chi.Router) {
		r.Use(sameSite, web.Page, web.Compress, w.deps.Sessions.Load(Fail))
		Routes(r, w.deps)
	})
	w.router, w.handler = r, r
}

// breakStore takes the database away.
func (w *world) breakStore() { w.Close() }

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
	joined, err := w.accounts.SignUp(w.t.Context(), accounts.Draft{Email: name + "@example.test", Password: password, Name: "Name " + name})
	must(w.t, err)
	return w.signIn(&actor{User: joined.User, name: name})
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
	c, err := w.deps.Sessions.Enter(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), a.User, sessions.Entrance{Way: accounts.WayPassword, Remember: true})
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
