package handlers

import (
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
