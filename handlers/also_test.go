package handlers

import (
	"strings"
	"testing"

	"pegasus/chat"
)

func TestAReplyIsSentToItsChannelTooWithoutScripts(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "work", chat.Private, ben)
	root := w.say(ada, c.ID, "root")
	path := "/chat/" + c.ID
	thread := path + "/thread/" + root.ID
	w.get(ben, thread).want(200, "Also send to work")
	w.post(ben, thread, "content", " ", "also_channel", "yes").want(400, `name="also_channel" value="yes" checked`)
	w.post(ben, thread, "content", "for *all*", "also_channel", "yes").sends(thread)
	m := w.newest(ada, c.ID)
	w.get(ada, path).want(200, `id="n-`+m.ID, "for <em>all</em>", "Replied in a thread", `href="`+strings.ReplaceAll(thread+"?reply="+m.ID, "&", "&amp;"))
	w.get(ada, thread).want(200, `id="m-`+m.ID)
	_, _, err := w.chat.React(t.Context(), ada.User, c.ID, m.ID, "👍")
	must(t, err)
	w.get(ada, path).want(200, `data-reacts="`+m.ID)
	_, _, err = w.chat.React(t.Context(), ada.User, c.ID, root.ID, "🎉")
	must(t, err)
	page := w.get(ada, thread).want(200)
	if len(within(t, page, "thread-root", "form")) == 0 {
		t.Error("the root shows no reactions in its panel")
	}
	must(t, w.chat.DeleteMessage(t.Context(), ben.User, m.ID))
	if page := w.get(ada, path).want(200).Body.String(); strings.Contains(page, "for <em>all") {
		t.Error("deleted it stands in the channel")
	}
}
