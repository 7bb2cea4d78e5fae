package backup

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync/atomic"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

// Options are the parts that a Service is made of.
type Options struct {
	Jobs    queue.Store
	History *History
	Dir     string        // where backups lie
	Every   time.Duration // between two backups that nobody asks for, 0 for none
	Keep    int           // how many are kept
	// Download says that admins may take backups away.
	Download bool
	// Alone says that no other server works on the same jobs.
	Alone bool
	Write func(ctx context.Context, name string, progress func(Progress)) (Manifest, int64, error)
	Drill func(ctx context.Context, name string, progress func(Progress)) (Manifest, error)
	Now   func() time.Time
	// Record writes to the audit log, Failed to that of the server.
	Record func(ctx context.Context, e accounts.Event)
	Failed func(ctx context.Context, doing string, err error)
}

// Service makes backups and proves them, when it is time and when an admin says so, one after the other.
type Service struct {
	Options
	now atomic.Pointer[Running]
}

// NewService returns a Service. Run does its work.
func NewService(o Options) *Service { return &Service{Options: o} }

// Running is what is being done.
type Running struct {
	What, File, By string
	Since          time.Time // zero where it still waits for its turn, or another server does it
	Progress       Progress
}

// Overview is what admins see.
type Overview struct {
	Dir      string
	Every    time.Duration
	Keep     int
	Download bool
	Running  *Running
	Backups  []Backup // the newest first
	// LastGood and LastProven are the newest ones that went well, nil where there is none.
	LastGood, LastProven *Record
	// Good is when the newest backup was made that a restore has proven, zero where there is none.
	Good time.Time
	// Awaited is since when a good one is waited for: Good, or where there is none, the beginning of the schedule.
	Awaited time.Time
}

// Backup is one that was made, or that failed.
type Backup struct {
	Record
	Name   string // what it is asked for by, "" for one that lies elsewhere or is gone
	Proven *Record
}

const (
	jobKind  = "backup"
	jobOwner = "workspace"

	keySchedule = "schedule"
	keyNow      = "now"
	keyDrill    = "drill"

	// lease is how long a backup may take.
	lease = 6 * time.Hour
	// retry is how long after a scheduled backup that failed the next one is tried.
	retry = 30 * time.Minute
	shown = 50
	// maxJobs is more jobs than there are at once: one of each key, and drills.
	maxJobs = 10
)

// task is what a job is to do.
type task struct {
	File string `json:"file,omitempty"`
	By   string `json:"by,omitempty"`
	// Good is when the schedule last made a backup that it could prove, and GoodFile which one that is.
	Good     time.Time `json:"good,omitzero"`
	GoodFile string    `json:"good_file,omitempty"`
}

// taskOf reads what a job is to do. One without a file proves nothing, and says so.
func taskOf(j queue.Job) (t task) {
	_ = json.Unmarshal([]byte(j.Body), &t)
	return t
}

var (
	errRunning  = fault.New(fault.Conflict, "BACKUP_RUNNING", "This is under way already.")
	errNoBackup = fault.New(fault.NotFound, "BACKUP_NOT_FOUND", "This backup is not there.")
	errNotTaken = fault.New(fault.Forbidden, "BACKUP_DOWNLOAD_OFF", "Backups are not downloaded here. Whoever runs the server can allow it.")
)

// fileName is that of a backup that this service made.
var fileName = regexp.MustCompile(`^pegasus-[0-9]{8}-[0-9]{6}\.tar\.zst$`)

// path returns where a backup lies.
func (s *Service) path(name string) (string, error) {
	if !fileName.MatchString(name) {
		return "", errNoBackup
	}
	path := filepath.Join(s.Dir, name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", errNoBackup
	}
	return path, nil
}

// Overview returns what there is, for admins.
func (s *Service) Overview(ctx context.Context, actor accounts.User) (o Overview, err error) {
	if err := accounts.RequireAdmin(actor); err != nil {
		return o, err
	}
	all, jobs, err := s.known(ctx)
	if err != nil {
		return o, err
	}
	o = Overview{Dir: s.Dir, Every: s.Every, Keep: s.Keep, Download: s.Download}
	for _, r := range all {
		if r.What != Made || len(o.Backups) == shown {
			continue
		}
		b := Backup{Record: r}
		if path, err := s.path(filepath.Base(r.File)); err == nil && path == r.File && r.Problem == "" {
			b.Name = filepath.Base(path)
		}
		if at := slices.IndexFunc(all, func(p Record) bool { return p.What == Proven && p.File == r.File && !p.At.Before(r.At) }); at >= 0 && r.Problem == "" {
			b.Proven = &all[at]
		}
		o.Backups = append(o.Backups, b)
	}
	if r, found := newest(all, Made); found {
		o.LastGood = &r
	}
	if r, found := newest(all, Proven); found {
		o.LastProven = &r
	}
	o.Good, o.Awaited = standing(all, jobs)
	o.Running = s.running(jobs)
	return o, nil
}

// running returns what is under way, here or on another server.
func (s *Service) running(jobs []queue.Job) *Running {
	if r := s.now.Load(); r != nil {
		return r
	}
	for _, j := range jobs {
		if j.Key != keySchedule || j.State == queue.Running {
			t := taskOf(j)
			return &Running{What: whatOf(j.Key), File: t.File, By: t.By}
		}
	}
	return nil
}

func whatOf(key string) string {
	if key == keyDrill {
		return Proven
	}
	return Made
}

// Make has a backup made. Of one that is asked for while another waits nothing comes.
func (s *Service) Make(ctx context.Context, actor accounts.User) error {
	if err := accounts.RequireAdmin(actor); err != nil {
		return err
	}
	if err := s.ask(ctx, keyNow, task{By: actor.Shown()}); err != nil {
		return err
	}
	s.Record(ctx, accounts.Event{Action: accounts.ActionBackupMade, ActorID: actor.ID})
	return nil
}

// Prove has the drill held with a backup.
func (s *Service) Prove(ctx context.Context, actor accounts.User, name string) error {
	if err := accounts.RequireAdmin(actor); err != nil {
		return err
	}
	path, err := s.path(name)
	if err != nil {
		return err
	}
	if err := s.ask(ctx, keyDrill, task{File: path, By: actor.Shown()}); err != nil {
		return err
	}
	s.Record(ctx, accounts.Event{Action: accounts.ActionBackupProven, ActorID: actor.ID, Details: map[string]string{"file": name}})
	return nil
}

func (s *Service) ask(ctx context.Context, key string, t task) error {
	body, err := json.Marshal(t)
	if err != nil {
		return err
	}
	now := s.Now()
	_, repeated, err := s.Jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: jobKind, Owner: jobOwner, Key: key, State: queue.Waiting, Due: now, NextTry: now, Body: string(body), CreatedAt: now,
	})
	if repeated {
		return errRunning
	}
	return err
}

// Take opens a backup to be taken away. The door has made sure that it is the admin who asks.
func (s *Service) Take(ctx context.Context, actor accounts.User, name string) (*os.File, error) {
	if err := accounts.RequireAdmin(actor); err != nil {
		return nil, err
	}
	if !s.Download {
		return nil, errNotTaken
	}
	path, err := s.path(name)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err == nil {
		s.Record(ctx, accounts.Event{Action: accounts.ActionBackupTaken, ActorID: actor.ID, Details: map[string]string{"file": name}})
	}
	return file, err
}
