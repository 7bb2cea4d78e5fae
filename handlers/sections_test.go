package handlers

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/chat"
)

func TestTheListOfChannelsIsFoldedOrderedAndFilteredByForms(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	first, second, quiet := w.channel(ada, "aa", chat.Public, ben), w.channel(ada, "bb", chat.Public, ben), w.channel(ada, "ab", chat.Public, ben)
	w.post(ada, "/chat/"+quiet.ID+"/notifications", "muted", "yes", "level", "").want(303)
	w.say(ben, second.ID, "news")
	w.get(ada, "/users?q=a").want(200, `name="returnTo" value="/users?q=a"`, `<button class="fold-section" name="folded" value="yes" aria-expanded="true">`)
	before := func(page, one, other string) {
		t.Helper()
		i, j := strings.Index(page, `data-channel-row="`+one), strings.Index(page, `data-channel-row="`+other)
		if i < 0 || j < 0 || i > j {
			t.Errorf("%s stands at %d, %s at %d", one, i, other, j)
		}
	}
	page := w.get(ada, "/chat").want(200).Body.String()
	before(page, first.ID, second.ID)
	before(page, second.ID, quiet.ID) // muted ones stand last
	for _, order := range []string{"unread", "recent"} {
		w.post(ada, "/sidebar/order", "section", "", "order", order, "returnTo", "/users?q=a").sends("/users?q=a")
		before(w.get(ada, "/chat").want(200, `data-order="`+order+`"`, `value="`+order+`" aria-pressed="true"`).Body.String(), second.ID, first.ID)
	}
	w.post(ada, "/sidebar/order", "section", "", "order", "size").want(400)
	w.post(ada, "/sidebar/fold", "section", chat.Talks, "folded", "yes").sends("/chat")
	w.post(ada, "/sidebar/fold", "section", "", "folded", "yes", "returnTo", "https://elsewhere.test").sends("/chat")
	w.get(ada, "/chat").want(200, `<section class="group folded" aria-labelledby="side-talks"`, `<section class="group folded" aria-labelledby="side-channels"`, `value="no" aria-expanded="false"`)
	w.get(ben, "/chat").want(200, `<section class="group" aria-labelledby="side-channels"`)
	w.post(ada, "/sidebar/unread", "alone", "yes").sends("/chat")
	w.get(ada, "/chat").want(200, `class="side only-unread"`, `name="alone" value="no" aria-pressed="true"`)
	w.script(ada, "POST", "/sidebar/unread", "alone", "no").want(204)
	w.get(ada, "/chat").want(200, `class="side"`, `name="alone" value="yes" aria-pressed="false"`)
}

func TestADraftIsMarkedBesideItsChannelOrPerson(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	talk := w.talk(ada, ben)
	w.say(ben, talk.ID, "hello")
	general := w.general().ID
	for _, channelID := range []string{talk.ID, general} {
		if strings.Contains(w.get(ada, "/chat").want(200).Body.String(), "has a draft") {
			t.Fatal("a draft that is not there is marked")
		}
		_, err := w.chat.SaveDraft(t.Context(), ada.User, chat.SavedDraft{ChannelID: channelID, Content: "to be"}, time.Time{})
		must(t, err)
		w.get(ada, "/chat").want(200, "has a draft")
		must(t, w.chat.DeleteDraft(t.Context(), ada.User, channelID, ""))
	}
}

func TestChannelsAreMovedUpAndDownWithoutScripts(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	a, b := w.channel(ada, "alpha", chat.Public), w.channel(ada, "beta", chat.Public)
	for _, c := range []chat.Channel{a, b} {
		w.post(ada, "/chat/"+c.ID+"/section", "section", "Work")
	}
	order := func(want ...string) {
		t.Helper()
		page := w.get(ada, "/sidebar?section=Work").want(200, "Work, in your own order", "Move alpha up")
		var got []string
		for _, n := range within(t, page, "arrange", "input") {
			if attribute(n, "name") == "channel" {
				got = append(got, attribute(n, "value"))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("they stand %v, want %v", got, want)
		}
	}
	order(a.ID, b.ID)
	w.post(ada, "/sidebar/move", "channel", b.ID, "step", "up", "returnTo", "/sidebar?section=Work").sends("/sidebar?section=Work")
	order(b.ID, a.ID)
	w.script(ada, "POST", "/sidebar/move", "channel", b.ID, "before", "").want(204)
	order(a.ID, b.ID)
	w.post(ada, "/sidebar/move", "channel", a.ID, "before", "nonsense").want(400)
	w.post(w.join("ben"), "/sidebar/move", "channel", a.ID, "step", "up").want(403)
	w.get(ada, "/sidebar?section=").want(200, "Channels, in your own order")
}
