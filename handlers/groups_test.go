package handlers

import (
	"strings"
	"testing"

	"pegasus/chat"
)

func TestAGroupIsMadeAndManaged(t *testing.T) {
	w := newWorld(t)
	ada, ben, boss := w.join("ada"), w.join("ben"), w.admin("boss")
	w.get(ada, "/groups").want(200, "No groups yet")
	w.post(ada, "/groups", "handle", "design").want(403)
	w.post(boss, "/groups", "handle", "ada").want(409, "A person or another group has this name already.").blames("handle")
	w.post(boss, "/groups", "handle", "everyone").want(400).blames("handle")
	w.post(boss, "/groups", "handle", "@Design", "name", "The <designers>").sends("/groups/design")
	w.post(boss, "/groups/design/members", "action", "add", "user", "@ada").sends("/groups/design")
	w.post(boss, "/groups/design/members", "action", "add", "user", "nobody").want(400, "Nobody here has this username.").blames("user").keeps("user", "nobody")
	w.get(ben, "/groups").want(200, "@design", "The &lt;designers&gt;", "1 person")
	w.get(ben, "/groups/design").want(200, "Name ada")
	w.get(ben, "/users/"+ada.ID).want(200, `href="/groups/design"`)
	w.get(ada, "/chat").want(200, `data-groups="design"`)
	w.get(ben, "/groups/none").want(404)

	w.post(ada, "/groups/design/members", "action", "add", "user", "ben").want(403)
	w.post(ada, "/groups/design", "action", "delete").want(403)
	w.post(boss, "/groups/design", "action", "change", "handle", "design", "name", "Design", "open", "yes").sends("/groups/design")
	w.post(ada, "/groups/design/members", "action", "add", "user", "ben").sends("/groups/design")
	w.post(ben, "/groups/design/members", "action", "remove", "user", ben.ID).sends("/groups/design")
	w.post(ben, "/groups/design/members", "action", "add", "user", "ben").want(403)
	w.post(ben, "/profile", "name", "Ben", "username", "design", "status", "online").want(409)
	w.post(boss, "/groups/design", "action", "delete").sends("/groups")
	w.get(boss, "/groups/design").want(404)
}

func TestAGroupIsProposedAndCalled(t *testing.T) {
	w := newWorld(t)
	ada, ben, eve, boss := w.join("ada"), w.join("ben"), w.join("eve"), w.admin("boss")
	_, err := w.chat.CreateGroup(t.Context(), boss.User, chat.GroupDraft{Handle: "design"})
	must(t, err)
	for _, u := range []*actor{ada, ben} {
		_, err = w.chat.AddToGroup(t.Context(), boss.User, "design", u.ID)
		must(t, err)
	}
	path := "/chat/" + w.general().ID
	if got := w.get(eve, path+"/complete?kind=person&q=des").want(200).proposed(); !strings.Contains(got, "@design") {
		t.Errorf("proposed are %s", got)
	}
	w.say(ada, w.general().ID, "look, @design")
	w.get(eve, path).want(200, `<span class="mention" data-mention="design">@design</span>`)
	w.get(ben, "/mentions").want(200, "look,")
	for _, who := range []*actor{ada, eve} {
		if strings.Contains(w.get(who, "/mentions").want(200).Body.String(), "look,") {
			t.Errorf("%s is called too", who.name)
		}
	}
}
