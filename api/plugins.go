package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"pegasus/fault"
	"pegasus/files"
	"pegasus/plugins"
	"pegasus/web"
)

// maxFilesBody has room for a whole project, as JSON writes it.
const maxFilesBody = 3*plugins.MaxSource + web.MaxBody

// userPlugin is a plugin as Pegasus's clients know it.
type userPlugin struct {
	ID            string   `json:"_id"`
	UserID        string   `json:"userId"`
	PluginName    string   `json:"pluginName"`
	PluginData    string   `json:"pluginData" doc:"A JSON object of the maker's own, as text"`
	CreatedAt     string   `json:"createdAt" format:"date-time"`
	UpdatedAt     string   `json:"updatedAt" format:"date-time"`
	Status        string   `json:"status" enum:"pending,compiling,success,failed"`
	DownloadCount int64    `json:"downloadCount"`
	Version       int      `json:"version" doc:"The newest version, 0 where there is none"`
	BuiltVersion  int      `json:"builtVersion" doc:"The newest version that compiled, 0 where there is none"`
	Shared        bool     `json:"shared" doc:"Everyone in the workspace may look at it, copy it and install it"`
	LockedFiles   []string `json:"lockedFiles" nullable:"false" doc:"The files that no answer changes"`
	Answering     string   `json:"answering" doc:"The answer under way, empty where there is none"`
	Unseen        string   `json:"unseen" doc:"The answer that ended last, where one has not looked at it since; else empty"`
}

func newUserPlugin(p plugins.Plugin) userPlugin {
	return userPlugin{
		ID: p.ID, UserID: p.OwnerID, PluginName: p.Name, PluginData: p.Data, CreatedAt: web.Time(p.CreatedAt), UpdatedAt: web.Time(p.UpdatedAt),
		Status: string(p.Status), DownloadCount: p.Downloads, Version: p.Head, BuiltVersion: p.Built, Shared: p.Shared, LockedFiles: append([]string{}, p.LockedFiles()...), Answering: p.Asking, Unseen: p.Unseen,
	}
}

type pluginList struct {
	Success    bool         `json:"success"`
	Plugins    []userPlugin `json:"plugins" nullable:"false"`
	NextCursor string       `json:"next_cursor,omitempty"`
}

func newPluginList(found []plugins.Plugin) pluginList {
	out := pluginList{Success: true, Plugins: make([]userPlugin, len(found))}
	for i, p := range found {
		out.Plugins[i] = newUserPlugin(p)
	}
	return out
}

func (d *door) listPlugins(ctx context.Context, _ *none) (*reply[pluginList], error) {
	found, err := d.Plugins.Plugins(ctx, me(ctx))
	if err != nil {
		return nil, err
	}
	return ok(newPluginList(found))
}

type sharedPluginsRequest struct {
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
	Limit  limit  `query:"limit" doc:"1 to 100, 50 where left out"`
}

func (d *door) listSharedPlugins(ctx context.Context, in *sharedPluginsRequest) (*reply[pluginList], error) {
	read := func(ctx context.Context, after string, n int) ([]plugins.Plugin, error) {
		return d.Plugins.SharedPlugins(ctx, after, n)
	}
	found, err := readPage(ctx, in.Cursor, in.Limit.or(50), plugins.PlaceOf, read)
	if err != nil {
		return nil, err
	}
	out := newPluginList(found.items)
	out.NextCursor = found.next
	return ok(out)
}

type savePluginRequest struct {
	Body struct {
		PluginName string         `json:"pluginName" doc:"1 to 64 characters"`
		PluginData map[string]any `json:"pluginData,omitempty" nullable:"true" doc:"An object of one's own, at most 16 KB"`
		Status     string         `json:"status,omitempty" doc:"Without effect: the status follows from what was compiled"`
	}
}

type savedPlugin struct {
	Success  bool   `json:"success"`
	PluginID string `json:"pluginId"`
}

// dataText returns a maker's own data as it is stored, "" for none.
func dataText(data map[string]any) (string, error) {
	if len(data) == 0 {
		return "", nil
	}
	text, err := json.Marshal(data)
	return string(text), err
}

func (d *door) savePlugin(ctx context.Context, in *savePluginRequest) (*reply[savedPlugin], error) {
	data, err := dataText(in.Body.PluginData)
	if err != nil {
		return nil, err
	}
	p, err := d.Plugins.SaveData(ctx, me(ctx), in.Body.PluginName, data)
	if err != nil {
		return nil, err
	}
	return ok(savedPlugin{Success: true, PluginID: p.ID})
}

type createPluginRequest struct {
	Body struct {
		PluginName string         `json:"pluginName" doc:"1 to 64 characters"`
		PluginData map[string]any `json:"pluginData,omitempty" nullable:"true" doc:"An object of one's own, at most 16 KB"`
		Template   string         `json:"template,omitempty" doc:"The id of a template to begin with"`
	}
}

type pluginReply struct {
	Success bool       `json:"success"`
	Plugin  userPlugin `json:"plugin"`
}

func onePlugin(p plugins.Plugin, err error) (*reply[pluginReply], error) {
	if err != nil {
		return nil, err
	}
	return ok(pluginReply{Success: true, Plugin: newUserPlugin(p)})
}

func (d *door) createPlugin(ctx context.Context, in *createPluginRequest) (*reply[pluginReply], error) {
	data, err := dataText(in.Body.PluginData)
	if err != nil {
		return nil, err
	}
	return onePlugin(d.Plugins.CreatePlugin(ctx, me(ctx), plugins.NewPlugin{Name: in.Body.PluginName, Data: data, Template: in.Body.Template}))
}

// PluginPath names a plugin.
type PluginPath struct {
	ID string `path:"id" doc:"The plugin's id"`
}

func (d *door) getPlugin(ctx context.Context, in *PluginPath) (*reply[pluginReply], error) {
	return onePlugin(d.Plugins.Plugin(ctx, me(ctx), known(in.ID)))
}

type changePluginRequest struct {
	PluginPath
	Body struct {
		PluginName *string        `json:"pluginName,omitempty" nullable:"true"`
		PluginData map[string]any `json:"pluginData,omitempty" nullable:"true"`
		Shared     *bool          `json:"shared,omitempty" nullable:"true"`
	}
}

func (d *door) changePlugin(ctx context.Context, in *changePluginRequest) (*reply[pluginReply], error) {
	change := plugins.PluginChange{Name: in.Body.PluginName, Shared: in.Body.Shared}
	if in.Body.PluginData != nil {
		data, err := dataText(in.Body.PluginData)
		if err != nil {
			return nil, err
		}
		change.Data = &data
	}
	return onePlugin(d.Plugins.SavePlugin(ctx, me(ctx), known(in.ID), change))
}

type succeeded struct {
	Success bool `json:"success"`
}

func (d *door) deletePlugin(ctx context.Context, in *PluginPath) (*reply[succeeded], error) {
	if err := d.Plugins.DeletePlugin(ctx, me(ctx), known(in.ID)); err != nil {
		return nil, err
	}
	return ok(succeeded{true})
}

type copyPluginRequest struct {
	PluginPath
	Body struct {
		PluginName string `json:"pluginName,omitempty" doc:"The name of the copy; that of the plugin where left out, with a number where it is taken"`
	}
}

func (d *door) copyPlugin(ctx context.Context, in *copyPluginRequest) (*reply[pluginReply], error) {
	return onePlugin(d.Plugins.CopyPlugin(ctx, me(ctx), known(in.ID), in.Body.PluginName))
}

type templateList struct {
	Templates []templateCard `json:"templates" nullable:"false"`
}

type templateCard struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	About string `json:"about"`
}

func (d *door) listTemplates(context.Context, *none) (*reply[templateList], error) {
	out := templateList{Templates: []templateCard{}}
	for _, t := range d.Plugins.Templates() {
		out.Templates = append(out.Templates, templateCard{ID: t.ID, Name: t.Name, About: t.About})
	}
	return ok(out)
}

// pathText returns a part of the path as it was meant.
func pathText(r *http.Request, name string) (string, error) {
	text := chi.URLParam(r, name)
	if r.URL.RawPath == "" {
		return text, nil
	}
	plain, err := url.PathUnescape(text)
	if err != nil {
		return "", plugins.ErrPluginNotFound
	}
	return plain, nil
}

func (d *door) downloadPlugin(w http.ResponseWriter, r *http.Request) {
	name, err := pathText(r, "pluginName")
	var got plugins.Download
	if err == nil {
		got, err = d.Plugins.Download(r.Context(), me(r.Context()), name)
	}
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", files.Disposition(got.Plugin.Name+".zip", false))
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(got.Content)
	web.NoteError(r.Context(), err)
}

type usageNumbers struct {
	Calls     int64 `json:"calls"`
	Input     int64 `json:"inputTokens"`
	Output    int64 `json:"outputTokens"`
	Cost      int64 `json:"costMicros" doc:"In millionths of currency"`
	Took      int64 `json:"milliseconds"`
	Estimated bool  `json:"estimated,omitempty" doc:"The model's server told no numbers"`
}

func newUsage(u plugins.Usage) usageNumbers {
	return usageNumbers{Calls: u.Calls, Input: u.Input, Output: u.Output, Cost: u.Cost, Took: u.Took, Estimated: u.Estimated}
}

type usageReply struct {
	Today           usageNumbers `json:"today"`
	Month           usageNumbers `json:"month"`
	Budget          *int64       `json:"dailyTokens" doc:"How many tokens a day may use, null for no bound"`
	WorkspaceToday  int64        `json:"workspaceTokensToday"`
	WorkspaceBudget *int64       `json:"workspaceDailyTokens"`
	Free            string       `json:"resetsAt" format:"date-time"`
	Currency        *string      `json:"currency" doc:"null where no price is known"`
}

func newUsageReply(u plugins.Used) usageReply {
	bound := func(n int64) *int64 {
		if n == 0 {
			return nil
		}
		return &n
	}
	return usageReply{
		Today: newUsage(u.Today), Month: newUsage(u.Month), Budget: bound(u.Budget), WorkspaceToday: u.AllToday, WorkspaceBudget: bound(u.AllBudget),
		Free: web.Time(u.Free), Currency: orNull(u.Currency),
	}
}

func (d *door) pluginUsage(ctx context.Context, _ *none) (*reply[usageReply], error) {
	used, err := d.Plugins.Usage(ctx, me(ctx))
	if err != nil {
		return nil, err
	}
	return ok(newUsageReply(used))
}

func (d *door) pluginUsageOfAll(ctx context.Context, _ *none) (*reply[usageReply], error) {
	used, err := d.Plugins.UsageOfAll(ctx, me(ctx))
	if err != nil {
		return nil, err
	}
	return ok(newUsageReply(used))
}

// broken is what a client is told of an answer that broke.
func broken(e plugins.Exchange) error {
	return fault.Away("ANSWER_BROKE_OFF", e.Problem, nil)
}
