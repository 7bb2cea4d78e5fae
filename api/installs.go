package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/plugins/manifest"
	"pegasus/plugins/sandbox"
	"pegasus/web"
)

// install is a plugin in a channel.
type install struct {
	ID          string           `json:"id"`
	PluginID    string           `json:"plugin_id"`
	PluginName  string           `json:"plugin_name"`
	Title       string           `json:"title"`
	Description string           `json:"description"`
	ChannelID   string           `json:"channel_id"`
	Version     int              `json:"version"`
	Newest      int              `json:"newest_version" doc:"The newest version that compiled"`
	State       string           `json:"state" enum:"asked,active,off" doc:"asked waits for a second person's approval"`
	Problem     *string          `json:"problem" doc:"Why it is off"`
	BotID       string           `json:"bot_id"`
	InstallerID string           `json:"installer_id" doc:"Who answers for it, and whose rights bound what it may do"`
	ApproverID  *string          `json:"approver_id"`
	Commands    []installCommand `json:"commands" nullable:"false"`
	Granted     grant            `json:"granted"`
	Missing     grant            `json:"missing" doc:"What it asks for and was not granted"`
	Wish        *string          `json:"wish" doc:"Names what waits for a second person's approval, with its grant and settings; null where nothing does"`
	Pending     *pendingInstall  `json:"pending,omitempty" doc:"What waits for a second person's approval while the install works as it is"`
	Settings    []installSetting `json:"settings" nullable:"false" doc:"Empty but for who may change the install"`
	HasWebhook  bool             `json:"has_webhook"`
	MayChange   bool             `json:"may_change" doc:"Whether the caller may change the install"`
	CreatedAt   string           `json:"created_at" format:"date-time"`
	UpdatedAt   string           `json:"updated_at" format:"date-time"`
}

// pendingInstall is what an install becomes once somebody approves it.
type pendingInstall struct {
	Version  int              `json:"version"`
	AskerID  string           `json:"asker_id"`
	Commands []installCommand `json:"commands" nullable:"false"`
	Granted  grant            `json:"granted"`
	Missing  grant            `json:"missing" doc:"What it asks for and is not to be granted"`
	AskedAt  string           `json:"asked_at" format:"date-time"`
}

type installCommand struct {
	Name string `json:"name"`
	Hint string `json:"hint"`
	Help string `json:"help"`
}

type grant struct {
	Permissions []string `json:"permissions" nullable:"false"`
	Hosts       []string `json:"hosts" nullable:"false"`
}

type installSetting struct {
	Key    string `json:"key"`
	Label  string `json:"label"`
	Type   string `json:"type" enum:"string,number,boolean,choice,secret"`
	Value  string `json:"value" doc:"Always empty for a secret"`
	Filled bool   `json:"filled" doc:"Whether somebody chose it; otherwise its default holds"`
}

func newGrant(g plugins.Grant) grant {
	return grant{Permissions: append([]string{}, g.Permissions...), Hosts: append([]string{}, g.Hosts...)}
}

func newInstall(p plugins.Placed) install {
	out := install{
		ID: p.ID, PluginID: p.PluginID, PluginName: p.Name, Title: p.Manifest.Title, Description: p.Manifest.Description, ChannelID: p.ChannelID,
		Version: p.Version, Newest: p.Newest, State: string(p.State), Problem: orNull(p.Problem), BotID: p.BotID, InstallerID: p.InstallerID,
		ApproverID: orNull(p.ApproverID), Commands: newCommands(p.Manifest), Granted: newGrant(p.Granted),
		Missing: newGrant(p.Granted.Missing(p.Manifest)), Settings: []installSetting{}, HasWebhook: p.WebhookHash != "", MayChange: p.Keeper, Wish: orNull(p.Mark),
		CreatedAt: web.Time(p.CreatedAt), UpdatedAt: web.Time(p.UpdatedAt),
	}
	if n := p.Pending; n != nil && p.Wished != nil {
		out.Pending = &pendingInstall{
			Version: n.Version, AskerID: n.AskerID, Commands: newCommands(*p.Wished), Granted: newGrant(n.Granted),
			Missing: newGrant(n.Granted.Missing(*p.Wished)), AskedAt: web.Time(n.AskedAt),
		}
	}
	if p.Keeper {
		for _, one := range p.Manifest.Settings {
			value, filled := p.Filled(one)
			out.Settings = append(out.Settings, installSetting{Key: one.Key, Label: one.Label, Type: string(one.Type), Value: value, Filled: filled})
		}
	}
	return out
}

func newCommands(m manifest.Manifest) []installCommand {
	commands := make([]installCommand, len(m.Commands))
	for i, c := range m.Commands {
		commands[i] = installCommand{Name: c.Name, Hint: c.Hint, Help: c.Help}
	}
	return commands
}

type installList struct {
	Installs   []install `json:"installs" nullable:"false"`
	MayInstall bool      `json:"may_install" doc:"Whether the caller may install plugins here"`
}

func newInstallList(found []plugins.Placed, may bool) installList {
	out := installList{Installs: make([]install, len(found)), MayInstall: may}
	for i, p := range found {
		out.Installs[i] = newInstall(p)
	}
	return out
}

func (d *door) listInstalls(ctx context.Context, in *ChannelPath) (*reply[installList], error) {
	found, may, err := d.Plugins.InstallsIn(ctx, me(ctx), known(in.ID))
	return &reply[installList]{Body: newInstallList(found, may)}, err
}

// PlacesPath names a plugin whose installs are wanted.
type PlacesPath struct {
	ID string `path:"pluginId" doc:"The plugin's id"`
}

type placesReply struct {
	Installs []install `json:"installs" nullable:"false"`
}

func (d *door) listPlaces(ctx context.Context, in *PlacesPath) (*reply[placesReply], error) {
	found, err := d.Plugins.InstallsOf(ctx, me(ctx), known(in.ID))
	return &reply[placesReply]{Body: placesReply{newInstallList(found, false).Installs}}, err
}

type installRequest struct {
	ChannelPath
	Body struct {
		PluginID    string            `json:"plugin_id"`
		Version     int               `json:"version,omitempty" minimum:"0" doc:"The newest that compiled where it is left out"`
		Permissions []string          `json:"permissions,omitempty" doc:"What is granted of what the manifest asks for"`
		Hosts       []string          `json:"hosts,omitempty" doc:"Host names that it may ask; an admin grants them"`
		Settings    map[string]string `json:"settings,omitempty" doc:"By key"`
	}
}

type installReply struct {
	Install install `json:"install"`
}

func (d *door) install(ctx context.Context, in *installRequest) (*reply[installReply], error) {
	i, err := d.Plugins.Install(ctx, me(ctx), known(in.Body.PluginID), known(in.ID), plugins.Wish{
		Version: in.Body.Version, Grant: plugins.Grant{Permissions: in.Body.Permissions, Hosts: in.Body.Hosts}, Settings: in.Body.Settings,
	})
	return d.shown(ctx, i.ID, err)
}

// shown answers with an install as it stands after a change.
func (d *door) shown(ctx context.Context, installID string, err error) (*reply[installReply], error) {
	if err != nil {
		return nil, err
	}
	p, err := d.Plugins.InstallByID(ctx, me(ctx), installID)
	if err != nil {
		return nil, err
	}
	return ok(installReply{newInstall(p)})
}

// InstallPath names an install.
type InstallPath struct {
	ID string `path:"id" doc:"The install's id"`
}

func (d *door) getInstall(ctx context.Context, in *InstallPath) (*reply[installReply], error) {
	return d.shown(ctx, known(in.ID), nil)
}

type updateInstallRequest struct {
	InstallPath
	Body struct {
		Version  int               `json:"version,omitempty" minimum:"0" doc:"The newest that compiled where it is left out"`
		Granted  *grant            `json:"granted,omitempty" doc:"What was granted stays where it is left out, and nothing more is"`
		Settings map[string]string `json:"settings,omitempty" doc:"By key; one that is left out stays as it is"`
	}
}

func (d *door) updateInstall(ctx context.Context, in *updateInstallRequest) (*reply[installReply], error) {
	var granted *plugins.Grant
	if g := in.Body.Granted; g != nil {
		granted = &plugins.Grant{Permissions: g.Permissions, Hosts: g.Hosts}
	}
	_, err := d.Plugins.UpdateInstall(ctx, me(ctx), known(in.ID), in.Body.Version, granted, in.Body.Settings)
	return d.shown(ctx, known(in.ID), err)
}

type installSettingsRequest struct {
	InstallPath
	Body struct {
		Settings map[string]string `json:"settings" doc:"By key; one that is left out stays as it is, an empty one gets its default"`
	}
}

func (d *door) setInstallSettings(ctx context.Context, in *installSettingsRequest) (*reply[installReply], error) {
	_, err := d.Plugins.SetSettings(ctx, me(ctx), known(in.ID), in.Body.Settings)
	return d.shown(ctx, known(in.ID), err)
}

type approveInstallRequest struct {
	InstallPath
	Wish string `query:"wish" maxLength:"64" doc:"The wish of the install that was looked at; refused where something else is asked for meanwhile"`
}

func (d *door) approveInstall(ctx context.Context, in *approveInstallRequest) (*reply[installReply], error) {
	_, err := d.Plugins.ApproveInstall(ctx, me(ctx), known(in.ID), in.Wish)
	return d.shown(ctx, known(in.ID), err)
}

func (d *door) declineInstall(ctx context.Context, in *InstallPath) (*reply[notice], error) {
	if err := d.Plugins.DeclineInstall(ctx, me(ctx), known(in.ID)); err != nil {
		return nil, err
	}
	return ok(notice{Message: "What was asked for is declined"})
}

type grantRequest struct {
	InstallPath
	Body struct {
		Granted grant `json:"granted" doc:"All that it may do from now on, of what it asks for"`
	}
}

func (d *door) grantInstall(ctx context.Context, in *grantRequest) (*reply[installReply], error) {
	g := in.Body.Granted
	_, err := d.Plugins.SetGrant(ctx, me(ctx), known(in.ID), plugins.Grant{Permissions: g.Permissions, Hosts: g.Hosts})
	return d.shown(ctx, known(in.ID), err)
}

type installFilesRequest struct {
	InstallPath
	Version int `query:"version" minimum:"0" doc:"The installed one or the one that waits; where it is left out the one that waits, if any"`
}

func (d *door) listInstallFiles(ctx context.Context, in *installFilesRequest) (*reply[pluginFiles], error) {
	found, version, err := d.Plugins.InstallFiles(ctx, me(ctx), known(in.ID), in.Version)
	return &reply[pluginFiles]{Body: newPluginFiles(found, version)}, err
}

type installDiffReply struct {
	From  int        `json:"from" doc:"The version that is installed, 0 where none was approved yet"`
	To    int        `json:"to" doc:"The version that waits for an approval"`
	Files []fileDiff `json:"files" nullable:"false"`
}

func (d *door) diffInstall(ctx context.Context, in *InstallPath) (*reply[installDiffReply], error) {
	found, from, to, err := d.Plugins.InstallDiff(ctx, me(ctx), known(in.ID))
	return &reply[installDiffReply]{Body: installDiffReply{From: from, To: to, Files: newFileDiffs(found)}}, err
}

type switchInstallRequest struct {
	InstallPath
	Body struct {
		State string `json:"state" enum:"active,off"`
	}
}

func (d *door) switchInstall(ctx context.Context, in *switchInstallRequest) (*reply[installReply], error) {
	_, err := d.Plugins.SwitchInstall(ctx, me(ctx), known(in.ID), in.Body.State == string(plugins.Active))
	return d.shown(ctx, known(in.ID), err)
}

func (d *door) takeOverInstall(ctx context.Context, in *InstallPath) (*reply[installReply], error) {
	_, err := d.Plugins.TakeOverInstall(ctx, me(ctx), known(in.ID))
	return d.shown(ctx, known(in.ID), err)
}

type webhookReply struct {
	URL string `json:"url" doc:"Told once. Whoever knows it can call the plugin"`
}

func (d *door) renewInstallWebhook(ctx context.Context, in *InstallPath) (*reply[webhookReply], error) {
	url, err := d.Plugins.RenewWebhook(ctx, me(ctx), known(in.ID))
	return &reply[webhookReply]{Body: webhookReply{url}}, err
}

func (d *door) removeInstall(ctx context.Context, in *InstallPath) (*reply[notice], error) {
	if err := d.Plugins.RemoveInstall(ctx, me(ctx), known(in.ID)); err != nil {
		return nil, err
	}
	return ok(notice{Message: "Plugin removed from the channel"})
}

type pluginRun struct {
	ID       string  `json:"id"`
	Kind     string  `json:"kind" enum:"command,message,schedule,webhook"`
	CallerID *string `json:"caller_id"`
	Outcome  string  `json:"outcome" enum:"ok,thrown,timeout,memory,crashed,refused"`
	Problem  *string `json:"problem"`
	Log      string  `json:"log"`
	Took     int64   `json:"took_ms"`
	Memory   int64   `json:"memory_bytes" doc:"0 where the system does not say"`
	At       string  `json:"at" format:"date-time"`
}

type runList struct {
	Runs []pluginRun `json:"runs" nullable:"false" doc:"The newest first"`
}

func (d *door) listRuns(ctx context.Context, in *InstallPath) (*reply[runList], error) {
	found, err := d.Plugins.Runs(ctx, me(ctx), known(in.ID), plugins.KeptRuns)
	out := runList{Runs: make([]pluginRun, len(found))}
	for i, r := range found {
		out.Runs[i] = pluginRun{
			ID: r.ID, Kind: r.Kind, CallerID: orNull(r.CallerID), Outcome: r.Outcome, Problem: orNull(r.Problem), Log: r.Log, Took: r.Took,
			Memory: r.Memory, At: web.Time(r.At),
		}
	}
	return &reply[runList]{Body: out}, err
}

type tryRequest struct {
	PlacesPath
	Body struct {
		Text     string            `json:"text,omitempty" doc:"A command or a message, as in a channel. Exactly one of text, schedule and webhook is sent"`
		Schedule string            `json:"schedule,omitempty" doc:"The name of a schedule whose time has come"`
		Webhook  *tryDelivery      `json:"webhook,omitempty" doc:"A delivery to its webhook"`
		Settings map[string]string `json:"settings,omitempty" doc:"By key, kept nowhere; one that is left out has its default"`
		Version  int               `json:"version,omitempty" minimum:"0" doc:"The newest that compiled where it is left out"`
		Forget   bool              `json:"forget,omitempty" doc:"Begin with nothing of what it has kept while it was tried out"`
	}
}

type tryDelivery struct {
	Method  string            `json:"method,omitempty" doc:"POST where it is left out"`
	Query   map[string]string `json:"query,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body" doc:"At most 64 KB"`
}

type tryReply struct {
	Said    []saidReply `json:"said" nullable:"false"`
	Outcome string      `json:"outcome" enum:"ok,thrown,timeout,memory,crashed,refused"`
	Problem *tryProblem `json:"problem,omitempty" doc:"How it failed, and where in its files"`
	Log     []string    `json:"log" nullable:"false"`
	Cut     bool        `json:"log_cut" doc:"There was more to log than is kept"`
	Took    int64       `json:"took_ms"`
	CPU     int64       `json:"cpu_ms" doc:"0 where the system does not say"`
	Memory  int64       `json:"memory_bytes" doc:"0 where the system does not say"`
}

type tryProblem struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Text   string `json:"text"`
}

type saidReply struct {
	Text     string `json:"text"`
	HTML     string `json:"html" doc:"As a channel would show it"`
	ToCaller bool   `json:"to_caller" doc:"Only who called would see it"`
	Posted   bool   `json:"posted" doc:"Of its own accord, not as an answer"`
}

func (d *door) tryPlugin(ctx context.Context, in *tryRequest) (*reply[tryReply], error) {
	if in.Body.Forget {
		d.Plugins.ForgetTries(me(ctx), known(in.ID))
	}
	trial := plugins.Trial{Version: in.Body.Version, Text: in.Body.Text, Schedule: in.Body.Schedule, Settings: in.Body.Settings}
	if w := in.Body.Webhook; w != nil {
		trial.Webhook = &plugins.Delivery{Method: w.Method, Query: w.Query, Headers: w.Headers, Body: w.Body}
	}
	t, err := d.Plugins.TryPlugin(ctx, me(ctx), known(in.ID), trial)
	if err != nil {
		return nil, err
	}
	out := tryReply{
		Said: make([]saidReply, len(t.Said)), Outcome: t.Outcome, Log: append([]string{}, t.Log...), Cut: t.Cut, Took: t.Took.Milliseconds(),
		CPU: t.CPU.Milliseconds(), Memory: t.Memory,
	}
	if p := t.Problem; p != nil {
		out.Problem = &tryProblem{File: p.File, Line: p.Line, Column: p.Column, Text: p.Text}
	}
	for i, s := range t.Said {
		out.Said[i] = saidReply{Text: s.Text, HTML: s.HTML, ToCaller: s.ToCaller, Posted: s.Posted}
	}
	return ok(out)
}

// callWebhook takes a request to a plugin's webhook: the secret in its address is what lets in.
func (d *door) callWebhook(w http.ResponseWriter, r *http.Request) {
	call, err := readCall(r)
	if err == nil {
		err = d.Plugins.Hook(r.Context(), chi.URLParam(r, "secret"), call)
	}
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	web.WriteJSON(w, http.StatusAccepted, notice{Message: "Received"})
}

func accepted(r *route) { r.status = http.StatusAccepted }

// readCall returns a request as a plugin sees it.
func readCall(r *http.Request) (sandbox.Webhook, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return sandbox.Webhook{}, err
	}
	if !utf8.Valid(body) {
		return sandbox.Webhook{}, fault.New(fault.Unsupported, "NOT_TEXT", "The body must be UTF-8 text.")
	}
	call := sandbox.Webhook{Method: r.Method, Query: map[string]string{}, Headers: map[string]string{}, Body: string(body)}
	for name, values := range r.URL.Query() {
		if utf8.ValidString(name) && utf8.ValidString(values[0]) {
			call.Query[name] = values[0]
		}
	}
	for name, values := range r.Header {
		// What proxies and browsers say of who asks is not the plugin's to know.
		if name = strings.ToLower(name); (name == "content-type" || name == "user-agent" || strings.HasPrefix(name, "x-")) &&
			!strings.HasPrefix(name, "x-forwarded") && name != "x-real-ip" && name != "x-proxy-secret" && !strings.HasPrefix(name, "x-user-") &&
			utf8.ValidString(values[0]) && len(values[0]) <= sandbox.MaxHeader {
			call.Headers[name] = values[0]
		}
	}
	return call, nil
}

// installEvent tells the members of a channel that its plugins have changed.
type installEvent struct {
	ChannelID string `json:"channelId"`
	InstallID string `json:"installId"`
	PluginID  string `json:"pluginId"`
	State     string `json:"state"`
	Removed   bool   `json:"removed"`
}

func newInstallEvent(p plugins.InstallChanged) installEvent {
	return installEvent{ChannelID: p.Install.ChannelID, InstallID: p.Install.ID, PluginID: p.Install.PluginID, State: string(p.Install.State), Removed: p.Removed}
}
