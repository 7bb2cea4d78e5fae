package handlers

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/plugins/manifest"
	"pegasus/views"
)

// installRoutes are the pages of plugins in channels.
func (d *door) installRoutes(get, post func(string, http.HandlerFunc)) {
	post("/plugins/{name}/install", member(d.installPlugin))
	get("/installs/{install}", member(d.showInstall))
	for action, do := range map[string]func(*http.Request, accounts.User, string) (string, error){
		"approve": d.approveInstall, "on": d.switchOn, "off": d.switchOff, "adopt": d.adoptInstall, "update": d.updateInstall,
		"permissions": d.grantInstall,
	} {
		post("/installs/{install}/"+action, member(d.installStep(do)))
	}
	post("/installs/{install}/settings", member(d.setInstall))
	get("/installs/{install}/files", member(d.showInstallFiles))
	get("/installs/{install}/changes", member(d.showInstallChanges))
	post("/installs/{install}/decline", member(d.declineInstall))
	post("/installs/{install}/webhook", member(d.renewWebhook))
	post("/installs/{install}/remove", member(d.removeInstall))
}

// placed shows an install.
func placed(i plugins.Placed) views.Installed {
	shown := views.Installed{
		ID: i.ID, Title: i.Manifest.Title, Channel: preview(i.Channel), Version: i.Version, State: i.State, Problem: i.Problem,
		Commands: i.Commands, Manage: i.Keeper, Wished: i.WishedVersion(), Mark: i.Mark,
	}
	if i.Visible {
		shown.Plugin = i.PluginID
	}
	if i.Channel.IsDirect() {
		shown.Channel.Name = "A conversation"
	}
	return shown
}

// permissions shows what a manifest asks for.
func permissions(m manifest.Manifest, granted plugins.Grant, admin bool) (list []views.PluginPermission) {
	for _, known := range manifest.Permissions {
		if !slices.Contains(m.Permissions, known.Name) {
			continue
		}
		one := views.PluginPermission{
			Name: string(known.Name), About: strings.ToUpper(known.Text[:1]) + known.Text[1:], Granted: granted.Allows(string(known.Name)),
		}
		if known.Name == manifest.Network {
			one.Hosts, one.Locked = m.Hosts, !admin && !one.Granted
		}
		list = append(list, one)
	}
	return list
}

func settingsOf(m manifest.Manifest, filled func(manifest.Setting) (string, bool)) (list []views.PluginSetting) {
	for _, one := range m.Settings {
		value, kept := filled(one)
		if number, is := one.Default.(float64); !kept && is {
			value = strconv.FormatFloat(number, 'f', -1, 64)
		} else if !kept && one.Default != nil {
			value = fmt.Sprint(one.Default)
		}
		list = append(list, views.PluginSetting{
			Key: one.Key, Label: one.Label, Help: one.Help, Kind: string(one.Type), Value: value, Filled: kept, Options: one.Options,
			Unset: one.Type == manifest.Choice && one.Default == nil,
		})
	}
	return list
}

// typedIn has settings be as somebody typed them who was refused, but for what is secret.
func typedIn(typed map[string]string) func(manifest.Setting) (string, bool) {
	return func(one manifest.Setting) (string, bool) {
		value, kept := typed[one.Key]
		return value, kept && one.Type != manifest.Secret
	}
}

// typedOver is typedIn for settings of which some are kept: what is not typed stays.
func typedOver(typed map[string]string, kept func(manifest.Setting) (string, bool)) func(manifest.Setting) (string, bool) {
	return func(one manifest.Setting) (string, bool) {
		if value, sent := typed[one.Key]; sent && one.Type != manifest.Secret {
			return value, true
		}
		return kept(one)
	}
}

// settingWrong names the field of a setting that is at fault.
func settingWrong(m manifest.Manifest, w views.Wrong) views.Wrong {
	if _, is := m.Setting(w.Field); is {
		w.Field = views.SettingField(w.Field)
	}
	return w
}

// installs reads where a plugin works and where the viewer may have it work.
func (d *door) installs(r *http.Request, me accounts.User, p plugins.Plugin, page *views.PluginInstalls) error {
	here, err := d.Plugins.InstallsOf(r.Context(), me, p.ID)
	if err != nil {
		return err
	}
	for _, i := range here {
		page.Here = append(page.Here, placed(i))
	}
	free, err := d.Plugins.RoomsFor(r.Context(), me, p.ID)
	if err != nil {
		return err
	}
	slices.SortFunc(free, func(a, b plugins.Room) int { return strings.Compare(a.Channel.Name, b.Channel.Name) })
	for _, room := range free {
		shown := preview(room.Channel)
		switch {
		case room.Channel.IsDirect() && shown.ID != page.Chosen: // it has no name here, and is reached from itself
		case room.Channel.IsDirect():
			shown.Name = "The conversation that you come from"
			page.Channels = append(page.Channels, shown)
		case room.Asks:
			page.Asking = append(page.Asking, shown)
		default:
			page.Channels = append(page.Channels, shown)
		}
	}
	v, err := d.Plugins.Version(r.Context(), me, p.ID, p.Built)
	if err != nil || v.Build == nil {
		return err
	}
	m, _ := manifest.Parse([]byte(v.Build.Manifest)) // it compiled
	offered := asked(m, me)
	if page.Typed != nil {
		offered = page.Ticked
	}
	page.Asked = permissions(m, plugins.Grant{Permissions: offered}, me.IsAdmin())
	page.Settings = settingsOf(m, typedIn(page.Typed))
	return nil
}

// asked are the permissions that are offered as granted: what a manifest asks for, but what the viewer may not grant.
func asked(m manifest.Manifest, me accounts.User) (names []string) {
	for _, one := range m.Permissions {
		if one != manifest.Network || me.IsAdmin() {
			names = append(names, string(one))
		}
	}
	return names
}

// grantOf reads what a form grants. hosts are what the manifest lists; the domain knows who may grant them.
func grantOf(r *http.Request, hosts []string) plugins.Grant {
	g := plugins.Grant{Permissions: r.PostForm["permission"]}
	if slices.Contains(g.Permissions, string(manifest.Network)) {
		g.Hosts = hosts
	}
	return g
}

// grantAt reads what a form grants to an install by a manifest. Hosts that an admin granted stand, and somebody else grants no more.
func grantAt(r *http.Request, me accounts.User, i plugins.Placed, m manifest.Manifest) plugins.Grant {
	grant := grantOf(r, m.Hosts)
	if len(grant.Hosts) > 0 && i.Granted.Allows(string(manifest.Network)) && !me.IsAdmin() {
		grant.Hosts = slices.DeleteFunc(slices.Clone(m.Hosts), func(host string) bool { return !slices.Contains(i.Granted.Hosts, host) })
	}
	return grant
}

// settingsIn reads the settings of a form. A secret that is left empty stays as it is.
func settingsIn(r *http.Request, m manifest.Manifest) map[string]string {
	settings := map[string]string{}
	for _, one := range m.Settings {
		if value, sent := r.PostForm["set."+one.Key]; sent && (one.Type != manifest.Secret || value[0] != "") {
			settings[one.Key] = value[0]
		}
	}
	return settings
}

// manifestOf returns the manifest of a version that compiled.
func (d *door) manifestOf(r *http.Request, me accounts.User, pluginID string, version int) (manifest.Manifest, error) {
	v, err := d.Plugins.Version(r.Context(), me, pluginID, version)
	if err != nil || v.Build == nil {
		return manifest.Manifest{}, err
	}
	m, _ := manifest.Parse([]byte(v.Build.Manifest))
	return m, nil
}

func (d *door) installPlugin(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	m, err := d.manifestOf(r, me, p.ID, max(1, p.Built))
	if err != nil {
		return err
	}
	channel, settings := r.PostForm.Get("channel"), settingsIn(r, m)
	i, err := d.Plugins.Install(r.Context(), me, p.ID, channel, plugins.Wish{
		Version: p.Built, Grant: grantOf(r, m.Hosts), Settings: settings,
	})
	if problem, refused := wrong(err); refused {
		return d.benchPage(w, r, me, p, http.StatusUnprocessableEntity, func(page *views.Workbench) {
			page.Tab, page.Installs = views.TabInstall, &views.PluginInstalls{
				Wrong: settingWrong(m, problem), Chosen: channel, Ticked: r.PostForm["permission"], Typed: settings,
			}
		})
	}
	if err != nil {
		return err
	}
	if i.State == plugins.Asked {
		d.note(r, "Those who keep order there are asked")
		return done(w, r, "/installs/"+i.ID)
	}
	d.note(r, m.Title+" works here now")
	return done(w, r, "/chat/"+channel)
}

func (d *door) showInstall(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return d.installPage(w, r, me, http.StatusOK, nil)
}

func (d *door) installPage(w http.ResponseWriter, r *http.Request, me accounts.User, status int, change func(*views.InstallView)) error {
	i, err := d.Plugins.InstallByID(r.Context(), me, chi.URLParam(r, "install"))
	if err != nil {
		return err
	}
	s, err := d.shell(r, me, i.Manifest.Title, views.PlacePlugins, "")
	if err != nil {
		return err
	}
	page := views.InstallView{
		Shell: s, Installed: placed(i), Mine: i.InstallerID == me.ID, Outside: i.Outside, Asker: i.AskerID() == me.ID,
		Webhook: i.Manifest.Triggers.Webhook && i.Granted.Allows(string(manifest.Webhook)), Settings: settingsOf(i.Manifest, i.Filled),
		Answers: i.Manifest.Commands, Permissions: permissions(i.Manifest, i.Granted, me.IsAdmin()),
	}
	for at, one := range page.Permissions {
		if one.Granted && one.Name == string(manifest.Network) && !me.IsAdmin() {
			page.Permissions[at].Hosts = i.Granted.Hosts
		}
	}
	people, err := d.Accounts.Users(r.Context(), []string{i.InstallerID, i.AskerID()})
	if err != nil {
		return err
	}
	page.Installer = nameOf(people, i.InstallerID)
	if page.Wished > 0 {
		page.Wish = wishFor(i, nameOf(people, i.AskerID()))
	}
	if i.Keeper {
		if page.Runs, err = d.Plugins.Runs(r.Context(), me, i.ID, plugins.KeptRuns); err != nil {
			return err
		}
	}
	if i.Visible && i.Newest > max(i.Version, page.Wished) && (i.Keeper || !i.Outside && (page.Wished == 0 || page.Asker)) {
		m, err := d.manifestOf(r, me, i.PluginID, i.Newest)
		if err != nil {
			return err
		}
		page.Update, page.Asked = i.Newest, permissions(m, i.Granted, me.IsAdmin())
	}
	if change != nil {
		change(&page)
	}
	render(w, r, status, views.InstallPage(page))
	return nil
}

// installStep carries out one step and shows the page of the install again. The step says in a few words what it did.
func (d *door) installStep(do func(*http.Request, accounts.User, string) (string, error)) func(http.ResponseWriter, *http.Request, accounts.User) error {
	return func(w http.ResponseWriter, r *http.Request, me accounts.User) error {
		if err := parse(r); err != nil {
			return err
		}
		id := chi.URLParam(r, "install")
		said, err := do(r, me, id)
		if problem, refused := wrong(err); refused {
			return d.installPage(w, r, me, http.StatusUnprocessableEntity, func(page *views.InstallView) {
				page.Wrong = views.Wrong{Message: problem.Message}
			})
		}
		if err != nil {
			return err
		}
		d.note(r, said)
		return done(w, r, "/installs/"+id)
	}
}

func (d *door) approveInstall(r *http.Request, me accounts.User, id string) (string, error) {
	_, err := d.Plugins.ApproveInstall(r.Context(), me, id, lookedAt(r))
	return "It works now", err
}

// lookedAt names what the page showed that somebody approves. A form that names nothing has shown nothing.
func lookedAt(r *http.Request) string { return cmp.Or(r.PostForm.Get("wish"), "none") }

func (d *door) switchOn(r *http.Request, me accounts.User, id string) (string, error) {
	_, err := d.Plugins.SwitchInstall(r.Context(), me, id, true)
	return "It works again", err
}

func (d *door) switchOff(r *http.Request, me accounts.User, id string) (string, error) {
	_, err := d.Plugins.SwitchInstall(r.Context(), me, id, false)
	return "It is off", err
}

func (d *door) adoptInstall(r *http.Request, me accounts.User, id string) (string, error) {
	_, err := d.Plugins.TakeOverInstall(r.Context(), me, id)
	return "You answer for it now", err
}

func (d *door) updateInstall(r *http.Request, me accounts.User, id string) (string, error) {
	version, err := number(r, "version")
	if err != nil {
		return "", err
	}
	i, err := d.Plugins.InstallByID(r.Context(), me, id)
	if err != nil {
		return "", err
	}
	m, err := d.manifestOf(r, me, i.PluginID, int(version))
	if err != nil {
		return "", err
	}
	grant := grantAt(r, me, i, m)
	now, err := d.Plugins.UpdateInstall(r.Context(), me, id, int(version), &grant, nil)
	if now.AskerID() == me.ID {
		return "Those who keep order there are asked", err
	}
	return fmt.Sprintf("It is at version %d", version), err
}

func (d *door) grantInstall(r *http.Request, me accounts.User, id string) (string, error) {
	i, err := d.Plugins.InstallByID(r.Context(), me, id)
	if err != nil {
		return "", err
	}
	now, err := d.Plugins.SetGrant(r.Context(), me, id, grantAt(r, me, i, i.Manifest))
	if i.AskerID() != me.ID && now.AskerID() == me.ID {
		return "Somebody else who keeps order there is asked", err
	}
	return "Saved", err
}

// setInstall changes settings. Where that is refused they stand as they were typed.
func (d *door) setInstall(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	i, err := d.Plugins.InstallByID(r.Context(), me, chi.URLParam(r, "install"))
	if err != nil {
		return err
	}
	typed := settingsIn(r, i.Manifest)
	_, err = d.Plugins.SetSettings(r.Context(), me, i.ID, typed)
	if problem, refused := wrong(err); refused {
		return d.installPage(w, r, me, http.StatusUnprocessableEntity, func(page *views.InstallView) {
			page.Wrong, page.Settings = settingWrong(i.Manifest, problem), settingsOf(i.Manifest, typedOver(typed, i.Filled))
		})
	}
	if err != nil {
		return err
	}
	d.note(r, "Saved")
	return done(w, r, "/installs/"+i.ID)
}

// renewWebhook shows the new address in its answer: it is kept nowhere.
func (d *door) renewWebhook(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	address, err := d.Plugins.RenewWebhook(r.Context(), me, chi.URLParam(r, "install"))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return d.installPage(w, r, me, http.StatusOK, func(page *views.InstallView) { page.Secret = address })
}

func (d *door) removeInstall(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if r.PostForm.Get("sure") == "" {
		return fault.Field("sure", "NOT_SURE", "Please say that you are sure.")
	}
	if err := d.Plugins.RemoveInstall(r.Context(), me, chi.URLParam(r, "install")); err != nil {
		return err
	}
	d.note(r, "The plugin was removed")
	return done(w, r, "/plugins")
}
