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
	"pegasus/importer/mattermost"
	"pegasus/importer/mongodb"
	"pegasus/importer/slack"
	"pegasus/markdown"
	"pegasus/store"
)

const importUsage = `usage: pegasus import mongo URI [--db NAME] [--source-secret SECRET] [--drop-two-factor]
       pegasus import slack FILE.zip [--roles]
       pegasus import mattermost FILE.zip|FILE.jsonl [--roles]
       pegasus import rocketchat URI [--db NAME] [--roles]
with any of them: [--dry-run] [--trust-addresses]`

// importOptions are what the command line says.
type importOptions struct {
	from           string // the system
	source         string // its address, or a file
	database       string
	secret         string
	dryRun         bool
	dropTwoFactor  bool
	trustAddresses bool
	roles          bool
}

// importSource is a source that was opened.
type importSource interface {
	importer.Source
	Close() error
}

// importFrom carries out "pegasus import": it brings people and history from another system.
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
	source, err := openImport(ctx, s, o)
	if err != nil {
		return err
	}
	defer source.Close() // it was read alone
	target, done, err := openTarget(ctx, s, o)
	if err != nil {
		return err
	}
	defer done()
	bar := newMeter(out)
	report, err := importer.Run(ctx, importer.Options{
		Source: source, Target: target, Render: markdown.New().RenderMentions, Renderer: markdown.Version, DryRun: o.dryRun,
		DropTwoFactor: o.dropTwoFactor, TrustAddresses: o.trustAddresses, Progress: bar.show,
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

func openImport(ctx context.Context, s *settings, o importOptions) (importSource, error) {
	switch o.from {
	case "slack":
		source, err := slack.Open(o.source)
		if err != nil {
			return nil, err
		}
		source.Emoji, source.Roles = markdown.Emoji, o.roles
		return source, nil
	case "mattermost":
		source, err := mattermost.Open(o.source)
		if err != nil {
			return nil, err
		}
		source.Emoji, source.Roles = markdown.Emoji, o.roles
		return source, nil
	case "rocketchat":
		source, err := mongodb.OpenRocket(ctx, o.source, o.database)
		if err != nil {
			return nil, err
		}
		source.Emoji, source.Roles = markdown.Emoji, o.roles
		return source, nil
	}
	source, err := mongodb.Open(ctx, o.source, o.database)
	if err != nil {
		return nil, err
	}
	source.Secret, source.Providers = o.secret, sameProviders(s)
	return source, nil
}

// importArguments takes the address or file before, between or after the flags.
func importArguments(args, environ []string, out io.Writer) (o importOptions, err error) {
	if len(args) == 0 || !slices.Contains([]string{"mongo", "rocketchat", "slack", "mattermost"}, args[0]) {
		return o, errors.New(importUsage)
	}
	o.from = args[0]
	flags := flag.NewFlagSet("pegasus import "+o.from, flag.ContinueOnError)
	flags.SetOutput(out)
	flags.BoolVar(&o.dryRun, "dry-run", false, "say what would happen, and store nothing")
	flags.BoolVar(&o.trustAddresses, "trust-addresses", false, "join people to accounts here whose address was never proven")
	if o.from == "mongo" || o.from == "rocketchat" {
		flags.StringVar(&o.database, "db", "", "the database, where the address does not name it")
	}
	if o.from == "mongo" {
		flags.StringVar(&o.secret, "source-secret", env.ToMap(environ)["BETTER_AUTH_SECRET"],
			"the secret of the application that Better Auth ran in, which opens second factors; BETTER_AUTH_SECRET where missing")
		flags.BoolVar(&o.dropTwoFactor, "drop-two-factor", false, "turn off second factors that cannot be read, instead of keeping their people out")
		flags.Lookup("source-secret").DefValue = "" // never shown
	} else {
		flags.BoolVar(&o.roles, "roles", false, "make admins of who was an admin there")
	}
	for rest := args[1:]; ; rest = flags.Args()[1:] {
		if err := flags.Parse(rest); err != nil {
			return o, err
		}
		if flags.NArg() == 0 {
			break
		}
		if o.source != "" {
			return o, errors.New(importUsage)
		}
		o.source = flags.Arg(0)
	}
	if o.source == "" {
		return o, errors.New(importUsage)
	}
	return o, nil
}

// openTarget opens the workspace. A dry run of a workspace that was never started looks at an empty one, which goes after it.
func openTarget(ctx context.Context, s *settings, o importOptions) (*store.Backend, func(), error) {
	if s.MongoURI != "" && (o.from == "mongo" || o.from == "rocketchat") && sameDatabase(s, o) {
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

// sameDatabase reports whether source and workspace are one database, as far as their addresses tell. mongodb.Open recognises
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
	there, database := hosts(o.source)
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
