// Package backup brings a whole workspace into one file, and back: the database, files, pictures of people and the secret.
//
// The file is a tar archive, compressed with Zstandard, in this order:
//
//	backup.json   what the archive is, before anything is read
//	database/     one file of SQLite, or BSON documents of MongoDB, collection by collection
//	files/        what people sent, by key
//	pictures/     pictures of people and of emoji, by key
//	secret        the application's secret, where it is kept in the data directory
//	SHA256SUMS    the hash of each entry above, as sha256sum writes and checks them
//	manifest.json what the archive holds, and the hash of SHA256SUMS
//
// Behind it stands a frame that decompressors skip, with the hash of every byte before it: a file that is cut short or that has
// one wrong byte is not a backup. The database is read first, as of one moment, and then the files that this state of it names.
package backup

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"pegasus/fault"
	"pegasus/files"
)

// format is the version of the archive. A program refuses those that it does not know.
const format = 1

// Names of entries.
const (
	entryHead     = "backup.json"
	entrySecret   = "secret"
	entrySums     = "SHA256SUMS"
	entryManifest = "manifest.json"

	folderDatabase = "database/"
	folderFiles    = "files/"
	folderPictures = "pictures/"
)

// Limits of what is read from an archive, in bytes.
const (
	maxHead      = 1 << 20
	maxSecret    = 4 << 10
	maxSums      = 4 << 30
	maxBlob      = 5 << 30
	MaxDocuments = 48 << 20 // of one entry of documents, which is held in memory
	maxWindow    = 32 << 20 // of the decompressor
)

// Head says what an archive is.
type Head struct {
	Format    int       `json:"format"`
	Program   string    `json:"program"` // the version that wrote it
	Store     string    `json:"store"`   // sqlite or mongodb
	StartedAt time.Time `json:"started_at"`
}

// Manifest says what an archive holds.
type Manifest struct {
	Head
	FinishedAt time.Time `json:"finished_at"`
	Schema     int       `json:"schema"` // of the database
	// Counts are the rows of each table, or the documents of each collection.
	Counts   map[string]int64 `json:"counts"`
	Files    int64            `json:"files"`
	Pictures int64            `json:"pictures"`
	Bytes    int64            `json:"bytes"` // of all entries, before compression
	Entries  int64            `json:"entries"`
	// Missing are files that the database names and that were not to be had, the first 1000.
	Missing []string `json:"missing,omitempty"`
	// Secret says whether the secret is in the archive; SecretCheck recognises it and says nothing else about it.
	Secret      bool   `json:"secret"`
	SecretCheck string `json:"secret_check"`
	Sums        string `json:"sha256sums"` // the hash of SHA256SUMS
}

const maxMissing = 1000

// Blob is a file that a database names.
type Blob struct {
	Key string
	// Optional says that it may be missing: nobody has sent it yet.
	Optional bool
}

// Dump is what a database says of itself when it has been read.
type Dump struct {
	Schema          int
	Counts          map[string]int64
	Files, Pictures []Blob
}

// Add takes one entry of an archive, whose name begins within its folder, and which has exactly size bytes.
type Add func(name string, size int64, content io.Reader) error

// Progress tells how far something is.
type Progress struct {
	Step        string // database, files, pictures, checking
	Done, Total int
}

// Database is one that is read, while others may write to it.
type Database interface {
	// Kind is sqlite or mongodb.
	Kind() string
	// Dump adds the state of the database to an archive. scratch is a path for what has to lie on a disk meanwhile; it is free to use
	// and is removed.
	Dump(ctx context.Context, scratch string, add Add, progress func(Progress)) (Dump, error)
	Close(ctx context.Context) error
}

// Target is an empty database into which an archive is brought.
type Target interface {
	// Load takes one entry, in the order in which Dump added them.
	Load(ctx context.Context, name string, size int64, content io.Reader) error
	// Check ends the loading: it looks whether the database is whole, and says what is in it.
	Check(ctx context.Context) (Dump, error)
	Close(ctx context.Context) error
}

// Blobs keeps files by key. The storage of package files is one.
type Blobs interface {
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	Put(ctx context.Context, key string, content io.Reader, size int64) error
}

// kinds of entries by their names. No other name is written or read.
var kinds = []struct {
	name *regexp.Regexp
	most int64
}{
	{regexp.MustCompile(`^database/pegasus\.db$`), 1 << 46},
	{regexp.MustCompile(`^database/[0-9]{3}-[A-Za-z0-9_.-]{1,120}/[0-9]{6}\.bson$`), MaxDocuments},
	{regexp.MustCompile(`^(files|pictures)/[a-z0-9][a-z0-9.-]{0,99}$`), maxBlob},
	{regexp.MustCompile(`^secret$`), maxSecret},
}

// mostOf returns how many bytes an entry may have, and whether there is such an entry.
func mostOf(name string) (int64, bool) {
	for _, k := range kinds {
		if k.name.MatchString(name) {
			return k.most, true
		}
	}
	return 0, false
}

const codeDamaged = "BACKUP_DAMAGED"

// damaged is what is wrong with a file that is to be a backup, in one line.
func damaged(format string, args ...any) error {
	return fault.New(fault.Invalid, codeDamaged, "This is no whole backup: "+fmt.Sprintf(format, args...)+".")
}

// isDatabase reports whether an entry belongs to the database, and its name within it.
func isDatabase(name string) (string, bool) { return strings.CutPrefix(name, folderDatabase) }

// Pictures returns the files of pictures that a database names by their keys or by the paths where they are served. Those that
// lie elsewhere, as pictures at other addresses do, are none.
func Pictures(names []string) (blobs []Blob) {
	for _, name := range names {
		if key, ours := files.Key(name); ours {
			name = key
		}
		if _, known := mostOf(folderPictures + name); known {
			blobs = append(blobs, Blob{Key: name})
		}
	}
	return blobs
}
