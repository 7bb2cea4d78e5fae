// Package doortest puts together what the tests of both doors stand on: all services over a database of their own.
package doortest

import (
	"bytes"
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"pegasus/accounts"
	"pegasus/accounts/accountstest"
	"pegasus/accounts/wordlist"
	"pegasus/backup"
	"pegasus/brand"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/files"
	"pegasus/guard"
	"pegasus/hooks"
	"pegasus/markdown"
	"pegasus/notify"
	"pegasus/ops"
	"pegasus/plugins"
	"pegasus/sessions"
	"pegasus/sessions/oauth"
	"pegasus/sessions/passkey"
	"pegasus/store/sqlite"
	"pegasus/store/sqlite/sqlitetest"
	"pegasus/unfurl"
	"pegasus/views"
)

// URL is where people would reach the server.
const URL = "http://chat.example.test"

// MaxFile is the size of the largest file that a message may have, in bytes.
const MaxFile = 50 << 20

// Options change what New makes. The zero value is a server as it comes.
type Options struct {
	Embedder  *chat.Embedder          // nil for none
	Accounts  func(*accounts.Options) // changes the options of the accounts' service
	Providers oauth.Settings
	URL       string                                                     // "" is URL
	Chat      func(chat.Store) chat.Store                                // what stands between the service of conversations and the store, nil for nothing
	Running   func(*plugins.Running)                                     // changes the parts that plugins work with
	Plugins   func(*plugins.Options)                                     // changes the options of the workbench
	Send      func(context.Context, hooks.Request) (hooks.Answer, error) // what outgoing webhooks meet, nil for answers without text
	HookNow   func() time.Time                                           // the clock of webhooks, nil for Now
	Push      http.RoundTripper                                          // reaches the servers of browsers' makers, nil for the network
	Web       *http.Client                                               // fetches pictures of bots, nil for one that reaches nobody here
}

// Services are the parts of a server.
type Services struct {
	Dir       string // where the store keeps its file
	Store     *sqlite.Store
	Accounts  *accounts.Service
	Chat      *chat.Service
	Hooks     *hooks.Service
	Broker    *events.Broker
	Sessions  *sessions.Manager
	Providers *oauth.Providers
	Passkeys  *passkey.Ceremonies
	Avatars   *files.Avatars
	Icons     *unfurl.Icons
	Blobs     *files.Disk
	Files     *files.Uploads
	Notify    *notify.Service
	Letters   *accountstest.Post
	Plugins   *plugins.Service
	Ops       *ops.Service
	Backups   *backup.Service
	Brand     *brand.Service
	Close     func() // closes the store; it may be called again
}

// Now is the clock of the product, in the milliseconds that are stored.
func Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// New puts the services together. The store closes with the test, or before by Close.
func New(t testing.TB, o Options) *Services {
	t.Helper()
	if o.URL == "" {
		o.URL = URL
	}
	dir := sqlitetest.Dir(t)
	db, err := sqlite.Open(t.Context(), dir)
	must(t, err)
	s := &Services{Dir: dir, Store: db, Letters: &accountstest.Post{}}
	closed := false
	s.Close = func() {
		if !closed {
			closed = true
			must(t, db.Close())
		}
	}
	t.Cleanup(s.Close)
	s.Broker = events.NewBroker(events.Options{
		Presence: func(userID string, connected bool) { s.Chat.StreamChanged(userID, connected) },
	})
	text := markdown.New()
	conversations := chat.Store(db)
	if o.Chat != nil {
		conversations = o.Chat(db)
	}
	s.Avatars, err = files.OpenAvatars(filepath.Join(dir, "avatars"))
	must(t, err)
	s.Brand = brand.NewService(brand.Options{
		Store: db, Pictures: s.Avatars, Now: Now, Record: func(ctx context.Context, e accounts.Event) { s.Accounts.Record(ctx, e) },
		Failed: func(_ context.Context, doing string, err error) { t.Logf("%s: %v", doing, err) },
	})
	s.Chat = chat.NewService(chat.Options{
		Pictures: s.Avatars, Embedder: o.Embedder,
		Policy: func(ctx context.Context) (accounts.Policy, error) { return s.Accounts.Policy(ctx) },
		Store:  conversations, Events: s.Broker, Now: Now, Render: text.RenderMentions, Names: text.Names, RenderLine: text.RenderLine, Renderer: markdown.Version,
		User: db.User, Users: db.Users, Connected: s.Broker.Connected,
		UserNamed: db.UserByUsername, Jobs: db,
		ChangeProfile: func(ctx context.Context, userID string, p accounts.ProfileChange) (accounts.User, error) {
			return s.Accounts.ChangeProfile(ctx, userID, p)
		},
		EndStatus: func(ctx context.Context, userID string) error { return s.Accounts.EndStatus(ctx, userID) },
		Record:    func(ctx context.Context, e accounts.Event) { s.Accounts.Record(ctx, e) },
		Told:      func(ctx context.Context, t chat.Told) { s.Notify.Told(ctx, t) },
		Installed: []chat.Commands{
			func(ctx context.Context, channelID string) ([]chat.Command, error) {
				return s.Plugins.Commands(ctx, channelID)
			},
			func(ctx context.Context, channelID string) ([]chat.Command, error) {
				return s.Hooks.Commands(ctx, channelID)
			},
		},
		Posted: func(ctx context.Context, p chat.Posted) {
			s.Plugins.Heard(ctx, p)
			s.Hooks.Posted(ctx, p)
		},
	})
	options := accounts.Options{
		Store: db, Key: []byte("a key for tests"), SealKey: bytes.Repeat([]byte("k"), 32), SignUp: accounts.SignUpOpen, URL: o.URL,
		Now: Now, Cores: 2, Cost: bcrypt.MinCost, Common: wordlist.Common, Mailer: s.Letters,
		Failed:  func(_ context.Context, doing string, err error) { t.Logf("%s: %v", doing, err) },
		Welcome: s.Chat.Welcome, Changed: s.Chat.ProfileChanged, Leave: s.leave, DropAvatar: s.dropAvatar, EndStreams: s.endStreams,
		SessionMoved: func(ctx context.Context, userID, from, to string) { s.Notify.SessionMoved(ctx, userID, from, to) },
		Workspace: func(ctx context.Context) string {
			b, _ := s.Brand.Brand(ctx)
			return b.Name()
		},
	}
	if o.Accounts != nil {
		o.Accounts(&options)
	}
	s.Accounts = accounts.NewService(options)
	if o.Send == nil {
		o.Send = func(context.Context, hooks.Request) (hooks.Answer, error) { return hooks.Answer{Status: 200}, nil }
	}
	if o.HookNow == nil {
		o.HookNow = Now
	}
	s.openBackups(options.Failed)
	if o.Web == nil {
		o.Web = guard.NewClient(guard.Options{})
	}
	s.Icons = unfurl.NewIcons(o.Web, []byte("a key for icons"), Now, s.Avatars.Remake)
	s.Hooks = hooks.NewService(hooks.Options{
		Store: db, Jobs: db, Accounts: s.Accounts, Chat: s.Chat, Key: []byte("a key for webhooks"), Host: "chat.example.test", URL: o.URL, Now: o.HookNow,
		Others: func(ctx context.Context, channelID string) ([]chat.Command, error) {
			return s.Plugins.Commands(ctx, channelID)
		},
		Emoji: markdown.Emoji, Icon: s.Icons.Path, Failed: options.Failed,
		Send: o.Send,
	})
	push := guard.NewClient(guard.Options{})
	if o.Push != nil {
		push = &http.Client{Transport: o.Push}
	}
	s.Notify, err = notify.NewService(notify.Options{
		Store: db, Jobs: db, Chat: s.Chat, User: db.User, Sessions: s.Accounts.Sessions, Mailer: s.Letters, Client: push,
		Secret: []byte("the secret of the tests"), URL: o.URL, Link: views.MessageLink, Now: Now,
		Events: s.Broker,
		Unseen: func(ctx context.Context, asker accounts.User, exchangeID string) (notify.Answer, bool, error) {
			p, e, unseen, err := s.Plugins.Unseen(ctx, asker.ID, exchangeID)
			return notify.Answer{PluginID: p.ID, Title: p.Name, Body: e.Ending(), URL: views.AnswerPath(p.Name, e)}, unseen, err
		},
		Failed: func(doing string, err error) { t.Logf("%s: %v", doing, err) },
	})
	must(t, err)
	s.Sessions = sessions.New(sessions.Options{Store: db.Sessions(), Accounts: s.Accounts, Key: []byte("another key")})
	s.Providers, err = oauth.New(oauth.Options{Settings: o.Providers, URL: o.URL, Tickets: db, Now: Now})
	must(t, err)
	s.Passkeys, err = passkey.New(passkey.Options{URL: o.URL, Tickets: db, Accounts: s.Accounts, Now: Now})
	must(t, err)
	s.Blobs, err = files.OpenDisk(filepath.Join(dir, "files"))
	must(t, err)
	s.Files, err = files.NewUploads(files.UploadOptions{
		Chat: s.Chat, Blobs: s.Blobs, Staging: filepath.Join(dir, "files"), Max: MaxFile, Avatars: s.Avatars,
	})
	must(t, err)
	s.openPlugins(t, o, func(source string) string { return text.RenderMentions(source, nil) })
	must(t, s.Chat.EnsureGeneral(t.Context()))
	s.tellNotices(t)
	s.openOps(t)
	return s
}

func (s *Services) dropAvatar(ctx context.Context, path string) {
	if key, ours := files.Key(path); ours {
		_ = s.Avatars.Remove(ctx, key) // a test that minds looks
	}
}

func (s *Services) endStreams(ctx context.Context, userID, sessionID, except string) {
	if sessionID != "" {
		s.Broker.EndSession(ctx, userID, sessionID)
		return
	}
	s.Broker.EndUser(ctx, userID, except)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tellNotices tells people of messages until the test ends, as the program does.
func (s *Services) tellNotices(t testing.TB) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Chat.TellNotices(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
}
