package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"pegasus/accounts"
	"pegasus/files"
	"pegasus/store"
	"pegasus/store/sqlite"
)

// exportPage is how many rows are read at once.
const exportPage = 500

// export carries out "pegasus export FILE": the workspace in forms that other programs read. The server may be running.
func export(ctx context.Context, args, environ []string) error {
	if len(args) != 1 {
		return errors.New("usage: pegasus export FILE.zip")
	}
	s, err := readSettings(environ)
	if err != nil {
		return err
	}
	db, done, err := s.exportSource(ctx)
	if err != nil {
		return err
	}
	defer done()
	uploads, avatars, err := s.readBlobs()
	if err != nil {
		return err
	}
	defer avatars.Close()
	defer uploads.Close()
	draft := args[0] + ".tmp"
	file, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("cannot write the export: %w", err)
	}
	e := &exporter{Backend: db, uploads: uploads, zip: zip.NewWriter(file), channels: map[string]bool{}, people: map[string]bool{}}
	err = errors.Join(e.write(ctx), e.zip.Close(), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(draft, args[0])
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	_, err = fmt.Fprintf(os.Stderr, "%s: %d people, %d channels and conversations, %d messages, %d files, %d plugins\n",
		args[0], len(e.people), len(e.channels), e.messages, e.files, e.plugins)
	return err
}

// exportSource opens what is exported: on SQLite a copy of one moment, beside a server that may be running.
func (s *settings) exportSource(ctx context.Context) (db *store.Backend, done func(), err error) {
	at, forget := s.database(), func() {}
	if at.MongoURI == "" {
		source, err := sqlite.OpenSource(at.DataDir)
		if err != nil {
			return nil, nil, err
		}
		if at.DataDir, forget, err = scratchDir(at.DataDir, "export-"); err != nil {
			return nil, nil, err
		}
		if err := source.Copy(ctx, at.DataDir); err != nil {
			forget()
			return nil, nil, err
		}
	}
	if db, err = store.Open(ctx, at); err != nil {
		forget()
		return nil, nil, err
	}
	return db, func() {
		_ = db.Close(context.WithoutCancel(ctx)) // nothing was written
		forget()
	}, nil
}

type exporter struct {
	*store.Backend
	uploads  files.Blobs
	zip      *zip.Writer
	channels map[string]bool
	people   map[string]bool
	attached []string // keys
	messages int
	files    int
	plugins  int
}

func (e *exporter) write(ctx context.Context) error {
	people, err := e.listed(ctx)
	if err != nil {
		return err
	}
	if err := e.findChannels(ctx, people); err != nil {
		return err
	}
	if err := e.conversations(ctx); err != nil {
		return err
	}
	if err := e.persons(ctx, people); err != nil {
		return err
	}
	if err := e.blobs(ctx); err != nil {
		return err
	}
	return e.made(ctx, people)
}

// pages reads until a page is not full.
func pages[T any](read func() ([]T, error), visit func([]T) error) error {
	for {
		page, err := read()
		if err != nil {
			return err
		}
		if err := visit(page); err != nil || len(page) < exportPage {
			return err
		}
	}
}

// listed returns the people and bots that are there.
func (e *exporter) listed(ctx context.Context) (all []accounts.User, err error) {
	for _, list := range []func(context.Context, string, int) ([]accounts.User, error){e.ListUsers, e.Bots} {
		after := ""
		err := pages(func() ([]accounts.User, error) { return list(ctx, after, exportPage) }, func(page []accounts.User) error {
			all = append(all, page...)
			if len(page) > 0 {
				after = page[len(page)-1].ID
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func writeLines[T any](to *zip.Writer, name string, lines []T) error {
	file, err := to.Create(name)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(file)
	for _, line := range lines {
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
