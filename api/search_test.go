package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"pegasus/chat"
)

func searchPath(query string) string { return "/api/search?query=" + url.QueryEscape(query) }

func TestShapesOfSearch(t *testing.T) {
	s := newScene(t)
	s.set("work")
	_, err := s.chat.PostMessage(t.Context(), s.member.User, s.channel.ID, chat.Draft{Content: "🎉 <b>Käse</b> & cheese"})
	must(t, err)
	got := s.call(s.keeper, "GET", searchPath("kase in:work"), nil).want(200).Body.String()
	for _, part := range []string{
		`"content":"🎉 \u003cb\u003eKäse\u003c/b\u003e \u0026 cheese"`, `"name":"work","type":"private"`, `"highlights":[{"start":6,"end":10}]`,
		`"snippet":"🎉 \u0026lt;b\u0026gt;\u003cmark\u003eKäse\u003c/mark\u003e\u0026lt;/b\u0026gt; \u0026amp; cheese"`,
		`"user":{"id":"` + s.member.ID + `"`, `"seq":2`, `"bookmarked":false`,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("%s lacks %s", got, part)
		}
	}
	s.call(s.keeper, "GET", searchPath("nothing-like-this"), nil).exactly(200, `{"messages":[]}`)
	s.call(s.keeper, "GET", searchPath("-"), nil).want(400, "INVALID_QUERY")
	s.call(s.keeper, "GET", "/api/search", nil).want(400, "INVALID_QUERY")
	s.call(s.keeper, "GET", searchPath("in:#nowhere"), nil).want(400, "INVALID_QUERY")
	s.call(s.keeper, "GET", searchPath("x")+"&cursor=x", nil).want(400, "INVALID_CURSOR")
	s.call(s.keeper, "GET", searchPath("a\x00b"), nil).want(400, "INVALID_QUERY")
	s.call(s.keeper, "GET", "/api/search?query=%ff", nil).want(400, "INVALID_QUERY")
}

func TestASearchComesInPages(t *testing.T) {
	s := newScene(t)
	s.set("pages")
	for i := range 5 {
		_, err := s.chat.PostMessage(t.Context(), s.member.User, s.channel.ID, chat.Draft{Content: fmt.Sprint("walnut ", i)})
		must(t, err)
	}
	var got []string
	path := searchPath("walnut") + "&limit=2"
	for cursor := ""; ; {
		page := s.call(s.member, "GET", path+"&cursor="+cursor, nil).want(200)
		for i := 4; i >= 0; i-- {
			if text := fmt.Sprint("walnut ", i); strings.Contains(page.Body.String(), `"content":"`+text) {
				got = append(got, text)
			}
		}
		if !strings.Contains(page.Body.String(), "next_cursor") {
			break
		}
		cursor = page.field("next_cursor")
	}
	if strings.Join(got, ",") != "walnut 4,walnut 3,walnut 2,walnut 1,walnut 0" {
		t.Errorf("the pages hold %q", got)
	}
}

// Who is not in a channel, or not any more, learns nothing of what is said there, admins included.
func TestASearchTellsNothingOfOtherPlaces(t *testing.T) {
	s := newScene(t)
	s.set("hidden")
	_, err := s.chat.PostMessage(t.Context(), s.keeper.User, s.direct.ID, chat.Draft{Content: "canary-direct"})
	must(t, err)
	for _, who := range []*actor{s.outsider, s.former, s.admin} {
		for _, query := range []string{"canary", "canary-text", "from:member canary", "from:keeper is:dm", "in:@keeper canary", "has:link"} {
			s.call(who, "GET", searchPath(query), nil).exactly(200, `{"messages":[]}`)
		}
		missing := s.call(who, "GET", searchPath("in:#hiddenn canary"), nil).want(400, "INVALID_QUERY")
		hidden := s.call(who, "GET", searchPath("in:#hidden canary"), nil).want(400, "INVALID_QUERY")
		if masked(strings.ReplaceAll(missing.Body.String(), "hiddenn", "hidden")) != masked(hidden.Body.String()) {
			t.Errorf("%s is told %s of a hidden channel, %s of a missing one", who.name, hidden.Body, missing.Body)
		}
	}
	s.call(s.anon, "GET", searchPath("canary"), nil).want(401)
	if got := s.call(s.member, "GET", searchPath("canary"), nil).want(200).Body.String(); strings.Count(got, `"content"`) != 2 {
		t.Errorf("the member finds %s", got)
	}
	must(t, s.chat.RemoveMember(t.Context(), s.keeper.User, s.channel.ID, s.member.ID))
	if got := s.call(s.member, "GET", searchPath("canary"), nil).want(200).Body.String(); strings.Contains(got, "canary-text") {
		t.Errorf("after the removal the former member finds %s", got)
	}
}

// Kiritimati and Pago Pago are 25 hours apart: it is never the same day in both.
func TestASearchMeansTheDaysOfAZone(t *testing.T) {
	s := newScene(t)
	s.set("days")
	day := s.message.CreatedAt.In(chat.Zone("Pacific/Kiritimati")).Format(time.DateOnly)
	for zone, want := range map[string]int{"Pacific/Kiritimati": 1, "Pacific/Pago_Pago": 0} {
		if got := strings.Count(s.call(s.member, "GET", searchPath("canary on:"+day)+"&tz="+zone, nil).want(200).Body.String(), `"content"`); got != want {
			t.Errorf("in %s %d are found, want %d", zone, got, want)
		}
	}
	utc := searchPath("canary on:" + s.message.CreatedAt.UTC().Format(time.DateOnly))
	for _, path := range []string{utc, utc + "&tz=UTC", utc + "&tz="} {
		if got := s.call(s.member, "GET", path, nil).want(200).Body.String(); strings.Count(got, `"content"`) != 1 {
			t.Errorf("%s finds %s", path, got)
		}
	}
	for _, none := range []string{"Nowhere", "Local", "../etc/passwd", "UTC%2B3"} {
		if got := s.call(s.member, "GET", utc+"&tz="+none, nil).want(400, "INVALID_ZONE").Body.String(); !strings.Contains(got, `"field":"tz"`) {
			t.Errorf("%s is answered with %s", none, got)
		}
	}
}
