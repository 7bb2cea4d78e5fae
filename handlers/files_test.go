package handlers

import (
	"fmt"
	"strings"
	"testing"

	"pegasus/chat"
)

// attach posts a message with one file.
func (w *world) attach(who *actor, channelID, name, content string) (chat.Message, chat.Upload) {
	w.t.Helper()
	u, err := w.Files.Receive(w.t.Context(), who.User, name, strings.NewReader(content))
	must(w.t, err)
	m, err := w.chat.PostMessage(w.t.Context(), who.User, channelID, chat.Draft{Attachments: []chat.AttachmentRef{{ID: u.ID}}})
	must(w.t, err)
	return m, u
}

func TestThePanelListsTheFilesOfItsChannelPageByPage(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c, other := w.channel(ada, "work", chat.Private), w.channel(ada, "other", chat.Private)
	w.get(ada, "/chat/"+c.ID+"/files").want(200, "No files yet")
	w.attach(ada, other.ID, "elsewhere.txt", "x")
	gone, _ := w.attach(ada, c.ID, "gone.txt", "x")
	must(t, w.chat.DeleteMessage(t.Context(), ada.User, gone.ID))
	for i := range filesPage + 1 {
		w.attach(ada, c.ID, fmt.Sprintf("file-%02d.txt", i), "x")
		w.say(ada, c.ID, "no file here")
	}
	page := w.get(ada, "/chat/"+c.ID+"/files").want(200, "file-30.txt", "file-01.txt", "Show older files")
	for _, missing := range []string{"file-00.txt", "elsewhere.txt", "gone.txt"} {
		if strings.Contains(page.Body.String(), missing) {
			t.Errorf("the first page has %s", missing)
		}
	}
	for _, a := range nodes(t, page, "a") {
		if text(a) == "Show older files" {
			w.get(ada, attribute(a, "href")).want(200, "file-00.txt")
			return
		}
	}
	t.Error("nothing leads on")
}

func TestAFileHasAPageForWhoMaySeeIt(t *testing.T) {
	w := newWorld(t)
	ada, eve := w.join("ada"), w.join("eve")
	c := w.channel(ada, "work", chat.Private)
	_, u := w.attach(ada, c.ID, "plan.pdf", "%PDF-1.7\n")
	page := w.get(ada, "/files/"+u.Key).want(200, "plan.pdf", `<iframe`, u.URL()+"?view=1")
	if csp := page.Header().Get("Content-Security-Policy"); !strings.HasSuffix(csp, "; frame-src 'self'") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("the policy is %s", csp)
	}
	w.get(eve, "/files/"+u.Key).want(404)
	_, sound := w.attach(ada, c.ID, "a.wav", "RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00")
	w.get(ada, "/files/"+sound.Key).want(200, `<audio controls preload="metadata"`)
}
