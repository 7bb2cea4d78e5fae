package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pegasus/backup"
	"pegasus/store/mongo"
	"pegasus/store/sqlite"
)

// OpenSource opens the database to be backed up, whether or not servers are running on it. It changes nothing.
func OpenSource(ctx context.Context, s Settings) (backup.Database, error) {
	if s.MongoURI == "" {
		return sqlite.OpenSource(s.DataDir)
	}
	db, err := mongo.Open(ctx, s.MongoURI, s.MongoDatabase)
	if err != nil {
		return nil, err
	}
	return db.Source(), nil
}

// OpenTarget opens an empty database for a backup: a directory without one, or a database of MongoDB.
func OpenTarget(ctx context.Context, s Settings) (backup.Target, error) {
	if s.MongoURI == "" {
		return sqlite.NewTarget(s.DataDir), nil
	}
	db, err := mongo.Open(ctx, s.MongoURI, s.MongoDatabase)
	if err != nil {
		return nil, err
	}
	target, err := db.NewTarget(ctx)
	if err != nil {
		_ = db.Close(ctx) // the reason above is the one to know
		return nil, err
	}
	return target, nil
}

// DropDrills removes databases of drills beside that of a workspace that began before the time given and are there still.
func DropDrills(ctx context.Context, s Settings, before time.Time) error {
	if s.MongoURI == "" {
		return nil // a drill is a folder there
	}
	db, err := mongo.Open(ctx, s.MongoURI, s.MongoDatabase)
	if err != nil {
		return err
	}
	return errors.Join(db.DropDrills(ctx, before), db.Close(ctx))
}

// Schema returns the version of the schema to which this program brings the database of these settings.
func Schema(s Settings) int {
	if s.MongoURI != "" {
		return mongo.Schema()
	}
	return sqlite.Schema()
}

// Fits reports, as an error for a person, why a backup cannot be brought into the database of these settings.
func Fits(s Settings, m backup.Manifest) error {
	kind, schema, other := "sqlite", Schema(s), "unset MONGODB_URI"
	if s.MongoURI != "" {
		kind = "mongodb"
	}
	if m.Store == "mongodb" {
		other = "set MONGODB_URI"
	}
	if m.Store != kind {
		return fmt.Errorf("this is a backup of a workspace in %s, and the settings name one in %s: %s", m.Store, kind, other)
	}
	if m.Schema > schema {
		return fmt.Errorf("this backup has schema version %d, this program knows up to %d: restore it with version %s or newer", m.Schema, schema, m.Program)
	}
	return nil
}
