package handlers

import (
	"fmt"
	"strings"
	"testing"

	"pegasus/chat"
)

func TestAnAnnouncementChannelSaysWhyOneCannotWrite(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "news", chat.Public, ben)
	path := "/chat/" + c.ID
	w.post(ada, path+"/edit", "name", "news", "type", "public", "posting", "admins", "mentioning", "admins", "inviting", "admins").sends(path)
	w.get(ada, path).want(200, "data-composer")
	page := w.get(ben, path).want(200, "Only admins post in this channel")
	if strings.Contains(page.Body.String(), "data-composer") {
		t.Error("who may not write has a box to write in")
	}
	w.post(ben, path+"/messages", "content", "me too").want(403)
	w.post(ben, path+"/topic", "topic", "mine").want(403)
	w.get(ben, path+"/about").want(200, "Admins of the channel")
	cy := w.join("cy")
	w.get(ada, path+"/members?q=cy").want(200, "Find or add people", `value="`+cy.ID+`"`)
	if page := w.get(ben, path+"/members?q=cy").want(200, "Nobody matches").Body.String(); strings.Contains(page, "Find or add people") || strings.Contains(page, cy.ID) {
		t.Error("who may not add people is offered it")
	}
	w.post(ada, path+"/edit", "name", "news", "type", "public", "posting", "nobody").want(400).blames("posting")
	w.post(ada, path+"/topic", "topic", "Today: boats").sends(path)
	w.get(ben, path).want(200, "Today: boats")
	w.post(ada, path+"/topic", "topic", strings.Repeat("t", 251)).want(400).blames("topic")
}

func TestAPrivateChannelBecomesPublicOnlyWithAWord(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "plans", chat.Private)
	w.say(ada, c.ID, "canary-text")
	path := "/chat/" + c.ID
	w.post(ada, path+"/edit", "name", "plans", "type", "public").want(400, "read what was said").blames("confirm")
	w.get(ben, path).want(404)
	w.post(ada, path+"/edit", "name", "plans", "type", "public", "confirm", "yes").sends(path)
	w.get(ben, path).want(200, "Join plans")
	w.post(ada, path+"/edit", "name", "plans", "type", "private").sends(path)
	w.post(ben, path+"/join").want(404)
	w.get(ben, path).want(404)
}

func TestAnArchivedChannelIsReadAndComesBack(t *testing.T) {
	w := newWorld(t)
	ada, ben, cyd := w.join("ada"), w.join("ben"), w.join("cyd")
	c := w.channel(ada, "old", chat.Public, ben)
	w.say(ben, c.ID, "from then")
	path := "/chat/" + c.ID
	w.post(ada, path+"/archive").want(303)
	w.get(ben, "/channels?show=archived").want(200, ">Read<", path)
	w.get(ben, "/channels?show=archived&q=nothing").want(200, "No channel matches")
	if strings.Contains(w.get(cyd, "/channels?show=archived").Body.String(), path) {
		t.Error("who was not in it finds it")
	}
	w.get(ben, path).want(200, "from then", "archived")
	w.post(ben, path+"/messages", "content", "x").want(404)
	w.post(ben, path+"/unarchive").want(403)
	w.post(ada, path+"/unarchive").sends(path)
	w.post(ben, path+"/messages", "content", "x").want(303)
}

func TestManyChannelsAreBrowsedInPagesAndOrders(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	for i := range browsePage + 20 {
		w.channel(ada, fmt.Sprintf("room%03d", i), chat.Public)
	}
	busy := w.channel(ada, "zz-busy", chat.Public, ben)
	w.say(ada, busy.ID, "hello")
	for _, sort := range []string{"name", "activity", "members"} {
		seen := 0
		for path := "/channels?sort=" + sort; path != ""; {
			page := w.get(ben, path).want(200)
			list := nodes(t, page, "li")
			for _, n := range list {
				if attribute(n, "data-room") != "" {
					seen++
				}
			}
			path = ""
			for _, a := range nodes(t, page, "a") {
				if attribute(a, "class") == "edge" {
					path = attribute(a, "href")
				}
			}
		}
		if seen != browsePage+22 { // and general
			t.Errorf("by %s %d channels are seen", sort, seen)
		}
	}
	w.get(ben, "/channels?q=BUSY").want(200, "zz-busy", "Leave zz-busy")
}

func TestAModeratorMutesFromTheMembersPanel(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "work", chat.Public, ben)
	path := "/chat/" + c.ID
	w.script(ada, "POST", path+"/members", "action", "mute-60", "user_id", ben.ID).want(200, "Muted", "Let them write again")
	w.get(ben, path).want(200, "You are muted in this channel until")
	w.post(ben, path+"/messages", "content", "x").want(403)
	w.script(ada, "POST", path+"/members", "action", "mute-0", "user_id", ben.ID).want(200, "Mute for a day")
	w.post(ben, path+"/messages", "content", "x").want(303)
	w.script(ben, "POST", path+"/members", "action", "mute-60", "user_id", ada.ID).want(200, `role="alert"`)
}

func TestAReportedMessageIsSettledFromTheQueue(t *testing.T) {
	w := newWorld(t)
	boss, ada, ben := w.admin("boss"), w.join("ada"), w.join("ben")
	m := w.say(ben, w.general().ID, "canary-text")
	path := "/chat/" + m.ChannelID + "/messages/" + m.ID + "/report"
	w.get(ada, "/chat/"+m.ChannelID).want(200, path)
	w.get(ada, path).want(200, "canary-text")
	w.post(ada, path, "reason", " ").want(400).blames("reason")
	w.post(ada, path, "reason", "<b>rude</b>").want(303)
	w.post(ada, path, "reason", "rude").want(409)
	w.get(boss, "/chat").want(200, `href="/admin/reports"`)
	w.get(boss, "/admin/reports").want(200, "canary-text", "&lt;b&gt;rude", "Delete message")
	w.post(boss, "/admin/reports/"+m.ID, "action", "delete").sends("/admin/reports")
	w.get(boss, "/admin/reports").want(200, "Nothing is reported")
	if strings.Contains(w.get(ada, "/chat/"+m.ChannelID).Body.String(), "canary-text") {
		t.Error("the message is still there")
	}
}

func TestChannelsStandInSectionsOfOnesOwn(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "plans", chat.Public, ben)
	path := "/chat/" + c.ID
	w.post(ada, path+"/section", "section", "*").sends(path)
	w.get(ada, "/chat").want(200, ">Favourites<")
	w.post(ada, path+"/section", "section", " My  <b>boats</b> ").sends(path)
	w.get(ada, "/chat").want(200, "My &lt;b&gt;boats&lt;/b&gt;", "/sidebar?section=")
	if strings.Contains(w.get(ben, "/chat").Body.String(), "boats") {
		t.Error("others see it")
	}
	w.post(ada, path+"/section", "section", strings.Repeat("s", 41)).want(400)
	w.post(ada, "/sidebar", "section", "My <b>boats</b>", "name", strings.Repeat("s", 41)).want(400).blames("name")
	w.post(ada, "/sidebar", "section", "*", "name", "x").want(400)
	w.post(ada, "/sidebar", "section", "My <b>boats</b>", "name", "Ships").sends("/chat")
	w.get(ada, path+"/about").want(200, `value="Ships"`)
	w.post(ada, "/sidebar", "section", "Ships", "action", "dissolve").sends("/chat")
	if strings.Contains(w.get(ada, "/chat").Body.String(), "Ships") {
		t.Error("the section is still there")
	}
}
