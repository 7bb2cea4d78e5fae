package handlers

import (
	"strings"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/views"
)

func TestADayOfAChannelIsFoundInTheReadersZone(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.channel(ada, "days", chat.Private)
	path := "/chat/" + c.ID
	w.get(ada, path).want(200, `action="`+path+`/day"`, `type="date"`)
	w.get(ada, path+"/day?date=2026-01-02").sends(path)
	m := w.say(ada, c.ID, "first")
	reply := w.reply(ada, m, "second")
	day := m.CreatedAt.UTC()
	w.get(ada, path+"/day?date="+day.Format(time.DateOnly)).sends(views.MessageLink(c.ID, m.ID))
	w.get(ada, path+"/day?date=1999-01-02&zone=Europe/Berlin").sends(views.MessageLink(c.ID, m.ID))
	w.get(ada, path+"/day?date=yesterday").sends(path)
	// After both the newest is shown: a reply at its note in the channel.
	next := w.get(ada, path+"/day?date="+day.AddDate(0, 0, 2).Format(time.DateOnly)).want(303).Header().Get("Location")
	if next != path+"?around="+reply.ID+"&note=yes#n-"+reply.ID {
		t.Errorf("it leads to %s", next)
	}
	w.get(ada, strings.TrimSuffix(next, "#n-"+reply.ID)).want(200, `id="n-`+reply.ID)
}

func TestALongMessageIsFoldedAndWhole(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	m := w.say(ada, w.general().ID, strings.Repeat("line\n", 40)+"the end")
	short := w.say(ada, w.general().ID, strings.Repeat("line\n", 10))
	page := w.get(ada, "/chat/"+w.general().ID).want(200, `id="fold-`+m.ID+`"`, "the end", "Show more").Body.String()
	if strings.Contains(page, `id="fold-`+short.ID) {
		t.Error("a short message is folded")
	}
}

func TestASearchShowsCodeAsCode(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.say(ada, w.general().ID, "look:\n```go\nfunc needle() {}\n```")
	w.get(ada, searchFor("needle")).want(200, `data-lang="go"`, "<mark>needle</mark>", "Copy code")
	page := w.get(ada, searchFor("needle")).Body.String()
	if strings.Contains(page, "```") {
		t.Error("the source is shown")
	}
}
