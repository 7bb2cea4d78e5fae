package handlers

import (
	"strings"
	"testing"

	"pegasus/chat"
)

func TestASpoilerStaysCoveredWhereAMessageIsToldInOneLine(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	root := w.say(ada, w.general().ID, "the film")
	w.reply(ben, root, "it was ||the butler||")
	talk := w.talk(ada, ben)
	w.say(ben, talk.ID, "it was ||the butler||")
	for _, path := range []string{"/chat/" + w.general().ID, "/dm", searchFor("butler")} {
		page := w.get(ada, path).want(200, "▒▒▒")
		if strings.Contains(page.Body.String(), "the butler") {
			t.Errorf("%s tells the spoiler", path)
		}
	}
	n := newNotice(chat.Notification{Content: "it was ||the\nbutler||, sorry"})
	if n.Body != "it was ▒▒▒, sorry" {
		t.Errorf("a notification says %q", n.Body)
	}
}
