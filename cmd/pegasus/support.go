package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/ops"
	"pegasus/store"
)

// bundle is what somebody who helps asks of a server first. It may be sent to a stranger: it has no names, addresses, texts or secrets of
// people, and of the settings that hold such only whether they are set.
type bundle struct {
	MadeAt   time.Time       `json:"made_at"`
	Version  string          `json:"version"`
	Go       string          `json:"go"`
	Platform string          `json:"platform"`
	Ready    string          `json:"ready"` // "ready", or why not
	Disk     bundleDisk      `json:"disk"`
	Settings []bundleSetting `json:"settings"`
	Running  *bundleRunning  `json:"running,omitempty"` // of the server that was asked; left out by the command line
	Failed   []string        `json:"failed,omitempty"`  // what could not be read
}

type bundleDisk struct {
	Free  int64            `json:"free_bytes"`
	Size  int64            `json:"size_bytes"`
	Files map[string]int64 `json:"files"` // the bytes of those that the database is made of
}

type bundleSetting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"`
	Hidden bool   `json:"hidden,omitempty"` // it is set, and its value is nobody's business
}

type bundleRunning struct {
	Since      time.Time           `json:"since"`
	Database   string              `json:"database"`
	Schema     int                 `json:"schema"`
	Bytes      int64               `json:"database_bytes"`
	Counts     map[string]int      `json:"counts"`
	Now        map[string]*float64 `json:"now"` // by metric, null where it is not known
	Alarms     []bundleAlarm       `json:"alarms"`
	Changes    []bundleAlarm       `json:"alarm_changes"`
	LastGood   *time.Time          `json:"last_good_backup"`
	LastProven *time.Time          `json:"last_proven_backup"`
	Cores      int                 `json:"cores"`
	Heap       uint64              `json:"heap_bytes"`
	FromSystem uint64              `json:"memory_from_system_bytes"`
	Collected  uint32              `json:"garbage_collections"`
	Goroutines []string            `json:"goroutines"` // as runtime/pprof writes them, without arguments
}

type bundleAlarm struct {
	Name   string    `json:"name"`
	State  ops.State `json:"state"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

const (
	// bundleChanges is how many changes of alarms a bundle has.
	bundleChanges = 50
	// bundleWait is how long its parts may take.
	bundleWait = 10 * time.Second
)

var (
	startedAt = now()
	// personal fits settings that name people or channels.
	personal = regexp.MustCompile(`^(MAIL_USERNAME|MAIL_FROM|ALARM_MAIL|ALARM_CHANNEL)$`)
)

// bundle is what can be known of a server from its settings and its machine.
func (s *settings) bundle() bundle {
	b := bundle{MadeAt: now(), Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Disk: bundleDisk{Files: map[string]int64{}}}
	var err error
	if b.Disk.Free, b.Disk.Size, err = s.disk(); err != nil {
		b.Failed = append(b.Failed, "the disk: "+err.Error())
	}
	for _, name := range kept {
		if info, err := os.Stat(filepath.Join(s.DataDir, name)); err == nil && info.Mode().IsRegular() {
			b.Disk.Files[name] = info.Size()
		}
	}
	for _, one := range s.shown() {
		said := bundleSetting{Name: one.Name, Value: one.Value, Source: one.Source, Hidden: one.Set}
		if one.Value != "" && (personal.MatchString(one.Name) || strings.Contains(one.Value, "@")) {
			said.Value, said.Hidden = "", true
		}
		b.Settings = append(b.Settings, said)
	}
	return b
}

// support returns a bundle of the server that runs, for admins.
func (a *app) support(ctx context.Context, admin accounts.User) ([]byte, error) {
	if err := accounts.RequireAdmin(admin); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, bundleWait)
	defer cancel()
	b := a.settings.bundle()
	failed := func(what string, err error) {
		if err != nil {
			b.Failed = append(b.Failed, what+": "+err.Error())
		}
	}
	b.Ready = "ready"
	if err := a.store.Ping(ctx); err != nil {
		b.Ready = "the database does not answer"
	}
	r := &bundleRunning{Since: startedAt, Database: a.store.Kind, Schema: store.Schema(a.settings.database()), Cores: runtime.GOMAXPROCS(0), Counts: map[string]int{}}
	var err error
	r.Bytes, err = a.store.Size(ctx)
	failed("the size of the database", err)
	failed("counts", a.count(ctx, r.Counts))
	failed("alarms", a.readAlarms(ctx, r))
	backups, err := a.backups.Overview(ctx, admin)
	failed("backups", err)
	if backups.LastGood != nil {
		r.LastGood = &backups.LastGood.At
	}
	if backups.LastProven != nil {
		r.LastProven = &backups.LastProven.At
	}
	failed("goroutines", r.readRuntime())
	b.Running = r
	a.accounts.Record(ctx, accounts.Event{Action: accounts.ActionSupportTaken, ActorID: admin.ID})
	return encodeBundle(b)
}

func (a *app) count(ctx context.Context, to map[string]int) error {
	people, active, err := a.accounts.Count(ctx)
	chat, failed := a.chat.Count(ctx)
	waiting, givenUp, unread := a.store.CountMail(ctx)
	to["people"], to["people_active"], to["channels"], to["messages"] = people, active, chat.Channels, int(chat.Messages)
	to["mails_waiting"], to["mails_given_up"], to["streams"] = waiting, givenUp, a.broker.Streams()
	return errors.Join(err, failed, unread)
}

func (a *app) readAlarms(ctx context.Context, to *bundleRunning) error {
	current := a.ops.Current()
	to.Now = map[string]*float64{}
	for _, m := range ops.Metrics {
		to.Now[m.Name] = nil
		if value, known := m.Value(&current); known {
			to.Now[m.Name] = &value
		}
	}
	for _, one := range a.ops.Alarms() {
		to.Alarms = append(to.Alarms, bundleAlarm{one.Name(), one.State, one.Reason, one.At})
	}
	changes, err := a.ops.History(ctx, "", bundleChanges)
	for _, c := range changes {
		to.Changes = append(to.Changes, bundleAlarm{c.Name, c.State, c.Reason, c.At})
	}
	return err
}

func (r *bundleRunning) readRuntime() error {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	r.Heap, r.FromSystem, r.Collected = memory.HeapAlloc, memory.Sys, memory.NumGC
	var dump bytes.Buffer
	err := pprof.Lookup("goroutine").WriteTo(&dump, 1)
	r.Goroutines = strings.Split(strings.TrimSpace(dump.String()), "\n")
	return err
}

func encodeBundle(b bundle) ([]byte, error) {
	text, err := json.MarshalIndent(b, "", "\t")
	return append(text, '\n'), err
}

// writeSupport carries out "pegasus support FILE", also where the server does not start.
func writeSupport(ctx context.Context, args, environ []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: pegasus support FILE, or - for standard output")
	}
	s, err := readSettings(environ)
	if err != nil {
		return err
	}
	b := s.bundle()
	var said strings.Builder
	if err := health(ctx, environ, &said); err != nil {
		said.WriteString(err.Error())
	}
	b.Ready = strings.TrimSpace(said.String())
	text, err := encodeBundle(b)
	if err != nil {
		return err
	}
	if args[0] == "-" {
		_, err = out.Write(text)
		return err
	}
	return os.WriteFile(args[0], text, 0o600)
}
