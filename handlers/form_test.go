package handlers

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"pegasus/chat"
	"pegasus/web"
)

// field returns a field of the form that was sent, by its name.
func (a answered) field(name string) *html.Node {
	a.t.Helper()
	for _, tag := range []string{"input", "textarea", "select"} {
		for _, n := range nodes(a.t, a, tag) {
			if attribute(n, "name") == name && attribute(n, "type") != "radio" && !inSidebar(n) {
				return n
			}
		}
	}
	a.t.Fatalf("no field %s in %.2000s", name, a.Body)
	return nil
}

// inSidebar reports whether a node stands in the sidebar, which has forms of its own.
func inSidebar(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if attribute(n, "id") == "sidebar" {
			return true
		}
	}
	return false
}

// keeps checks that fields still hold what was sent.
func (a answered) keeps(pairs ...string) answered {
	a.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		n := a.field(pairs[i])
		got := attribute(n, "value")
		if n.Data == "textarea" {
			got = text(n)
		}
		if got != pairs[i+1] {
			a.t.Errorf("field %s holds %.60q, want %.60q", pairs[i], got, pairs[i+1])
		}
	}
	return a
}

// blames checks that a message stands beside a field and that the field refers to it.
func (a answered) blames(field string) answered {
	a.t.Helper()
	n := a.field(field)
	if attribute(n, "aria-invalid") != "true" || attribute(n, "aria-describedby") != field+"-wrong" {
		a.t.Errorf("field %s is not marked: %s", field, markup(a.t, n))
	}
	for _, p := range nodes(a.t, a, "p") {
		if attribute(p, "id") == field+"-wrong" && text(p) != "" {
			return a
		}
	}
	a.t.Errorf("nothing stands beside the field %s", field)
	return a
}

func TestAFormThatFailsComesBackFilledInWithTheProblemBesideItsField(t *testing.T) {
	w := newWorld(t)
	ada, c := w.join("ada"), w.general()
	own := w.channel(ada, "own", chat.Private)
	w.channel(ada, "taken", chat.Public)
	m := w.say(ada, own.ID, "hello")

	a := w.post(nil, "/login", "email", "ada@example.test", "password", "wrong", "returnTo", "/users").want(401, `role="alert"`)
	a.keeps("email", "ada@example.test", "password", "", "returnTo", "/users")
	w.post(nil, "/signup", "email", "new@example.test", "name", "New", "password", "short", "returnTo", "/users").want(400).
		keeps("email", "new@example.test", "name", "New", "password", "", "returnTo", "/users").blames("password")
	w.post(nil, "/signup", "email", "no address", "name", "New", "password", password).want(400).keeps("name", "New", "email", "no address").blames("email")
	w.post(nil, "/signup", "email", "Ada@example.test", "name", "New", "password", password).want(409).keeps("name", "New").blames("email")
	w.post(nil, "/signup", "email", "new@example.test", "name", " ", "password", password).want(400).keeps("email", "new@example.test").blames("name")

	w.post(ada, "/channels/new", "name", "not a name", "description", "about", "type", "private").want(400, `value="private" checked`).
		keeps("name", "not a name", "description", "about").blames("name")
	w.post(ada, "/channels/new", "name", "Taken", "description", "about").want(409, `value="public" checked`).keeps("name", "Taken").blames("name")
	w.post(ada, "/channels/new", "name", "fine", "description", strings.Repeat("d", 251)).want(400).keeps("name", "fine").blames("description")
	w.post(ada, "/chat/"+own.ID+"/edit", "name", "no name", "description", "about", "type", "private").want(400, `value="private" checked`).
		keeps("name", "no name", "description", "about").blames("name")
	w.post(ada, "/chat/"+own.ID+"/edit", "name", "taken", "description", "about", "type", "public", "confirm", "yes").want(409).keeps("name", "taken").blames("name")

	w.post(ada, "/profile", "name", "", "displayName", "Shown", "phone", "12").want(400).
		keeps("name", "", "displayName", "Shown", "phone", "12").blames("name")
	w.post(ada, "/profile/status", "status", "busy", "status_emoji", "🌴", "status_message", strings.Repeat("s", 101), "when", "today").
		want(400, `value="busy" selected`, `value="today" checked`).keeps("status_emoji", "🌴").blames("status_message")
	w.post(ada, "/profile/status", "status_message", "out", "status_emoji", "no", "when", "never").want(400).keeps("status_message", "out").blames("status_emoji")
	w.post(ada, "/profile/status", "status_message", "out", "when", "at", "at", "never").want(400).keeps("status_message", "out", "at", "never").blames("at")
	w.post(ada, "/profile/status", "status_message", "out", "when", "never", "pause", "yes").want(400).blames("pause")

	long := strings.Repeat("x", 2001)
	w.post(ada, "/chat/"+c.ID+"/messages", "content", long, "client_id", "k1").want(400, "at most 2000 characters").keeps("content", long, "client_id", "k1")
	w.post(ada, "/chat/"+c.ID+"/messages", "content", "  ", "client_id", "k1").want(400, "cannot be empty")
	w.post(ada, "/chat/"+own.ID+"/messages/"+m.ID+"/edit", "content", long).want(400).keeps("content", long).blames("content")
	w.post(ada, "/chat/"+own.ID+"/members", "action", "add", "user_id", ada.ID).want(400, "already a member")
	w.post(ada, "/chat/"+own.ID+"/members", "action", "member", "user_id", ada.ID).want(409, "needs an admin")
}

func TestTheSetUpLinkMakesTheFirstAdminAndWorksOnce(t *testing.T) {
	w := newWorld(t)
	token, err := w.accounts.OpenSetup(t.Context())
	must(t, err)
	page := w.get(nil, "/setup?token="+token).want(200)
	page.keeps("token", token)
	if page.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Error("a link on the page would carry the token away")
	}
	w.post(nil, "/setup", "token", token, "name", "Ada", "email", "ada@example.test", "password", "short").want(400).
		keeps("token", token, "name", "Ada", "email", "ada@example.test").blames("password")
	done := w.post(nil, "/setup", "token", token, "name", "Ada", "email", "ada@example.test", "password", password)
	done.sends("/chat")
	if u, err := w.accounts.Authenticate(t.Context(), "ada@example.test", password); err != nil || !u.IsAdmin() {
		t.Errorf("the account is %+v, %v", u, err)
	}
	w.get(nil, "/setup?token="+token).want(404)
	w.post(nil, "/setup", "token", token, "name", "Eve", "email", "eve@example.test", "password", password).want(404)
}

func TestAFormSentTwicePostsOnce(t *testing.T) {
	w := newWorld(t)
	ada, c := w.join("ada"), w.general()
	path := "/chat/" + c.ID
	key := attribute(w.get(ada, path).want(200).field("client_id"), "value")
	if key == "" || key == attribute(w.get(ada, path).field("client_id"), "value") {
		t.Fatalf("the key of the form is %q each time", key)
	}
	w.post(ada, path+"/messages", "content", "once", "client_id", key).sends(path)
	w.post(ada, path+"/messages", "content", "once", "client_id", key).sends(path)
	w.script(ada, "POST", path+"/messages", "content", "once", "client_id", key).want(204)
	again := w.post(ada, path+"/messages", "content", "another text", "client_id", key).want(422).keeps("content", "another text")
	if got := attribute(again.field("client_id"), "value"); got == key {
		t.Error("the form comes back with a key that cannot be used again")
	}
	h, err := w.chat.History(t.Context(), ada.User, c.ID, chat.Cut{Limit: 10})
	must(t, err)
	if len(h.Messages) != 1 || h.Messages[0].Content != "once" {
		t.Errorf("the channel holds %+v", h.Messages)
	}
}

func TestWhoSendsTooFastIsToldWhenToComeBackAndLosesNothing(t *testing.T) {
	w := newWorld(t, func(d *Deps) { d.Limits = web.NewLimits(false) })
	ada, c := w.join("ada"), w.general()
	for range 30 {
		w.post(ada, "/chat/"+c.ID+"/messages", "content", "x").want(303)
	}
	a := w.post(ada, "/chat/"+c.ID+"/messages", "content", "one too many", "client_id", "k").want(429).keeps("content", "one too many", "client_id", "k")
	if a.Header().Get("Retry-After") == "" {
		t.Error("nothing says when to come back")
	}
	if a := w.script(ada, "POST", "/chat/"+c.ID+"/messages", "content", "x").want(429, `role="alert"`); a.Header().Get("Retry-After") == "" {
		t.Error("nothing tells the script when to come back")
	}
	for range 3 {
		w.post(nil, "/login", "email", "ada@example.test", "password", "wrong").want(401)
	}
	w.post(nil, "/login", "email", "ada@example.test", "password", password).want(429, `role="alert"`).keeps("email", "ada@example.test")
}
