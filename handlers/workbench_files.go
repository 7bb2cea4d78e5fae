package handlers

import (
	"fmt"
	"net/http"
	"strings"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/views"
)

// writeFile stores or deletes a file by hand, or brings it back to what it was, as a version of its own.
func (d *door) writeFile(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	if action := r.PostForm.Get("action"); action == "lock" || action == "unlock" {
		return d.lockFile(w, r, me, p, action == "lock")
	}
	base, err := number(r, "base")
	over := base
	if err == nil && r.PostForm.Get("action") == "overwrite" { // of the version that the form was shown with
		over, err = number(r, "newest")
	}
	if err != nil {
		return err
	}
	f := plugins.File{Path: strings.TrimSpace(r.PostForm.Get("path")), Content: lines(r.PostForm.Get("content"))}
	change := plugins.Change{Type: plugins.Modify, File: f.Path, Content: f.Content}
	note, fresh := "Edited "+f.Path, r.PostForm.Get("new") != ""
	if fresh {
		note = "Added " + f.Path
	}
	switch r.PostForm.Get("action") {
	case "delete":
		change, note = plugins.Change{Type: plugins.Delete, File: f.Path}, "Deleted "+f.Path
	case "restore":
		if change, note, err = d.asItWas(r, me, p, f.Path); err != nil {
			return err
		}
	}
	_, err = d.Plugins.WriteFiles(r.Context(), me, p.ID, plugins.Write{Base: int(over), Changes: []plugins.Change{change}, Note: note, New: fresh})
	if problem, refused := wrong(err); refused && r.PostForm.Get("action") != "restore" { // that form has no text to keep
		if fault.From(err) == plugins.ErrVersionExists {
			problem = views.Wrong{Message: fault.From(err).Message + " Yours is not saved: look at what changed, take it into yours, and save over it then."}
		}
		return d.benchPage(w, r, me, p, http.StatusUnprocessableEntity, func(page *views.Workbench) {
			page.Tab = views.TabFiles
			page.File = &views.SourceFile{Path: f.Path, Content: f.Content, Editing: true, New: fresh, Base: int(base), Wrong: problem}
		})
	}
	if err != nil {
		return err
	}
	if r.PostForm.Get("action") == "restore" {
		d.note(r, note)
		return done(w, r, benchNext(r, p.Name, views.TabChanges))
	}
	open := f.Path
	if change.Type == plugins.Delete {
		open = ""
	}
	return done(w, r, benchNext(r, p.Name, views.TabFiles, "file", open))
}

// lockFile keeps a file from being changed by answers, or gives it back to them.
func (d *door) lockFile(w http.ResponseWriter, r *http.Request, me accounts.User, p plugins.Plugin, locked bool) error {
	path := r.PostForm.Get("path")
	if _, err := d.Plugins.LockFile(r.Context(), me, p.ID, path, locked); err != nil {
		return err
	}
	if locked {
		d.note(r, "No answer changes "+path)
	} else {
		d.note(r, "Answers may change "+path)
	}
	return done(w, r, benchNext(r, pluginName(r), views.TabFiles, "file", path))
}

// asItWas is what brings a file back to what it was in the version that the form names, in which it may not have been.
func (d *door) asItWas(r *http.Request, me accounts.User, p plugins.Plugin, file string) (c plugins.Change, note string, err error) {
	version, err := number(r, "version")
	if err != nil || version == 0 { // 0 has no files
		return plugins.Change{Type: plugins.Delete, File: file}, "Took back " + file, err
	}
	files, err := d.Plugins.Files(r.Context(), me, p.ID, int(version))
	c, note = plugins.Change{Type: plugins.Delete, File: file}, fmt.Sprintf("Took back %s to version %d", file, version)
	for _, f := range files {
		if f.Path == file {
			c.Type, c.Content = plugins.Modify, f.Content
		}
	}
	return c, note, err
}

// lines undoes what forms do to line ends, and ends the last line.
func lines(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}
