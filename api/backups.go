package api

import (
	"context"
	"path/filepath"

	"pegasus/backup"
	"pegasus/web"
)

// madeBackup is a backup as admins see it.
type madeBackup struct {
	Name       string       `json:"name" doc:"Of its file"`
	Here       bool         `json:"here" doc:"It lies in the folder of backups, so that it can be proven"`
	MadeAt     string       `json:"made_at" format:"date-time"`
	MadeBy     string       `json:"made_by"`
	Size       int64        `json:"size" doc:"In bytes"`
	Rows       int64        `json:"rows" doc:"Of the database"`
	Files      int64        `json:"files"`
	Missing    int          `json:"missing" doc:"Files that the database names and that were not to be had"`
	DurationMS int64        `json:"duration_ms"`
	Problem    *string      `json:"problem" doc:"Why it failed, null where it did not"`
	Drill      *backupDrill `json:"drill" doc:"The last restore for a test, null where there was none"`
}

type backupDrill struct {
	At         string  `json:"at" format:"date-time"`
	DurationMS int64   `json:"duration_ms"`
	Problem    *string `json:"problem" doc:"Why it cannot be restored, null where it can"`
}

type runningBackup struct {
	What  string `json:"what" enum:"backup,drill"`
	File  string `json:"file" doc:"Empty for one that has none yet"`
	By    string `json:"by"`
	Step  string `json:"step" doc:"Empty while it waits for its turn, or where another server does it"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
}

type backupList struct {
	Backups    []madeBackup   `json:"backups" nullable:"false" doc:"The newest first, 50 at most"`
	LastGood   *string        `json:"last_good" format:"date-time" doc:"When the last one was made that went well"`
	LastProven *string        `json:"last_proven" format:"date-time" doc:"When one was last restored for a test, and was whole"`
	EverySecs  int64          `json:"every_seconds" doc:"Between two that nobody asks for, 0 for none"`
	Keep       int            `json:"keep"`
	Running    *runningBackup `json:"running,omitempty" doc:"Left out where none is made or restored now"`
}

func newMadeBackup(b backup.Backup) madeBackup {
	m := madeBackup{
		Name: filepath.Base(b.File), Here: b.Name != "", MadeAt: web.Time(b.At), MadeBy: b.By, Size: b.Size, Rows: b.Rows, Files: b.Files,
		Missing: b.Missing, DurationMS: b.Took.Milliseconds(), Problem: orNull(b.Problem),
	}
	if p := b.Proven; p != nil {
		m.Drill = &backupDrill{At: web.Time(p.At), DurationMS: p.Took.Milliseconds(), Problem: orNull(p.Problem)}
	}
	return m
}

func (d *door) listBackups(ctx context.Context, _ *none) (*reply[backupList], error) {
	o, err := d.Backups.Overview(ctx, me(ctx))
	if err != nil {
		return nil, err
	}
	out := backupList{Backups: make([]madeBackup, len(o.Backups)), EverySecs: int64(o.Every.Seconds()), Keep: o.Keep}
	for i, b := range o.Backups {
		out.Backups[i] = newMadeBackup(b)
	}
	if o.LastGood != nil {
		out.LastGood = atOrNull(o.LastGood.At)
	}
	if o.LastProven != nil {
		out.LastProven = atOrNull(o.LastProven.At)
	}
	if r := o.Running; r != nil {
		out.Running = &runningBackup{What: r.What, By: r.By, Step: r.Progress.Step, Done: r.Progress.Done, Total: r.Progress.Total}
		if r.File != "" {
			out.Running.File = filepath.Base(r.File)
		}
	}
	return ok(out)
}

func (d *door) makeBackup(ctx context.Context, _ *none) (*reply[notice], error) {
	err := d.Backups.Make(ctx, me(ctx))
	return &reply[notice]{Body: notice{Message: "The backup has begun"}}, err
}

// BackupPath names a backup.
type BackupPath struct {
	Name string `path:"name" doc:"The name of its file"`
}

func (d *door) proveBackup(ctx context.Context, in *BackupPath) (*reply[notice], error) {
	err := d.Backups.Prove(ctx, me(ctx), in.Name)
	return &reply[notice]{Body: notice{Message: "The drill has begun"}}, err
}
