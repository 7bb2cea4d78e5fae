package handlers

import (
	"strings"
	"testing"

	"pegasus/chat"
)

func TestADraftIsThereOnTheNextPageAndGoesWithItsMessage(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "work", chat.Private, ben)
	path := "/chat/" + c.ID
	saved := w.script(ada, "POST", path+"/draft", "content", "dear all", "version", "0").want(204)
	version := saved.Header().Get("X-Draft-Version")
	if version == "" || version == "0" {
		t.Fatalf("the version is %q", version)
	}
	w.get(ada, path).want(200, `data-version="`+version+`"`).keeps("content", "dear all")
	w.get(ada, "/chat").want(200, "has a draft")
	w.get(ada, "/drafts").want(200, "dear all", `href="`+path+`"`)
	w.get(ben, path).keeps("content", "")
	if strings.Contains(w.get(ben, "/drafts").want(200).Body.String(), "dear all") {
		t.Error("somebody else reads a draft")
	}
	stale := w.script(ada, "POST", path+"/draft", "content", "older", "version", "0").want(409)
	if stale.Header().Get("X-Draft-Version") != version {
		t.Error("a script is not told which version stands")
	}
	w.script(ada, "POST", path+"/draft", "content", strings.Repeat("x", chat.MaxDraft+1), "version", version).want(400)
	w.post(ada, path+"/messages", "content", "dear all").sends(path)
	w.get(ada, path).keeps("content", "").want(200, `data-version="0"`)

	root := w.newest(ada, c.ID)
	w.script(ada, "POST", path+"/draft", "content", "in the thread", "root", root.ID, "version", "0").want(204)
	w.get(ada, path+"/thread/"+root.ID).want(200, "in the thread</textarea>")
	w.post(ada, path+"/thread/"+root.ID, "content", "in the thread, whole")
	w.get(ada, "/drafts").want(200, "No drafts")
	w.script(ada, "POST", path+"/draft", "content", "/help", "version", "0").want(204)
	w.script(ada, "POST", path+"/messages", "content", "/help").want(200)
	w.get(ada, path).keeps("content", "")
	w.script(ada, "POST", path+"/draft", "content", "again", "version", "0").want(204)
	w.post(ada, "/drafts/delete", "channel", c.ID).sends("/drafts")
	w.get(ada, "/drafts").want(200, "No drafts")
	w.script(ada, "POST", path+"/draft", "content", "left behind", "version", "0").want(204)
	must(t, w.chat.SetMemberRole(t.Context(), ada.User, c.ID, ben.ID, chat.RoleAdmin))
	must(t, w.chat.RemoveMember(t.Context(), ben.User, c.ID, ada.ID))
	w.get(ada, "/drafts").want(200, "No drafts")
	w.script(ada, "POST", path+"/draft", "content", "x", "version", "0").want(404)
}
