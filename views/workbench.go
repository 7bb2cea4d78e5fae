package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pegasus/plugins"
	"pegasus/plugins/manifest"
)

// The tabs of the workbench.
const (
	TabFiles    = "files"
	TabChanges  = "changes"
	TabBuild    = "build"
	TabTry      = "try"
	TabVersions = "versions"
	TabInstall  = "install"
	TabMore     = "more"
)

// Plugin is a plugin as lists and heads show it.
type Plugin struct {
	ID        string
	Name      string
	About     string
	Owner     string // whose it is, "" for one's own
	Status    plugins.Status
	Head      int
	Built     int
	Shared    bool
	Locked    []string // the files that no answer changes
	Downloads int64
	UpdatedAt time.Time
	Unseen    bool // an answer ended that the viewer has not looked at
}

// locks reports whether no answer changes a file.
func (p Plugin) locks(file string) bool { return slices.Contains(p.Locked, file) }

// path is the page of the plugin. That of somebody else is named by its id, as the viewer may have one of the same name.
func (p Plugin) path() string {
	if p.Owner != "" {
		return PluginPath(p.ID)
	}
	return PluginPath(p.Name)
}

// Place leads to the plugin.
func (p Plugin) Place() JumpItem {
	hint := "Plugin"
	if p.Owner != "" {
		hint += " by " + p.Owner
	}
	return JumpItem{Title: p.Name, Hint: hint, Icon: "square-code", Path: p.path()}
}

// PluginPath is the page of a plugin.
func PluginPath(name string) string { return "/plugins/" + url.PathEscape(name) }

// PluginList is the page of one's plugins, of those that are shared and of those that one's channels have.
type PluginList struct {
	Shell
	Own       []Plugin
	Shared    []Plugin
	Next      string // where the next page of shared ones begins, "" for none
	Installed []Installed
}

// Installed is a plugin in a channel.
type Installed struct {
	ID       string
	Plugin   string // its id, "" where the viewer may not look at it
	Title    string
	Channel  Channel
	Version  int
	State    plugins.InstallState
	Problem  string
	Commands []string
	Manage   bool
	Wished   int    // the version that waits for an approval, 0 where none does
	Mark     string // names what waits
}

// NewPlugin is the page on which a plugin begins.
type NewPlugin struct {
	Shell
	Model        string // "" where no model is configured
	Templates    []plugins.Template
	Name         string
	Description  string
	Requirements string
	Template     string // that is chosen
	Improves     bool   // a model can say more clearly what is wanted
	Rewording    Rewording
	Wrong        Wrong
}

// Workbench is the page of one plugin.
type Workbench struct {
	Shell
	Plugin   Plugin
	Own      bool
	Tab      string
	Model    string // "" where no model is configured
	Talk     PluginTalk
	Version  int // that is looked at
	Entries  []plugins.Entry
	File     *SourceFile
	Changes  *PluginChanges
	Build    *plugins.Build
	Try      *PluginTry
	Versions []PluginVersion
	More     *PluginMore
	Installs *PluginInstalls
	Cost     plugins.Estimate // of an answer
	Improves bool             // a model can say more clearly what is wanted
	Posted   bool             // this is the answer to a form
}

// BenchPath returns the address of a tab of a plugin beside a conversation, "" for the newest one.
func BenchPath(name, talk, tab string, query ...string) string {
	values := url.Values{}
	for i, pairs := 0, append(query, "tab", tab, "conversation", talk); i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	if len(values) == 0 {
		return PluginPath(name)
	}
	return PluginPath(name) + "?" + values.Encode()
}

// AnswerPath is where an answer about a plugin of the viewer's stands.
func AnswerPath(name string, e plugins.Exchange) string {
	return BenchPath(name, e.ConversationID, "") + "#t-" + e.ID
}

func (w Workbench) path(tab string, query ...string) string {
	name := w.Plugin.Name
	if !w.Own {
		name = w.Plugin.ID // the viewer may have one of the same name
	}
	return BenchPath(name, w.Talk.ID, tab, query...)
}

// address is where the page can be read that answers to a form, "" where it was read.
func (w Workbench) address() string {
	switch {
	case !w.Posted:
		return ""
	case w.File != nil && w.File.New:
		return w.path(w.Tab, "new", "1")
	case w.File != nil && w.File.Editing:
		return w.path(w.Tab, "file", w.File.Path, "edit", "1")
	}
	return w.path(w.Tab)
}

// PluginTalk is what was said with a model.
type PluginTalk struct {
	ID     string // "" for a new one
	Others []plugins.Conversation
	Turns  []PluginTurn
	Older  string // where older turns begin, "" for none
	Ask    string // kept after a refusal
	Wrong  Wrong

	Rewording Rewording // of Ask
}

// PluginTurn is a question and its answer.
type PluginTurn struct {
	ID       string
	Talk     string // the conversation's id
	Ask      string
	HTML     string // the answer, rendered
	State    plugins.ExchangeState
	Problem  string
	Changes  []FileChange
	Base     int
	Version  int
	Built    *bool // whether what it made compiled, nil where it made nothing
	Footnote string
}

// FileChange names a file that an answer changed.
type FileChange struct {
	Type    plugins.OperationType
	File    string
	Added   int
	Removed int
}

func (c FileChange) sign() string {
	switch c.Type {
	case plugins.Create:
		return "+"
	case plugins.Delete:
		return "−"
	}
	return "~"
}

func (c FileChange) size() string {
	switch c.Type {
	case plugins.Create:
		return count(c.Added, "line", "lines")
	case plugins.Delete:
		return "deleted"
	}
	return "+" + strconv.Itoa(c.Added) + " −" + strconv.Itoa(c.Removed)
}

// PluginChanges is how two versions differ.
type PluginChanges struct {
	From, To int
	Files    []plugins.FileDiff
}

// PluginVersion is a version in the list of them.
type PluginVersion struct {
	Number int
	Note   string
	By     string
	At     time.Time
	Build  *plugins.Build
	Head   bool
}

// PluginMore is what else one may do with a plugin.
type PluginMore struct {
	Manifest string
	Wrong    Wrong
}

// PluginInstalls is where a plugin is installed and where it may be.
type PluginInstalls struct {
	Here     []Installed
	Channels []Channel // in which the viewer may install it
	Asking   []Channel // in which the viewer asks those who keep them
	Chosen   string    // kept after a refusal, as are the next two; Typed is nil before
	Ticked   []string
	Typed    map[string]string
	Asked    []PluginPermission
	Settings []PluginSetting
	Wrong    Wrong
}

// PluginPermission is something that a plugin asks for.
type PluginPermission struct {
	Name    string
	About   string
	Hosts   []string
	Granted bool
	// Locked says that the viewer may not grant it.
	Locked bool
}

// PluginSetting is something that who installs a plugin decides.
type PluginSetting struct {
	Key     string
	Label   string
	Help    string
	Kind    string // one of manifest's types
	Value   string // "" for a secret
	Filled  bool   // a secret is kept
	Options []string
	Unset   bool // it is a choice that may stay without a value
}

// Shown is the value that its field stands at.
func (s PluginSetting) Shown() string {
	switch s.Kind {
	case string(manifest.Boolean):
		return strconv.FormatBool(s.Value == "true")
	case string(manifest.Choice):
		if !s.Unset && !slices.Contains(s.Options, s.Value) {
			return s.Options[0]
		}
	}
	return s.Value
}

// SettingField is the name of the field of a setting in a form.
func SettingField(key string) string { return "set." + key }

func settingFieldNames(list []PluginSetting, more ...string) []string {
	for _, one := range list {
		more = append(more, SettingField(one.Key))
	}
	return more
}

// InstallView is the page of one plugin in one channel.
type InstallView struct {
	Shell
	Installed
	Installer   string // who answers for it
	Mine        bool   // the viewer does
	Outside     bool   // the viewer is an admin of the workspace who is not in the channel
	Asker       bool   // the viewer asked for what waits
	Wish        *InstallWish
	Answers     []manifest.Command
	Webhook     bool // it has one, or may have
	Secret      string
	Permissions []PluginPermission // that it asks for
	Update      int                // a newer version that the viewer may bring it to or ask for, 0 for none
	Asked       []PluginPermission // by that version
	Settings    []PluginSetting
	Runs        []plugins.Run
	Wrong       Wrong
}

// InstallWish is what waits for an approval.
type InstallWish struct {
	Asker       string
	First       bool // nothing was approved before
	Answers     []manifest.Command
	Permissions []PluginPermission
}

// InstallReview is what those read who approve a plugin.
type InstallReview struct {
	Shell
	Installed
	Bench Workbench // with what is looked at, and nothing to change
}

func (i Installed) path() string { return "/installs/" + i.ID }

// look says what the viewer does on its page.
func (i Installed) look() string {
	if i.Manage {
		return "Manage"
	}
	return "Look at"
}

// filesPath names a file of a version, "" for the first one.
func (i Installed) filesPath(version int, file string) string {
	values := url.Values{"version": {strconv.Itoa(version)}}
	if file != "" {
		values.Set("file", file)
	}
	return i.path() + "/files?" + values.Encode()
}

// overseer reports whether the viewer says what it may do: they keep the channel or are an admin of the workspace.
func (v InstallView) overseer() bool { return v.Manage || v.Outside }

// step is where a form goes that takes a step.
func (v InstallView) step(action string) string {
	if v.Outside {
		return "/admin/plugins/" + v.ID
	}
	return v.path() + "/" + action
}

// after is where an admin goes on after a step from outside of the channel.
func (v InstallView) after(action string) string {
	if action == "decline" && v.State == plugins.Asked {
		return "/admin/plugins"
	}
	return v.path()
}

// withheld are the permissions that it asks for and does not have.
func withheld(list []PluginPermission) (missing []PluginPermission) {
	for _, one := range list {
		if !one.Granted {
			missing = append(missing, one)
		}
	}
	return missing
}

func given(list []PluginPermission) (granted []PluginPermission) {
	for _, one := range list {
		if one.Granted {
			granted = append(granted, one)
		}
	}
	return granted
}

func secretHint(filled bool) string {
	if filled {
		return "Kept; write here to replace it"
	}
	return ""
}

func statusWord(s plugins.Status) string {
	switch s {
	case plugins.Success:
		return "Built"
	case plugins.Failed:
		return "Does not build"
	case plugins.Compiling:
		return "Building…"
	}
	return "Draft"
}

func statusIcon(s plugins.Status) string {
	switch s {
	case plugins.Success:
		return "check"
	case plugins.Failed:
		return "circle-alert"
	}
	return "clock"
}

// unbuilt says why the newest version is not the one that runs.
func unbuilt(s plugins.Status) string {
	if s == plugins.Failed {
		return "does not build"
	}
	return "is not built yet"
}

// place names where a problem is, as in "main.ts:3:14".
func problemPlace(p plugins.Problem) string {
	text := p.File
	if p.Line > 0 {
		text += ":" + strconv.Itoa(p.Line)
		if p.Column > 0 {
			text += ":" + strconv.Itoa(p.Column)
		}
	}
	return text
}

// diffSign is the mark of a changed line.
func diffSign(l plugins.DiffLine) string {
	switch {
	case l.Old == 0:
		return "+"
	case l.New == 0:
		return "-"
	}
	return " "
}

func diffClass(l plugins.DiffLine) string {
	switch {
	case l.Old == 0:
		return "came"
	case l.New == 0:
		return "went"
	}
	return ""
}

func diffNumber(l plugins.DiffLine) string {
	if l.New != 0 {
		return strconv.Itoa(l.New)
	}
	return strconv.Itoa(l.Old)
}

// splitPath splits a path into the folder and the name.
func splitPath(path string) (folder, name string) {
	at := strings.LastIndexByte(path, '/')
	return path[:at+1], path[at+1:]
}

func fileFolder(path string) string {
	folder, _ := splitPath(path)
	return folder
}

func fileName(path string) string {
	_, name := splitPath(path)
	return name
}

// numbers are the lines of a file, for its gutter.
func numbers(n int) []int {
	lines := make([]int, n)
	for i := range lines {
		lines[i] = i + 1
	}
	return lines
}

func (w Workbench) isHead() bool { return w.Version == w.Plugin.Head }

// lookedAt is the version as addresses name it, "" for the newest.
func (w Workbench) lookedAt() string {
	if w.isHead() {
		return ""
	}
	return strconv.Itoa(w.Version)
}

// diffAnchor names a file within a page of changes.
func diffAnchor(file string) string {
	return "d-" + strings.NewReplacer("/", "-", ".", "-", " ", "-").Replace(file)
}

// took writes milliseconds for people.
func took(ms int64) string {
	if ms < 1000 {
		return strconv.FormatInt(ms, 10) + " ms"
	}
	return strconv.FormatFloat(float64(ms)/1000, 'f', 1, 64) + " s"
}
