package handlers

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"pegasus/chat"
	"pegasus/internal/doortest"
	"pegasus/views"
	"pegasus/web"
)

// entry returns what stands around a message on a page.
func (a answered) entry(messageID string) *html.Node {
	a.t.Helper()
	for _, n := range nodes(a.t, a, "article") {
		if attribute(n, "id") == "m-"+messageID {
			return n.Parent
		}
	}
	a.t.Fatalf("message %s is not on the page", messageID)
	return nil
}

// pills are a message's reactions: the emoji, whether it is the viewer's own, and whose it is.
func pills(entry *html.Node) []string {
	var all []string
	for n := range entry.Descendants() {
		if n.Data == "button" && attribute(n, "class") == "react" {
			all = append(all, fmt.Sprint(attribute(n, "name"), " ", attribute(n, "value"), " ", attribute(n, "aria-pressed"), " ", attribute(n, "title")))
		}
	}
	return all
}

func TestReactionsStandUnderTheirMessageWithTheNamesOfThoseWhoChoseThem(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.general()
	m := w.say(ada, c.ID, "hello")
	path, page := "/chat/"+c.ID+"/messages/"+m.ID+"/reactions", "/chat/"+c.ID
	for range 2 { // again is as good as once
		w.post(ada, path, "react", "👍").sends(views.MessageLink(c.ID, m.ID))
	}
	w.post(ben, path, "react", "👍").want(303)
	w.post(ben, path, "react", "🎉").want(303)
	for _, name := range []string{"cleo", "dora", "emil"} {
		w.post(w.join(name), path, "react", "🎉").want(303)
	}
	if got, want := pills(w.get(ada, page).entry(m.ID)), []string{"unreact 👍 true Name ada and Name ben", "react 🎉 false Name ben, Name cleo, Name dora and 1 other"}; !slices.Equal(got, want) {
		t.Errorf("ada sees %q, want %q", got, want)
	}
	for range 2 {
		w.post(ada, path, "unreact", "👍").want(303)
	}
	if got, want := pills(w.get(ben, page).entry(m.ID))[0], "unreact 👍 true Name ben"; got != want {
		t.Errorf("ben sees %q, want %q", got, want)
	}
	w.post(ada, path, "react", "hello").want(400)
	w.post(ada, path).want(400)
}

func TestAReactionTravelsTheStreamOnceForAllViewers(t *testing.T) {
	s := newScene(t)
	s.set("work")
	srv := s.server()
	st := s.listen(srv, s.keeper, s.channel.ID, "")
	away := s.listen(srv, s.keeper, s.general().ID, "")
	path := "/chat/" + s.channel.ID + "/messages/" + s.message.ID + "/reactions"
	read := func(name string) (r reaction) {
		t.Helper()
		must(t, json.Unmarshal([]byte(st.until(name).data), &r))
		return r
	}
	s.post(s.keeper, path, "react", "👍").want(303)
	r := read("reaction_added")
	if r.MessageID != s.message.ID || r.UserID != s.keeper.ID || r.Emoji != "👍" || !strings.Contains(r.HTML, `aria-pressed="false"`) ||
		strings.Contains(r.HTML, `aria-pressed="true"`) || !strings.Contains(r.HTML, "Name keeper") {
		t.Errorf("the event is %+v", r)
	}
	s.post(s.keeper, path, "unreact", "👍").want(303)
	if r := read("reaction_removed"); strings.Contains(r.HTML, "<button") {
		t.Errorf("after the last one was removed the event is %+v", r)
	}
	s.say(s.keeper, s.general().ID, "the end")
	away.until("new_message")
	if strings.Contains(away.raw.String(), "event: reaction") {
		t.Errorf("another channel's stream got %s", away.raw.String())
	}
}

func TestEmojiAreFoundAndChosenWithoutScripts(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.general()
	m := w.say(ada, c.ID, "hello")
	path := "/chat/" + c.ID + "/messages/" + m.ID + "/react"
	w.get(ada, path).want(200, "😀", "Smileys and feelings", `aria-current`)
	w.get(ada, path+"?group=8").want(200, "🇩🇪")
	w.get(ada, path+"?group=99").want(200, "😀")
	w.get(ada, path+"?q=party").want(200, "🎉")
	w.get(ada, path+"?q=nothing-like-it").want(200, "No emoji is called that")
}

func TestWhatIsSavedIsListedForItsOwnerAlone(t *testing.T) {
	s := newScene(t)
	s.set("work")
	path := "/chat/" + s.channel.ID + "/messages/" + s.message.ID + "/save"
	s.get(s.keeper, "/saved").want(200, "Nothing is saved yet")
	for range 2 {
		s.post(s.keeper, path, "saved", "yes").sends(views.MessageLink(s.channel.ID, s.message.ID))
	}
	s.get(s.keeper, "/saved").want(200, "canary-text", "in work", strings.ReplaceAll(views.MessageLink(s.channel.ID, s.message.ID), "&", "&amp;"))
	if got := attribute(s.get(s.keeper, "/chat/"+s.channel.ID).entry(s.message.ID), "class"); !strings.Contains(got, "saved") {
		t.Errorf("the entry is %q", got)
	}
	if got := attribute(s.get(s.member, "/chat/"+s.channel.ID).entry(s.message.ID), "class"); strings.Contains(got, "saved") {
		t.Errorf("to somebody else the entry is %q", got)
	}
	s.get(s.member, "/saved").want(200, "Nothing is saved yet")
	s.post(s.keeper, path, "saved", "no", "returnTo", "/saved").sends("/saved")
	s.get(s.keeper, "/saved").want(200, "Nothing is saved yet")
	s.post(s.keeper, path, "saved", "maybe").want(400)
	s.post(s.keeper, path, "saved", "yes").want(303)
	must(t, s.chat.RemoveMember(t.Context(), s.keeper.User, s.channel.ID, s.member.ID))
	s.post(s.member, path, "saved", "yes").want(404)
	s.get(s.member, "/saved").want(200, "Nothing is saved yet")
}

func TestSavedMessagesComeInPages(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	for i := range savedPage + 2 {
		m := w.say(ada, w.general().ID, fmt.Sprintf("number-%d-", i))
		must(t, w.chat.SetBookmark(t.Context(), ada.User, m.ID, true))
	}
	first := w.get(ada, "/saved").want(200, fmt.Sprintf("number-%d-", savedPage+1), "Show older ones")
	var more string
	for _, n := range nodes(t, first, "a") {
		if attribute(n, "class") == "edge" {
			more = attribute(n, "href")
		}
	}
	second := w.get(ada, more).want(200, "number-0-", "number-1-").Body.String()
	if strings.Contains(second, "number-2-") || strings.Contains(second, "Show older") {
		t.Error("the second page is not the rest of the list")
	}
	w.get(ada, "/saved?before=x").want(400)
}

func TestPinsAreSeenOnTheirMessageAndInThePanel(t *testing.T) {
	s := newScene(t)
	s.set("work")
	srv := s.server()
	st := s.listen(srv, s.keeper, s.channel.ID, "")
	path, panel := "/chat/"+s.channel.ID+"/messages/"+s.message.ID+"/pin", "/chat/"+s.channel.ID+"/pins"
	s.get(s.keeper, panel).want(200, "Nothing is pinned yet")
	for range 2 {
		s.post(s.member, path, "pinned", "yes").want(303)
	}
	e := st.until("message_updated")
	if page := s.get(s.keeper, "/chat/"+s.channel.ID).Body.String(); !strings.Contains(e.data, "Pinned by Name member") || !strings.Contains(page, e.data) {
		t.Errorf("the page does not hold %q", e.data)
	}
	s.get(s.keeper, panel).want(200, `data-pin="`+s.message.ID+`"`, "canary-text", "by Name member")
	_, err := s.chat.EditMessage(t.Context(), s.member.User, s.message.ID, "edited")
	must(t, err)
	if e := st.until("message_updated"); !strings.Contains(e.data, "Pinned by Name member") {
		t.Errorf("after an edit the message is %q", e.data)
	}
	s.post(s.keeper, path, "pinned", "no", "returnTo", panel).sends(panel)
	s.get(s.keeper, panel).want(200, "Nothing is pinned yet")
	if e := st.until("message_updated"); strings.Contains(e.data, "Pinned") {
		t.Errorf("after the end of the pin the message is %q", e.data)
	}
}

func TestTheHistoryOfAMessageShowsWhatEachEditChanged(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.general()
	m := w.say(ada, c.ID, "see you at <three>")
	_, err := w.chat.EditMessage(t.Context(), ada.User, m.ID, "see you at <four>")
	must(t, err)
	a := w.get(ben, "/chat/"+c.ID+"/messages/"+m.ID+"/history").want(200, "<del>three</del>", "<ins>four</ins>", "see you at &lt;three&gt;", "First text")
	inert(t, "history", a)
	w.get(ben, "/chat/"+c.ID).want(200, `/messages/`+m.ID+`/history`)
}

func TestAQuoteIsShownToThoseWhoMaySeeItAlone(t *testing.T) {
	s := newScene(t)
	s.set("work")
	link := doortest.URL + views.MessageLink(s.channel.ID, s.message.ID)
	general := s.general()
	m := s.say(s.keeper, general.ID, "look at "+link)
	named := s.say(s.keeper, general.ID, "and [there]("+link+")")
	for _, id := range []string{m.ID, named.ID} {
		if page := s.get(s.keeper, "/chat/"+general.ID); !strings.Contains(markup(t, page.entry(id)), "canary-text") {
			t.Errorf("the card is missing: %s", markup(t, page.entry(id)))
		}
		if page := s.get(s.outsider, "/chat/"+general.ID); strings.Contains(page.Body.String(), "canary-text") || !strings.Contains(page.Body.String(), s.message.ID) {
			t.Error("an outsider sees the card, or not the link")
		}
	}
	s.script(s.keeper, "GET", "/quotes?ids="+s.message.ID+",x,"+general.ID).want(200, "canary-text", `data-quote="`+s.message.ID+`"`)
	for _, who := range []*actor{s.outsider, s.former, s.boss} {
		if a := s.script(who, "GET", "/quotes?ids="+s.message.ID).want(200); strings.Contains(a.Body.String(), "canary") || strings.Contains(a.Body.String(), s.message.ID) {
			t.Errorf("%s gets %s", who.name, a.Body)
		}
	}
	// Who is removed sees it no more, and a card goes with its message.
	s.get(s.member, "/chat/"+general.ID).want(200, "canary-text")
	must(t, s.chat.RemoveMember(t.Context(), s.keeper.User, s.channel.ID, s.member.ID))
	if strings.Contains(s.get(s.member, "/chat/"+general.ID).Body.String(), "canary-text") {
		t.Error("somebody who was removed sees the card")
	}
	must(t, s.chat.DeleteMessage(t.Context(), s.keeper.User, s.message.ID))
	if strings.Contains(s.get(s.keeper, "/chat/"+general.ID).Body.String(), "canary-text") {
		t.Error("the card of a deleted message is shown")
	}
}

func TestOnlyLinksOfThisWorkspaceAreQuoted(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.general()
	m := w.say(ada, c.ID, "canary-quoted")
	path := views.MessageLink(c.ID, m.ID)
	for text, want := range map[string]bool{
		doortest.URL + path: true, "<" + doortest.URL + path + ">": true, "[x](" + doortest.URL + path + ")": true, "[x](" + path + ")": false, "https://evil.test" + path: false,
		"`" + doortest.URL + path + "`": false, doortest.URL + "/chat/" + c.ID: false, "[x](//evil.test" + path + ")": false,
		"```\n" + doortest.URL + path + "\n```": false,
	} {
		quoting := w.say(ada, c.ID, text)
		if got := strings.Contains(markup(t, w.get(ada, "/chat/"+c.ID).entry(quoting.ID)), "canary-quoted"); got != want {
			t.Errorf("%q is quoted: %v, want %v", text, got, want)
		}
	}
	w.get(ada, "/quotes?ids="+strings.Repeat("x,", chat.MaxQuoted+1)).want(400)
	w.get(ada, "/chat/"+c.ID+"?quote="+m.ID).want(200, doortest.URL+strings.ReplaceAll(path, "&", "&amp;"))
	w.get(ada, "/chat/"+c.ID+"?quote=%3Cx").want(200)
}

func TestAMessageIsForwardedToAConversationOfOnesOwn(t *testing.T) {
	s := newScene(t)
	s.set("work")
	path := "/chat/" + s.channel.ID + "/messages/" + s.message.ID + "/forward"
	general := s.general()
	direct, _, err := s.chat.DirectChannel(t.Context(), s.keeper.User, s.outsider.ID)
	must(t, err)
	s.get(s.keeper, path).want(200, `value="`+general.ID+`"`, `value="`+direct.ID+`"`, "Name outsider").keeps("comment", "")
	for range 2 { // sent twice it is posted once
		s.post(s.keeper, path, "channel_id", general.ID, "comment", "worth reading", "client_id", "once").sends("/chat/" + general.ID)
	}
	s.get(s.keeper, "/chat/"+general.ID).want(200, "worth reading", "canary-text")
	if page := s.get(s.outsider, "/chat/"+general.ID).want(200, "worth reading").Body.String(); strings.Count(page, "worth reading") != 1 || strings.Contains(page, "canary-text") {
		t.Error("it was posted twice, or shows a private message to an outsider")
	}
	s.post(s.keeper, path, "channel_id", direct.ID).sends("/chat/" + direct.ID)
	s.post(s.keeper, path, "comment", "kept text").want(400, "Choose where to forward it", "kept text")
	s.post(s.keeper, path, "channel_id", general.ID, "comment", strings.Repeat("x", 2000)).want(400, "at most 2000 characters")
	other := s.world.channel(s.outsider, "theirs", chat.Private)
	s.post(s.keeper, path, "channel_id", other.ID).want(404)
	s.post(s.outsider, path, "channel_id", general.ID).want(404)
}

func TestWhatIsForwardedIsShownWhateverIsSaidOfIt(t *testing.T) {
	s := newScene(t)
	s.set("work")
	path := "/chat/" + s.channel.ID + "/messages/" + s.message.ID + "/forward"
	link := doortest.URL + views.MessageLink(s.channel.ID, s.message.ID)
	var others string
	for range 3 {
		m, err := s.chat.PostMessage(t.Context(), s.keeper.User, s.channel.ID, chat.Draft{Content: "another"})
		must(t, err)
		others += doortest.URL + views.MessageLink(s.channel.ID, m.ID) + "\n"
	}
	for _, comment := range []string{
		"```\nlog line", "~~~~ go\nfunc", "see\n\n  ```", "<!-- a note", "<pre>\nx", "> ```\n> quoted", "- ```\n  item", others, "**open", "||open", "[a]:", "plain",
	} {
		s.post(s.keeper, path, "channel_id", s.channel.ID, "comment", comment).sends("/chat/" + s.channel.ID)
		h, err := s.chat.History(t.Context(), s.keeper.User, s.channel.ID, chat.Cut{Limit: 1})
		must(t, err)
		if got := h.Messages[0]; !slices.Contains((&door{Deps: Deps{URL: doortest.URL}}).linksIn(got.HTML), s.message.ID) {
			t.Errorf("%q: no card is below %s", comment, got.HTML)
		} else if first := strings.HasPrefix(got.Content, link); comment == "plain" && first {
			t.Error("the link is above a plain comment")
		}
	}
}

func TestForwardingFindsAllPlacesInWhichOneMayPost(t *testing.T) {
	s := newScene(t)
	s.set("work")
	path := "/chat/" + s.channel.ID + "/messages/" + s.message.ID + "/forward"
	ben, cyd := s.join("ben"), s.join("cyd")
	offers := func(query string) string {
		t.Helper()
		var all []string
		page := s.get(s.keeper, path+query).want(200)
		for _, n := range within(t, page, "targets", "input") {
			if attribute(n, "type") == "radio" {
				all = append(all, attribute(n, "value"))
			}
		}
		return strings.Join(all, " ")
	}
	group := s.talk(s.keeper, ben, cyd)
	must(t, s.chat.HideConversation(t.Context(), s.keeper.User, group.ID))
	loud := s.world.channel(ben, "announcements", chat.Public, s.keeper)
	admins := chat.Admins
	_, err := s.chat.UpdateChannel(t.Context(), ben.User, loud.ID, chat.ChannelChange{Posting: &admins})
	must(t, err)
	s.world.channel(ben, "unjoined", chat.Public)
	withBen := chat.DirectKey(s.keeper.ID, ben.ID)
	if latest := offers(""); !strings.Contains(latest, s.channel.ID) || strings.Contains(latest, loud.ID) || strings.Contains(latest, group.ID) {
		t.Errorf("the latest places are %s", latest)
	}
	for query, want := range map[string]string{
		"?q=ben": withBen + " " + group.ID, "?q=%40ben": withBen, "?q=announcements": "", "?q=unjoined": "", "?q=work": s.channel.ID,
	} {
		if got := offers(query); got != want {
			t.Errorf("%s offers %q, want %q", query, got, want)
		}
	}
	s.get(s.keeper, path+"?q=nobody-is-called-this").want(200, "called like that")
	channelID, err := s.chat.ChannelID(t.Context(), s.keeper.User, withBen)
	if err == nil {
		t.Fatalf("looking for somebody began %s", channelID)
	}
	at := s.post(s.keeper, path, "channel_id", withBen, "comment", "for you").want(303).Header().Get("Location")
	s.get(ben, at).want(200, "for you")
	s.post(s.keeper, path, "channel_id", withBen).sends(at)
	s.post(s.keeper, path, "channel_id", group.ID, "q", "ben").sends("/chat/" + group.ID)
	s.post(s.keeper, path, "channel_id", chat.DirectKey(ben.ID, cyd.ID)).want(404)
	s.post(s.keeper, path, "channel_id", chat.DirectKey(s.keeper.ID, "ffffffffffffffffffffffff")).want(404)
	s.post(s.keeper, path, "channel_id", loud.ID, "q", "x").want(403, "Only admins post")
}

func TestWhatIsSaidToAForwardIsKeptWhileItsPlaceIsLookedFor(t *testing.T) {
	w := newWorld(t, func(d *Deps) { d.Limits = web.NewLimits(false) })
	ada, ben := w.join("ada"), w.join("ben")
	plans := w.channel(ada, "plans", chat.Private, ben)
	m := w.say(ada, plans.ID, "hello")
	path := "/chat/" + plans.ID + "/messages/" + m.ID + "/forward"
	w.post(ada, path, "find", "1", "q", "ben", "comment", "kept text", "client_id", "one").want(200, "@ben").
		keeps("q", "ben", "comment", "kept text", "client_id", "one")
	if sent := w.get(ada, "/chat/"+plans.ID).Body.String(); strings.Contains(sent, "kept text") {
		t.Error("looking for a place has sent it")
	}
	for range 179 {
		w.script(ada, "GET", path+"?q=ben").want(200)
	}
	w.post(ada, path, "find", "1", "q", "ben", "comment", "kept text").want(429, "You looked for too much").keeps("comment", "kept text")
	refused := w.post(ada, path, "q", "ben", "channel_id", plans.ID, "comment", strings.Repeat("x", 2000)).want(400, "at most 2000 characters", "You looked for too much")
	if radios := within(t, refused, "targets", "li"); len(radios) != 1 {
		t.Errorf("%d places stand in it", len(radios))
	}
	refused.keeps("comment", strings.Repeat("x", 2000))
	w.post(ada, path, "q", "ben", "channel_id", plans.ID, "comment", "short").sends("/chat/" + plans.ID)
}

func TestAForwardOffersSoManyPlacesAtOnce(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	m := w.say(ada, w.general().ID, "hello")
	for i := range maxTargets {
		w.channel(ada, fmt.Sprintf("room%02d", i), chat.Private)
	}
	path := "/chat/" + w.general().ID + "/messages/" + m.ID + "/forward"
	if n := len(within(t, w.get(ada, path).want(200, "Others are found by their names"), "targets", "li")); n != maxTargets {
		t.Errorf("%d places are offered", n)
	}
	w.get(ada, path+"?q=room07").want(200, "room07", "checked")
	w.channel(ada, "room-one-more", chat.Private)
	if page := w.get(ada, path+"?q=room").want(200, "Write more of the name"); strings.Contains(page.Body.String(), "These are the latest") {
		t.Error("what fits a text is called the latest")
	}
	w.get(ada, path+"?q="+strings.Repeat("%C3%A9", 3000)).want(200).keeps("q", strings.Repeat("é", maxJump))
}
