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

// Kiritimati and Pago Pago are 25 hours apart: it is never the same day in both.
func TestASearchMeansTheDaysOfItsReader(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	m := w.say(ada, w.general().ID, "a needle")
	const early, late = "&zone=Pacific/Kiritimati", "&zone=Pacific/Pago_Pago"
	found, none := "<mark>needle</mark>", "No message has that"
	there := m.CreatedAt.In(chat.Zone("Pacific/Kiritimati")).Format(time.DateOnly)
	w.get(ada, searchFor("needle on:"+there)+early).want(200, found, `name="zone" value="Pacific/Kiritimati"`, "from%3Ame&amp;zone=Pacific%2FKiritimati")
	w.get(ada, searchFor("needle on:"+there)+late).want(200, none)
	w.get(ada, searchFor("needle before:"+there)+early).want(200, none)
	w.get(ada, searchFor("needle before:"+there)+late).want(200, found)
	beside := "/chat/" + w.general().ID
	w.get(ada, beside+searchFor("needle on:"+there)+early).want(200, beside+"/search?around="+m.ID+"&amp;q=needle+on%3A"+there+"&amp;zone=Pacific%2FKiritimati#m-"+m.ID)
	w.get(ada, searchFor("needle")+"&zone=Nowhere").want(200, found, `name="zone" value="UTC"`)

	// With scripts off they are those of the person's preferences.
	_, err := w.chat.SetPreferences(t.Context(), ada.User, chat.Preferences{Level: chat.LevelMentions, Zone: "Pacific/Kiritimati"})
	must(t, err)
	if page := w.get(ada, searchFor("needle on:"+there)).want(200, found); strings.Contains(page.Body.String(), "zone=") {
		t.Error("an address carries what the preferences say")
	}
	w.get(ada, searchFor("needle on:"+there)+late).want(200, none)
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
