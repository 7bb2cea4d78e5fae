package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"pegasus/backup"
	"pegasus/files"
	"pegasus/importer"
	"pegasus/store"
)

func (s *settings) database() store.Settings {
	return store.Settings{DataDir: s.DataDir, MongoURI: s.MongoURI, MongoDatabase: s.MongoDatabase}
}

// makeBackup carries out "pegasus backup FILE". The server may be running.
func makeBackup(ctx context.Context, args, environ []string, out io.Writer) error {
	flags := flag.NewFlagSet("pegasus backup", flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	withoutSecret := flags.Bool("without-secret", false, "leave out the secret that is kept in DATA_DIR")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("usage: pegasus backup [-without-secret] FILE, or - for standard output")
	}
	s, err := readSettings(environ)
	if err != nil {
		return err
	}
	source, done, err := s.backupSource(ctx, !*withoutSecret)
	if err != nil {
		return err
	}
	defer done()
	bar := newMeter(os.Stderr)
	source.Progress = bar.backup
	if flags.Arg(0) == "-" {
		err = toStandardOutput(ctx, source, out)
		bar.end()
		return err
	}
	name, err := filepath.Abs(flags.Arg(0))
	if err != nil {
		return err
	}
	began, record := now(), backup.Record{What: backup.Made, File: name, By: operatorName()}
	m, size, err := backup.WriteFile(ctx, source, name)
	bar.end()
	record.Fill(m)
	record.At, record.Took, record.Size, record.Problem = now(), now().Sub(began), size, problemOf(err)
	if err := errors.Join(err, backup.NewHistory(s.DataDir).Add(record)); err != nil {
		return err
	}
	for _, name := range m.Missing {
		fmt.Fprintln(os.Stderr, "missing:", name)
	}
	_, err = fmt.Fprintf(os.Stderr, "%s: %d rows, %d files, %.1f MB in %s\n", name, record.Rows, record.Files, float64(size)/1e6, record.Took)
	return err
}

func problemOf(err error) string {
	if err == nil {
		return ""
	}
	return plain(err)
}

// operatorName is who runs a command, for the history.
func operatorName() string {
	if u, err := user.Current(); err == nil {
		return u.Username + " at the command line"
	}
	return "the command line"
}

func toStandardOutput(ctx context.Context, source backup.Source, out io.Writer) error {
	dir, err := os.MkdirTemp("", "pegasus-backup-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	_, err = backup.Write(ctx, source, filepath.Join(dir, "copy.db"), out)
	return err
}

// backupSource opens what is backed up, beside a server that may be running.
func (s *settings) backupSource(ctx context.Context, keepSecret bool) (source backup.Source, done func(), err error) {
	db, err := store.OpenSource(ctx, s.database())
	if err != nil {
		return source, nil, err
	}
	uploads, avatars, err := s.readBlobs()
	if err != nil {
		return source, nil, errors.Join(err, db.Close(ctx))
	}
	source = backup.Source{
		Database: db, Files: uploads, Pictures: avatars, KeepSecret: keepSecret && s.AppSecret == "", Program: version, Now: now,
		Progress: func(backup.Progress) {},
	}
	if source.Secret, err = s.secret(); err != nil {
		return source, nil, errors.Join(err, db.Close(ctx))
	}
	return source, func() {
		_ = errors.Join(db.Close(context.WithoutCancel(ctx)), uploads.Close(), avatars.Close()) // nothing was written
	}, nil
}

// readBlobs opens files to be read, beside a server that may be writing some.
func (s *settings) readBlobs() (uploads, avatars files.Blobs, err error) {
	if s.S3Bucket != "" {
		return s.openBlobs()
	}
	if uploads, err = files.ReadDisk(filepath.Join(s.DataDir, "files")); err != nil {
		return nil, nil, err
	}
	avatars, err = files.ReadDisk(filepath.Join(s.DataDir, "avatars"))
	return uploads, avatars, err
}

// backup shows the progress of a backup.
func (m *meter) backup(p backup.Progress) {
	m.show(importer.Progress{Collection: p.Step, Done: p.Done, Total: p.Total})
}

// verifyBackup carries out "pegasus verify FILE": the drill.
func verifyBackup(ctx context.Context, args, environ []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: pegasus verify FILE")
	}
	s, err := readSettings(environ)
	if err != nil {
		return err
	}
	name, err := filepath.Abs(args[0])
	if err != nil {
		return err
	}
	bar := newMeter(os.Stderr)
	began := now()
	m, err := backup.Drill(ctx, name, s.scratch, bar.backup)
	bar.end()
	record := backup.Record{What: backup.Proven, File: name, By: operatorName(), At: now(), Took: now().Sub(began), Problem: problemOf(err)}
	record.Fill(m)
	if info, err := os.Stat(name); err == nil {
		record.Size = info.Size()
	}
	if info, failed := os.Stat(s.DataDir); failed == nil && info.IsDir() {
		err = errors.Join(err, backup.NewHistory(s.DataDir).Add(record))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s can be restored: %d rows, %d files, made %s by version %s\n",
		name, record.Rows, record.Files, m.StartedAt.Format(time.RFC3339), m.Program)
	return err
}
