package handlers

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"pegasus/chat"
)

var threadTable = map[string]cell{
	"GET /chat/{channel}/thread/{message}":          {"/chat/{P}/thread/{M}", "", insiders},
	"POST /chat/{channel}/thread/{message}":         {"/chat/{P}/thread/{M}", "content=hi", inside},
	"POST /chat/{channel}/preview":                  {"/chat/{P}/preview", "content=hi", insidePages},
	"POST /chat/{channel}/thread/{message}/preview": {"/chat/{P}/thread/{M}/preview", "content=hi", insidePages},
	"POST /chat/{channel}/thread/{message}/follow":  {"/chat/{P}/thread/{M}/follow", "follow=yes", inside},
	"POST /chat/{channel}/thread/{message}/read":    {"/chat/{P}/thread/{M}/read", "seq=1", inside},
	"GET /threads":       {"/threads", "", signedIn},
	"POST /threads/read": {"/threads/read", "a=b", acting},
	"GET /mentions":      {"/mentions", "", signedIn},
}

func init() { maps.Copy(table, threadTable) }

func (w *world) reply(who *actor, root chat.Message, content string) chat.Message {
	w.t.Helper()
	m, err := w.chat.Reply(w.t.Context(), who.User, root.ID, chat.Draft{Content: content})
	must(w.t, err)
	return m
}

func TestAThreadIsWrittenAndReadWithoutScripts(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "work", chat.Private, ben)
	root := w.say(ada, c.ID, "shall we?")
	path := "/chat/" + c.ID + "/thread/" + root.ID
	w.get(ben, "/chat/"+c.ID).want(200, `href="`+path+`"`, "Reply in thread")
	w.get(ben, path).want(200, "shall we?", "No replies yet", `action="`+path+`"`)
	w.post(ben, path, "content", "yes, *gladly*", "client_id", "k1").sends(path)
	w.post(ben, path, "content", "yes, *gladly*", "client_id", "k1").sends(path)
	w.get(ada, path).want(200, "yes, <em>gladly</em>", "<span>1 reply</span>", "Mark 1 reply as read")
	page := w.get(ada, "/chat/"+c.ID).want(200, "<b>1 reply</b>", "replied in a thread", "yes, *gladly*").Body.String()
	if strings.Contains(page, "<em>gladly</em>") {
		t.Error("the reply stands in the channel")
	}
	w.get(ada, "/threads").want(200, "shall we?", "1 new", `data-threads="1"`)
	w.post(ada, path+"/read").sends(path)
	w.get(ada, "/threads?unread=yes").want(200, "Nothing unread", `data-threads="0"`)
	w.post(ada, path, "content", " ").want(400, "A message cannot be empty", "shall we?")
	w.post(ada, path, "content", "another", "client_id", "k2").want(303)
	w.post(ada, path, "content", "a third", "client_id", "k2").want(422, "sent before", "a third")
}

func TestALinkToAReplyOpensItsThread(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.general()
	root := w.say(ada, c.ID, "root")
	var replies []chat.Message
	for i := range 120 {
		replies = append(replies, w.reply(ada, root, fmt.Sprint("reply ", i, " end")))
	}
	path := "/chat/" + c.ID + "/thread/" + root.ID
	old := replies[10].ID
	w.get(ada, "/chat/"+c.ID+"?around="+old).sends(path + "?reply=" + old + "#m-" + old)
	w.get(ada, path+"?reply="+old).want(200, `found`, `id="m-`+old+`"`, "Go to the newest")
	newest := w.get(ada, path).want(200, "reply 119 end", "reply 70 end", "Show older replies", path+"?older="+replies[70].ID)
	if strings.Contains(newest.Body.String(), `id="m-`+replies[69].ID) {
		t.Error("the page of the newest shows more than its part")
	}
	w.get(ada, path+"?older="+replies[70].ID).want(200, `id="m-`+replies[69].ID, `id="m-`+replies[20].ID, "Show older replies")
	last := w.get(ada, path+"?older="+replies[20].ID).want(200, `id="m-`+replies[0].ID)
	if strings.Contains(last.Body.String(), "Show older replies") {
		t.Error("before the first reply there are older ones")
	}
	w.get(ada, path+"?older=x").want(400)
	w.get(ada, "/chat/"+c.ID+"/thread/"+old).want(200, "root") // from a reply one comes to its thread too
}

func TestAThreadIsReachedThroughItsOwnChannelAlone(t *testing.T) {
	s := newScene(t)
	s.set("own")
	for _, part := range []string{"", "/follow", "/read"} {
		path := "/chat/" + s.general().ID + "/thread/" + s.message.ID + part
		for _, who := range []*actor{s.outsider, s.member, s.keeper} {
			s.post(who, path, "content", "moved", "follow", "yes").want(404)
			if part == "" {
				s.get(who, path).want(404)
			}
		}
	}
}

func TestFollowingIsAChoice(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	root := w.say(ada, w.general().ID, "root")
	path := "/chat/" + root.ChannelID + "/thread/" + root.ID
	w.get(ben, path).want(200, `value="yes"`, "Follow</button>")
	w.post(ben, path+"/follow", "follow", "yes").sends(path)
	w.reply(ada, root, "news")
	w.get(ben, "/threads").want(200, "1 new")
	if a := w.script(ben, "POST", path+"/follow", "follow", "no").want(200, "Follow</button>"); a.roots() != "div#panel" {
		t.Errorf("a script gets %s", a.roots())
	}
	w.get(ben, "/threads").want(200, "No threads yet")
	w.post(ada, "/threads/read").sends("/threads")
}

func TestMentionsAreGathered(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	w.get(ada, "/mentions").want(200, "Nobody has mentioned you yet")
	m := w.say(ben, w.general().ID, "look here @"+ada.Username)
	w.get(ada, "/mentions").want(200, "look here", "Name ben", "?around="+m.ID)
}

// What counts as unread in a channel stands in it, replies too: as notes that lead to their threads.
func TestEveryUnreadMessageOfAChannelIsSeenInIt(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "work", chat.Private, ben)
	root := w.say(ada, c.ID, "root")
	for i := range 3 {
		w.reply(ben, root, fmt.Sprint("reply ", i))
	}
	w.say(ben, c.ID, "between")
	w.reply(ben, root, "the last")
	page := w.get(ada, "/chat/"+c.ID).want(200, `<span data-count>5</span>`, "5 new messages").Body.String()
	if n := strings.Count(page, "replied in a thread"); n != 4 {
		t.Errorf("%d replies have a note", n)
	}
	if n := strings.Count(page, ` folded"`); n != 2 {
		t.Errorf("%d notes of the run of three are folded", n)
	}
	w.post(ada, "/chat/"+c.ID+"/read").want(303)
	w.get(ada, "/chat/"+c.ID).want(200, `data-threads="1"`) // the thread is unread until it is read itself
}

func TestRepliesComeLiveToTheChannelAndTheirFollowersAlone(t *testing.T) {
	w := newWorld(t)
	ada, ben, eve := w.join("ada"), w.join("ben"), w.join("eve")
	c := w.channel(ada, "work", chat.Private, ben)
	root := w.say(ada, c.ID, "root")
	srv := w.server()
	hers, elsewhere, others := w.listen(srv, ada, c.ID, ""), w.listen(srv, ben, w.general().ID, ""), w.listen(srv, eve, "", "")
	m := w.reply(ben, root, "canary-reply")
	if e := hers.until("new_message"); !strings.Contains(e.data, `id="m-`+m.ID) || !strings.Contains(e.data, `id="n-`+m.ID) {
		t.Errorf("the reply comes as %s", e.data)
	}
	hers.until("thread_updated").about(t, `"replies":1`)
	hers.until("thread_updated").about(t, `"unread":true`)
	elsewhere.until("thread_updated").about(t, ben.ID)
	w.say(eve, w.general().ID, "the end")
	others.until("channel_updated")
	if raw := others.raw.String(); strings.Contains(raw, root.ID) || strings.Contains(raw, "canary") {
		t.Errorf("somebody else is told %s", raw)
	}
	if strings.Contains(elsewhere.raw.String(), "canary") {
		t.Error("the text goes where its channel is not on screen")
	}
}
