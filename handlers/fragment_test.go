package handlers

import (
	"net/http"
	"strings"
	"testing"

	"pegasus/chat"
)

// roots returns the tags and ids of the elements that an answer is made of, "html" for a whole page.
func (a answered) roots() string {
	a.t.Helper()
	if strings.HasPrefix(a.Body.String(), "<!doctype html>") {
		return "html"
	}
	var list []string
	for _, body := range nodes(a.t, a, "body") {
		for n := range body.ChildNodes() {
			if n.Data != "" && n.FirstChild != nil || n.Data == "div" {
				list = append(list, strings.TrimSuffix(n.Data+"#"+attribute(n, "id"), "#"))
			}
		}
	}
	return strings.Join(list, " ")
}

func TestScriptsGetPartsOfPages(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "work", chat.Private, ben)
	m := w.say(ada, c.ID, "hello")
	path := "/chat/" + c.ID
	for address, roots := range map[string]string{
		path: "div#banner nav#sidebar div#log", path + "?around=" + m.ID: "div#banner nav#sidebar div#log", path + "/members": "div#panel", path + "/files": "div#panel", path + "/edit": "div#panel",
		path + "/messages/" + m.ID + "/edit": "form", path + "/pins": "div#panel", path + "/search?q=hello": "div#panel", path + "/messages/" + m.ID + "/history": "div#panel",
		"/saved": "html", "/nothing": "div", "/chat/x": "div", path + "?before=x": "div",
		"/users/" + ben.ID: "div#panel", "/dm": "html", path + "/thread/" + m.ID: "div#panel", "/threads": "html", "/mentions": "html", "/chat": "html", "/channels": "html", "/users": "html", // read for the sidebar in them
	} {
		a := w.script(ada, "GET", address)
		if got := a.roots(); got != roots {
			t.Errorf("%s is made of %q, want %q: %.300s", address, got, roots, a.Body)
		}
		if !strings.Contains(strings.Join(a.Header().Values("Vary"), ","), "X-Fragment") {
			t.Errorf("%s: Vary is %v", address, a.Header().Values("Vary"))
		}
		if whole := w.get(ada, address).roots(); whole != "html" {
			t.Errorf("without a script %s is made of %q", address, whole)
		}
	}
	for _, form := range [][]string{
		{path + "/messages/" + m.ID + "/reactions", "react", "👍"}, {path + "/messages/" + m.ID + "/reactions", "unreact", "👍"},
		{path + "/messages/" + m.ID + "/save", "saved", "yes"}, {path + "/messages/" + m.ID + "/pin", "pinned", "yes"},
		{path + "/messages", "content", "hi"}, {path + "/messages/" + m.ID + "/edit", "content", "other"}, {path + "/read", "seq", "1"},
		{path + "/typing", "typing", "true"}, {path + "/edit", "name", "work2", "type", "private"}, {path + "/messages/" + m.ID + "/delete"},
	} {
		if a := w.script(ada, "POST", form[0], form[1:]...).want(204); a.Body.Len() > 0 || a.Header().Get("Location") != "" {
			t.Errorf("%s answers %q", form[0], a.Body)
		}
	}
	for _, form := range [][]string{
		{path + "/messages", "content", " "}, {path + "/messages/" + m.ID + "/edit", "content", "gone"}, {path + "/read", "seq", "-1"},
		{path + "/archive"}, {path + "/nothing", "a", "b"},
	} {
		a := w.script(ben, "POST", form[0], form[1:]...)
		if a.Code < 400 || a.Code >= 500 || a.roots() != "div" || !strings.Contains(a.Body.String(), `role="alert"`) {
			t.Errorf("%s answers %d %s", form[0], a.Code, a.Body)
		}
	}
	if a := w.script(nil, "GET", path); a.Code != http.StatusUnauthorized || a.Header().Get("Location") != "" {
		t.Errorf("a script that is signed out gets %d", a.Code)
	}
}

func TestTheMembersPanelAnswersItsOwnForms(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "work", chat.Private)
	path := "/chat/" + c.ID + "/members"
	for _, step := range [][2]string{{"add", "Make an admin"}, {"admin", "Make a member"}, {"member", "Make an admin"}, {"remove", "Find or add people"}} {
		a := w.script(ada, "POST", path, "action", step[0], "user_id", ben.ID).want(200, step[1])
		if a.roots() != "div#panel" {
			t.Errorf("%s answers %q", step[0], a.roots())
		}
	}
	// htmx puts only a success in its place: the panel itself says what did not work.
	w.script(ada, "POST", path, "action", "remove", "user_id", ben.ID).want(200, `role="alert"`, `id="panel"`)
	w.script(ben, "POST", path, "action", "add", "user_id", ben.ID).want(404)
	w.post(ada, path, "action", "add", "user_id", ben.ID).sends(path)
}
