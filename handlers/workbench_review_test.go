package handlers

import (
	"regexp"
	"strings"
	"testing"

	"pegasus/chat"
	"pegasus/plugins"
)

const countManifest = `{"api":1,"name":"count","title":"Count","commands":[{"name":"count","hint":"what","help":"Counts things."}],
	"permissions":["storage","network"],"hosts":["api.example.test"]}`

func TestAMemberAsksForTheirPluginAndAKeeperReadsAndApprovesIt(t *testing.T) {
	w := newWorld(t)
	ada, ben, eve := w.join("ada"), w.join("ben"), w.join("eve")
	c := w.channel(ada, "games", chat.Private, ben, eve)
	p := w.BuiltPlugin(t, ben.User, "count", countManifest, "one();")
	w.get(ben, "/plugins/"+p.ID+"?install="+c.ID).want(200, "Where others approve it first", `value="`+c.ID+`" selected`, "Ask for it")
	w.get(ada, "/plugins/"+p.ID+"?install="+c.ID).want(404)
	asked := w.post(ben, "/plugins/"+p.ID+"/install", "channel", c.ID, "permission", "storage")
	path := asked.Header().Get("Location")
	asked.sends(path)
	if !strings.HasPrefix(path, "/installs/") {
		t.Fatalf("it goes on at %s", path)
	}
	w.get(ben, path).want(200, "Take it back", "Somebody else who keeps order here has to approve it")
	w.get(ben, path+"/files").want(200, "one")
	if page := w.get(eve, path).want(200, "Waits for approval").Body.String(); strings.Contains(page, "Read its files") || strings.Contains(page, "Approve<") {
		t.Error("whoever is in the channel decides")
	}
	w.get(eve, path+"/files").want(403)
	page := w.get(ada, path).want(200, "Name ben asks for it", "/count what", "Counts things.", "Read its files", "Approve</button>", "Decline</button>", "Only an administrator may allow this").Body.String()
	w.get(ada, path+"/files").want(200, "main.ts")
	w.get(ada, path+"/files?version=2").want(404)
	w.get(ada, path+"/changes").want(200, "one();")
	wish := regexp.MustCompile(`name="wish" value="(\w+)"`).FindStringSubmatch(page)
	if wish == nil {
		t.Fatal("the page does not name what waits")
	}
	w.post(ben, path+"/approve", "wish", wish[1]).want(422)
	w.post(ada, path+"/approve").want(422, "Look at that first")
	w.post(ben, path+"/update", "version", "1").sends(path)
	w.post(ada, path+"/approve", "wish", wish[1]).want(422, "Look at that first")
	w.post(ben, path+"/update", "version", "1", "permission", "storage").sends(path)
	w.post(ada, path+"/approve", "wish", wish[1]).sends(path)
	w.get(ada, path).want(200, "Name ada answers for it", "Switch it off")

	w.BuiltVersion(t, p, 2, countManifest, "two();")
	w.get(ben, path).want(200, "Ask for version 2")
	w.post(ben, path+"/update", "version", "2", "permission", "storage").sends(path)
	w.get(ada, path).want(200, "asks for version 2", "Version 1 works on", "See what changes")
	w.get(ada, path+"/changes").want(200, "version 1 → 2", "two();")
	w.get(ada, path+"/files").want(200, "Version 2, which waits", "Version 1, installed")
	boss := w.admin("boss")
	w.get(boss, "/admin/plugins?show=waiting").want(200, `href="`+path+`"`, "Read and decide")
	w.get(boss, "/admin/plugins?show=off").want(200, "None is switched off.")
	w.post(ada, path+"/decline").sends(path)
	w.get(boss, "/admin/plugins?show=waiting").want(200, "Nothing waits for an approval.")
	w.get(ada, path).want(200, "Version 1 in")
}

func TestAnAdminLetsAPluginReachOtherServersFromOutsideOfItsChannel(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	c := w.channel(ada, "games", chat.Private)
	p := w.BuiltPlugin(t, ada.User, "count", countManifest, "one();")
	i, err := w.Plugins.Install(t.Context(), ada.User, p.ID, c.ID, plugins.Wish{})
	must(t, err)
	path := "/installs/" + i.ID
	w.get(ada, path).want(200, "What is not ticked it asks for, and was not granted", "Only an administrator may allow this")
	w.post(ada, path+"/permissions", "permission", "storage").sends(path)
	w.post(ada, path+"/permissions", "permission", "storage", "permission", "network").want(422, "Only admins")
	w.get(boss, "/admin/plugins").want(200, `href="`+path+`"`)
	page := w.get(boss, path).want(200, `action="/admin/plugins/`+i.ID+`"`, "api.example.test", "Read the files of version 1").Body.String()
	if strings.Contains(page, "Only an administrator") || strings.Contains(page, "Remove from") || strings.Contains(page, "Last calls") {
		t.Error("from outside there is too little or too much")
	}
	w.post(boss, "/admin/plugins/"+i.ID, "action", "permissions", "permission", "storage", "permission", "network", "returnTo", path).sends(path)
	i, err = w.store.Install(t.Context(), i.ID)
	must(t, err)
	if !i.Granted.Allows("network") || i.Granted.HostsBy != boss.ID || len(i.Granted.Hosts) != 1 || i.InstallerID != ada.ID {
		t.Errorf("it is %+v", i)
	}
	w.post(ada, "/admin/plugins/"+i.ID, "action", "permissions", "permission", "storage").want(403)
	w.post(ada, "/admin/plugins/"+i.ID, "action", "decline").want(403)
	w.post(boss, "/admin/plugins/"+i.ID, "action", "decline").want(409)
}

func TestAPluginOfSomebodyElseIsNamedByItsID(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	theirs, mine := w.BuiltPlugin(t, ada.User, "count", countManifest, "theirs();"), w.BuiltPlugin(t, ben.User, "count", countManifest, "mine();")
	shared := true
	_, err := w.Plugins.SavePlugin(t.Context(), ada.User, theirs.ID, plugins.PluginChange{Shared: &shared})
	must(t, err)
	w.get(ben, "/plugins").want(200, "/plugins/"+theirs.ID, "/plugins/count")
	w.get(ben, "/plugins/"+theirs.ID).want(200, "theirs", "/plugins/"+theirs.ID+"?tab=try")
	w.get(ben, "/plugins/"+mine.ID).want(200, "mine")
	w.get(ada, "/plugins/"+mine.ID).want(404)
}
