package handlers

import (
	"strings"
	"testing"

	"pegasus/chat"
	"pegasus/id"
	"pegasus/plugins"
	"pegasus/views"
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
	w.get(ada, "/plugins/dice").want(200, `href="/docs/guides/plugins"`)
	w.get(ada, "/docs/guides/plugins").want(200, "definePlugin")
	w.get(ada, "/plugins/dice?tab=files&new=1").want(200).keeps("new", "1", "path", "", "base", "1")
	refused := w.post(ada, "/plugins/dice/files", "new", "1", "base", "1", "path", "../evil", "content", "two", "action", "save")
	refused.want(422, "begins with a dot").keeps("new", "1", "path", "../evil", "content", "two")
	refused = w.post(ada, "/plugins/dice/files", "new", "1", "base", "1", "path", "main.ts", "content", "two", "action", "save")
	refused.want(422, "There is a file of this name").keeps("path", "main.ts", "content", "two").blames("path")
	if got := w.files(ada, p); got != "main.ts=one" {
		t.Errorf("the plugin has %s", got)
	}
	w.post(ada, "/plugins/dice/files", "new", "1", "base", "1", "path", "more.ts", "content", "two", "action", "save").sends("/plugins/dice?file=more.ts&tab=files")
	w.post(ada, "/plugins/dice/files", "base", "2", "path", "main.ts", "content", "three", "action", "save").sends("/plugins/dice?file=main.ts&tab=files")
	if got := w.files(ada, p); got != "main.ts=three more.ts=two" {
		t.Errorf("the plugin has %s", got)
	}
	w.post(ada, "/plugins/dice/files", "base", "2", "path", "main.ts", "content", "four", "action", "save").
		want(422, "Somebody made a newer version meanwhile. Yours is not saved", `/plugins/dice?from=2&amp;tab=changes&amp;to=3`).
		keeps("path", "main.ts", "content", "four", "base", "2", "newest", "3")
	w.post(ada, "/plugins/dice/files", "base", "2", "newest", "3", "path", "main.ts", "content", "four", "action", "save").want(422)
	w.write(ada, p.ID, 3, "main.ts", "five\n")
	w.post(ada, "/plugins/dice/files", "base", "2", "newest", "3", "path", "main.ts", "content", "four", "action", "overwrite").
		want(422, "Save over version 4").keeps("content", "four", "base", "2", "newest", "4")
	if got := w.files(ada, p); got != "main.ts=five more.ts=two" {
		t.Errorf("the plugin has %s", got)
	}
	w.post(ada, "/plugins/dice/files", "base", "2", "newest", "4", "path", "main.ts", "content", "four", "action", "overwrite").sends("/plugins/dice?file=main.ts&tab=files")
	if got := w.files(ada, p); got != "main.ts=four more.ts=two" {
		t.Errorf("the plugin has %s", got)
	}
}

func TestFormsOfTheWorkbenchStayBesideTheirConversation(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.channel(ada, "games", chat.Public)
	p := w.projectOf(ada, "dice", "main.ts", "one\n")
	w.write(ada, p.ID, 1, "main.ts", "two\n")
	p = w.BuiltVersion(t, p, 3, diceManifest, "x")
	older := w.asking(ada, p, "older")
	w.asking(ada, p, "newer")
	path, beside := "/plugins/dice", "conversation="+older.ID
	for _, tab := range []string{"files&file=main.ts&edit=1", "try", "versions", "more", "install"} {
		if tab == "files&file=main.ts&edit=1" {
			w.write(ada, p.ID, 3, "main.ts", "three\n")
		}
		page := w.get(ada, path+"?"+beside+"&tab="+tab).want(200)
		if n := strings.Count(page.Body.String(), `name="conversation" value="`+older.ID+`"`); n < 2 {
			t.Errorf("%s: %d forms know the conversation", tab, n)
		}
	}
	talk := []string{"conversation", older.ID}
	w.post(ada, path+"/files", append(talk, "base", "4", "path", "main.ts", "content", "four", "action", "save")...).
		sends(path + "?" + beside + "&file=main.ts&tab=files")
	w.post(ada, path+"/rollback", append(talk, "version", "1")...).sends(path + "?" + beside + "&tab=changes")
	w.post(ada, path+"/settings", append(talk, "pluginName", "dice")...).sends(path + "?" + beside + "&tab=more")
	for form, tab := range map[string]string{"/try": "tab=try", "/ask": ""} {
		want := path + "?" + strings.TrimSuffix(beside+"&amp;"+tab, "&amp;")
		w.post(ada, path+form, append(talk, "text", "", "channel", "")...).want(422, `data-address="`+want+`"`, `aria-current>older`)
	}
	w.post(ada, path+"/try", append(talk, "text", "/roll 2d6")...).want(200, "data-address=\""+path+"?"+beside+"&amp;tab=try\"")
	w.post(ada, path+"/files", append(talk, "new", "1", "base", "6", "path", ".x", "content", "x")...).want(422, "data-address=\""+path+"?"+beside+"&amp;new=1&amp;tab=files\"")
	w.get(ada, path+"?tab=try").want(200, `data-address=""`)
	w.post(ada, path+"/ask", "conversation", "", "message", " ").want(422).keeps("conversation", "")
}

func TestAPluginWhoseNameHasCommasHasAPage(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.BuiltPlugin(t, ada.User, "this; that, more?", diceManifest, "x")
	w.get(ada, views.PluginPath("this; that, more?")+"?tab=try").want(200, `maxlength="2000"`)
	w.get(ada, views.PluginPath("this; that, more?")).want(200, "this; that, more?")
	w.post(ada, views.PluginPath("this; that, more?")+"/try", "text", "/roll").want(200)
}

func TestATrySaysWhichVersionRuns(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	p := w.BuiltPlugin(t, ada.User, "dice", diceManifest, "x")
	page := w.post(ada, "/plugins/dice/try", "text", "/roll").want(200, "<span>Version 1</span>")
	if strings.Contains(page.Body.String(), "this is version") {
		t.Error("it warns of nothing")
	}
	w.write(ada, p.ID, 1, "main.ts", "@@")
	w.get(ada, "/plugins/dice?tab=try").want(200, "Version 2 is not built yet</a>; this is version 1")
	must(t, w.store.SaveBuild(t.Context(), p.ID, 2, plugins.Build{Problems: []plugins.Problem{{Text: "Unexpected"}}}, nil))
	w.post(ada, "/plugins/dice/try", "text", "/roll").want(200, "Version 2 does not build</a>; this is version 1", "<span>Version 1</span>")
	w.post(ada, "/plugins/dice/try", "action", "forget", "text", "").sends("/plugins/dice?tab=try")
	w.post(ben, "/plugins/dice/try", "action", "forget").want(404)
}

func TestOneFileIsTakenBackToWhatItWas(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	p := w.projectOf(ada, "dice", "main.ts", "one\n")
	w.write(ada, p.ID, 1, "main.ts", "two\n")
	w.write(ada, p.ID, 2, "more.ts", "new\n")
	w.get(ada, "/plugins/dice?tab=changes&from=1&to=3").want(200, `value="restore" aria-label="Take back main.ts"`, `value="restore" aria-label="Take back more.ts"`)
	if page := w.get(ada, "/plugins/dice?tab=changes&from=1&to=2").want(200); strings.Contains(page.Body.String(), "restore") {
		t.Error("what lies between old versions can be taken back")
	}
	back := func(who *actor, base, file, version string) answered {
		return w.post(who, "/plugins/dice/files", "action", "restore", "base", base, "path", file, "version", version)
	}
	back(ben, "3", "main.ts", "1").want(404)
	back(ada, "3", "main.ts", "9").want(404)
	back(ada, "3", "main.ts", "x").want(400)
	back(ada, "2", "main.ts", "1").want(409, "Somebody made a newer version meanwhile")
	back(ada, "3", "main.ts", "1").sends("/plugins/dice?tab=changes")
	if got := w.files(ada, p); got != "main.ts=one more.ts=new" {
		t.Errorf("the plugin has %s", got)
	}
	back(ada, "4", "more.ts", "2").sends("/plugins/dice?tab=changes")
	if got := w.files(ada, p); got != "main.ts=one" {
		t.Errorf("the plugin has %s", got)
	}
	back(ada, "5", "gone.ts", "1").want(400, "no such file")
}
