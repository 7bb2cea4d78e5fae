package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"pegasus/backup"
	"pegasus/store"
	"pegasus/store/mongo"
	"pegasus/store/sqlite"
)

// kept are the things of a data directory that a backup holds, and what SQLite puts beside its file.
var kept = []string{"pegasus.db", "pegasus.db-wal", "pegasus.db-shm", "files", "avatars", "secret"}

// restoreBackup carries out "pegasus restore FILE". No server may be running.
func restoreBackup(ctx context.Context, args, environ []string, out io.Writer) error {
	flags := flag.NewFlagSet("pegasus restore", flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	replace := flags.Bool("replace", false, "put what is in DATA_DIR aside first")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("usage: pegasus restore [-replace] FILE")
	}
	s, err := readSettings(environ)
	if err != nil {
		return err
	}
	name := flags.Arg(0)
	bar := newMeter(os.Stderr)
	// All of it is read before anything is written.
	m, err := backup.ReadFile(ctx, name, nil, bar.backup)
	bar.end()
	if err == nil {
		err = store.Fits(s.database(), m)
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.DataDir, 0o700); err != nil {
		return fmt.Errorf("cannot make DATA_DIR: %w", err)
	}
	lock, err := sqlite.Lock(s.DataDir)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := s.mayRestore(*replace); err != nil {
		return err
	}
	if err := backup.Room(s.DataDir, m.Bytes); err != nil {
		return err
	}
	aside, err := s.restore(ctx, name, bar)
	bar.end()
	if err != nil {
		return err
	}
	return s.tellRestored(out, m, aside)
}

// mayRestore refuses to touch a data directory with something in it.
func (s *settings) mayRestore(replace bool) error {
	for _, name := range kept {
		path := filepath.Join(s.DataDir, name)
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if info.IsDir() {
			if inside, err := os.ReadDir(path); err == nil && len(inside) == 0 {
				continue
			}
		}
		if !replace {
			return fmt.Errorf("%s is not empty: it has %s; -replace puts what is there aside", s.DataDir, name)
		}
	}
	return nil
}

// restore brings a backup into a folder within the data directory, opens it there, and swaps it for what is there.
func (s *settings) restore(ctx context.Context, name string, bar *meter) (aside string, err error) {
	stage := filepath.Join(s.DataDir, "restoring")
	if err := os.RemoveAll(stage); err != nil { // what a restore that broke off left
		return "", err
	}
	if err := os.Mkdir(stage, 0o700); err != nil {
		return "", err
	}
	defer os.RemoveAll(stage)
	staged := *s
	staged.DataDir = stage
	target, err := store.OpenTarget(ctx, staged.database())
	if err != nil {
		return "", err
	}
	uploads, avatars, err := staged.openBlobs()
	if err != nil {
		return "", errors.Join(err, target.Close(ctx))
	}
	_, err = backup.Restore(ctx, name, backup.Place{
		Target: target, Files: uploads, Pictures: avatars, Progress: bar.backup,
		KeepSecret: func(secret []byte) error { return writeOnce(filepath.Join(stage, "secret"), secret) },
	})
	if err = errors.Join(err, target.Close(context.WithoutCancel(ctx)), uploads.Close(), avatars.Close()); err != nil {
		return "", err
	}
	if err := openOnce(ctx, staged.database()); err != nil {
		return "", err
	}
	return s.swap(stage)
}

// openOnce opens a database, which brings its schema up to date, and closes it.
func openOnce(ctx context.Context, at store.Settings) error {
	db, err := store.Open(ctx, at)
	if err != nil {
		return fmt.Errorf("cannot open what was restored: %w", err)
	}
	return db.Close(context.WithoutCancel(ctx))
}

// swap puts what is in the data directory aside, and what was staged into its place.
func (s *settings) swap(stage string) (aside string, err error) {
	for _, name := range kept {
		if _, err := os.Lstat(filepath.Join(s.DataDir, name)); err != nil {
			continue
		}
		if aside == "" {
			aside = filepath.Join(s.DataDir, "replaced-"+now().Format("20060102-150405"))
			if err := os.Mkdir(aside, 0o700); err != nil {
				return "", err
			}
		}
		if err := os.Rename(filepath.Join(s.DataDir, name), filepath.Join(aside, name)); err != nil {
			return aside, err
		}
	}
	for _, name := range kept {
		err := os.Rename(filepath.Join(stage, name), filepath.Join(s.DataDir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return aside, err
		}
	}
	return aside, nil
}

func (s *settings) tellRestored(out io.Writer, m backup.Manifest, aside string) error {
	fmt.Fprintf(out, "Restored the workspace of %s: %d files, written by version %s.\n", m.StartedAt.Format(time.RFC3339), m.Files+m.Pictures, m.Program)
	if aside != "" {
		fmt.Fprintf(out, "What was there is in %s now.\n", aside)
	}
	for _, name := range m.Missing {
		fmt.Fprintln(out, "The backup lacks", name)
	}
	secret, err := s.secret()
	if err != nil {
		return err
	}
	if m.SameSecret(secret) {
		_, err = fmt.Fprintln(out, "The secret is the one of that time: who was signed in then still is.")
		return err
	}
	_, err = fmt.Fprintln(out, "The secret is another one than at that time: everyone has to sign in anew, and admins have to reset second factors,\n"+
		"the secrets of webhooks and those of plugins. Set APP_SECRET to what it was, or restore DATA_DIR/secret, to avoid this.")
	return err
}

// scratch makes a place for a drill: a folder of the data directory, or a database beside the workspace's on the same server.
func (s *settings) scratch(ctx context.Context, m backup.Manifest) (place backup.Scratch, err error) {
	if err := store.Fits(s.database(), m); err != nil {
		return place, err
	}
	at := s.database()
	if at.MongoURI != "" {
		at.MongoDatabase = mongo.DrillName(s.MongoDatabase, now())
		return scratchDatabase(ctx, at)
	}
	parent := s.DataDir
	if _, err := os.Stat(parent); err != nil {
		parent = "" // a machine that only looks after backups
	}
	var remove func()
	if at.DataDir, remove, err = scratchDir(parent, "drill-"); err != nil {
		return place, err
	}
	place = backup.Scratch{
		Target: sqlite.NewTarget(at.DataDir), Open: func(ctx context.Context) error { return openOnce(ctx, at) },
		Remove: remove,
	}
	if err := backup.Room(at.DataDir, m.Bytes); err != nil {
		place.Remove()
		return place, err
	}
	return place, nil
}

func scratchDatabase(ctx context.Context, at store.Settings) (place backup.Scratch, err error) {
	target, err := store.OpenTarget(ctx, at)
	if err != nil {
		return place, err
	}
	place = backup.Scratch{Target: target, Open: func(ctx context.Context) error { return openOnce(ctx, at) }}
	place.Remove = func() {
		ctx := context.WithoutCancel(ctx)
		if db, ours := target.(*mongo.Target); ours {
			_ = db.Drop(ctx) // its name says what it was for
		}
		_ = target.Close(ctx)
	}
	return place, nil
}
