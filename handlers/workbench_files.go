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

// writeFile stores or deletes a file by hand, as a version of its own.
func (d *door) writeFile(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	base, err := number(r, "base")
	if err != nil {
		return err
	}
	f := plugins.File{Path: strings.TrimSpace(r.PostForm.Get("path")), Content: lines(r.PostForm.Get("content"))}
	change := plugins.Change{Type: plugins.Modify, File: f.Path, Content: f.Content}
	note, fresh := "Edited "+f.Path, r.PostForm.Get("new") != ""
	if fresh {
		note = "Added " + f.Path
	}
	if r.PostForm.Get("action") == "delete" {
		change, note = plugins.Change{Type: plugins.Delete, File: f.Path}, "Deleted "+f.Path
	}
	_, err = d.Plugins.WriteFiles(r.Context(), me, p.ID, plugins.Write{Base: int(base), Changes: []plugins.Change{change}, Note: note, New: fresh})
	if problem, refused := wrong(err); refused {
		if fault.From(err) == plugins.ErrVersionExists {
			problem = views.Wrong{Message: fault.From(err).Message + " Copy what you wrote, look at the file again, and save it there."}
		}
		return d.benchPage(w, r, me, p, http.StatusUnprocessableEntity, func(page *views.Workbench) {
			page.Tab = views.TabFiles
			page.File = &views.SourceFile{Path: f.Path, Content: f.Content, Editing: true, New: fresh, Wrong: problem}
		})
	}
	if err != nil {
		return err
	}
	open := f.Path
	if change.Type == plugins.Delete {
		open = ""
	}
	return done(w, r, benchNext(r, p.Name, views.TabFiles, "file", open))
}

// lines undoes what forms do to line ends, and ends the last line.
func lines(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

// tryPlugin runs the newest version that is built, or forgets what it kept in the runs before.
func (d *door) tryPlugin(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	if r.PostForm.Get("action") == "forget" {
		d.Plugins.ForgetTries(me, p.ID)
		d.note(r, "What it kept while you tried it is forgotten")
		return done(w, r, benchNext(r, p.Name, views.TabTry))
	}
	text := strings.TrimSpace(r.PostForm.Get("text"))
	try := &views.PluginTry{Text: text}
	did, err := d.Plugins.TryPlugin(r.Context(), me, p.ID, p.Built, text)
	status := http.StatusOK
	if problem, refused := wrong(err); refused {
		try.Wrong, status = problem, http.StatusUnprocessableEntity
	} else if err != nil {
		return err
	} else {
		try.Tried, try.Log, try.Problem = true, did.Log, did.Problem
		try.Took = tookAndMemory(did)
		for _, s := range did.Said {
			try.Replies = append(try.Replies, views.TriedReply{HTML: s.HTML, Private: s.ToCaller})
		}
	}
	return d.benchPage(w, r, me, p, status, func(page *views.Workbench) { page.Tab, page.Try = views.TabTry, try })
}

// tookAndMemory says what a try cost.
func tookAndMemory(t plugins.Tried) string {
	text := fmt.Sprintf("%d ms", t.Took.Milliseconds())
	if t.Memory > 0 {
		text += fmt.Sprintf(" · %.1f MB", float64(t.Memory)/(1<<20))
	}
	return text
}
