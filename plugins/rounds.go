package plugins

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pegasus/accounts"
	"pegasus/fault"
)

// work is one answer on its way.
type work struct {
	*Service
	a      *answer
	plugin Plugin // as it was when it began
	asker  Asker
	e      Exchange

	before, files []File   // the project when it began, and as it is by now
	made          Compiled // of files
	compiled      bool     // made is set
	archive       []byte   // of a back end that packs by itself
	note          string   // why there were no more rounds, for the person
}

// rounds asks the model until what it made compiles, MaxRounds times at most.
func (w *work) rounds(ctx context.Context) error {
	files, err := w.Service.files(ctx, w.plugin, w.e.Base)
	if err != nil {
		return err
	}
	history, err := w.turns(ctx, w.e.ConversationID, w.e.ID)
	if err != nil {
		return err
	}
	w.before, w.files = files, files
	request := Request{
		Asker: w.asker, Plugin: w.plugin.Name, Files: files, Locked: w.plugin.LockedFiles(), History: history, Ask: w.e.Ask, ConversationID: w.e.ConversationID,
	}
	for request.Round = 1; ; request.Round++ {
		if request.Round > 1 {
			if err := w.checkBudget(ctx, w.e.UserID, accounts.Role(w.asker.Role)); err != nil {
				w.note = fault.From(err).Message
				return nil
			}
		}
		answered, err := w.ask(ctx, request)
		if err != nil {
			return err
		}
		again, err := w.take(ctx, answered, &request)
		if err != nil || !again || request.Round == MaxRounds {
			return err
		}
	}
}

// ask is one call of the model.
func (w *work) ask(ctx context.Context, r Request) (Answer, error) {
	w.e.Rounds = r.Round
	w.a.add(Event{Kind: RoundEvent, Round: r.Round})
	began := w.now()
	answered, err := w.generator.Generate(ctx, r, w.a.say)
	answered.Usage.Took = w.now().Sub(began).Milliseconds()
	w.e.Usage = w.e.Usage.Add(w.book(ctx, w.e.UserID, answered.Usage))
	if answered.Model != "" {
		w.e.Model = answered.Model
	}
	if text := strings.TrimSpace(answered.Text); text != "" {
		w.e.Answer = strings.TrimSpace(w.e.Answer + "\n\n" + text)
	}
	if err == nil {
		err = ctx.Err()
	}
	return answered, err
}

// take applies an answer's changes and compiles them. It reports whether the model should try again, and sets what it is
// told then. A back end that compiles by itself is not asked again: it has done what it could.
func (w *work) take(ctx context.Context, answered Answer, r *Request) (again bool, err error) {
	r.Problems, r.Refused = nil, nil
	if len(answered.Changes) == 0 && answered.Build == nil {
		return false, nil
	}
	if answered.Build != nil { // a back end keeps the files itself, and may delete what it never showed
		answered.Changes = slices.DeleteFunc(slices.Clone(answered.Changes), func(c Change) bool {
			return c.Type == Delete && !slices.ContainsFunc(w.files, func(f File) bool { return f.Path == c.File })
		})
	}
	files, problems := apply(w.files, answered.Changes)
	if len(problems) == 0 {
		problems = lockProblems(w.plugin, operations(w.files, files))
	}
	if len(problems) > 0 {
		r.Problems, r.Refused = problems, answered.Changes
		w.a.add(Event{Kind: ProblemsEvent, Problems: problems})
		w.note = "Not all of the changes could be applied: " + problems[0].Text
		return answered.Build == nil, nil
	}
	w.files, r.Files, w.note = files, files, ""
	if slices.Equal(w.before, files) && answered.Build == nil {
		return false, nil
	}
	w.a.add(Event{Kind: BuildingEvent})
	if w.made, err = w.compile(ctx, files); err != nil {
		return false, err
	}
	w.compiled = true
	if answered.Build != nil {
		w.adopt(answered)
		return false, nil
	}
	if !w.made.Build.Success {
		r.Problems = w.made.Build.Problems
		w.a.add(Event{Kind: ProblemsEvent, Problems: r.Problems})
	}
	return !w.made.Build.Success, nil
}

// adopt takes what a back end that compiles by itself says of its build. Where our compiler can make a bundle of the files
// too, that is kept beside it, so that the plugin runs in channels.
func (w *work) adopt(answered Answer) {
	build := *answered.Build
	build.Bundle, build.Map, build.Archive, build.Manifest = "", "", "", ""
	if ours := w.made.Build; ours.Success {
		build.Bundle, build.Map, build.Manifest = ours.Bundle, ours.Map, ours.Manifest
	} else {
		w.made.Bundle, w.made.Map = nil, nil
	}
	w.made.Build = build
	if len(answered.Archive) > 0 && len(answered.Archive) <= MaxArchive {
		w.archive = answered.Archive
		w.made.Build.Archive = newBlob(w.archive).Hash
	}
}

// keep makes a version of what the rounds have come to, where that is anything.
func (w *work) keep(ctx context.Context) error {
	w.e.Operations = operations(w.before, w.files)
	if len(w.e.Operations) == 0 && w.archive == nil {
		return nil
	}
	v := Version{AuthorID: w.e.UserID, Origin: ByModel, Note: noteOf(titleOf(w.e.Ask)), Exchange: w.e.ID}
	p, v, err := w.storeRebased(ctx, v)
	if err != nil {
		w.e.Operations = nil
		return err
	}
	w.e.Version = v.Number
	if !w.compiled || p.Head != w.e.Base {
		w.enqueue(p.ID, v.Number)
		return nil
	}
	build := w.made.Build
	w.e.Build = &build
	blobs := w.made.blobs()
	if w.archive != nil {
		blobs = append(blobs, newBlob(w.archive))
	}
	return w.store.SaveBuild(ctx, p.ID, v.Number, build, blobs)
}

// storeRebased stores a version on what stands, and returns the plugin that it was stored on. A file that is locked in between is
// seen: what was looked at has to stand when the version is stored.
func (w *work) storeRebased(ctx context.Context, v Version) (Plugin, Version, error) {
	for try := 1; ; try++ {
		p, files, err := w.rebase(ctx)
		if err != nil {
			return p, v, err
		}
		stored, err := w.storeVersion(ctx, p, files, v, p.Revision)
		if fault.From(err) == ErrPluginChanged && try < saveTries {
			continue
		}
		return p, stored, err
	}
}

// rebase returns the plugin as it stands and its files with what this answer changed. It is errOvertook where somebody else
// changed one of those files meanwhile.
func (w *work) rebase(ctx context.Context) (Plugin, []File, error) {
	p, err := w.store.Plugin(ctx, w.plugin.ID)
	if err == nil && len(lockProblems(p, w.e.Operations)) > 0 {
		err = errLocked
	}
	if err != nil || p.Head == w.e.Base {
		return p, w.files, err
	}
	now, err := w.Service.files(ctx, p, p.Head)
	if err != nil {
		return p, nil, err
	}
	had, have := contents(w.before), contents(now)
	var changes []Change
	for _, op := range w.e.Operations {
		old, was := had[op.File]
		content, is := have[op.File]
		if was != is || old != content {
			return p, nil, errOvertook
		}
		changes = append(changes, Change{Type: op.Type, File: op.File, Content: op.Content})
	}
	files, problems := apply(now, changes)
	if len(problems) > 0 {
		return p, nil, errOvertook
	}
	return p, files, nil
}

// end says how the answer ended.
func (w *work) end(ctx context.Context, err error) {
	w.e.DoneAt = w.now()
	if w.e.Answer == "" {
		w.e.Answer = w.a.said()
	}
	switch {
	case err == nil:
		w.e.State, w.e.Problem = Answered, w.note
		if w.e.Answer == "" {
			w.e.Answer = summary(w.e.Operations)
		}
	case context.Cause(ctx) == errStopped:
		w.e.State, w.e.Operations = Stopped, nil
	default:
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		w.e.State, w.e.Problem = Broken, fault.From(err).Message
		if fault.Is(err, fault.Internal) {
			w.failed(ctx, "answer a question about a plugin", err)
		}
	}
}

// summary says what an answer did that says nothing itself.
func summary(made []Operation) string {
	if len(made) == 0 {
		return "There was nothing to change."
	}
	verbs := map[OperationType]string{Create: "made", Modify: "changed", Delete: "deleted"}
	var done []string
	for _, op := range made {
		done = append(done, fmt.Sprintf("%s `%s`", verbs[op.Type], op.File))
	}
	return "I " + strings.Join(done, ", ") + "."
}
