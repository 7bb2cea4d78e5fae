package api

import (
	"context"

	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/web"
)

type pluginFile struct {
	File    string `json:"file"`
	Content string `json:"content"`
}

type pluginFiles struct {
	Version int          `json:"version"`
	Files   []pluginFile `json:"files" nullable:"false"`
}

type pluginFilesRequest struct {
	PluginPath
	Version int `query:"version" doc:"A version; the newest where left out"`
}

func (d *door) listPluginFiles(ctx context.Context, in *pluginFilesRequest) (*reply[pluginFiles], error) {
	if in.Version == 0 {
		p, err := d.Plugins.Plugin(ctx, me(ctx), known(in.ID))
		if err != nil {
			return nil, err
		}
		in.Version = p.Head
	}
	found, err := d.Plugins.Files(ctx, me(ctx), known(in.ID), in.Version)
	if err != nil {
		return nil, err
	}
	return ok(newPluginFiles(found, in.Version))
}

func newPluginFiles(found []plugins.File, version int) pluginFiles {
	out := pluginFiles{Version: version, Files: make([]pluginFile, len(found))}
	for i, f := range found {
		out.Files[i] = pluginFile{File: f.Path, Content: f.Content}
	}
	return out
}

type lockFileRequest struct {
	PluginPath
	Body struct {
		File   string `json:"file" doc:"A file of the newest version"`
		Locked bool   `json:"locked"`
	}
}

func (d *door) lockPluginFile(ctx context.Context, in *lockFileRequest) (*reply[pluginReply], error) {
	return onePlugin(d.Plugins.LockFile(ctx, me(ctx), known(in.ID), in.Body.File, in.Body.Locked))
}

type pluginEdit struct {
	Old string `json:"old" doc:"A text that stands in the file exactly once"`
	New string `json:"new"`
}

type pluginOperation struct {
	Type    string       `json:"type" doc:"create, modify or delete"`
	File    string       `json:"file"`
	Content string       `json:"content,omitempty" doc:"All of the file after it; not with delete or edits"`
	Edits   []pluginEdit `json:"edits,omitempty" nullable:"true" doc:"With modify, in place of content"`
}

type writePluginFilesRequest struct {
	PluginPath
	Body struct {
		Version    int               `json:"version" doc:"The version that this is made from: the newest, 0 where there is none"`
		Operations []pluginOperation `json:"operations" nullable:"false" doc:"Made all or not at all"`
		Note       string            `json:"note,omitempty" doc:"What is done, at most 200 characters"`
	}
}

type versionReply struct {
	Success bool          `json:"success"`
	Version pluginVersion `json:"version"`
}

func oneVersion(v plugins.Version, err error) (*reply[versionReply], error) {
	if err != nil {
		return nil, err
	}
	return ok(versionReply{Success: true, Version: newPluginVersion(v)})
}

func (d *door) writePluginFiles(ctx context.Context, in *writePluginFilesRequest) (*reply[versionReply], error) {
	w := plugins.Write{Base: in.Body.Version, Note: in.Body.Note, Origin: plugins.ByUpload}
	if len(in.Body.Operations) > 2*plugins.MaxFiles {
		return nil, fault.Field("operations", "TOO_MANY_OPERATIONS", "At most 400 operations at once.")
	}
	for _, op := range in.Body.Operations {
		c := plugins.Change{Type: plugins.OperationType(op.Type), File: op.File, Content: op.Content}
		switch c.Type {
		case plugins.Create, plugins.Modify, plugins.Delete:
		default:
			return nil, fault.Field("operations", "INVALID_OPERATION", "An operation is create, modify or delete.")
		}
		for _, e := range op.Edits {
			c.Edits = append(c.Edits, plugins.Edit{Old: e.Old, New: e.New})
		}
		w.Changes = append(w.Changes, c)
	}
	return oneVersion(d.Plugins.WriteFiles(ctx, me(ctx), known(in.ID), w))
}

type pluginVersion struct {
	Version     int                `json:"version"`
	UserID      string             `json:"userId"`
	Origin      string             `json:"origin" enum:"model,editor,template,rollback,copy,upload"`
	Note        string             `json:"note"`
	ExchangeID  *string            `json:"messageId" doc:"The answer that it came from"`
	Files       []pluginEntry      `json:"files" nullable:"false"`
	CreatedAt   string             `json:"createdAt" format:"date-time"`
	Compilation *compilationResult `json:"compilationResult,omitempty" doc:"Left out while it is not compiled"`
}

type pluginEntry struct {
	File string `json:"file"`
	Size int    `json:"size" doc:"In bytes"`
	Hash string `json:"sha256"`
}

// compilationResult is what became of compiling, as Pegasus's clients know it.
type compilationResult struct {
	Success  bool            `json:"success"`
	Output   string          `json:"output"`
	Errors   []string        `json:"errors" nullable:"false"`
	Problems []pluginProblem `json:"problems" nullable:"false" doc:"The errors with their places"`
}

type pluginProblem struct {
	File   string `json:"file" doc:"Empty where it is about the whole"`
	Line   int    `json:"line" doc:"From 1 on, 0 for none"`
	Column int    `json:"column" doc:"From 1 on, 0 for none"`
	Text   string `json:"text"`
}

func newCompilation(b *plugins.Build) *compilationResult {
	if b == nil {
		return nil
	}
	out := &compilationResult{Success: b.Success, Output: b.Output, Errors: make([]string, len(b.Problems)), Problems: newProblems(b.Problems)}
	for i, p := range b.Problems {
		out.Errors[i] = p.String()
	}
	return out
}

func newProblems(problems []plugins.Problem) []pluginProblem {
	out := make([]pluginProblem, len(problems))
	for i, p := range problems {
		out[i] = pluginProblem{File: p.File, Line: p.Line, Column: p.Column, Text: p.Text}
	}
	return out
}

func newPluginVersion(v plugins.Version) pluginVersion {
	out := pluginVersion{
		Version: v.Number, UserID: v.AuthorID, Origin: string(v.Origin), Note: v.Note, ExchangeID: orNull(v.Exchange),
		Files: make([]pluginEntry, len(v.Entries)), CreatedAt: web.Time(v.CreatedAt), Compilation: newCompilation(v.Build),
	}
	for i, e := range v.Entries {
		out.Files[i] = pluginEntry{File: e.Path, Size: e.Size, Hash: e.Hash}
	}
	return out
}

type versionsRequest struct {
	PluginPath
	Before int   `query:"before" doc:"Versions below this one"`
	Limit  limit `query:"limit" doc:"1 to 100, 50 where left out"`
}

type pluginVersions struct {
	Versions []pluginVersion `json:"versions" nullable:"false" doc:"The newest first"`
}

func (d *door) listPluginVersions(ctx context.Context, in *versionsRequest) (*reply[pluginVersions], error) {
	found, err := d.Plugins.Versions(ctx, me(ctx), known(in.ID), max(in.Before, 0), in.Limit.or(50))
	if err != nil {
		return nil, err
	}
	out := pluginVersions{Versions: make([]pluginVersion, len(found))}
	for i, v := range found {
		out.Versions[i] = newPluginVersion(v)
	}
	return ok(out)
}

// VersionPath names a version of a plugin.
type VersionPath struct {
	PluginPath
	Version int `path:"version" doc:"The version's number"`
}

// number is -1 for what cannot be one: 0 would be the newest.
func (p VersionPath) number() int {
	if p.Version < 1 {
		return -1
	}
	return p.Version
}

func (d *door) getPluginVersion(ctx context.Context, in *VersionPath) (*reply[versionReply], error) {
	return oneVersion(d.Plugins.Version(ctx, me(ctx), known(in.ID), in.number()))
}

func (d *door) rollBackPlugin(ctx context.Context, in *VersionPath) (*reply[versionReply], error) {
	return oneVersion(d.Plugins.Rollback(ctx, me(ctx), known(in.ID), in.number()))
}

type diffRequest struct {
	PluginPath
	From int `query:"from" doc:"A version, 0 for no files"`
	To   int `query:"to" doc:"A version, 0 for no files"`
}

type diffReply struct {
	Files []fileDiff `json:"files" nullable:"false"`
}

type fileDiff struct {
	Type    string     `json:"type" enum:"create,modify,delete"`
	File    string     `json:"file"`
	Added   int        `json:"added" doc:"Lines"`
	Removed int        `json:"removed"`
	Hunks   []diffHunk `json:"hunks" nullable:"false"`
	Cut     bool       `json:"cut" doc:"There is more of it than is shown"`
}

type diffHunk struct {
	OldStart int        `json:"oldStart"`
	OldLines int        `json:"oldLines"`
	NewStart int        `json:"newStart"`
	NewLines int        `json:"newLines"`
	Lines    []diffLine `json:"lines" nullable:"false"`
}

type diffLine struct {
	Old  int    `json:"old" doc:"The line's number before, 0 where it is new"`
	New  int    `json:"new" doc:"The line's number after, 0 where it is gone"`
	Text string `json:"text"`
}

func (d *door) diffPlugin(ctx context.Context, in *diffRequest) (*reply[diffReply], error) {
	found, err := d.Plugins.Diff(ctx, me(ctx), known(in.ID), in.From, in.To)
	return &reply[diffReply]{Body: diffReply{newFileDiffs(found)}}, err
}

func newFileDiffs(found []plugins.FileDiff) []fileDiff {
	out := make([]fileDiff, len(found))
	for i, f := range found {
		out[i] = fileDiff{Type: string(f.Type), File: f.File, Added: f.Added, Removed: f.Removed, Cut: f.Cut, Hunks: make([]diffHunk, len(f.Hunks))}
		for j, h := range f.Hunks {
			hunk := diffHunk{OldStart: h.OldStart, OldLines: h.OldLines, NewStart: h.NewStart, NewLines: h.NewLines, Lines: make([]diffLine, len(h.Lines))}
			for k, l := range h.Lines {
				hunk.Lines[k] = diffLine{Old: l.Old, New: l.New, Text: l.Text}
			}
			out[i].Hunks[j] = hunk
		}
	}
	return out
}
