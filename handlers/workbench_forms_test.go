package handlers

import (
	"strings"
	"testing"

	"pegasus/chat"
	"pegasus/plugins"
)

const morningManifest = `{"api":1,"name":"morning","title":"Morning","commands":[{"name":"morning"}],"permissions":["schedule","webhook","storage"],
	"triggers":{"schedules":[{"name":"dawn","at":"06:00"}],"webhook":true},
	"settings":[{"key":"cups","label":"Cups","type":"number","default":1000000},{"key":"kind","label":"Kind","type":"choice","options":["tea","coffee"],"default":"tea"},
		{"key":"token","label":"Token","type":"secret"}]}`

func TestARefusedInstallFormStaysAtItsAddressWithWhatWasFilledIn(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.channel(ada, "games", chat.Public)
	p := w.BuiltPlugin(t, ada.User, "morning", morningManifest, "x")
	older := w.asking(ada, p, "older")
	w.asking(ada, p, "newer")
	address := "/plugins/morning?conversation=" + older.ID + "&amp;tab=install"
	refused := w.post(ada, "/plugins/morning/install", "conversation", older.ID, "channel", c.ID, "permission", "storage",
		"set.cups", "many", "set.kind", "coffee", "set.token", "hidden-token")
	refused.want(422, `data-address="`+address+`"`, `aria-current>older`, "Write a number", `value="coffee" selected`, `value="storage" checked`,
		`value="`+c.ID+`" selected`).keeps("set.cups", "many", "conversation", older.ID).blames("set.cups")
	page := refused.Body.String()
	if strings.Contains(page, "hidden-token") {
		t.Error("the page shows a secret")
	}
	if strings.Contains(page, `value="schedule" checked`) {
		t.Error("what was not ticked is")
	}
	w.get(ada, "/plugins/morning?tab=install").want(200, `value="schedule" checked`).keeps("set.cups", "1000000")
	w.post(ada, "/plugins/morning/install", "channel", "").want(404)
}

func TestARefusedSettingsFormOfAnInstallKeepsWhatWasTyped(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.channel(ada, "games", chat.Public)
	p := w.BuiltPlugin(t, ada.User, "morning", morningManifest, "x")
	i, err := w.Plugins.Install(t.Context(), ada.User, p.ID, c.ID, plugins.Wish{Settings: map[string]string{"token": "first-token", "cups": "2"}})
	must(t, err)
	path := "/installs/" + i.ID
	refused := w.post(ada, path+"/settings", "set.cups", "many <b>", "set.kind", "coffee", "set.token", "second-token")
	refused.want(422, "Write a number", `value="coffee" selected`, "Kept; write here").keeps("set.cups", "many <b>", "set.token", "").blames("set.cups")
	page := refused.Body.String()
	if strings.Contains(page, "second-token") || strings.Contains(page, "first-token") {
		t.Error("the page shows a secret")
	}
	if strings.Count(page, "Write a number") != 1 {
		t.Error("what is wrong does not stand beside its field alone")
	}
	w.post(ada, path+"/settings", "set.kind", "wine").want(422).keeps("set.cups", "2").blames("set.kind")
	w.get(ada, path).want(200, `value="tea" selected`).keeps("set.cups", "2")
	w.post(ada, path+"/settings", "set.cups", "3", "set.kind", "coffee").sends(path)
	w.get(ada, path).want(200, `value="coffee" selected`).keeps("set.cups", "3")
}

func TestAWorkbenchWhoseConversationWasDeletedLosesNothing(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.channel(ada, "games", chat.Public)
	p := w.BuiltPlugin(t, ada.User, "morning", morningManifest, "x")
	gone := w.asking(ada, p, "gone")
	path := "/plugins/morning"
	must(t, w.Plugins.DeleteConversation(t.Context(), ada.User, gone.ID))
	talk := []string{"conversation", gone.ID}
	at := w.post(ada, path+"/files", append(talk, "base", "1", "path", "b.ts", "content", "kept", "action", "save", "new", "1")...).want(303).Header().Get("Location")
	w.get(ada, at).want(200, "kept").keeps("conversation", "")
	w.post(ada, path+"/files", append(talk, "base", "1", "path", "main.ts", "content", "typed", "action", "save")...).want(422).keeps("content", "typed")
	w.post(ada, path+"/try", append(talk, "way", "schedule", "schedule", "dawn", "set.cups", "many")...).want(422).keeps("set.cups", "many")
	w.post(ada, path+"/install", append(talk, "channel", c.ID, "set.cups", "many")...).want(422).keeps("set.cups", "many")
	w.post(ada, path+"/ask", append(talk, "message", "a long wish")...).want(422, "a long wish", "That conversation was deleted")
	other := w.asking(ada, p, "still here")
	w.get(ada, at).want(200, `aria-current>still here`)
	w.post(ada, path+"/ask", append(talk, "message", "a long wish")...).want(422, "a long wish").keeps("conversation", other.ID)
}

func TestATryIsCalledByWhatIsChosenWithTheSettingsFilledIn(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	w.BuiltPlugin(t, ada.User, "morning", morningManifest, "x")
	w.get(ada, "/plugins/morning?tab=try").want(200, "Something written", "A time that has come", "A webhook delivery", `<option value="dawn">`).
		keeps("set.cups", "1000000", "set.token", "")
	try := func(fields ...string) answered {
		return w.post(ada, "/plugins/morning/try", append([]string{"set.cups", "3", "set.kind", "tea", "set.token", "hidden-token"}, fields...)...)
	}
	try("way", "schedule", "schedule", "dawn").want(200, "The time <code>dawn</code> has come", `value="schedule" checked`).keeps("set.cups", "3", "set.token", "")
	try("way", "webhook", "body", `{"a":"<b>"}`).want(200, "was delivered to its webhook", `{&#34;a&#34;:&#34;&lt;b&gt;&#34;}`)
	long := strings.Repeat("x", 99) + "\r\n"
	try("way", "webhook", "body", strings.Repeat(long, plugins.MaxHook/100)).want(200, "was delivered to its webhook", "x\nx")
	try("way", "text", "text", "/morning").want(200, "<code>/morning</code>")
	try("way", "schedule", "schedule", "dusk").want(422, "no schedule of this name").blames("schedule")
	try("way", "text", "text", "").want(422).blames("text")
	try("way", "webhook", "body", strings.Repeat("x", plugins.MaxHook+1)).want(422, "at most 64 KB").blames("body")
	w.post(ada, "/plugins/morning/try", "way", "schedule", "schedule", "dawn", "set.cups", "many").want(422, "Write a number", "details class=\"try-settings\" open").
		blames("set.cups").keeps("set.cups", "many")
	w.post(ben, "/plugins/morning/try", "way", "schedule", "schedule", "dawn").want(404)
	plain := w.BuiltPlugin(t, ada.User, "dice", diceManifest, "x")
	page := w.get(ada, "/plugins/"+plain.ID+"?tab=try").want(200, `type="hidden" name="way" value="text"`).Body.String()
	if strings.Contains(page, "Settings to try it with") || strings.Contains(page, `type="radio"`) {
		t.Error("there is more to choose than the plugin has")
	}
}

func TestSettingsOfATryStandOpenOnceTheyWereTouched(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.BuiltPlugin(t, ada.User, "plain", `{"api":1,"name":"plain","title":"Plain","commands":[{"name":"plain"}],
		"settings":[{"key":"loud","label":"Loud","type":"boolean"},{"key":"kind","label":"Kind","type":"choice","options":["tea","coffee"]}]}`, "x")
	const open = `<details class="try-settings" open>`
	try := func(loud, kind string) string {
		return w.post(ada, "/plugins/plain/try", "way", "text", "text", "/plain", "set.loud", loud, "set.kind", kind).want(200, `<option value="">Not set`).Body.String()
	}
	if strings.Contains(try("false", ""), open) {
		t.Error("what nobody touched stands open")
	}
	for _, touched := range [][2]string{{"true", ""}, {"false", "tea"}} {
		if !strings.Contains(try(touched[0], touched[1]), open) {
			t.Errorf("%v is hidden", touched)
		}
	}
	w.get(ada, "/plugins/plain?tab=install").want(200, `<option value="">Not set`)
	w.BuiltPlugin(t, ada.User, "morning", morningManifest, "x")
	if strings.Contains(w.get(ada, "/plugins/morning?tab=try").want(200).Body.String(), "Not set") {
		t.Error("a choice with a default can be left without a value")
	}
}

func TestAConversationIsDeletedAfterAQuestionAndTheFilesStay(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	p := w.projectOf(ada, "dice", "main.ts", "one\n")
	other := w.projectOf(ada, "other", "main.ts", "one\n")
	c := w.asking(ada, p, "<first>")
	path := "/plugins/dice/conversations/" + c.ID + "/delete"
	w.get(ada, "/plugins/dice").want(200, `href="`+path+`"`, "New conversation")
	w.get(ada, path).want(200, "&lt;first&gt;", "Keep it")
	w.get(ben, path).want(404)
	w.post(ben, path).want(404)
	w.post(ada, "/plugins/"+other.ID+"/conversations/"+c.ID+"/delete").want(404)
	w.post(ada, path).sends("/plugins/dice")
	w.get(ada, path).want(404)
	w.post(ada, path).want(404)
	page := w.get(ada, "/plugins/dice").want(200, "The conversation was deleted").Body.String()
	if strings.Contains(page, "&lt;first&gt;") {
		t.Error("it is still there")
	}
	if got := w.files(ada, p); got != "main.ts=one" {
		t.Errorf("the plugin has %s", got)
	}
}

func TestAFileIsLockedAndGivenBack(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	p := w.projectOf(ada, "dice", "main.ts", "one\n")
	lock := func(who *actor, action, file string) answered {
		return w.post(who, "/plugins/dice/files", "action", action, "path", file)
	}
	w.get(ada, "/plugins/dice?tab=files&file=main.ts").want(200, `value="lock"`)
	lock(ben, "lock", "main.ts").want(404)
	lock(ada, "lock", "gone.ts").want(404)
	lock(ada, "lock", "main.ts").sends("/plugins/dice?file=main.ts&tab=files")
	w.get(ada, "/plugins/dice?tab=files&file=main.ts").want(200, "No answer changes main.ts", `value="unlock"`, ">Locked<", ">locked<")
	w.post(ada, "/plugins/dice/files", "base", "1", "path", "main.ts", "content", "two", "action", "save").sends("/plugins/dice?file=main.ts&tab=files")
	lock(ada, "unlock", "main.ts").sends("/plugins/dice?file=main.ts&tab=files")
	if got := w.files(ada, p); got != "main.ts=two" {
		t.Errorf("the plugin has %s", got)
	}
}
