// Package store opens the database that the settings name.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/hooks"
	"pegasus/imported"
	"pegasus/mail"
	"pegasus/notify"
	"pegasus/ops"
	"pegasus/plugins"
	"pegasus/queue"
	"pegasus/store/mongo"
	"pegasus/store/sqlite"
)

// Store is everything that is kept, on either backend.
type Store interface {
	accounts.Store
	notify.Store
	ops.Store
	chat.Store
	hooks.Store
	imported.Store
	mail.Store
	plugins.Store
	queue.Store
	// Ensure creates what is missing, such as tables, collections and indexes, and changes nothing else.
	Ensure(ctx context.Context) error
	// Tables lists the tables or collections.
	Tables(ctx context.Context) ([]string, error)
}

// Settings name a database. With MongoURI empty it is an SQLite file under DataDir.
type Settings struct {
	DataDir       string
	MongoURI      string
	MongoDatabase string
	// Watch is told how long the operations of the database take, nil for nobody. It must not block.
	Watch func(time.Duration)
}

// Backend is an open database.
type Backend struct {
	Store
	// Sessions keeps sign-in state.
	Sessions scs.Store
	// Kind is "sqlite" or "mongodb".
	Kind string
	// Durable is false for a MongoDB server that stands alone: some versions lose journalled writes when they are killed.
	// Source: https://jira.mongodb.org/browse/SERVER-139311.
	Durable bool
	// Turns is how servers that share the database take turns; nil where one has it to itself.
	Turns accounts.Turns
	close func(context.Context) error
}

// Close waits for writes under way and closes the database.
func (b *Backend) Close(ctx context.Context) error { return b.close(ctx) }

// Turn implements accounts.Turns.
func (b *Backend) Turn(ctx context.Context, name string) (done func(), err error) {
	if b.Turns == nil {
		return func() {}, nil
	}
	return b.Turns.Turn(ctx, name)
}

// Open opens the database and brings its schema up to date.
func Open(ctx context.Context, s Settings) (*Backend, error) {
	if s.MongoURI != "" {
		db, err := mongo.Open(ctx, s.MongoURI, s.MongoDatabase)
		if err != nil {
			return nil, err
		}
		if s.Watch != nil {
			db.Watch(s.Watch)
		}
		if err := db.Ensure(ctx); err != nil {
			return nil, errors.Join(err, db.Close(ctx))
		}
		replicated, err := db.Replicated(ctx)
		if err != nil {
			return nil, errors.Join(err, db.Close(ctx))
		}
		return &Backend{Store: db, Sessions: db.Sessions(), Kind: "mongodb", Durable: replicated, close: db.Close}, nil
	}
	db, err := sqlite.Open(ctx, s.DataDir)
	if err != nil {
		return nil, err
	}
	if s.Watch != nil {
		db.Watch(s.Watch)
	}
	return &Backend{Store: db, Sessions: db.Sessions(), Kind: "sqlite", Durable: true, close: func(context.Context) error { return db.Close() }}, nil
}
