package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"

	"pegasus/importer"
	"pegasus/markdown"
	"pegasus/store"
)

const importUsage = "usage: pegasus import mongo URI [--db NAME] [--dry-run] [--source-secret SECRET] [--drop-two-factor] [--trust-addresses]"

// importOptions are what the command line says.
type importOptions struct {
	uri, database  string
	secret         string
	dryRun         bool
	dropTwoFactor  bool
	trustAddresses bool
}

// importFrom carries out "pegasus import mongo": it brings people and history from a database of a system that Pegasus replaces.
func importFrom(ctx context.Context, args, environ []string, out io.Writer) error {
	o, err := importArguments(args, environ, out)
	if err != nil {
		return err
	}
	s, err := readSettings(environ)
	if err != nil {
		return err
	}
	// First, so that a mistake in the address leaves no workspace behind.
	source, err := importer.OpenSource(ctx, o.uri, o.database)
	if err != nil {
		return err
	}
	defer source.Close()
	target, done, err := openTarget(ctx, s, o)
	if err != nil {
		return err
	}
	defer done()
	bar := newMeter(out)
	report, err := importer.Run(ctx, importer.Options{
		Source: source, Target: target, Render: markdown.New().Render, Renderer: markdown.Version, DryRun: o.dryRun, Secret: o.secret,
		DropTwoFactor: o.dropTwoFactor, TrustAddresses: o.trustAddresses, Providers: sameProviders(s), Progress: bar.show,
	})
	bar.end()
	if ctx.Err() != nil {
		return errors.New("interrupted: run the same command again to go on")
	}
	if err != nil {
		return fmt.Errorf("%w; what was brought is here: run the same command again to go on", err)
	}
	return report.Write(out)
}

// importArguments takes the address before, between or after the flags.
func importArguments(args, environ []string, out io.Writer) (o importOptions, err error) {
	if len(args) == 0 || args[0] != "mongo" {
		return o, errors.New(importUsage)
	}
	flags := flag.NewFlagSet("pegasus import mongo", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.database, "db", "", "the database, where the address does not name it")
	flags.StringVar(&o.secret, "source-secret", env.ToMap(environ)["BETTER_AUTH_SECRET"],
		"the secret of the application that Better Auth ran in, which opens second factors; BETTER_AUTH_SECRET where missing")
	flags.BoolVar(&o.dryRun, "dry-run", false, "say what would happen, and store nothing")
	flags.BoolVar(&o.dropTwoFactor, "drop-two-factor", false, "turn off second factors that cannot be read, instead of keeping their people out")
	flags.BoolVar(&o.trustAddresses, "trust-addresses", false, "join people to accounts here whose address was never proven")
	flags.Lookup("source-secret").DefValue = "" // never shown
	for rest := args[1:]; ; rest = flags.Args()[1:] {
		if err := flags.Parse(rest); err != nil {
			return o, err
		}
		if flags.NArg() == 0 {
			break
		}
		if o.uri != "" {
			return o, errors.New(importUsage)
		}
		o.uri = flags.Arg(0)
	}
	if o.uri == "" {
		return o, errors.New(importUsage)
	}
	return o, nil
}

// openTarget opens the workspace. A dry run of a workspace that was never started looks at an empty one, which goes after it.
func openTarget(ctx context.Context, s *settings, o importOptions) (*store.Backend, func(), error) {
	if s.MongoURI != "" && sameDatabase(s, o) {
		return nil, nil, errors.New("the source is the workspace's own database: a server brings it up to date at its start, there is nothing to import")
	}
	dir, forget := s.DataDir, func() {}
	if _, err := os.Stat(filepath.Join(dir, "pegasus.db")); o.dryRun && s.MongoURI == "" && errors.Is(err, os.ErrNotExist) {
		empty, err := os.MkdirTemp("", "pegasus-dry-run-")
		if err != nil {
			return nil, nil, err
		}
		dir, forget = empty, func() { os.RemoveAll(empty) }
	}
	db, err := store.Open(ctx, store.Settings{DataDir: dir, MongoURI: s.MongoURI, MongoDatabase: s.MongoDatabase})
	if err != nil {
		forget()
		return nil, nil, fmt.Errorf("cannot open the workspace: %w", err)
	}
	return db, func() {
		if err := db.Close(context.WithoutCancel(ctx)); err != nil {
			fmt.Fprintln(os.Stderr, "pegasus: cannot close the workspace:", err)
		}
		forget()
	}, nil
}

// sameDatabase reports whether source and workspace are one database, as far as their addresses tell. OpenSource recognises
// one that a server of this program has been started on.
func sameDatabase(s *settings, o importOptions) bool {
	hosts := func(uri string) (hosts []string, database string) {
		_, uri, _ = strings.Cut(uri, "://")
		uri, _, _ = strings.Cut(uri, "?")
		uri, database, _ = strings.Cut(uri, "/")
		hosts = strings.Split(uri[strings.LastIndexByte(uri, '@')+1:], ",")
		for i, h := range hosts {
			hosts[i] = strings.Replace(strings.TrimSuffix(strings.ToLower(h), ":27017"), "localhost", "127.0.0.1", 1)
		}
		return hosts, database
	}
	here, _ := hosts(s.MongoURI)
	there, database := hosts(o.uri)
	if o.database != "" {
		database = o.database
	}
	return database == s.MongoDatabase && slices.ContainsFunc(there, func(h string) bool { return slices.Contains(here, h) })
}

// sameProviders are those whose accounts mean the same here as in the systems that are imported from, which knew the public
// GitHub alone: an account of a GitHub Enterprise server may have the number of a stranger's there.
func sameProviders(s *settings) []string {
	if s.GitHubBaseURL != "" {
		return []string{"google"}
	}
	return []string{"google", "github"}
}
