package handlers

import (
	"io"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
)

func TestAPreviewStandsAboveTheBoxThatKeepsItsTextAndFiles(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.channel(ada, "work", chat.Private)
	path := "/chat/" + c.ID
	w.get(ada, path).want(200, `formaction="`+path+`/preview"`)
	w.post(ada, path+"/preview", "content", "so *soft*", "client_id", "k1").want(200, "<em>soft</em>", ">so *soft*</textarea>", `value="k1"`)
	w.post(ada, path+"/preview", "content", " ").want(400, "cannot be empty")
	long := strings.Repeat("x", accounts.DefaultMessage+1)
	w.post(ada, path+"/preview", "content", long).want(400, "at most 2000", long+"</textarea>")
	w.script(ada, "POST", path+"/preview", "content", "so *soft*").want(200, "<em>soft</em>", "data-rehearsal")
	w.script(ada, "POST", path+"/preview", "content", " ").want(400, "cannot be empty")
	root := w.say(ada, c.ID, "root")
	thread := path + "/thread/" + root.ID
	w.post(ada, thread+"/preview", "content", "so *soft*").want(200, "<em>soft</em>", `formaction="`+thread+`/preview"`, ">so *soft*</textarea>")

	body, kind := write(t, []paper{{"a.txt", []byte("text of a")}}, "content", "with a file")
	r := w.request(ada, "POST", path+"/preview", nil)
	r.Body = io.NopCloser(body)
	r.Header.Set("Content-Type", kind)
	page := w.do(r).want(200, "a.txt", "<p>with a file</p>")
	upload := w.uploadsOf(ada.User)[0]
	if upload.MessageID != "" || !strings.Contains(page.Body.String(), `value="`+upload.ID+`" checked`) {
		t.Error("the file does not wait in the box")
	}
	if h, err := w.chat.History(t.Context(), ada.User, c.ID, chat.Cut{Limit: 9}); err != nil || len(h.Messages) != 1 {
		t.Errorf("something was posted: %v", err)
	}
}

func TestTheKeyThatSendsIsChosenInTheProfile(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	path := "/chat/" + w.general().ID
	m := w.say(ada, w.general().ID, "hello")
	if strings.Contains(w.get(ada, path).want(200).Body.String(), "data-ctrl-enter") {
		t.Error("Ctrl Enter sends from the start")
	}
	w.post(ada, "/profile", "send_key", "ctrl-enter").sends("/profile")
	w.get(ada, path).want(200, "data-ctrl-enter")
	w.get(ada, path+"/thread/"+m.ID).want(200, "data-ctrl-enter")
	w.script(ada, "GET", path+"/messages/"+m.ID+"/edit").want(200, "data-ctrl-enter", "Ctrl Enter saves")
	w.post(ada, "/profile", "name", "Ada").sends("/profile")
	w.get(ada, "/profile").want(200, `value="ctrl-enter" checked`)
	w.post(ada, "/profile", "send_key", "enter").sends("/profile")
	w.get(ada, "/profile").want(200, `value="enter" checked`)
}
