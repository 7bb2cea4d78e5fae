package handlers

import (
	"strings"
	"testing"

	"pegasus/chat"
)

func TestAnAdminKeepsChannelsWithoutBeingInThem(t *testing.T) {
	w := newWorld(t)
	boss, ada, ben := w.admin("boss"), w.join("ada"), w.join("ben")
	open := w.channel(ada, "open-plans", chat.Public, ben)
	hidden := w.channel(ada, "hidden-plans", chat.Private, ben)
	w.say(ada, hidden.ID, "a secret plan")
	w.get(boss, "/admin/channels").want(200, "open-plans", "hidden-plans", "private", "general")
	if found := w.get(boss, "/admin/channels?q=open").want(200, "open-plans").Body.String(); strings.Contains(found, "hidden-plans") {
		t.Error("the search finds what it was not asked for")
	}
	page := w.get(boss, "/admin/channels/"+open.ID).want(200, "Name ada").Body.String()
	if strings.Contains(page, "Name ben") {
		t.Error("a member is listed among the owners")
	}
	w.post(boss, "/admin/channels/"+open.ID, "action", "owner", "owner", "@ben").sends("/admin/channels/" + open.ID)
	w.post(boss, "/admin/channels/"+open.ID, "action", "member", "user_id", ada.ID).sends("/admin/channels/" + open.ID)
	w.post(boss, "/admin/channels/"+open.ID, "action", "member", "user_id", ben.ID).want(409, "needs an admin")
	w.post(boss, "/admin/channels/"+open.ID, "action", "owner", "owner", "boss").want(400).faults("owner-", "owner").keeps("owner", "boss")
	w.post(boss, "/admin/channels/"+open.ID, "action", "owner", "owner", "nobody").want(400).faults("owner-", "owner")

	closed := w.get(boss, "/admin/channels/"+hidden.ID).want(200, "only its members see").Body.String()
	for _, no := range []string{"Name ada", "Name ben", "secret plan"} {
		if strings.Contains(closed, no) {
			t.Errorf("of a private channel an admin sees %q", no)
		}
	}
	w.post(boss, "/admin/channels/"+hidden.ID, "action", "owner", "owner", "ben").want(403)
	w.get(boss, "/chat/"+hidden.ID).want(404)
	w.post(boss, "/admin/channels/"+hidden.ID, "action", "archive").sends("/admin/channels/" + hidden.ID)
	w.post(ada, "/chat/"+hidden.ID+"/messages", "content", "late").want(404)
	w.get(boss, "/admin/channels?show=archived").want(200, "hidden-plans")
	w.post(boss, "/admin/channels/"+hidden.ID, "action", "restore").sends("/admin/channels/" + hidden.ID)
	w.say(ada, hidden.ID, "back again")
	w.post(boss, "/admin/channels/"+w.general().ID, "action", "archive").want(403)
	w.get(boss, "/admin/audit?action=channel.archived").want(200, "name: hidden-plans", "@boss")
	talk, _, err := w.chat.DirectChannel(t.Context(), ada.User, ben.ID)
	must(t, err)
	w.get(boss, "/admin/channels/"+talk.ID).want(404)
}
