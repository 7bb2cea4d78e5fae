package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"pegasus/accounts"
	"pegasus/accounts/wordlist"
	"pegasus/api"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/handlers"
	"pegasus/markdown"
	"pegasus/sessions"
	"pegasus/static"
	"pegasus/store"
	"pegasus/web"
)

// app is the wired server.
type app struct {
	settings *settings
	log      *slog.Logger
	store    *store.Backend
	broker   *events.Broker
	accounts *accounts.Service
	chat     *chat.Service
	sessions *sessions.Manager
	handler  http.Handler
}

// newApp opens the store and wires everything to it.
func newApp(ctx context.Context, s *settings, log *slog.Logger) (*app, error) {
	secret, err := s.secret()
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Settings{DataDir: s.DataDir, MongoURI: s.MongoURI, MongoDatabase: s.MongoDatabase})
	if err != nil {
		return nil, fmt.Errorf("cannot open the database: %w", err)
	}
	if !db.Durable {
		log.Warn("this MongoDB server is no replica set: a crash of the server may lose messages that were acknowledged")
	}
	a := &app{settings: s, log: log, store: db}
	if err := a.wire(ctx, secret); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *app) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := a.store.Close(ctx); err != nil {
		a.log.Error("cannot close the database", "error", err)
	}
}

func (a *app) wire(ctx context.Context, secret []byte) error {
	// Passwords are reduced under a key of their own, so that a cookie's signature says nothing about it.
	passwordKey, err := hkdf.Key(sha256.New, secret, nil, "pegasus passwords", 32)
	if err != nil {
		return err
	}
	a.broker = events.NewBroker(events.Options{
		Unlimited: a.settings.RateLimits == "off",
		Presence:  func(userID string, connected bool) { a.chat.StreamChanged(userID, connected) },
	})
	a.chat = chat.NewService(chat.Options{
		Store: a.store, Events: a.broker, Now: now, Render: markdown.New().Render, Renderer: markdown.Version,
		User: a.store.User, Connected: a.broker.Connected,
	})
	a.accounts = accounts.NewService(accounts.Options{
		Store: a.store, Key: passwordKey, SignUp: a.settings.SignUp, Now: now, Cores: runtime.GOMAXPROCS(0),
		Host: a.settings.appURL.Hostname(), Common: wordlist.Common, Welcome: a.chat.Welcome, Changed: a.chat.ProfileChanged, EndStreams: a.endStreams,
	})
	a.sessions = sessions.New(sessions.Options{
		Store: a.store.Sessions, Accounts: a.accounts, Key: secret, Secure: a.settings.https(),
	})
	if err := a.chat.EnsureGeneral(ctx); err != nil {
		return err
	}
	return a.route()
}

// now is the clock of the product: UTC, in the milliseconds that are stored and sent.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func (a *app) endStreams(ctx context.Context, userID, sessionID, except string) {
	if sessionID != "" {
		a.broker.EndSession(ctx, userID, sessionID)
		return
	}
	a.broker.EndUser(ctx, userID, except)
}

// route builds the handler: what every request passes, then the files, then the two doors.
func (a *app) route() error {
	trusted := append([]string{a.settings.appURL.Scheme + "://" + a.settings.appURL.Host}, a.settings.CORSOrigins...)
	sameSite, err := web.SameSite(trusted, handlers.Fail)
	if err != nil {
		return err
	}
	limits := web.NewLimits(a.settings.RateLimits == "off")
	r := chi.NewRouter()
	if len(a.settings.TrustedProxies) > 0 {
		r.Use(middleware.ClientIPFromXFF(a.settings.TrustedProxies...))
	} else {
		r.Use(middleware.ClientIPFromRemoteAddr)
	}
	r.Use(web.Request(a.log, time.Now, fail), web.Headers(a.settings.https()))
	if a.settings.production() {
		r.Use(web.Host(a.settings.appURL))
	}
	r.Handle("/static/*", static.Handler())
	r.Group(func(r chi.Router) {
		r.Use(web.CORS(a.settings.CORSOrigins), web.Compress, a.sessions.Load(fail))
		err = api.Routes(r, api.Deps{
			Accounts: a.accounts, Chat: a.chat, Sessions: a.sessions, Broker: a.broker, Limits: limits,
			Database: a.store, Now: now, Origins: trusted,
		})
	})
	if err != nil {
		return err
	}
	r.Group(func(r chi.Router) {
		r.Use(web.Page, sameSite, web.Body(web.MaxBody), web.Compress, a.sessions.Load(fail))
		handlers.Routes(r, handlers.Deps{
			Accounts: a.accounts, Chat: a.chat, Sessions: a.sessions, Broker: a.broker, Limits: limits, Now: now,
		})
	})
	a.handler = r
	return nil
}

// fail answers for what lies before the doors, in the way of the door that was asked for.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	if strings.HasSuffix(r.URL.Path, "/events") && web.Later(w, r, err) {
		return
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		web.WriteJSONError(w, r, err)
		return
	}
	handlers.Fail(w, r, err)
}
