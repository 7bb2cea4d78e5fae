package handlers

import (
	"strings"
	"testing"

	"pegasus/id"
	"pegasus/plugins"
)

// diceManifest is of a plugin with one command.
const diceManifest = `{"api":1,"name":"dice","title":"Dice","commands":[{"name":"roll","hint":"[count]d[sides]","help":"Rolls dice."}]}`

// asking stores a conversation of somebody's about a plugin, with nothing said in it.
func (w *world) asking(who *actor, p plugins.Plugin, title string) plugins.Conversation {
	w.t.Helper()
	c := plugins.Conversation{ID: id.New(now()), PluginID: p.ID, UserID: who.ID, Title: title, CreatedAt: now(), UpdatedAt: now()}
	must(w.t, w.store.CreateConversation(w.t.Context(), c))
	return c
}

func TestOldAddressesOfTheWorkbenchUnderChatLeadThere(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	p := w.BuiltPlugin(t, ada.User, "my dice", diceManifest, "x")
	c := w.asking(ada, p, "first")
	for path, want := range map[string]string{
		"/chat?pluginName=My+dice":                                    "/plugins/my%20dice",
		"/chat?conversationId=" + c.ID:                                "/plugins/my%20dice?conversation=" + c.ID,
		"/chat?conversationId=" + c.ID + "&pluginName=other":          "/plugins/my%20dice?conversation=" + c.ID,
		"/chat?conversationId=gone&pluginName=my+dice":                "/plugins/my%20dice",
		"/chat?conversationId=gone":                                   "/plugins",
		"/chat?pluginName=":                                           "/plugins",
		"/chat?pluginName=%2F%2Fevil.example.test&conversationId=%00": "/plugins",
	} {
		w.get(ada, path).sends(want)
	}
	w.get(ben, "/chat?conversationId="+c.ID).sends("/plugins")
	w.get(ben, "/chat?pluginName=my+dice").sends("/plugins")
	w.get(ada, "/chat").want(200)
}

// projectOf makes a plugin of somebody's with one file.
func (w *world) projectOf(who *actor, name, file, content string) plugins.Plugin {
	w.t.Helper()
	p, err := w.Plugins.CreatePlugin(w.t.Context(), who.User, plugins.NewPlugin{Name: name})
	must(w.t, err)
	w.write(who, p.ID, 0, file, content)
	return p
}

func (w *world) write(who *actor, pluginID string, base int, file, content string) {
	w.t.Helper()
	change := plugins.Change{Type: plugins.Create, File: file, Content: content}
	_, err := w.Plugins.WriteFiles(w.t.Context(), who.User, pluginID, plugins.Write{Base: base, Changes: []plugins.Change{change}})
	must(w.t, err)
}

// files are what a plugin's newest version has, as "path=content" each.
func (w *world) files(who *actor, p plugins.Plugin) string {
	w.t.Helper()
	files, err := w.Plugins.Files(w.t.Context(), who.User, p.ID, 0)
	must(w.t, err)
	var all []string
	for _, f := range files {
		all = append(all, f.Path+"="+strings.TrimSpace(f.Content))
	}
	return strings.Join(all, " ")
}

func TestANewFileThatIsRefusedCanBeNamedAnewAndOverwritesNone(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	p := w.projectOf(ada, "dice", "main.ts", "one\n")
	w.get(ada, "/plugins/dice?tab=files&new=1").want(200).keeps("new", "1", "path", "")
	refused := w.post(ada, "/plugins/dice/files", "new", "1", "base", "1", "path", "../evil", "content", "two", "action", "save")
	refused.want(422, "begins with a dot").keeps("new", "1", "path", "../evil", "content", "two")
	refused = w.post(ada, "/plugins/dice/files", "new", "1", "base", "1", "path", "main.ts", "content", "two", "action", "save")
	refused.want(422, "There is a file of this name").keeps("path", "main.ts", "content", "two").blames("path")
	if got := w.files(ada, p); got != "main.ts=one" {
		t.Errorf("the plugin has %s", got)
	}
	w.post(ada, "/plugins/dice/files", "new", "1", "base", "1", "path", "more.ts", "content", "two", "action", "save").sends("/plugins/dice?tab=files&file=more.ts")
	w.post(ada, "/plugins/dice/files", "base", "2", "path", "main.ts", "content", "three", "action", "save").sends("/plugins/dice?tab=files&file=main.ts")
	if got := w.files(ada, p); got != "main.ts=three more.ts=two" {
		t.Errorf("the plugin has %s", got)
	}
	w.post(ada, "/plugins/dice/files", "base", "2", "path", "main.ts", "content", "four", "action", "save").
		want(422, "Somebody made a newer version meanwhile. Copy what you wrote").keeps("path", "main.ts", "content", "four")
}
