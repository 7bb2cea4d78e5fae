package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"

	"pegasus/backup"
	"pegasus/brand"
	"pegasus/files"
)

// fileName is the database's file in its directory, and in a backup.
const fileName = "pegasus.db"

// copyStep is how many pages are copied before a copy looks whether it is still wanted, 8 MB of them.
const copyStep = 2048

// Source is a database to be backed up. It claims nothing: a server may be running on the same directory, in this process
// or another one.
type Source struct{ path string }

// OpenSource returns the database in dir, which must be there.
func OpenSource(dir string) (*Source, error) {
	path, err := filepath.Abs(filepath.Join(dir, fileName))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no workspace in %s (setting DATA_DIR)", dir)
		}
		return nil, err
	}
	return &Source{path: path}, nil
}

// Kind implements backup.Database.
func (s *Source) Kind() string { return "sqlite" }

// Close implements backup.Database.
func (s *Source) Close(context.Context) error { return nil }

// Dump implements backup.Database. It copies the pages within one read transaction, which neither waits for the writer nor holds
// it up; only the log is not folded into the file meanwhile.
func (s *Source) Dump(
	ctx context.Context, scratch string, add backup.Add, progress func(backup.Progress),
) (d backup.Dump, err error) {
	removeDatabase(scratch)
	defer removeDatabase(scratch)
	if err := makePrivate(scratch); err != nil {
		return d, err
	}
	if err := s.copyTo(ctx, scratch, progress); err != nil {
		return d, err
	}
	if d, err = inspect(ctx, scratch); err != nil {
		return d, err
	}
	file, err := os.Open(scratch)
	if err != nil {
		return d, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return d, err
	}
	return d, add(fileName, info.Size(), file)
}

// Copy makes a database of its own in a directory without one, of one moment, as Dump does.
func (s *Source) Copy(ctx context.Context, dir string) error {
	to := filepath.Join(dir, fileName)
	if err := makePrivate(to); err != nil {
		return err
	}
	return s.copyTo(ctx, to, func(backup.Progress) {})
}

// removeDatabase removes a database that nobody has open, with what SQLite puts beside it.
func removeDatabase(path string) {
	for _, end := range []string{"", "-journal", "-wal", "-shm"} {
		_ = os.Remove(path + end)
	}
}

func (s *Source) copyTo(ctx context.Context, to string, progress func(backup.Progress)) error {
	db, err := connect(ctx, s.path, 1, readerSettings)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// The transaction begins with its first read and lasts over all steps: without it each commit of the writer would have
	// the copy begin anew.
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	if _, err := schemaVersion(ctx, conn); err != nil {
		return err
	}
	return conn.Raw(func(driver any) error {
		source, able := driver.(interface {
			NewBackup(to string) (*sqlite.Backup, error)
		})
		if !able {
			return errors.New("the driver of SQLite cannot copy a database")
		}
		pages, err := source.NewBackup(to)
		if err != nil {
			return err
		}
		for more := true; more && err == nil; {
			if err = ctx.Err(); err == nil {
				more, err = pages.Step(copyStep)
			}
			progress(backup.Progress{Step: "database", Done: pages.PageCount() - pages.Remaining(), Total: pages.PageCount()})
		}
		return errors.Join(err, pages.Finish())
	})
}

// inspect makes a copy one single file, and says what is in it.
func inspect(ctx context.Context, path string) (d backup.Dump, err error) {
	db, err := connect(ctx, path, 1, nil)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode = DELETE"); err != nil {
		return d, err
	}
	return contents(ctx, db)
}

// contents counts the rows of each table and lists the files that are named.
func contents(ctx context.Context, db *sql.DB) (d backup.Dump, err error) {
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&d.Schema); err != nil {
		return d, err
	}
	tables, err := query(ctx, db, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", scanText)
	if err != nil {
		return d, err
	}
	d.Counts = make(map[string]int64, len(tables))
	for _, table := range tables {
		var n int64
		if err := db.QueryRowContext(ctx, `SELECT count(*) FROM "`+strings.ReplaceAll(table, `"`, `""`)+`"`).Scan(&n); err != nil {
			return d, err
		}
		d.Counts[table] = n
	}
	uploads, err := query(ctx, db, "SELECT key, thumbnail, message_id = '' OR removed FROM uploads", func(r row) (u upload, err error) {
		err = r.Scan(&u.key, &u.thumbnail, &u.loose)
		return u, err
	})
	if err != nil {
		return d, err
	}
	for _, u := range uploads {
		d.Files = append(d.Files, backup.Blob{Key: u.key, Optional: u.loose})
		if u.thumbnail {
			d.Files = append(d.Files, backup.Blob{Key: files.ThumbnailKey(u.key), Optional: u.loose})
		}
	}
	pictures, err := query(ctx, db,
		"SELECT avatar FROM users WHERE avatar <> '' UNION SELECT picture FROM custom_emoji UNION SELECT still FROM custom_emoji WHERE still <> ''", scanText)
	if err != nil {
		return d, err
	}
	looks, err := query(ctx, db, "SELECT value FROM settings WHERE name = ?", scanText, brand.Setting)
	for _, look := range looks {
		pictures = append(pictures, brand.LogoIn(look))
	}
	d.Pictures = backup.Pictures(pictures)
	return d, err
}

// upload is what a backup has to know of one. A loose one belongs to no message.
type upload struct {
	key              string
	thumbnail, loose bool
}

// Target is a directory into which a backup is brought.
type Target struct{ path string }

// NewTarget brings a backup into a directory without a database.
func NewTarget(dir string) *Target { return &Target{path: filepath.Join(dir, fileName)} }

// Load implements backup.Target.
func (t *Target) Load(_ context.Context, name string, size int64, content io.Reader) error {
	if name != fileName {
		return fmt.Errorf("%q is not of an SQLite database", name)
	}
	file, err := os.OpenFile(t.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(file, content)
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	return errors.Join(err, file.Sync(), file.Close())
}

// Check implements backup.Target: SQLite reads all of the file, its indexes and its references.
func (t *Target) Check(ctx context.Context) (d backup.Dump, err error) {
	if _, err := os.Stat(t.path); err != nil {
		return d, errors.New("the backup holds no database")
	}
	db, err := connect(ctx, t.path, 1, nil)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	problems, err := query(ctx, db, "PRAGMA integrity_check(10)", scanText)
	if err != nil {
		return d, fmt.Errorf("the database cannot be read: %w", err)
	}
	if len(problems) != 1 || problems[0] != "ok" {
		return d, fmt.Errorf("the database is damaged: %s", strings.Join(problems, "; "))
	}
	var dangling int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&dangling); err != nil {
		return d, err
	}
	if dangling > 0 {
		return d, fmt.Errorf("%d rows of the database refer to what is not there", dangling)
	}
	return contents(ctx, db)
}

// Close implements backup.Target.
func (t *Target) Close(context.Context) error { return nil }

// Schema is the version of the schema that this program writes.
func Schema() int { return len(migrations) }
