package handlers

import (
	"strings"
	"testing"

	"pegasus/chat"
	"pegasus/plugins"
)

// titles are what a page of /jump lists, in order.
func (a answered) titles() string {
	a.t.Helper()
	var all []string
	for _, n := range within(a.t, a, "jumps", "li") {
		all = append(all, attribute(n, "data-title"))
	}
	return strings.Join(all, "|")
}

func TestJumpingListsOnesOwnChannelsThenPagesAndActions(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "zoo", chat.Private, ben)
	w.say(ada, c.ID, "news")
	got := w.get(ben, "/jump").want(200, `action="/logout"`, `data-theme-choice="dark"`).titles()
	if !strings.HasPrefix(got, "zoo|general|") || !strings.Contains(got, "|Profile|") || strings.Contains(got, "Admin") {
		t.Errorf("ben may jump to %s", got)
	}
	if got := w.get(w.admin("boss"), "/jump").titles(); !strings.Contains(got, "|Admin|") {
		t.Errorf("an admin may jump to %s", got)
	}
}

func TestJumpingFindsByLettersInTheirOrder(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	w.channel(ben, "release-train", chat.Public)
	hidden := w.channel(ben, "release-secret", chat.Private)
	w.channel(ada, "old-release", chat.Private)
	page := w.get(ada, "/jump?q=release").want(200, "Not joined")
	if got := page.titles(); got != "release-train|old-release" || strings.Contains(page.Body.String(), hidden.ID) {
		t.Errorf("release leads to %s", got)
	}
	if got := w.get(ada, "/jump?q=rltr").titles(); got != "release-train" {
		t.Errorf("rltr leads to %s", got)
	}
	w.get(ada, "/jump?q=ben@example").want(200, `name="to" value="`+ben.ID+`"`, "Name ben")
	w.get(ada, "/jump?q=%40ben").want(200, `name="to" value="`+ben.ID+`"`)
	w.get(ada, "/jump?q=xqzj").want(200, "Nothing is called that", `/search?q=xqzj`)
	w.get(ada, "/jump?q="+strings.Repeat("a", 3000)).want(200)
	if got := w.get(ada, "/jump?q=sign+out").titles(); got != "Sign out" {
		t.Errorf("sign out leads to %s", got)
	}
}

func TestConversationsAreAmongOnesPlacesAndNamedOnce(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c, _, err := w.chat.DirectChannel(t.Context(), ada.User, ben.ID)
	must(t, err)
	w.say(ben, c.ID, "hello")
	if got := w.get(ada, "/jump").want(200, "/chat/"+c.ID).titles(); !strings.HasPrefix(got, "Name ben|general|") {
		t.Errorf("ada may jump to %s", got)
	}
	page := w.get(ada, "/jump?q=ben").want(200, `href="/chat/`+c.ID+`"`)
	if got := page.titles(); got != "Name ben|Browse channels" {
		t.Errorf("ben leads to %s", got)
	}
	if got := w.get(ada, "/jump?q=%40ben").titles(); got != "Name ben" {
		t.Errorf("@ben leads to %s", got)
	}
}

func TestJumpingFindsGroupsThatAreNotInTheSidebar(t *testing.T) {
	w := newWorld(t)
	ada, ben, cyd := w.join("ada"), w.join("ben"), w.join("cyd")
	group := w.talk(ada, ben, cyd)
	must(t, w.chat.HideConversation(t.Context(), ada.User, group.ID))
	if got := w.get(ada, "/jump?q=name+cyd").want(200, `href="/chat/`+group.ID+`"`).titles(); got != "Name cyd|Name ben, Name cyd" {
		t.Errorf("cyd leads to %s", got)
	}
	if page := w.get(w.join("eve"), "/jump?q=name+cyd").want(200); strings.Contains(page.Body.String(), group.ID) {
		t.Error("somebody else finds it")
	}
}

func TestJumpingKnowsPlugins(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	w.BuiltPlugin(t, ada.User, "dice roller", diceManifest, "x")
	shared, theirs := true, map[string]string{}
	for _, name := range []string{"dice tower", "dice roller", "hidden dice"} {
		p := w.BuiltPlugin(t, ben.User, name, diceManifest, "x")
		_, err := w.Plugins.SavePlugin(t.Context(), ben.User, p.ID, plugins.PluginChange{Shared: &shared})
		must(t, err)
		theirs[name] = `href="/plugins/` + p.ID + `"`
	}
	w.BuiltPlugin(t, ben.User, "dice of ben", diceManifest, "x")
	if got := w.get(ada, "/jump").want(200, `href="/plugins"`, `href="/create"`).titles(); !strings.HasPrefix(got, "general|dice roller|") {
		t.Errorf("ada may jump to %s", got)
	}
	page := w.get(ada, "/jump?q=DICE").want(200, theirs["dice tower"], theirs["dice roller"], `href="/plugins/dice%20roller"`, "Plugin by Name ben")
	if got := page.titles(); !strings.HasPrefix(got, "dice roller|dice roller|dice tower|") || strings.Contains(got, "hidden") || strings.Contains(got, "of ben") {
		t.Errorf("dice leads to %s", got)
	}
	if got := w.get(ada, "/jump?q=rllr").titles(); got != "dice roller" {
		t.Errorf("rllr leads to %s", got)
	}
}

func TestTheShortcutsAreAPage(t *testing.T) {
	w := newWorld(t)
	w.get(w.join("ada"), "/shortcuts").want(200, "Ctrl K", "Unread channel above or below", "Copy link")
}
