package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"pegasus/chat"
)

// within returns the elements of a tag inside of the first element that has a name as its id or among its classes.
func within(t testing.TB, a answered, name, tag string) (found []*html.Node) {
	t.Helper()
	for _, n := range nodes(t, a, "") {
		if attribute(n, "id") != name && !slices.Contains(strings.Fields(attribute(n, "class")), name) {
			continue
		}
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && d.Data == tag {
				found = append(found, d)
			}
		}
		break
	}
	return found
}

func searchFor(text string) string { return "/search?" + url.Values{"q": {text}}.Encode() }

func TestASearchShowsWhatWasSaidWhereAndTheWayThere(t *testing.T) {
	s := newScene(t)
	s.set("plans")
	page := s.get(s.keeper, searchFor("canary")).want(200, "Name member", "plans", "<mark>canary</mark>-text", `href="`+strings.ReplaceAll("/chat/"+s.channel.ID+"?around="+s.message.ID+"#m-"+s.message.ID, "&", "&amp;")+`"`)
	if strings.Contains(page.Body.String(), "Show older results") {
		t.Error("one result has a next page")
	}
	for _, who := range []*actor{s.outsider, s.former, s.boss} {
		page := s.get(who, searchFor("canary")).want(200, "No message has that")
		if strings.Contains(page.Body.String(), "canary-text") || strings.Contains(page.Body.String(), s.channel.ID) {
			t.Errorf("%s finds what they may not see", who.name)
		}
	}
	must(t, s.chat.RemoveMember(t.Context(), s.keeper.User, s.channel.ID, s.member.ID))
	s.get(s.member, searchFor("canary")).want(200, "No message has that")
}

func TestASearchGoesOnWhereItsPageEnds(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	for i := range chat.DefaultSearchPage + 3 {
		w.say(ada, w.general().ID, fmt.Sprintf("needle number%d", i))
	}
	first := w.get(ada, searchFor("needle")).want(200, "Show older results")
	more := attribute(within(t, first, "found", "a")[len(within(t, first, "found", "a"))-1], "href")
	if n := len(within(t, first, "hits", "li")); n != chat.DefaultSearchPage {
		t.Errorf("the first page has %d results", n)
	}
	last := w.get(ada, more).want(200, "number0")
	if n := len(within(t, last, "hits", "li")); n != 3 || strings.Contains(last.Body.String(), "Show older results") {
		t.Errorf("the last page has %d results", n)
	}
	w.get(ada, searchFor("needle")+"&cursor=wrong").want(400, "not the cursor")
}

func TestWhatIsWrongWithASearchStandsAtTheField(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	for text, want := range map[string]string{
		"is:nothing": "“is:” takes", `"open`: "is not closed", "before:whenever": "whenever", "from:@nobody": "nobody called “nobody”", "in:nowhere": "in no channel called",
		strings.Repeat("x", 513): "at most 512",
	} {
		page := w.get(ada, searchFor(text)).want(400, want)
		field := within(t, page, "search", "input")[0]
		if attribute(field, "aria-invalid") != "true" || attribute(field, "aria-describedby") != "q-wrong" || attribute(field, "value") != text {
			t.Errorf("%q: the field is %s", text, markup(t, field))
		}
	}
	w.get(ada, "/search").want(200, "What a search can say")
	w.get(ada, searchFor("   ")).want(200, "What a search can say")
}

func TestAnOperatorWithoutANameOffersSome(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	secret := w.channel(ben, "secret-plans", chat.Private)
	w.channel(ada, "plans", chat.Private)
	offers := func(text string, status int) string {
		t.Helper()
		page := w.get(ada, searchFor(text)).want(status, "choices-title")
		var all []string
		for _, n := range within(t, page, "choices", "a") {
			target, err := url.Parse(attribute(n, "href"))
			must(t, err)
			all = append(all, target.Query().Get("q"))
		}
		return strings.Join(all, "|")
	}
	for text, want := range map[string]string{
		"from:": "from:me|from:@ada|from:@ben", "hello from:": "hello from:me|hello from:@ada|hello from:@ben", "-from:": "-from:me|-from:@ada|-from:@ben",
		"in:": "in:general|in:plans|in:@ada|in:@ben",
	} {
		if got := offers(text, 200); got != want {
			t.Errorf("%q offers %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{"x from:be": "x from:@ben", "in:pla": "in:plans", "in:secret": "", "from:@zzz": ""} {
		if got := offers(text, 400); got != want {
			t.Errorf("%q offers %s, want %s", text, got, want)
		}
	}
	if page := w.get(ada, searchFor(strings.Repeat("y", chat.MaxQuery)+" from:be")).want(400, "at most"); strings.Contains(page.Body.String(), "choices-title") {
		t.Error("a text of any length is completed")
	}
	if page := w.get(ada, searchFor("in:")); strings.Contains(page.Body.String(), secret.ID) || strings.Contains(page.Body.String(), "secret") {
		t.Error("a channel of others is offered")
	}
}

func TestPeopleAndChannelsOfTheNameStandAboveTheMessages(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	open, hidden := w.channel(ben, "ben-open", chat.Public), w.channel(ben, "ben-hidden", chat.Private)
	own := w.channel(ada, "ben-and-ada", chat.Private)
	page := w.get(ada, searchFor("ben")).want(200, "/chat/"+open.ID, "/chat/"+own.ID, "/dm/"+ben.ID, "@ben")
	if strings.Contains(page.Body.String(), hidden.ID) {
		t.Error("a private channel of others is named")
	}
	if page := w.get(ada, searchFor("ben has:file")); len(within(t, page, "named", "a")) != 0 {
		t.Error("a search with operators names people")
	}
}

func TestNarrowingsAreAClickAwayAndTakenBackByTheNext(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	page := w.get(ada, searchFor("plan has:link"))
	paths := map[string]string{}
	for _, n := range within(t, page, "tokens", "a") {
		paths[attribute(n, "aria-label")] = attribute(n, "href")
	}
	if paths["Remove: Has a link"] != searchFor("plan") || paths["Narrow to: From me"] != searchFor("plan has:link from:me") {
		t.Errorf("the narrowings are %v", paths)
	}
}

func TestResultsOfConversationsAreNamedAfterTheOthers(t *testing.T) {
	w := newWorld(t)
	ada, ben, cleo := w.join("ada"), w.join("ben"), w.join("cleo")
	two, _, err := w.chat.DirectChannel(t.Context(), ada.User, ben.ID)
	must(t, err)
	three, _, err := w.chat.GroupChannel(t.Context(), ada.User, []string{ben.ID, cleo.ID})
	must(t, err)
	notes, _, err := w.chat.DirectChannel(t.Context(), ada.User, ada.ID)
	must(t, err)
	for _, c := range []chat.Channel{two, three, notes} {
		w.say(ada, c.ID, "needle")
	}
	w.get(ada, searchFor("needle")).want(200, "Name ben, Name cleo", "Notes to yourself")
	w.get(cleo, searchFor("needle")).want(200, "Name ada, Name ben")
	if page := w.get(ben, searchFor("needle")); len(within(t, page, "hits", "li")) != 2 {
		t.Error("ben does not find what was said to him")
	}
}

func TestASearchBesideAConversationLeadsToAPlaceWithItselfStillOpen(t *testing.T) {
	s := newScene(t)
	s.set("plans")
	here := "/chat/" + s.channel.ID + "/search"
	page := s.get(s.keeper, here+"?q=canary").want(200, "<mark>canary</mark>-text", `id="composer"`, `action="`+here+`"`)
	link := within(t, page, "hits", "a")[0]
	if got := attribute(link, "href"); got != "/chat/"+s.channel.ID+"?around="+s.message.ID+"#m-"+s.message.ID {
		t.Errorf("without scripts it leads to %s", got)
	}
	beside := here + "?around=" + s.message.ID + "&q=canary#m-" + s.message.ID
	if got := attribute(link, "data-beside"); got != beside {
		t.Errorf("with them it leads to %s", got)
	}
	for _, a := range within(t, page, "found", "a")[:3] {
		if !strings.HasPrefix(attribute(a, "href"), here+"?") {
			t.Errorf("a narrowing leads to %s", attribute(a, "href"))
		}
	}
	jumped, _, _ := strings.Cut(beside, "#")
	s.get(s.keeper, jumped).want(200, `class="hit here"`, `aria-current="location"`, `id="m-`+s.message.ID+`"`)
	if again := s.script(s.keeper, "GET", here+"?q=canary"); strings.Contains(again.Body.String(), `id="log"`) {
		t.Error("what a script asks for has the messages of the channel as well")
	}
	if got := within(t, s.get(s.keeper, searchFor("canary")), "hits", "a")[0]; attribute(got, "data-beside") != "" {
		t.Error("the page of searches leads beside itself")
	}
}

func TestAConversationIsSearchedByItself(t *testing.T) {
	w := newWorld(t)
	ada, ben, cyd := w.join("ada"), w.join("ben"), w.join("cyd")
	group, pair, own := w.talk(ada, ben, cyd), w.talk(ada, ben), w.talk(ada, ada)
	for _, c := range []chat.Channel{group, pair, own, w.general()} {
		w.say(ada, c.ID, "needle of "+c.ID)
	}
	for _, row := range []struct {
		place chat.Channel
		token string
	}{{group, "in:@ben,@cyd"}, {pair, "in:@ben"}, {own, "in:@ada"}} {
		page := w.get(ada, "/chat/"+row.place.ID)
		href := ""
		for _, a := range nodes(t, page, "a") {
			if strings.Contains(markup(t, a), "data-search-here") {
				href = attribute(a, "href")
			}
		}
		if href != searchFor(row.token+" ") {
			t.Errorf("%s is searched at %s", row.token, href)
		}
		found := w.get(ada, searchFor(row.token+" needle")).want(200, row.place.ID)
		if n := len(within(t, found, "hits", "li")); n != 1 {
			t.Errorf("%s finds %d", row.token, n)
		}
	}
	w.get(ada, searchFor("in:"+group.ID+" needle")).want(200, "1 message found")
	eve := w.join("eve")
	w.get(eve, searchFor("in:@ada,@ben,@cyd needle")).want(200, "No message has that")
	w.get(eve, searchFor("in:"+group.ID+" needle")).want(400, "in no channel called")

	offered := func(text string) (all []string) {
		t.Helper()
		for _, n := range within(t, w.get(ada, searchFor(text)), "choices", "a") {
			target, err := url.Parse(attribute(n, "href"))
			must(t, err)
			all = append(all, target.Query().Get("q"))
		}
		return all
	}
	for text, want := range map[string]string{"in:": "in:@ben,@cyd", "x in:cy": "x in:@ben,@cyd", "in:@ben,": "in:@ben,@cyd", "-in:@ben,@cy": "-in:@ben,@cyd"} {
		if got := offered(text); !slices.Contains(got, want) {
			t.Errorf("%q offers %v, not %s", text, got, want)
		}
	}
	if got := offered("in:@ben,"); slices.Contains(got, "in:@ben,general") || slices.Contains(got, "in:@ben,@ben,@cyd") {
		t.Errorf("after a name come %v", got)
	}
}
