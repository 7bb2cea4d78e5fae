package handlers

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/views"
)

const (
	turnsOnPage    = 30
	versionsOnPage = 50
)

func (d *door) showPlugin(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	return d.benchPage(w, r, me, p, http.StatusOK, nil)
}

// benchPage shows a plugin as the query asks for it. change, where there is one, has the last word before what the tab shows is
// read.
func (d *door) benchPage(w http.ResponseWriter, r *http.Request, me accounts.User, p plugins.Plugin, status int, change func(*views.Workbench)) error {
	s, err := d.shell(r, me, p.Name, views.PlacePlugins, "")
	if err != nil {
		return err
	}
	page := views.Workbench{Shell: s, Own: p.OwnerID == me.ID, Tab: r.URL.Query().Get("tab"), Model: d.Plugins.Model(), Version: p.Head, Posted: r.Method == http.MethodPost}
	rows, err := d.others(r, me, []plugins.Plugin{p})
	if err != nil {
		return err
	}
	if page.Plugin = d.pluginRow(p, nil); len(rows) > 0 {
		page.Plugin = rows[0]
	}
	if channel := r.URL.Query().Get("install"); channel != "" { // where /build was asked for it
		page.Tab, page.Installs = views.TabInstall, &views.PluginInstalls{Chosen: channel}
	}
	if v := r.URL.Query().Get("version"); v != "" {
		if page.Version, err = strconv.Atoi(v); err != nil || page.Version < 1 || page.Version > p.Head {
			return plugins.ErrVersionNotFound
		}
	}
	if change != nil {
		change(&page)
	}
	if page.Own {
		if err := d.pluginTalk(r, me, p, &page); err != nil {
			return err
		}
	}
	if err := d.benchTab(r, me, p, &page); err != nil {
		return err
	}
	render(w, r, status, views.WorkbenchPage(page))
	return nil
}

// pluginTalk reads what was said: in the conversation that the query names, or the newest one.
func (d *door) pluginTalk(r *http.Request, me accounts.User, p plugins.Plugin, page *views.Workbench) (err error) {
	ctx, talk := r.Context(), &page.Talk
	if talk.Others, err = d.Plugins.Conversations(ctx, me, p.ID); err != nil {
		return err
	}
	page.Improves = d.Plugins.Improves()
	if talk.ID, err = d.talkAsked(r, me, p, talk.Others); err != nil {
		return err
	}
	if page.Cost, err = d.Plugins.Estimate(ctx, me, p.ID, talk.ID, ""); err != nil || talk.ID == "" {
		return err
	}
	return d.pluginTurns(r, me, p, talk)
}

// pluginTurns reads what was said in a conversation.
func (d *door) pluginTurns(r *http.Request, me accounts.User, p plugins.Plugin, talk *views.PluginTalk) error {
	said, err := d.Plugins.Exchanges(r.Context(), me, talk.ID, r.URL.Query().Get("before"), turnsOnPage+1)
	if err != nil {
		return err
	}
	said, more := upTo(said, turnsOnPage)
	if more {
		talk.Older = said[len(said)-1].ID
	}
	for i := len(said) - 1; i >= 0; i-- {
		turn, err := d.turn(r, me, p, said[i])
		if err != nil {
			return err
		}
		talk.Turns = append(talk.Turns, turn)
	}
	return nil
}

// talkAsked is the conversation that the query names, or the form, else the newest one; "" where a new one is to begin. One that is
// gone is as good as none named: it may have been deleted in another tab, and what a form brought must not be lost with it.
func (d *door) talkAsked(r *http.Request, me accounts.User, p plugins.Plugin, talks []plugins.Conversation) (string, error) {
	asked := r.URL.Query().Get("conversation")
	if asked == "" && r.PostForm.Has("conversation") {
		asked = cmp.Or(r.PostForm.Get("conversation"), "new")
	}
	if asked == "new" {
		return "", nil
	}
	if asked != "" {
		c, err := d.Plugins.Conversation(r.Context(), me, asked)
		if err != nil && !errors.Is(err, plugins.ErrConversationNotFound) {
			return "", err
		}
		if err == nil && c.PluginID == p.ID {
			return c.ID, nil
		}
	}
	if len(talks) == 0 {
		return "", nil
	}
	return talks[0].ID, nil
}

// turn shows an exchange.
func (d *door) turn(r *http.Request, me accounts.User, p plugins.Plugin, e plugins.Exchange) (views.PluginTurn, error) {
	t := views.PluginTurn{
		ID: e.ID, Talk: e.ConversationID, Ask: e.Ask, HTML: d.Plugins.Render(e.Answer), State: e.State, Problem: e.Problem, Base: e.Base, Version: e.Version,
	}
	for _, op := range e.Operations {
		t.Changes = append(t.Changes, views.FileChange{Type: op.Type, File: op.File, Added: strings.Count(op.Content, "\n")})
	}
	if e.Version > 0 {
		diffs, err := d.Plugins.Diff(r.Context(), me, p.ID, e.Base, e.Version)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return t, err
		}
		for i, c := range t.Changes {
			for _, f := range diffs {
				if f.File == c.File {
					t.Changes[i].Added, t.Changes[i].Removed = f.Added, f.Removed
				}
			}
		}
	}
	if e.Build != nil {
		t.Built = &e.Build.Success
	}
	if e.State != plugins.Answering {
		t.Footnote = d.footnote(e)
	}
	return t, nil
}

// footnote says what an answer was made with: model, tokens, time and cost.
func (d *door) footnote(e plugins.Exchange) string {
	var parts []string
	if e.Build != nil && e.Build.Success {
		parts = append(parts, "Built in "+seconds(e.Build.Took))
	}
	if e.Model != "" {
		parts = append(parts, e.Model)
	}
	if tokens := e.Usage.Tokens(); tokens > 0 {
		parts = append(parts, fmt.Sprintf("%d tokens", tokens))
	}
	if !e.DoneAt.IsZero() {
		parts = append(parts, seconds(e.DoneAt.Sub(e.CreatedAt).Milliseconds()))
	}
	if e.Usage.Cost > 0 {
		parts = append(parts, fmt.Sprintf("%.4f %s", float64(e.Usage.Cost)/1e6, d.Plugins.Currency()))
	}
	return strings.Join(parts, " · ")
}

func seconds(ms int64) string { return fmt.Sprintf("%.1f s", float64(ms)/1000) }

// benchTab reads what the tab shows.
func (d *door) benchTab(r *http.Request, me accounts.User, p plugins.Plugin, page *views.Workbench) (err error) {
	ctx := r.Context()
	if p.Head == 0 && page.Tab != views.TabMore {
		return d.openFile(r, nil, page)
	}
	switch page.Tab {
	case views.TabChanges:
		page.Changes, err = d.changes(r, me, p)
	case views.TabBuild:
		v, failed := d.Plugins.Version(ctx, me, p.ID, page.Version)
		page.Build, err = v.Build, failed
	case views.TabTry:
		if page.Try == nil && p.Built > 0 {
			page.Try = &views.PluginTry{}
		}
		if page.Try != nil && p.Built > 0 {
			err = d.tryWays(r, me, p, page.Try)
		}
	case views.TabVersions:
		page.Versions, err = d.versionRows(r, me, p)
	case views.TabMore:
		if page.More == nil {
			page.More = &views.PluginMore{}
		}
		if p.Built > 0 {
			v, failed := d.Plugins.Version(ctx, me, p.ID, p.Built)
			if err = failed; err == nil && v.Build != nil {
				page.More.Manifest = v.Build.Manifest
			}
		}
	case views.TabInstall:
		if page.Installs == nil {
			page.Installs = &views.PluginInstalls{}
		}
		if p.Built > 0 {
			err = d.installs(r, me, p, page.Installs)
		}
	default:
		var files []plugins.File
		if files, err = d.Plugins.Files(ctx, me, p.ID, page.Version); err == nil {
			err = d.openFile(r, files, page)
		}
		if err == nil && page.File != nil {
			err = d.blame(r, me, p, page)
		}
	}
	return err
}

// blame adds what the compiler says of the file that is open.
func (d *door) blame(r *http.Request, me accounts.User, p plugins.Plugin, page *views.Workbench) error {
	v, err := d.Plugins.Version(r.Context(), me, p.ID, page.Version)
	if err != nil || v.Build == nil {
		return err
	}
	for _, one := range v.Build.Problems {
		if one.File == page.File.Path {
			page.File.Problems = append(page.File.Problems, one)
		}
	}
	return nil
}

// openFile shows the file that the query names, or the first one; with ?new= an empty one to be written.
func (d *door) openFile(r *http.Request, files []plugins.File, page *views.Workbench) error {
	wanted := r.URL.Query().Get("file")
	head := page.Own && page.Version == page.Plugin.Head
	if page.File == nil && head && r.URL.Query().Get("new") != "" {
		page.File = &views.SourceFile{New: true, Editing: true, Base: page.Plugin.Head}
	}
	for _, f := range files {
		page.Entries = append(page.Entries, plugins.Entry{Path: f.Path, Size: len(f.Content)})
		if page.File == nil && (f.Path == wanted || wanted == "" && f.Path == "main.ts") {
			page.File = d.sourceFile(f, head && r.URL.Query().Get("edit") != "")
			page.File.Base = page.Version
		}
	}
	switch {
	case page.File != nil:
	case wanted != "":
		return fault.New(fault.NotFound, "FILE_NOT_FOUND", "There is no such file in this version.")
	case len(files) > 0:
		page.File = d.sourceFile(files[0], false)
	}
	return nil
}

func (d *door) sourceFile(f plugins.File, editing bool) *views.SourceFile {
	shown := &views.SourceFile{Path: f.Path, Content: f.Content, Editing: editing}
	if !editing {
		shown.Lines = strings.Count(strings.TrimSuffix(f.Content, "\n"), "\n") + 1
		shown.HTML = d.highlighted(f)
	}
	return shown
}

// highlighted renders a file as a block of code.
func (d *door) highlighted(f plugins.File) string {
	return d.Plugins.Render(plugins.Fenced(languageOf(f.Path), f.Content))
}

func languageOf(name string) string {
	switch path.Ext(name) {
	case ".ts", ".tsx":
		return "ts"
	case ".js", ".jsx", ".mjs":
		return "js"
	case ".json":
		return "json"
	case ".md":
		return "markdown"
	case ".css":
		return "css"
	case ".html":
		return "html"
	}
	return "text"
}

// changes compares the versions that the query names, or the newest with the one before.
func (d *door) changes(r *http.Request, me accounts.User, p plugins.Plugin) (*views.PluginChanges, error) {
	c := &views.PluginChanges{From: p.Head - 1, To: p.Head}
	for name, at := range map[string]*int{"from": &c.From, "to": &c.To} {
		text := r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > p.Head {
			return nil, plugins.ErrVersionNotFound
		}
		*at = n
	}
	var err error
	c.Files, err = d.Plugins.Diff(r.Context(), me, p.ID, c.From, c.To)
	return c, err
}

func (d *door) versionRows(r *http.Request, me accounts.User, p plugins.Plugin) ([]views.PluginVersion, error) {
	before := 0
	if text := r.URL.Query().Get("before"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, plugins.ErrVersionNotFound
		}
		before = n
	}
	versions, err := d.Plugins.Versions(r.Context(), me, p.ID, before, versionsOnPage)
	if err != nil {
		return nil, err
	}
	rows := make([]views.PluginVersion, len(versions))
	for i, v := range versions {
		rows[i] = views.PluginVersion{
			Number: v.Number, Note: v.Note, By: originWord(v.Origin), At: v.CreatedAt, Build: v.Build, Head: v.Number == p.Head,
		}
	}
	return rows, nil
}

func originWord(o plugins.Origin) string {
	switch o {
	case plugins.ByModel:
		return "by the model"
	case plugins.ByTemplate:
		return "from a template"
	case plugins.ByRollback:
		return "taken back"
	case plugins.ByCopy:
		return "a copy"
	case plugins.ByUpload:
		return "uploaded"
	}
	return "by hand"
}
