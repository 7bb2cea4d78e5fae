// Package mongo keeps people, conversations and sessions in MongoDB, in the collections and fields of ConnectBest, and in
// those of Better Auth for what ConnectBest does not have: session, account, verification and passkey.
//
// No transaction is used. Every write is one document, or a series of single writes in an order that a crash at any point
// leaves right or that the next call mends; the order stands at each such method. What must happen once is decided by a
// unique index. Counters (a channel's last_seq and member_count, a member's own_unread) are derived: documents decide,
// and the next append, mark, change of members or Ensure brings the counter up.
package mongo

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/readconcern"
	"go.mongodb.org/mongo-driver/mongo/readpref"
	"go.mongodb.org/mongo-driver/mongo/writeconcern"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/mail"
	"pegasus/notify"
	"pegasus/ops"
	"pegasus/plugins"
	"pegasus/queue"
)

// Limits of a call. A server that is away costs a caller operationLimit at most; one that refuses connections, less.
const (
	selectionLimit = 2 * time.Second
	operationLimit = 3 * time.Second
	searchLimit    = 2 * time.Second
	heartbeat      = 2 * time.Second // notices a dead server, and one that is back, within this time and a little
)

// Store is a workspace in one MongoDB database.
type Store struct {
	client *mongo.Client
	watch  *atomic.Pointer[func(time.Duration)] // told how long commands take
	db     *mongo.Database

	users    *mongo.Collection
	devices  *mongo.Collection // Better Auth's name for it is "session"
	cookies  *mongo.Collection // scs: "sessions"
	channels *mongo.Collection
	members  *mongo.Collection
	messages *mongo.Collection
	uploads  *mongo.Collection // ConnectBest: "message_files"
	receipts *mongo.Collection // ConnectBest's read receipts, read by Ensure alone
	state    *mongo.Collection

	reactions   *mongo.Collection // ConnectBest: "message_reactions"
	bookmarks   *mongo.Collection
	drafts      *mongo.Collection
	profiles    *mongo.Collection
	pins        *mongo.Collection
	threads     *mongo.Collection // ConnectBest's name too
	mentions    *mongo.Collection
	mutes       *mongo.Collection
	customEmoji *mongo.Collection
	groups      *mongo.Collection
	embeddings  *mongo.Collection // ConnectBest: "message_embeddings"
	reports     *mongo.Collection

	preferences *mongo.Collection
	browsers    *mongo.Collection

	plugins         *mongo.Collection // Pegasus: "pegasus_user_plugins"
	pluginTalks     *mongo.Collection // Pegasus: "pegasus_chat_conversations"
	pluginExchanges *mongo.Collection // Pegasus: "pegasus_chat_messages"
	pluginVersions  *mongo.Collection
	pluginBlobs     *mongo.Collection
	pluginUsage     *mongo.Collection
	pluginBudgets   *mongo.Collection
	pluginInstalls  *mongo.Collection
	pluginValues    *mongo.Collection
	pluginRuns      *mongo.Collection

	tickets     *mongo.Collection // Better Auth: "verification"
	links       *mongo.Collection // Better Auth: "account"
	passkeys    *mongo.Collection // Better Auth's name too
	tokens      *mongo.Collection
	invitations *mongo.Collection
	events      *mongo.Collection
	outbox      *mongo.Collection
	measures    *mongo.Collection
	alarms      *mongo.Collection
	jobs        *mongo.Collection
	hooks       *mongo.Collection

	// The same collections for derived counters, which need not be on disk before a message is answered.
	channelCounts *mongo.Collection
	memberCounts  *mongo.Collection

	indexing   sync.Once
	background sync.WaitGroup

	lanes *lanes
	life  context.Context // ends with Close; appends run under it, because a batch belongs to several callers
	end   context.CancelFunc
}

var (
	_ accounts.Store = (*Store)(nil)
	_ chat.Store     = (*Store)(nil)
	_ notify.Store   = (*Store)(nil)
	_ mail.Store     = (*Store)(nil)
	_ ops.Store      = (*Store)(nil)
	_ queue.Store    = (*Store)(nil)
	_ plugins.Store  = (*Store)(nil)
)

// Open connects to the server that uri names and checks that it answers, which it must within the limits above. Call
// Ensure before the first use.
func Open(ctx context.Context, uri, database string) (*Store, error) {
	var watch atomic.Pointer[func(time.Duration)]
	client, err := mongo.Connect(ctx, clientOptions(uri).SetMonitor(monitor(&watch)))
	if err != nil {
		return nil, fmt.Errorf("MongoDB's connection string: %w", err)
	}
	s := newStore(client, database)
	s.watch = &watch
	if err := s.Ping(ctx); err != nil {
		s.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return s, nil
}

func clientOptions(uri string) *options.ClientOptions {
	journal := true
	return options.Client().ApplyURI(uri).
		SetAppName("pegasus").
		SetServerSelectionTimeout(selectionLimit).
		SetConnectTimeout(selectionLimit).
		SetHeartbeatInterval(heartbeat).
		SetTimeout(operationLimit). // bounds what runs without a deadline, as scs does
		SetReadPreference(readpref.Primary()).
		SetReadConcern(readconcern.Local()).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal})
}

func newStore(client *mongo.Client, database string) *Store {
	db := client.Database(database)
	loose := options.Collection().SetWriteConcern(writeconcern.W1())
	s := &Store{
		client: client, db: db, lanes: newLanes(),
		users: db.Collection("users"), devices: db.Collection("session"), cookies: db.Collection("sessions"),
		channels: db.Collection("channels"), members: db.Collection("channel_members"),
		messages: db.Collection("messages"), uploads: db.Collection("message_files"), receipts: db.Collection("user_channel_read"),
		state: db.Collection("workspace"), browsers: db.Collection("browsers"),

		reactions: db.Collection("message_reactions"), bookmarks: db.Collection("bookmarks"), drafts: db.Collection("drafts"), pins: db.Collection("pins"),
		threads: db.Collection("threads"), mentions: db.Collection("mentions"), mutes: db.Collection("mutes"), reports: db.Collection("reports"),
		preferences: db.Collection("notification_preferences"), profiles: db.Collection("profiles"), customEmoji: db.Collection("custom_emoji"), groups: db.Collection("user_groups"), embeddings: db.Collection("message_embeddings"),

		plugins: db.Collection("pegasus_user_plugins"), pluginTalks: db.Collection("pegasus_chat_conversations"),
		pluginExchanges: db.Collection("pegasus_chat_messages"), pluginVersions: db.Collection("pegasus_plugin_versions"),
		pluginBlobs: db.Collection("pegasus_plugin_blobs"), pluginUsage: db.Collection("pegasus_plugin_usage"), pluginBudgets: db.Collection("pegasus_plugin_budgets"),
		pluginInstalls: db.Collection("pegasus_plugin_installs"), pluginValues: db.Collection("pegasus_plugin_values"),
		pluginRuns: db.Collection("pegasus_plugin_runs"),

		tickets: db.Collection("verification"), links: db.Collection("account"), passkeys: db.Collection("passkey"),
		tokens: db.Collection("access_tokens"), invitations: db.Collection("invitations"),
		events: db.Collection("audit_log"), outbox: db.Collection("outbox"),
		measures: db.Collection("measures"), alarms: db.Collection("alarm_changes"),
		jobs: db.Collection("jobs"), hooks: db.Collection("hooks"),

		channelCounts: db.Collection("channels", loose), memberCounts: db.Collection("channel_members", loose),
	}
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

// Close ends what is under way and disconnects. Appends that have not been answered fail as Unavailable.
func (s *Store) Close(ctx context.Context) error {
	ctx, done := limited(ctx)
	defer done()
	s.end()
	s.lanes.wait(ctx)
	s.background.Wait()
	return translate(s.client.Disconnect(ctx))
}

// Ping reports whether the server answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, done := limited(ctx)
	defer done()
	return translate(s.db.RunCommand(ctx, bson.D{{Key: "ping", Value: 1}}).Err())
}

// Replicated reports whether the server belongs to a replica set. One that stands alone may lose confirmed writes when it is
// killed (SERVER-139311), which whoever starts the program should be told.
func (s *Store) Replicated(ctx context.Context) (bool, error) {
	ctx, done := limited(ctx)
	defer done()
	var answer struct {
		SetName string `bson:"setName"`
	}
	err := s.db.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&answer)
	return answer.SetName != "", translate(err)
}

// Tables returns the names of the collections, sorted.
func (s *Store) Tables(ctx context.Context) ([]string, error) {
	ctx, done := limited(ctx)
	defer done()
	names, err := s.db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return nil, translate(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return len(name) > 7 && name[:7] == "system." })
	slices.Sort(names)
	return names, nil
}

// limited bounds a whole call, however many reads and writes it makes.
func limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, operationLimit)
}
