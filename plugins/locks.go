package plugins

import (
	"context"
	"slices"
	"strings"

	"pegasus/accounts"
	"pegasus/fault"
)

var errLocked = fault.New(fault.Conflict, "FILE_LOCKED", "A file that this answer changes was locked meanwhile, so nothing of it was applied.")

// LockedFiles returns the paths of the files that no answer changes, by name.
func (p Plugin) LockedFiles() []string {
	if p.Locked == "" {
		return nil
	}
	return strings.Split(p.Locked, "\n")
}

// Locks reports whether a file is locked.
func (p Plugin) Locks(file string) bool { return slices.Contains(p.LockedFiles(), file) }

// LockFile keeps a file of the newest version of a plugin of the actor's from being changed or deleted by answers, or gives it back
// to them. By hand it is changed as before. Done again it does the same.
func (s *Service) LockFile(ctx context.Context, actor accounts.User, id, file string, locked bool) (Plugin, error) {
	return s.change(ctx, actor, id, func(p *Plugin) error {
		var v Version
		if p.Head > 0 {
			var err error
			if v, err = s.version(ctx, *p, p.Head); err != nil {
				return err
			}
		}
		there := false
		var kept []string // those that are gone need no lock
		for _, e := range v.Entries {
			there = there || e.Path == file
			if e.Path == file && locked || e.Path != file && p.Locks(e.Path) {
				kept = append(kept, e.Path)
			}
		}
		if !there {
			return fault.New(fault.NotFound, "FILE_NOT_FOUND", "The newest version has no such file.")
		}
		p.Locked = strings.Join(kept, "\n")
		return nil
	})
}

// lockProblems says which of what was done to the files of a plugin it does not allow.
func lockProblems(p Plugin, done []Operation) (problems []Problem) {
	for _, op := range done {
		if op.Type != Create && p.Locks(op.File) {
			problems = append(problems, Problem{File: op.File, Text: "This file is locked by its owner. Leave it as it is."})
		}
	}
	return problems
}
