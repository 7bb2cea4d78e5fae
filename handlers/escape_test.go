package handlers

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

var payloads = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'><svg/onload=alert(1)>`, `</title><script>alert(1)</script>`,
	`</textarea><script>alert(1)</script>`, `" autofocus onfocus="alert(1)`, `<style>*{display:none}</style>`, `<a href="javascript:alert(1)">x</a>`,
	`[x](javascript:alert(1))`, `![x](https://e.test/x.png)`, `<iframe srcdoc="<script>1</script>">`, `<base href="//e.test">`,
	`<div hx-get="/logout" hx-trigger=load>`, `<form action=//e.test><button>`, `{{7*7}} ${7*7}`, `<!--><script>alert(1)</script>`,
	`[x](data:text/html,<script>1</script>)`, `<math><mi xlink:href="javascript:1">`, `&lt;script&gt;alert(1)&lt;/script&gt;`, `<p style="x" class="toasts">`,
}

func TestWhatPeopleWriteIsTextOnEveryPage(t *testing.T) {
	w := newWorld(t)
	viewer := w.join("viewer")
	for i, payload := range payloads {
		eve := w.join(fmt.Sprintf("eve%d", i))
		profile := form("name", payload, "displayName", payload, "phone", "1")
		w.do(w.request(eve, "POST", "/profile", profile)).sends("/profile")
		w.post(eve, "/profile/status", "status_message", payload, "when", "never").sends("/profile")
		var err error
		eve.User, err = w.accounts.User(t.Context(), eve.ID)
		must(t, err)
		name := fmt.Sprintf("room%d", i)
		w.post(eve, "/channels/new", "name", name, "description", payload).want(303)
		c, err := w.store.ChannelByName(t.Context(), name)
		must(t, err)
		w.post(viewer, "/chat/"+c.ID+"/join").want(303)
		m := w.say(eve, c.ID, payload)
		w.say(eve, c.ID, "```"+payload+"\n"+payload+"\n```\n\n> "+payload+"\n\n`"+payload+"`\n\n|a|\n|-|\n|"+payload+"|")
		must(t, w.chat.SetTyping(t.Context(), eve.User, c.ID, true))
		for name, who := range map[string]*actor{"eve": eve, "viewer": viewer} {
			for _, path := range append(pages(c.ID, m.ID), "/channels?q="+url.QueryEscape(payload), "/users?q="+url.QueryEscape(payload),
				"/login?returnTo="+url.QueryEscape(payload), "/nothing/"+url.PathEscape(payload), "/chat/"+url.PathEscape(payload)) {
				inert(t, name+" "+path, w.get(who, path))
				inert(t, name+" script "+path, w.script(who, "GET", path))
			}
			w.shows(who, "/users", ".title", payload)
			w.shows(who, "/chat/"+c.ID, ".who", payload)
		}
		w.shows(viewer, "/chat/"+c.ID, "p.hush", payload) // what the channel is about
		w.shows(eve, "/profile", "small", payload)        // the status in the sidebar
		w.shows(viewer, "/chat/"+c.ID+"/members", "div.title small", payload)
		w.shows(viewer, "/channels?q="+url.QueryEscape(payload), "div.line", "· "+payload)
		inert(t, "stream", w.event(eve, c.ID, payload))
	}
}

func TestWhatIsWrongInAFormIsTextInItToo(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	m := w.say(ada, w.general().ID, "hello")
	long := strings.Repeat("x", 3000)
	for _, payload := range payloads {
		forms := map[string][]string{
			"/login":  {"email", payload, "password", payload, "returnTo", payload},
			"/signup": {"email", payload, "name", payload, "password", payload, "returnTo", payload},
		}
		for path, fields := range forms {
			inert(t, path, w.post(nil, path, fields...))
		}
		own := map[string][]string{
			"/channels/new":                         {"name", payload, "description", payload, "type", payload},
			"/profile":                              {"name", payload, "displayName", payload + long, "phone", payload},
			"/profile/status":                       {"status", payload, "status_emoji", payload, "status_message", payload, "when", payload, "at", payload, "zone", payload},
			"/chat/" + w.general().ID + "/messages": {"content", payload + long, "client_id", payload},
			"/chat/" + w.general().ID + "/messages/" + m.ID + "/edit": {"content", payload + long},
			"/chat/" + w.general().ID + "/members":                    {"action", payload, "user_id", payload},
			"/chat/" + w.general().ID + "/read":                       {"seq", payload},
		}
		for path, fields := range own {
			a := w.post(ada, path, fields...)
			inert(t, path, a)
			if a.Code < 400 || a.Code >= 500 {
				t.Errorf("%s with %q is %d", path, payload, a.Code)
			}
			inert(t, "script "+path, w.script(ada, "POST", path, fields...))
		}
	}
}

// shows checks that some element of a page, by its tag or its .class, says wanted as text.
func (w *world) shows(who *actor, path, element, wanted string) {
	w.t.Helper()
	tag, class, _ := strings.Cut(element, ".")
	for _, n := range nodes(w.t, w.get(who, path).want(200), tag) {
		if attribute(n, "class") == class && strings.Contains(spaced(text(n)), spaced(wanted)) {
			return
		}
	}
	w.t.Errorf("%s does not show %q as text in %s", path, wanted, element)
}

func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }

// event returns how the stream brings a new message.
func (w *world) event(author *actor, channelID, content string) answered {
	w.t.Helper()
	sub := w.broker.Subscribe("somebody", "s")
	defer sub.Close()
	_, err := sub.Start(w.t.Context(), "", (&door{w.deps}).topics(author.ID))
	must(w.t, err)
	w.say(author, channelID, content)
	e, err := sub.Take()
	must(w.t, err)
	rec := httptest.NewRecorder()
	rec.Body.Write((&door{w.deps}).frame(e, channelID))
	return answered{rec, w.t}
}
