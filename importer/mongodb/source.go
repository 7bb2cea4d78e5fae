// Package mongodb reads people and their history from the MongoDB databases of the systems that Pegasus replaces: ConnectBest's
// collections, and those of Pegasus Interface with Better Auth, as both programs write them, and Rocket.Chat's.
package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/readpref"
	"go.mongodb.org/mongo-driver/x/mongo/driver/connstring"

	"pegasus/importer"
)

// Source is a database that is imported from. It is read and never written.
type Source struct {
	// Secret is the one of the application that Better Auth ran in. It opens second factors.
	Secret string
	// Providers are those whose accounts mean the same here as in the source, such as "google".
	Providers []string

	client      *mongo.Client
	db          *mongo.Database
	collections []string

	channels map[string]*importer.Channel // by key, and by name for direct conversations
	log      *log
	saved    []saved
}

// own is the collection by which a database of this program is recognised.
const own = "workspace"

// Open connects to the database that the address names in its path, or to the one named. It fails where the database
// is none that an import can read, or belongs to this program.
func Open(ctx context.Context, uri, database string) (*Source, error) {
	return open(ctx, uri, database, func(s *Source) error {
		if s.chat() || s.auth() || slices.ContainsFunc(s.collections, kept) {
			return nil
		}
		return fmt.Errorf("the database %s holds neither ConnectBest's collections (users, channels) nor Better Auth's (user, account)", s.db.Name())
	})
}

// open connects to a database that is none of this program's, and looks at it.
func open(ctx context.Context, uri, database string, look func(*Source) error) (*Source, error) {
	parsed, err := connstring.ParseAndValidate(uri)
	if err != nil {
		return nil, errors.New("the address of the source is no MongoDB connection string") // the driver's text might quote a password
	}
	if database == "" {
		database = parsed.Database
	}
	o := options.Client().ApplyURI(uri).SetAppName("pegasus import").SetServerSelectionTimeout(10 * time.Second)
	if parsed.ReadPreference == "" {
		o.SetReadPreference(readpref.SecondaryPreferred())
	}
	client, err := mongo.Connect(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("cannot reach the source: %w", err)
	}
	s := &Source{client: client}
	err = s.choose(ctx, database)
	if err == nil {
		err = look(s)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Source) choose(ctx context.Context, database string) error {
	if database == "" {
		names, err := s.client.ListDatabaseNames(ctx, bson.D{})
		if err != nil {
			return fmt.Errorf("cannot reach the source: %w", err)
		}
		return fmt.Errorf("name the database, in the path of the address or with --db: the server has %s", strings.Join(names, ", "))
	}
	s.db = s.client.Database(database)
	var err error
	if s.collections, err = s.db.ListCollectionNames(ctx, bson.D{}); err != nil {
		return fmt.Errorf("cannot read the source: %w", err)
	}
	slices.Sort(s.collections)
	if s.has(own) {
		return fmt.Errorf("the database %s is one of Pegasus itself: start a server on it instead", database)
	}
	return nil
}

// Close ends the connection.
func (s *Source) Close() error {
	ctx, done := context.WithTimeout(context.Background(), 5*time.Second)
	defer done()
	return s.client.Disconnect(ctx)
}

// Traits implements importer.Source.
func (s *Source) Traits() importer.Traits {
	return importer.Traits{Name: s.name(), People: []string{chatUsers, authUsers}}
}

func (s *Source) name() string {
	switch {
	case s.chat() && s.auth():
		return "ConnectBest and Better Auth"
	case s.chat():
		return "ConnectBest"
	case s.auth():
		return "Better Auth"
	}
	return "Pegasus Interface without its people"
}

func (s *Source) has(name string) bool { return slices.Contains(s.collections, name) }

// chat reports whether the database has ConnectBest's people and channels.
func (s *Source) chat() bool { return s.has("users") && s.has("channels") }

// auth reports whether the database has Better Auth's people.
func (s *Source) auth() bool { return s.has("user") && s.has("account") }

const readBatch = 1000

// each visits the documents of a collection, which may be missing, in no order. Memory holds a batch of them.
func (s *Source) each(ctx context.Context, collection string, filter any, fields []string, visit func(doc) error) error {
	if !s.has(collection) {
		return nil
	}
	o := options.Find().SetBatchSize(readBatch)
	if fields != nil {
		o.SetProjection(projection(fields))
	}
	cursor, err := s.db.Collection(collection).Find(ctx, filter, o)
	if err != nil {
		return reading(collection, err)
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	for cursor.Next(ctx) {
		if err := visit(doc(cursor.Current)); err != nil {
			return err
		}
	}
	return reading(collection, cursor.Err())
}

func projection(fields []string) bson.D {
	var p bson.D
	for _, field := range fields {
		p = append(p, bson.E{Key: field, Value: 1})
	}
	return p
}

// count returns about how many documents a collection has, without a scan.
func (s *Source) count(ctx context.Context, collection string) (int, error) {
	if !s.has(collection) {
		return 0, nil
	}
	n, err := s.db.Collection(collection).EstimatedDocumentCount(ctx)
	return int(n), reading(collection, err)
}

func reading(collection string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("cannot read %s of the source: %w", collection, err)
}

// Collections of the source.
const (
	chatUsers = "users"
	authUsers = "user"
)

// unwanted are collections that hold what opens accounts, or what is made anew here.
var unwanted = map[string]string{
	"session": "people sign in again", "sessions": "people sign in again", "verification": "links in mails end", "verification_tokens": "links in mails end",
	"message_embeddings": "made of the messages",
}

// Ignored implements importer.Source.
func (s *Source) Ignored() (names []string) {
	read := []string{
		chatUsers, authUsers, "account", "twoFactor", "passkey", importer.Channels, importer.Members, importer.Messages, "user_channel_read", importer.Reactions,
	}
	read = append(read, bookmarkCollections...)
	for _, name := range s.collections {
		if slices.Contains(read, name) || kept(name) || strings.HasPrefix(name, "system.") {
			continue
		}
		if why := unwanted[name]; why != "" {
			name += " (" + why + ")"
		}
		names = append(names, name)
	}
	return names
}
