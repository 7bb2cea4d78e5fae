package handlers

import (
	"strings"
	"testing"
)

func TestACommandAnswersItsCallerAlone(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := "/chat/" + w.general().ID
	w.post(ada, c+"/messages", "content", "/help").sends(c)
	w.get(ada, c).want(200, "/shrug [text]")
	if strings.Contains(w.get(ben, c).want(200).Body.String(), "/shrug [text]") {
		t.Error("another person sees what a command said")
	}
	a := w.script(ada, "POST", c+"/messages", "content", "/help").want(200, "only-you", "/shrug [text]")
	if a.Header().Get("X-Location") != "" {
		t.Error("a command that stays moves its caller")
	}
	a = w.script(ada, "POST", c+"/messages", "content", "/msg @"+ben.Username+" hi").want(200)
	if to := a.Header().Get("X-Location"); !strings.HasPrefix(to, "/chat/") || to == c {
		t.Errorf("the caller goes on at %q", to)
	}
	w.script(ada, "POST", c+"/messages", "content", "/shrug").want(204)
}

func TestAnUnknownCommandKeepsItsText(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := "/chat/" + w.general().ID
	w.post(ada, c+"/messages", "content", "/nonsense <b>").want(400, "There is no command /nonsense here", "/nonsense &lt;b&gt;</textarea>")
	w.script(ada, "POST", c+"/messages", "content", "/nonsense").want(400, `role="alert"`, "There is no command")
}
