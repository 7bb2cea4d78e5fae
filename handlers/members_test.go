package handlers

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/web"
)

func TestEverybodyOfALargeChannelIsListedFoundAndAdded(t *testing.T) {
	w := newWorld(t)
	ada := w.admin("ada")
	crowd := make([]accounts.User, 600)
	for i := range crowd {
		name := fmt.Sprintf("p%03d", i)
		joined, err := w.accounts.SignUp(t.Context(), accounts.Draft{Email: name + "@example.test", Password: password, Name: "Name " + name})
		must(t, err)
		crowd[i] = joined.User
	}
	last := crowd[len(crowd)-1]
	c := w.channel(ada, "plans", chat.Private)
	path := "/chat/" + c.ID + "/members"
	w.get(ada, path+"?q=p599").want(200, "Not in plans", `value="`+last.ID+`"`)
	w.post(ada, path+"?q=p599", "action", "add", "user_id", last.ID).sends(path + "?q=p599")
	if page := w.get(ada, path+"?q=p599").want(200, "Change Name p599").Body.String(); strings.Contains(page, "Not in plans") {
		t.Error("who was added can be added again")
	}
	for _, u := range crowd[:len(crowd)-1] {
		must(t, w.chat.AddMember(t.Context(), ada.User, c.ID, u.ID))
	}
	w.get(ada, path+"?q=P598").want(200, "Change Name p598")
	w.get(ada, path+"?q=p").want(200, "Write more of the name")
	w.get(ada, path+"?q=nobody").want(200, "Nobody matches “nobody”.")
	w.get(ada, path+"?from=x").want(200, "Show more")

	more, seen, pages := regexp.MustCompile(`href="([^"]*from=[^"]*)"`), map[string]bool{}, 0
	for at := path; at != ""; pages++ {
		page := w.get(ada, at).want(200).Body.String()
		if strings.Contains(page, "<select") {
			t.Fatal("the panel lists everybody to choose from")
		}
		for _, name := range regexp.MustCompile(`aria-label="Change (Name p[0-9]+)"`).FindAllStringSubmatch(page, -1) {
			seen[name[1]] = true
		}
		if at = ""; more.MatchString(page) {
			at = more.FindStringSubmatch(page)[1]
		}
	}
	if len(seen) != len(crowd) || pages != 13 {
		t.Errorf("%d pages list %d people", pages, len(seen))
	}
}

func TestWhoLooksForPeopleTooOftenStillChangesThoseWhoWereFound(t *testing.T) {
	w := newWorld(t, func(d *Deps) { d.Limits = web.NewLimits(false) })
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "plans", chat.Private)
	path := "/chat/" + c.ID + "/members?q=ben"
	for range 60 {
		w.script(ada, "GET", path).want(200)
	}
	w.script(ada, "GET", path).want(429)
	w.script(ada, "POST", path, "user_id", ben.ID, "action", "add").want(200, "ben")
	if _, _, err := w.store.Membership(t.Context(), c.ID, ben.ID); err != nil {
		t.Errorf("ben was not added: %v", err)
	}
	refused := w.post(ada, path, "user_id", ben.ID, "action", "nonsense").want(400, "You looked for too much", "nothing that can be done to a member")
	cyd := w.join("cyd")
	w.get(ada, "/dm/new?q=cyd").want(429)
	none := w.post(ada, "/dm?q=cyd").want(400, "You looked for too much", "choose somebody")
	if strings.Contains(refused.Body.String(), "@ben") || strings.Contains(none.Body.String(), "@cyd") {
		t.Error("a refusal finds people past the limit")
	}
	w.post(ada, "/dm?q=cyd", "to", cyd.ID).want(303)
}
