package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"pegasus/accounts"
	"pegasus/accounts/wordlist"
	"pegasus/api"
	"pegasus/backup"
	"pegasus/brand"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/events/nats"
	"pegasus/files"
	"pegasus/guard"
	"pegasus/handlers"
	"pegasus/hooks"
	"pegasus/mail"
	"pegasus/markdown"
	"pegasus/notify"
	"pegasus/ops"
	"pegasus/plugins"
	"pegasus/sessions"
	"pegasus/sessions/oauth"
	"pegasus/sessions/passkey"
	"pegasus/static"
	"pegasus/store"
	"pegasus/trace"
	"pegasus/trouble"
	"pegasus/unfurl"
	"pegasus/views"
	"pegasus/web"
)

// app is the wired server.
type app struct {
	settings *settings
	log      *slog.Logger
	store    *store.Backend
	outbox   *mail.Outbox
	broker   *events.Broker
	bridge   *nats.Bridge // nil where this is the only server
	lead     *lead        // nil where this is the only server, and so is endings
	endings  *endings
	events   publisher // to the streams of all servers
	accounts *accounts.Service
	chat     *chat.Service
	brand    *brand.Service
	hooks    *hooks.Service
	sessions *sessions.Manager
	files    *files.Uploads
	notify   *notify.Service
	avatars  *files.Avatars
	icons    *unfurl.Icons // nil where links are not looked at
	blobs    files.Blobs   // of messages
	plugins  *plugins.Service
	workshop *workshop
	recorder *ops.Recorder
	ops      *ops.Service
	tracer   *trace.Tracer
	trouble  *trouble.Switches // nil in production
	backups  *backup.Service
	alarmsTo atomic.Pointer[lastKnown] // when the database last answered
	telling  telling                   // used by tellAlarmNow alone
	handler  http.Handler
}

// newApp opens the store and wires everything to it.
func newApp(ctx context.Context, s *settings, log *slog.Logger) (*app, error) {
	secret, err := s.secret()
	if err != nil {
		return nil, err
	}
	recorder := &ops.Recorder{}
	at := s.database()
	at.Watch = recorder.Store.Observe
	db, err := store.Open(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("cannot open the database: %w", err)
	}
	if !db.Durable {
		log.Warn("this MongoDB server is no replica set: a crash of the server may lose messages that were acknowledged")
	}
	a := &app{settings: s, log: log, store: db, recorder: recorder, workshop: newWorkshop(log)}
	if err := a.wire(ctx, secret); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *app) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if a.plugins != nil {
		a.plugins.Close(ctx)
	}
	a.workshop.close()
	if err := a.store.Close(ctx); err != nil {
		a.log.Error("cannot close the database", "error", err)
	}
}

func (a *app) wire(ctx context.Context, secret []byte) error {
	keys, err := deriveKeys(secret)
	if err != nil {
		return err
	}
	uploads, avatars, err := a.settings.openBlobs()
	if err != nil {
		return err
	}
	a.avatars, a.blobs = files.NewAvatars(avatars), uploads
	a.brand = brand.NewService(brand.Options{
		Store: a.store, Pictures: a.avatars, Now: now, Record: func(ctx context.Context, e accounts.Event) { a.accounts.Record(ctx, e) }, Failed: a.noteFailure,
	})
	if err := a.openOutbox(keys.mail); err != nil {
		return err
	}
	a.broker = events.NewBroker(events.Options{
		Unlimited: a.settings.RateLimits == "off",
		Presence:  a.streamChanged,
	})
	if err := a.openServers(keys.servers); err != nil {
		return err
	}
	a.openTrouble()
	text := markdown.New()
	var previewer *chat.Previewer
	if a.settings.LinkPreviews == "on" {
		client := guard.NewClient(guard.Options{})
		previewer = &chat.Previewer{Links: unfurl.Links, Fetch: unfurl.New(client, now).Fetch}
		a.icons = unfurl.NewIcons(client, keys.icons, now, a.avatars.Remake)
	}
	o := chat.Options{
		Embedder: a.settings.embedder(),
		Pictures: a.avatars, Policy: func(ctx context.Context) (accounts.Policy, error) { return a.accounts.Policy(ctx) },
		Previewer: previewer,
		Store:     a.store, Events: a.events, Now: now, Render: text.RenderMentions, Names: text.Names, RenderLine: text.RenderLine, Renderer: markdown.Version,
		User: a.store.User, Users: a.store.Users, Connected: a.events.Connected,
		UserNamed: a.store.UserByUsername, Jobs: a.store,
		ChangeProfile: func(ctx context.Context, userID string, p accounts.ProfileChange) (accounts.User, error) {
			return a.accounts.ChangeProfile(ctx, userID, p)
		},
		EndStatus: func(ctx context.Context, userID string) error { return a.accounts.EndStatus(ctx, userID) },
		Record:    func(ctx context.Context, e accounts.Event) { a.accounts.Record(ctx, e) },
		Told:      func(ctx context.Context, t chat.Told) { a.notify.Told(ctx, t) },
		Installed: []chat.Commands{
			func(ctx context.Context, channelID string) ([]chat.Command, error) {
				return a.plugins.Commands(ctx, channelID)
			},
			func(ctx context.Context, channelID string) ([]chat.Command, error) {
				return a.hooks.Commands(ctx, channelID)
			},
		},
		Posted: func(ctx context.Context, p chat.Posted) {
			a.recorder.Posted()
			a.plugins.Heard(ctx, p)
			a.hooks.Posted(ctx, p)
		},
	}
	if a.bridge != nil {
		o.ActedHere = func(userID string, here bool) { a.tellOthers(tellActed, acted{userID, here}) }
	}
	a.chat = chat.NewService(o)
	a.accounts = accounts.NewService(accounts.Options{
		Store: a.store, Key: keys.passwords, SealKey: keys.seal, SignUp: a.settings.SignUp, RequireVerification: a.settings.RequireVerification,
		Now: now, Cores: runtime.GOMAXPROCS(0), URL: a.settings.appURL.String(), Host: a.settings.appURL.Hostname(), Common: wordlist.Common,
		Mailer: a.outbox, Failed: a.noteFailure, Welcome: a.chat.Welcome, Changed: a.chat.ProfileChanged, Leave: a.leave, DropAvatar: a.dropAvatar,
		EndStreams: a.endStreams, SetupToken: a.setupToken(keys.servers),
		SessionMoved: func(ctx context.Context, userID, from, to string) { a.notify.SessionMoved(ctx, userID, from, to) },
		Workspace:    a.workspace,
	})
	if err := a.openNotify(secret); err != nil {
		return err
	}
	a.openPlugins(keys.plugins, func(source string) string { return text.RenderMentions(source, nil) })
	a.sessions = sessions.New(sessions.Options{
		Store: a.store.Sessions, Accounts: a.accounts, Key: secret, Secure: a.settings.https(), JWTKey: []byte(a.settings.JWTSecret),
		ProxySecret: a.settings.ProxySecret, Proxies: a.settings.proxies(),
	})
	a.openHooks(keys.hooks)
	a.openOps()
	a.openTracer()
	a.openBackups()
	if err := a.chat.EnsureGeneral(ctx); err != nil {
		return err
	}
	if err := a.chat.StartRetention(ctx); err != nil {
		return err
	}
	if err := a.chat.StartMeaning(ctx); err != nil {
		return err
	}
	if err := a.openFiles(uploads); err != nil {
		return err
	}
	return a.route()
}

// workspace is what the workspace is called.
func (a *app) workspace(ctx context.Context) string {
	b, err := a.brand.Brand(ctx)
	if err != nil {
		a.noteFailure(ctx, "read the name of the workspace", err)
	}
	return b.Name()
}

func (a *app) openFiles(uploads files.Blobs) (err error) {
	a.files, err = files.NewUploads(files.UploadOptions{
		Chat: a.chat, Blobs: uploads, Staging: filepath.Join(a.settings.DataDir, "files"), Max: a.settings.MaxContentLength, Avatars: a.avatars,
	})
	return err
}

func (a *app) openNotify(secret []byte) (err error) {
	a.notify, err = notify.NewService(notify.Options{
		Store: a.store, Jobs: a.store, Chat: a.chat, User: a.store.User, Sessions: a.accounts.Sessions, Mailer: a.outbox,
		Client: guard.NewClient(guard.Options{}), Secret: secret, URL: a.url(), Link: views.MessageLink, Now: now,
		Unseen: a.unseenAnswer, Events: a.events, Failed: a.warn,
	})
	return err
}

// url is where people reach the server, without a slash at its end.
func (a *app) url() string { return strings.TrimSuffix(a.settings.appURL.String(), "/") }

// keys are derived from the application's secret, one for each use, so that what one lets out says nothing of another.
type keys struct{ passwords, seal, mail, plugins, hooks, icons, servers []byte }

func deriveKeys(secret []byte) (k keys, err error) {
	for purpose, key := range map[string]*[]byte{
		"pegasus passwords": &k.passwords, "pegasus seal": &k.seal, "pegasus mail": &k.mail, "pegasus plugins": &k.plugins,
		"pegasus hooks": &k.hooks, "pegasus icons": &k.icons,
		"pegasus servers": &k.servers,
	} {
		if *key, err = hkdf.Key(sha256.New, secret, nil, purpose, 32); err != nil {
			return keys{}, err
		}
	}
	return k, nil
}

func (a *app) openOutbox(key []byte) (err error) {
	s := a.settings
	o := mail.Options{
		Store: a.store, Key: key, From: s.MailFrom, Workspace: a.workspace, URL: s.appURL.String(), Now: now, Log: a.log, Keep: !s.production(),
	}
	if s.MailServer != "" {
		o.SMTP = &mail.SMTP{Host: s.MailServer, Port: s.MailPort, TLS: s.MailTLS, Username: s.MailUsername, Password: s.MailPassword}
	}
	a.outbox, err = mail.NewOutbox(o)
	return err
}

// mails shows the outbox to the pages of a server under development, and to no other.
func (a *app) mails() func(context.Context, int) ([]views.Mail, error) {
	if a.settings.production() {
		return nil
	}
	return func(ctx context.Context, n int) ([]views.Mail, error) {
		recent, err := a.outbox.Recent(ctx, n)
		mails := make([]views.Mail, len(recent))
		for i, m := range recent {
			mails[i] = views.Mail{
				Kind: m.Kind, To: m.To, Subject: m.Subject, Text: m.Text, At: m.CreatedAt, SentAt: m.SentAt, Failure: m.LastError,
			}
		}
		return mails, err
	}
}

func (a *app) dropAvatar(ctx context.Context, path string) {
	key, ours := files.Key(path)
	if !ours {
		return
	}
	if err := a.avatars.Remove(ctx, key); err != nil {
		a.noteFailure(ctx, "remove a picture", err) // a file too many harms nobody
	}
}

// warn notes what could not be done and is tried again.
func (a *app) warn(doing string, err error) { a.log.Warn("cannot "+doing, "error", err) }

// warns is warn for one thing to do.
func (a *app) warns(doing string) func(error) { return func(err error) { a.warn(doing, err) } }

func (a *app) noteFailure(ctx context.Context, doing string, err error) {
	a.log.Error("cannot "+doing, "request_id", web.RequestID(ctx), "error", err)
}

// now is the clock of the product: UTC, in the milliseconds that are stored and sent.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func (a *app) endStreams(ctx context.Context, userID, sessionID, except string) {
	if sessionID != "" {
		a.events.EndSession(ctx, userID, sessionID)
		return
	}
	a.events.EndUser(ctx, userID, except)
}

// route builds the handler: what every request passes, then the files, then the two doors.
func (a *app) route() error {
	trusted := append([]string{a.settings.appURL.Scheme + "://" + a.settings.appURL.Host}, a.settings.CORSOrigins...)
	sameSite, err := web.SameSite(trusted, handlers.Fail)
	if err != nil {
		return err
	}
	doors, err := a.openDoors()
	if err != nil {
		return err
	}
	limits := web.NewLimits(a.settings.RateLimits == "off")
	r := chi.NewRouter()
	r.Use(web.EndChunked, a.clientAddress())
	r.Use(web.Request(a.log, time.Now, fail, a.seen), web.Headers(a.settings.https()))
	if a.settings.production() {
		r.Use(web.Host(a.settings.appURL))
	}
	r.Handle("/static/*", static.Handler())
	if a.settings.MetricsToken != "" && a.settings.MetricsAddr == "" {
		r.Method(http.MethodGet, "/metrics", a.metrics())
	}
	r.Group(func(r chi.Router) {
		r.Use(web.CORS(a.settings.CORSOrigins), web.Compress, a.sessions.Load(fail), a.trouble.Requests(fail))
		err = api.Routes(r, api.Deps{
			Notify:   a.notify,
			Backups:  a.backups,
			Brand:    a.brand,
			Accounts: a.accounts, Chat: a.chat, Hooks: a.hooks, Plugins: a.plugins, Sessions: a.sessions, Providers: doors.providers, Passkeys: doors.passkeys,
			PublicGenerate: a.settings.PublicGenerate,
			Avatars:        a.avatars, Files: a.files, Broker: a.broker, Limits: limits, Database: a.store, Ops: a.ops, Now: now, Origins: trusted, Fetch: doors.fetch,
		})
	})
	if err != nil {
		return err
	}
	r.Group(func(r chi.Router) {
		r.Use(web.Page, sameSite, web.Compress, a.sessions.Load(fail), a.trouble.Requests(fail))
		handlers.Routes(r, handlers.Deps{
			Accounts: a.accounts, Chat: a.chat, Plugins: a.plugins, Hooks: a.hooks, Sessions: a.sessions, Providers: doors.providers, Passkeys: doors.passkeys,
			Avatars: a.avatars, Files: a.files, Broker: a.broker, Limits: limits, Now: now, Mails: a.mails(), Icon: a.icons.Open, Jobs: a.store, Trouble: a.trouble,
			URL: a.url(), Notify: a.notify, Server: a.server(), Ops: a.ops, Backups: a.backups, Brand: a.brand,
			Document: func() ([]byte, error) { return api.Document(a.settings.PublicGenerate) },
		})
	})
	a.handler = r
	return nil
}

// clientAddress finds out where a request comes from, through trusted proxies only.
func (a *app) clientAddress() func(http.Handler) http.Handler {
	if len(a.settings.TrustedProxies) > 0 {
		return middleware.ClientIPFromXFF(a.settings.TrustedProxies...)
	}
	return middleware.ClientIPFromRemoteAddr
}

// doors are the parts that both doors share and nothing else needs.
type doors struct {
	providers *oauth.Providers
	passkeys  *passkey.Ceremonies
	fetch     func(ctx context.Context, url string, limit int64) ([]byte, error)
}

func (a *app) openDoors() (d doors, err error) {
	s, url := a.settings, a.settings.appURL.String()
	d.providers, err = oauth.New(oauth.Options{
		Settings: oauth.Settings{
			GitHubID: s.GitHubID, GitHubSecret: s.GitHubSecret, GitHubBaseURL: s.GitHubBaseURL,
			GoogleID: s.GoogleID, GoogleSecret: s.GoogleSecret,
			OIDCIssuer: s.OIDCIssuer, OIDCID: s.OIDCID, OIDCSecret: s.OIDCSecret,
		},
		URL: url, Tickets: a.store, Now: now,
	})
	if err != nil {
		return doors{}, err
	}
	d.passkeys, err = passkey.New(passkey.Options{URL: url, Tickets: a.store, Accounts: a.accounts, Now: now})
	if err != nil {
		return doors{}, err
	}
	client := guard.NewClient(guard.Options{})
	d.fetch = func(ctx context.Context, url string, limit int64) ([]byte, error) {
		body, _, err := guard.Fetch(ctx, client, url, limit)
		return body, err
	}
	return d, nil
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
