package mongo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/backup"
	"pegasus/brand"
	"pegasus/files"
)

const (
	backupLimit = 24 * time.Hour
	// chunk is how many bytes of documents are gathered for one entry.
	chunk = 8 << 20
)

// dumpOrder is the order in which collections are read while others write to them: each before those that are written before it.
// So what was read is what a crash could have left: whatever a document refers to was there before it, and is read after it.
// Collections that are not named are read first.
var dumpOrder = []string{
	"sessions", "verification", "outbox", "jobs", // what is to be done, which is done again without harm
	"audit_log", "threads", "mentions", "message_embeddings", // what follows a message
	"message_reactions", "bookmarks", "pins", "reports", "drafts",
	"messages", "message_files",
	"pegasus_plugin_runs", "pegasus_plugin_usage", "pegasus_plugin_budgets", "pegasus_plugin_values", "pegasus_plugin_installs",
	"pegasus_chat_messages", "pegasus_chat_conversations", "pegasus_user_plugins", "pegasus_plugin_versions", "pegasus_plugin_blobs",
	"hooks", "user_channel_read", "mutes", "channel_members", "channels", "custom_emoji", "user_groups",
	"browsers", "notification_preferences", "profiles", "access_tokens", "invitations", "passkey", "account", "session", "users",
	"workspace",
}

// Source is a database to be backed up, while servers may be running on it.
type Source struct{ *Store }

// Source returns the database as one to be backed up.
func (s *Store) Source() Source { return Source{s} }

// Kind implements backup.Database.
func (s Source) Kind() string { return "mongodb" }

// Dump implements backup.Database. Every document that is there when it begins is in it, as it was then or later; those that
// come or go meanwhile may be in it or not.
func (s Source) Dump(
	ctx context.Context, _ string, add backup.Add, progress func(backup.Progress),
) (d backup.Dump, err error) {
	ctx, done := context.WithTimeout(ctx, backupLimit)
	defer done()
	if d.Schema, err = s.version(ctx); err != nil {
		return d, err
	}
	names, err := s.Tables(ctx)
	if err != nil {
		return d, err
	}
	if !slices.Contains(names, "workspace") {
		return d, fmt.Errorf("there is no workspace in the database %q (settings MONGODB_URI and MONGODB_DB_NAME)", s.db.Name())
	}
	slices.SortStableFunc(names, func(a, b string) int { return slices.Index(dumpOrder, a) - slices.Index(dumpOrder, b) })
	d.Counts = make(map[string]int64, len(names))
	for i, name := range names {
		progress(backup.Progress{Step: "database", Done: i, Total: len(names)})
		c := &collectionDump{folder: fmt.Sprintf("%03d-%s/", i, name), add: add, dump: &d, named: namedBy[name]}
		if err := each(ctx, s.db.Collection(name), bson.D{}, options.Find(), c.take); err != nil {
			return d, fmt.Errorf("collection %s: %w", name, err)
		}
		if err := c.flush(); err != nil {
			return d, err
		}
		d.Counts[name] = c.documents
	}
	progress(backup.Progress{Step: "database", Done: len(names), Total: len(names)})
	return d, nil
}

// collectionDump gathers the documents of a collection.
type collectionDump struct {
	folder    string
	add       backup.Add
	dump      *backup.Dump
	named     func(*backup.Dump, bson.Raw) error // notes the files that a document names, nil where none does
	gathered  []byte
	entries   int
	documents int64
}

func (c *collectionDump) take(doc bson.Raw) error {
	if c.named != nil {
		if err := c.named(c.dump, doc); err != nil {
			return &decodeError{err}
		}
	}
	c.documents++
	if c.gathered = append(c.gathered, doc...); len(c.gathered) < chunk {
		return nil
	}
	return c.flush()
}

func (c *collectionDump) flush() error {
	if len(c.gathered) == 0 {
		return nil
	}
	c.entries++
	err := c.add(fmt.Sprintf("%s%06d.bson", c.folder, c.entries), int64(len(c.gathered)), bytes.NewReader(c.gathered))
	c.gathered = c.gathered[:0]
	return err
}

// namedBy says how the files that documents of a collection name are found.
var namedBy = map[string]func(*backup.Dump, bson.Raw) error{
	"message_files": func(d *backup.Dump, raw bson.Raw) error {
		var u uploadDoc
		if err := bson.Unmarshal(raw, &u); err != nil || u.Key == "" {
			return err
		}
		loose := u.MessageID == "" || u.Removed
		d.Files = append(d.Files, backup.Blob{Key: u.Key, Optional: loose})
		if u.Thumbnail {
			d.Files = append(d.Files, backup.Blob{Key: files.ThumbnailKey(u.Key), Optional: loose})
		}
		return nil
	},
	"users": func(d *backup.Dump, raw bson.Raw) error {
		var u struct {
			Avatar string `bson:"avatar"`
		}
		err := bson.Unmarshal(raw, &u)
		d.Pictures = append(d.Pictures, backup.Pictures([]string{u.Avatar})...)
		return err
	},
	"custom_emoji": func(d *backup.Dump, raw bson.Raw) error {
		var e struct{ Picture, Still string }
		err := bson.Unmarshal(raw, &e)
		d.Pictures = append(d.Pictures, backup.Pictures([]string{e.Picture, e.Still})...)
		return err
	},
	"workspace": func(d *backup.Dump, raw bson.Raw) error {
		if id, named := raw.Lookup("_id").StringValueOK(); named && id == settingPrefix+brand.Setting {
			look, _ := raw.Lookup("value").StringValueOK()
			d.Pictures = append(d.Pictures, backup.Pictures([]string{brand.LogoIn(look)})...)
		}
		return nil
	},
}

// Schema is the version of the documents that this program writes.
func Schema() int { return schemaVersion }
