package handlers

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/views"
	"pegasus/web"
)

const (
	sharedOnPage = 50
	// maxSourceForm is the room for a file that is edited by hand, as a form carries it.
	maxSourceForm = 4 * plugins.MaxSource
)

// pluginRoutes are the pages of the workbench.
func (d *door) pluginRoutes(get, post func(string, http.HandlerFunc)) {
	get("/plugins", member(d.listPlugins))
	get("/create", member(d.showNewPlugin))
	post("/create", member(d.createPlugin))
	post("/create/reword", member(d.rewordNew))
	get("/plugins/{name}", member(d.showPlugin))
	get("/plugins/{name}/answers/{exchange}", member(d.followAnswer))
	post("/plugins/{name}/answers/{exchange}/seen", member(d.seeAnswer))
	post("/plugins/{name}/ask", member(d.ask))
	post("/plugins/{name}/reword", member(d.rewordAsk))
	post("/plugins/{name}/stop", member(d.stopAnswer))
	post("/plugins/{name}/rollback", member(d.rollBack))
	post("/plugins/{name}/settings", member(d.setPlugin))
	post("/plugins/{name}/copy", member(d.copyPlugin))
	post("/plugins/{name}/delete", member(d.deletePlugin))
	get("/plugins/{name}/conversations/{conversation}/delete", member(d.showTalkDeletion))
	post("/plugins/{name}/conversations/{conversation}/delete", member(d.deleteTalk))
	d.installRoutes(get, post)
}

// toWorkbench leads to where a conversation with a model, or a plugin, stands: old addresses name them under /chat. What
// is not there, or not to be seen, leads to the list of plugins.
func (d *door) toWorkbench(w http.ResponseWriter, r *http.Request, me accounts.User, talk, name string) error {
	to := "/plugins"
	c, err := d.Plugins.Conversation(r.Context(), me, talk)
	var p plugins.Plugin
	if err == nil {
		p, err = d.Plugins.Plugin(r.Context(), me, c.PluginID)
	} else if fault.Is(err, fault.NotFound) {
		p, err = d.Plugins.PluginNamed(r.Context(), me, name)
	}
	switch {
	case err == nil:
		to = views.BenchPath(p.Name, c.ID, "")
	case !fault.Is(err, fault.NotFound):
		return err
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (d *door) listPlugins(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	s, err := d.shell(r, me, "Plugins", views.PlacePlugins, "")
	if err != nil {
		return err
	}
	page := views.PluginList{Shell: s}
	own, err := d.Plugins.Plugins(r.Context(), me)
	if err != nil {
		return err
	}
	for _, p := range own {
		page.Own = append(page.Own, d.pluginRow(p, nil))
	}
	around, err := d.Plugins.InstallsAround(r.Context(), me)
	if err != nil {
		return err
	}
	for _, i := range around {
		page.Installed = append(page.Installed, placed(i))
	}
	shared, err := d.Plugins.SharedPlugins(r.Context(), r.URL.Query().Get("after"), sharedOnPage+1)
	if err != nil {
		return err
	}
	shared, more := upTo(shared, sharedOnPage)
	if more {
		page.Next = plugins.PlaceOf(shared[len(shared)-1])
	}
	if page.Shared, err = d.others(r, me, shared); err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.PluginListPage(page))
	return nil
}

// others shows those plugins that are not the viewer's, with whose they are.
func (d *door) others(r *http.Request, me accounts.User, list []plugins.Plugin) ([]views.Plugin, error) {
	var ids []string
	for _, p := range list {
		ids = append(ids, p.OwnerID)
	}
	owners, err := d.Accounts.Users(r.Context(), ids)
	if err != nil {
		return nil, err
	}
	byID := map[string]accounts.User{}
	for _, u := range owners {
		byID[u.ID] = u
	}
	var rows []views.Plugin
	for _, p := range list {
		if p.OwnerID != me.ID {
			owner := byID[p.OwnerID]
			rows = append(rows, d.pluginRow(p, &owner))
		}
	}
	return rows, nil
}

// pluginRow shows a plugin; owner is nil for one's own.
func (d *door) pluginRow(p plugins.Plugin, owner *accounts.User) views.Plugin {
	row := views.Plugin{
		ID: p.ID, Name: p.Name, About: aboutOf(p.Data), Status: p.Status, Head: p.Head, Built: p.Built, Shared: p.Shared,
		Locked: p.LockedFiles(), Downloads: p.Downloads, UpdatedAt: p.UpdatedAt, Unseen: p.Unseen != "",
	}
	if owner != nil {
		row.Owner = owner.Shown()
	}
	return row
}

// aboutOf returns the description that a plugin's maker gave it, "" for none.
func aboutOf(data string) string {
	var known struct {
		Description string `json:"description"`
	}
	if json.Unmarshal([]byte(data), &known) != nil {
		return "" // the data is the maker's own, and may say what it likes there
	}
	return known.Description
}

func (d *door) showNewPlugin(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return d.newPluginPage(w, r, me, http.StatusOK, views.NewPlugin{Description: r.URL.Query().Get("description")})
}

func (d *door) newPluginPage(w http.ResponseWriter, r *http.Request, me accounts.User, status int, page views.NewPlugin) error {
	s, err := d.shell(r, me, "New plugin", views.PlacePlugins, "")
	if err != nil {
		return err
	}
	page.Shell, page.Model, page.Improves, page.Templates = s, d.Plugins.Model(), d.Plugins.Improves(), d.Plugins.Templates()
	render(w, r, status, views.NewPluginPage(page))
	return nil
}

// newPluginIn is what a form says of a plugin that is to be made.
func newPluginIn(r *http.Request) views.NewPlugin {
	f := r.PostForm
	return views.NewPlugin{
		Name: f.Get("pluginName"), Description: strings.TrimSpace(f.Get("description")), Requirements: strings.TrimSpace(f.Get("requirements")), Template: f.Get("template"),
		Rewording: views.Rewording{Before: f.Get("before")},
	}
}

// createPlugin makes a plugin and, where its maker said what it should do, asks for that.
func (d *door) createPlugin(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	page := newPluginIn(r)
	about, err := json.Marshal(map[string]string{"description": firstLine(page.Description)})
	if err != nil {
		return err
	}
	made, err := d.Plugins.CreatePlugin(r.Context(), me, plugins.NewPlugin{Name: page.Name, Data: string(about), Template: page.Template})
	if problem, refused := wrong(err); refused {
		page.Wrong = problem
		return d.newPluginPage(w, r, me, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	if wish := wishOf(page.Description, page.Requirements); wish != "" {
		if err := d.Limits.Ask.Take(w, r, me.ID); err != nil {
			return err
		}
		if _, err := d.Plugins.Ask(r.Context(), me, made.ID, "", wish); err != nil {
			d.note(r, web.Fault(err).Message) // the plugin stands; asking can be done again on its page
		}
	}
	http.Redirect(w, r, views.PluginPath(made.Name), http.StatusSeeOther)
	return nil
}

// wishOf is what a model is asked for first.
func wishOf(description, requirements string) string {
	if description == "" || requirements == "" {
		return description + requirements
	}
	return description + "\n\nIt must keep to this: " + requirements
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// benchNext is the tab that a form leads to, beside the conversation that stood beside the form.
func benchNext(r *http.Request, name, tab string, query ...string) string {
	return views.BenchPath(name, r.PostForm.Get("conversation"), tab, query...)
}

// pluginName is the name of a plugin that an address has.
func pluginName(r *http.Request) string {
	name := chi.URLParam(r, "name")
	if r.URL.RawPath == "" {
		return name
	}
	plain, err := url.PathUnescape(name) // the router takes the path as it was sent where there was a choice
	if err != nil {
		return name
	}
	return plain
}

// pluginOf finds the plugin that the address names: by its id, which means the same to everybody, or by its name.
func (d *door) pluginOf(r *http.Request, me accounts.User) (plugins.Plugin, error) {
	return d.Plugins.PluginNamed(r.Context(), me, pluginName(r))
}

func (d *door) ask(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	if err := d.Limits.Ask.Take(w, r, me.ID); err != nil {
		return err
	}
	text, talk := r.PostForm.Get("message"), r.PostForm.Get("conversation")
	e, err := d.Plugins.Ask(r.Context(), me, p.ID, talk, text)
	problem, refused := wrong(err)
	if errors.Is(err, plugins.ErrConversationNotFound) {
		problem, refused = views.Wrong{Message: "That conversation was deleted. What you wrote was kept: send it here."}, true
	}
	if refused && !fragment(r) {
		return d.benchPage(w, r, me, p, http.StatusUnprocessableEntity, func(page *views.Workbench) {
			page.Talk.Ask, page.Talk.Wrong, page.Talk.Rewording.Before = text, problem, r.PostForm.Get("before")
		})
	}
	if err != nil {
		return err
	}
	if fragment(r) {
		w.Header().Set("X-Conversation", e.ConversationID)
		turn, err := d.turn(r, me, p, e)
		if err != nil {
			return err
		}
		render(w, r, http.StatusOK, views.Turn(p.Name, turn))
		return nil
	}
	http.Redirect(w, r, views.AnswerPath(p.Name, e), http.StatusSeeOther)
	return nil
}

// seeAnswer notes that a page shows how an answer ended.
func (d *door) seeAnswer(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := d.Plugins.SeeExchange(r.Context(), me, chi.URLParam(r, "exchange")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *door) stopAnswer(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	e, err := d.Plugins.Stop(r.Context(), me, r.PostForm.Get("exchange"))
	if err != nil {
		return err
	}
	return done(w, r, views.BenchPath(pluginName(r), e.ConversationID, ""))
}

func (d *door) rollBack(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	version, err := number(r, "version")
	if err != nil {
		return err
	}
	if _, err := d.Plugins.Rollback(r.Context(), me, p.ID, int(version)); err != nil {
		return err
	}
	d.note(r, "The files are as they were then")
	return done(w, r, benchNext(r, p.Name, views.TabChanges))
}

func (d *door) setPlugin(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	name, shared := r.PostForm.Get("pluginName"), r.PostForm.Get("shared") != ""
	saved, err := d.Plugins.SavePlugin(r.Context(), me, p.ID, plugins.PluginChange{Name: &name, Shared: &shared})
	if problem, refused := wrong(err); refused {
		return d.benchPage(w, r, me, p, http.StatusUnprocessableEntity, func(page *views.Workbench) {
			page.Tab, page.More = views.TabMore, &views.PluginMore{Wrong: problem}
		})
	}
	if err != nil {
		return err
	}
	d.note(r, "Saved")
	return done(w, r, benchNext(r, saved.Name, views.TabMore))
}

func (d *door) copyPlugin(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	copied, err := d.Plugins.CopyPlugin(r.Context(), me, p.ID, "")
	if err != nil {
		return err
	}
	d.note(r, "This copy is yours")
	return done(w, r, views.PluginPath(copied.Name))
}

func (d *door) deletePlugin(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	if r.PostForm.Get("sure") == "" {
		return fault.Field("sure", "NOT_SURE", "Please say that you are sure.")
	}
	if err := d.Plugins.DeletePlugin(r.Context(), me, p.ID); err != nil {
		return err
	}
	d.note(r, "The plugin was deleted")
	return done(w, r, "/plugins")
}
